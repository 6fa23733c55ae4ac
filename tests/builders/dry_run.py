"""A dry run, and the run that has to do the same."""

from typing import Any

from attendance_devices import conf
from attendance_devices.domain.posting.host_row import PostAction, RowPlan
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.hosts.rows.table import read_shape
from attendance_devices.hosts.schema.conversion import as_text
from attendance_devices.models import Device
from attendance_devices.services.pipeline.dry_run import Preview, preview
from attendance_devices.services.pipeline.run import RunResult, run
from tests.builders.crm import MONDAY, nothing_is_written

WISH: dict[str, Any] = {"fetch": True, "map_people": True, "create": True, "since": MONDAY}


class RefusesRows(DeclaredHost):
    """A CRM that takes no row of anybody."""

    def plan_rows(self, rows: Any) -> list[RowPlan]:
        return [RowPlan(row=row, action=PostAction.FAILED, reason="the books are gone") for row in rows]


def columns() -> set[str]:
    """What we fill. Not what the CRM's own save() computes over it: that shows only when it is saved."""
    return {column.field.attname for column in read_shape(conf.load()).columns} - {"hours"}


def crm_text() -> dict[tuple[str, Any], dict[str, str]]:
    """(person, day) -> every column that we fill, as text."""
    shape = read_shape(conf.load())
    found = {}
    for row in shape.model._base_manager.all():
        values = {name: as_text(getattr(row, name)) for name in columns()}
        found[str(getattr(row, shape.person.attname)), getattr(row, shape.day)] = values
    return found


def rehearsed(devices: list[Device], **wish: Any) -> tuple[Preview, RunResult, dict[Any, Any], dict[Any, Any]]:
    """A dry run that may not write, then the run, and the CRM's rows before and after."""
    wishes = WISH | wish
    before = crm_text()
    with nothing_is_written():
        planned = preview(devices, **wishes)
    done = run(devices, **wishes)
    return planned, done, before, crm_text()


def announced(planned: Preview) -> list[tuple[Any, PostAction, dict[str, tuple[str, str]]]]:
    return [
        (
            plan.row.date,
            plan.action,
            {change.name: (change.old, change.new) for change in plan.changes if change.name in columns()},
        )
        for plan in planned.posting.rows
    ]


def assert_exact(planned: Preview, before: dict[Any, Any], after: dict[Any, Any]) -> None:
    """Old and new of every field that was announced, and no field that was not."""
    wrote = [
        (
            key[1],
            {
                name: (before.get(key, {}).get(name, ""), text)
                for name, text in values.items()
                if before.get(key, {}).get(name, "") != text
            },
        )
        for key, values in after.items()
        if before.get(key) != values
    ]
    said = [(day, changes) for day, action, changes in announced(planned) if action in ("create", "change")]
    key = lambda item: (item[0], sorted(item[1].items()))  # noqa: E731
    assert sorted(said, key=key) == sorted(wrote, key=key)
