"""Takes rows of ours out of the CRM again, each by its own ``delete()`` in a savepoint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.exceptions import HostError
from attendance_devices.hosts.rows import existing
from attendance_devices.hosts.rows.planning import PlannedRow, judge_again
from attendance_devices.hosts.rows.table import HostTable
from attendance_devices.hosts.schema.fields import chunks
from attendance_devices.hosts.schema.savepoint import savepoint

Columns = Mapping[str, Any]
STEP = "Delete it by hand, or let the CRM delete rows that nothing hangs on."


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedRow:
    """What became of one row."""

    planned: PlannedRow
    """The plan as it was judged with the row locked."""
    error: str = ""


def remove_rows(shape: HostTable, planned: Sequence[PlannedRow]) -> dict[int, RemovedRow]:
    """Carry out REMOVE, by index; what a person did since the plan was made wins.

    A delete a row, and beside that a constant number of queries for each 500.
    """
    todo = [(index, item) for index, item in enumerate(planned) if item.plan.action is PostAction.REMOVE]
    return {index: done for part in chunks(todo) for index, done in _remove(shape, part).items()}


def _remove(shape: HostTable, todo: Sequence[tuple[int, PlannedRow]]) -> dict[int, RemovedRow]:
    pks = [item.plan.host_pk for _, item in todo]
    query = shape.model._base_manager.using(shape.alias)
    rows = {str(row.pk): row for row in query.select_for_update().filter(pk__in=pks).order_by("pk")}
    seen = existing.by_pk(shape, pks)
    before = _columns(shape, pks)
    done = {index: _one(shape, judge_again(shape, item, seen), rows) for index, item in todo}
    after = _columns(shape, pks)
    return {index: _checked(shape, one, before, after) for index, one in done.items()}


def _one(shape: HostTable, item: PlannedRow, rows: Mapping[str, models.Model]) -> RemovedRow:
    if item.plan.action is not PostAction.REMOVE:
        return RemovedRow(planned=item)
    try:
        with savepoint(lambda: subject(shape, item), using=shape.alias):
            rows[item.plan.host_pk].delete()
    except HostError as error:
        return RemovedRow(planned=item, error=str(error))
    return RemovedRow(planned=item)


def _checked(
    shape: HostTable, done: RemovedRow, before: Mapping[str, Columns], after: Mapping[str, Columns]
) -> RemovedRow:
    """A CRM may hide a row instead of deleting it; one that stands as it stood was not deleted at all."""
    pk = done.planned.plan.host_pk
    if done.error or done.planned.plan.action is not PostAction.REMOVE or after.get(pk) != before.get(pk):
        return done
    error = HostError(subject(shape, done.planned), "the CRM's own delete() left it as it was", next_step=STEP)
    return RemovedRow(planned=done.planned, error=str(error))


def subject(shape: HostTable, item: PlannedRow) -> str:
    """Which row an error is about."""
    return f"{shape.label} of {item.draft.name} on {item.draft.row.date}"


def _columns(shape: HostTable, pks: Sequence[str]) -> dict[str, Columns]:
    """Every column of these rows as the database has it, also what no setting names."""
    rows = shape.model._base_manager.using(shape.alias).filter(pk__in=pks).values()
    return {str(row[shape.model._meta.pk.attname]): row for row in rows}
