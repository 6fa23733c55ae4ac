"""Hosts that refuse rows."""

from datetime import timedelta
from typing import Any

from attendance_devices.domain.posting.host_row import PostAction, RowOutcome
from attendance_devices.exceptions import HostError
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.services.days.derive import derive_pending
from tests.builders.crm import MONDAY, at, device, employee, mapped, punched

TUESDAY = MONDAY + timedelta(days=1)


class ClosedMonday(DeclaredHost):
    """The books of that Monday are closed."""

    def locked(self, days: Any) -> Any:
        return {(key, day): "payroll of January is closed" for key, day in days if day == MONDAY}


class FailsOnTuesday(DeclaredHost):
    """A CRM that cannot take one row."""

    def write_rows(self, plans: Any) -> Any:
        outcomes = super().write_rows([plan for plan in plans if plan.row.date != TUESDAY])
        bad = [plan for plan in plans if plan.row.date == TUESDAY]
        error = str(HostError("the row of Tuesday", "the CRM refused it"))
        return [*outcomes, *(RowOutcome(plan=plan, action=PostAction.FAILED, error=error) for plan in bad)]


def worked(*when: Any, user: Any = None, clocks: tuple[str, ...] = ("09:00", "17:00")) -> Any:
    """Somebody who worked on these days, derived."""
    gate, user = device(f"Gate {len(when)}"), user or employee("7")
    mapped(gate, "7", user)
    punched(gate, *[("7", at(clock, day)) for day in when for clock in clocks])
    derive_pending()
    return gate, user


class CannotMap(DeclaredHost):
    """A CRM whose lookup breaks."""

    def find_employees(self, ids: Any) -> Any:
        message = "the LDAP server is gone"
        raise ConnectionError(message)


class CannotPost(DeclaredHost):
    """A CRM whose own table breaks."""

    def plan_rows(self, rows: Any) -> Any:
        message = "no such column"
        raise LookupError(message)
