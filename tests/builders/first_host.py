"""The first host as its tests speak to it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from attendance_devices.conf import load
from attendance_devices.domain.posting.host_row import HostRow, RowOutcome
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.hosts.rows.planning import PlannedRow
from example_project.hr.models import Attendance

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def host(**changes: Any) -> DeclaredHost:
    return DeclaredHost(replace(load(), **changes))


def post(rows: Sequence[HostRow], **changes: Any) -> list[RowOutcome]:
    crm = host(**changes)
    return crm.write_rows(crm.plan_rows(rows))


@contextmanager
def listening(signal: Any, receiver: Callable[..., None]) -> Iterator[None]:
    signal.connect(receiver, sender=Attendance)
    try:
        yield
    finally:
        signal.disconnect(receiver, sender=Attendance)


def silent(**kwargs: Any) -> None:
    """A receiver that only makes the CRM one with logic, so that rows are saved one by one."""


class Meanwhile(DeclaredHost):
    """Somebody else acts between our look at the CRM and our writing."""

    act: Callable[[], Any] | None = None

    def _plan(self, rows: Sequence[HostRow]) -> list[PlannedRow]:
        found = super()._plan(rows)
        if self.act is not None:
            act, self.act = self.act, None
            act()
        return found

    def post(self, rows: Sequence[HostRow], act: Callable[[], Any]) -> list[RowOutcome]:
        plans = self.plan_rows(rows)
        self.act = act
        return self.write_rows(plans)
