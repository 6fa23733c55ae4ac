"""Days without a punch: whether the CRM has a word for them, and room for a row that says nobody came."""

from collections.abc import Iterator, Mapping, Sequence

from django.db import models

from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.posting.host_row import HostRow
from attendance_devices.hosts.rows.table import HostColumn, HostTable
from attendance_devices.hosts.schema.conversion import Unmappable, nothing
from attendance_devices.hosts.schema.fields import AnyField

TIMES = frozenset({"check_in", "check_out"})
EMPTY = frozenset({*TIMES, "device", "office"})
"""Facts that a day without a punch does not have."""


def why_untold(shape: HostTable, row: HostRow) -> str:
    """Why the CRM is not told of this day without a punch; empty if it is. No query.

    Only a word of the CRM's own is said of such a day: the nearest one that it has would say that somebody came.
    """
    if row.status not in spelled(shape.columns, shape.status_values):
        return f"the CRM has no word for {row.status} (STATUS_VALUES)"
    demanded = next(demands(shape, row), None)
    return f"{demanded}, and a day that is {row.status} has no punch" if demanded else ""


def spelled(columns: Sequence[HostColumn], status_values: Mapping[str, object]) -> frozenset[str]:
    """Statuses that the CRM has a word for, and a column to put it."""
    has_column = any(column.fact == "status" for column in columns)
    return frozenset(status_values) - {DayStatus.WITHDRAWN.value} if has_column else frozenset()


def demands(shape: HostTable, row: HostRow) -> Iterator[str]:
    """What of the CRM's row cannot be without a punch, a clause each."""
    parts = [*shape.columns, *(shape.parent.keys if shape.parent else ())]
    for column in parts:
        if column.fact in EMPTY and getattr(row, column.fact) in (None, "") and not _may_be_empty(column):
            yield f"{column.field.name} of the CRM may not be empty"
    times = {column.field.name for column in shape.columns if column.fact in TIMES}
    if shape.day_column is None and shape.day in times:
        yield f"the CRM keeps the day in {shape.day}"


def _may_be_empty(column: HostColumn) -> bool:
    """A default is no value for a time: it would be one that nobody punched."""
    return _says_nothing(column.field) if column.fact in TIMES else _takes_nothing(column.field)


def _says_nothing(field: AnyField) -> bool:
    return field.null or isinstance(field, models.CharField | models.TextField | models.BooleanField)


def _takes_nothing(field: AnyField) -> bool:
    try:
        nothing(field)
    except Unmappable:
        return False
    return True
