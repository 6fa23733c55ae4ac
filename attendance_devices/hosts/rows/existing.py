"""Reads rows that stand in the CRM, in bulk: by their own keys, and by person and day."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from attendance_devices.hosts.rows.drafts import RowDraft
from attendance_devices.hosts.rows.table import HostTable
from attendance_devices.hosts.schema.conversion import as_text, day_start, local, on_clock
from attendance_devices.hosts.schema.fields import chunks


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingRow:
    """One row of the CRM as it stands: its key, whose day it is, and our columns as text."""

    pk: str
    person: str
    day_value: date | datetime | None
    values: dict[str, str]

    def day(self, zone: tzinfo | None) -> date | None:
        """Return the day of the row; that of an instant by clocks in `zone`."""
        return local(self.day_value, zone).date() if isinstance(self.day_value, datetime) else self.day_value


def by_pk(shape: HostTable, pks: Collection[str]) -> dict[str, ExistingRow]:
    """Key as text -> row. What is missing does not exist (any more)."""
    own = shape.model._meta.pk
    values = []
    for pk in sorted(set(pks)):
        try:
            values.append(own.to_python(pk))
        except (ValidationError, ValueError):
            continue
    rows = (row for part in chunks(values) for row in _read(shape, pk__in=part))
    return {row.pk: row for row in rows}


def by_day(shape: HostTable, drafts: Sequence[RowDraft]) -> dict[tuple[str, date], list[ExistingRow]]:
    """Person and day -> rows, oldest first."""
    found: dict[tuple[str, date], list[ExistingRow]] = defaultdict(list)
    by_clock: dict[tzinfo | None, list[RowDraft]] = defaultdict(list)
    for item in drafts:
        # A column of dates is asked once for all, whatever the clocks.
        by_clock[item.zone if isinstance(shape.day_field, models.DateTimeField) else None].append(item)
    for zone, items in by_clock.items():
        for part in chunks(items):
            days, people = {item.row.date for item in part}, {item.person for item in part}
            for row in _read(shape, **{f"{shape.person.name}__in": people}, **_within(shape, days, zone)):
                day = row.day(zone)
                if day is not None:
                    found[row.person, day].append(row)
    return found


def existing_row(shape: HostTable, values: dict[str, Any]) -> ExistingRow:
    """A row from its raw column values."""
    names = [column.field.attname for column in shape.columns]
    return ExistingRow(
        pk=str(values["pk"]),
        person=as_text(values[shape.person.attname]),
        day_value=values[shape.day],
        values={name: as_text(values[name]) for name in names},
    )


def _read(shape: HostTable, **condition: Any) -> list[ExistingRow]:
    names = {column.field.attname for column in shape.columns} | {shape.person.attname, shape.day, "pk"}
    # The base manager sees what a default manager may hide (soft-deleted rows); the writing database is never behind.
    query = shape.model._base_manager.using(shape.alias).filter(**condition)
    return [existing_row(shape, values) for values in query.order_by("pk").values(*names)]


def _within(shape: HostTable, days: Collection[date], zone: tzinfo | None) -> dict[str, Any]:
    """A date column is asked for the days; an instant, for the time that they cover on clocks in `zone`."""
    if not isinstance(shape.day_field, models.DateTimeField):
        return {f"{shape.day}__in": days}
    start, end = day_start(min(days), zone), day_start(max(days) + timedelta(days=1), zone)
    return {
        f"{shape.day}__gte": on_clock(shape.day_field, start, start.tzinfo or UTC),
        f"{shape.day}__lt": on_clock(shape.day_field, end, end.tzinfo or UTC),
    }
