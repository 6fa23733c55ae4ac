"""Shifts, assignments and holidays are changed by a person: the days that they mean are derived again."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from attendance_devices.domain.shifts.assignments import Unit
from attendance_devices.models import (
    ESSLAttendanceLog,
    Holiday,
    PendingDay,
    ProcessedAttendance,
    Shift,
    ShiftAssignment,
)
from attendance_devices.services.punches.coverage import coverage_of
from attendance_devices.services.punches.pending_days import ROWS_PER_INSERT

ONE_DAY = timedelta(days=1)
ShiftRow = Shift | ShiftAssignment | Holiday
EVERY_DATE = Unit()
EARLIEST, LATEST = date(1900, 1, 1), date(9990, 1, 1)
"""Some people write the end of all days where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedDays:
    """Whose days a row of the timetable may mean."""

    first: date
    last: date | None
    """Included; None is without an end."""
    user: Any = None
    """Primary key; None is everybody of the unit."""
    unit: Unit = EVERY_DATE
    """As the CRM names it; empty names are no condition."""
    beside: timedelta = ONE_DAY
    """A window ends where the next one begins, so the days beside a changed one change as well."""

    @property
    def dates(self) -> tuple[date, date]:
        """The first and the last date that change; as far as clocks and databases can count."""
        first, last = max(self.first, EARLIEST), min(self.last or LATEST, LATEST)
        return first - self.beside, last + self.beside


def save_shift_row(row: ShiftRow) -> int:
    """Save the row, and note the days that it meant before and means now. Returns how many were noted."""
    with transaction.atomic():
        before = _affected_by(type(row)._base_manager.filter(pk=row.pk))
        row.save()
        return _note([*before, *_affected_by([row])])


def delete_shift_rows(rows: Iterable[ShiftRow]) -> int:
    """Delete the rows, and note the days that they meant. Returns how many were noted."""
    gone = list(rows)
    with transaction.atomic():
        reaches = _affected_by(gone)
        for row in gone:
            row.delete()
        return _note(reaches)


def _affected_by(rows: Iterable[ShiftRow]) -> list[AffectedDays]:
    found = []
    for row in rows:
        if isinstance(row, Holiday):
            unit = Unit(office=row.office)
            found.append(AffectedDays(first=row.date, last=row.date, unit=unit, beside=timedelta(0)))
        elif isinstance(row, ShiftAssignment):
            unit = Unit(office=row.office, department=row.department)
            found.append(AffectedDays(first=row.date_from, last=row.date_until, user=row.user_id, unit=unit))
        else:
            found += _affected_by(row.assignments.all() if row.pk else [])
    return found


def _note(reaches: Iterable[AffectedDays]) -> int:
    """Only days of which something is known: with a row, or with a punch. Others are for the roll to call."""
    days = {day for reach in set(reaches) for day in _among(reach, {*_derived(reach), *_punched(reach)})}
    notes = [PendingDay(user_id=user, date=day) for user, day in sorted(days, key=str)]
    PendingDay.objects.bulk_create(notes, batch_size=ROWS_PER_INSERT)
    return len(notes)


def _among(reach: AffectedDays, days: Collection[tuple[Any, date]]) -> Iterable[tuple[Any, date]]:
    """Those of people who belong to the unit."""
    if reach.unit == EVERY_DATE:
        return days
    units = {user: watch.unit for user, watch in coverage_of({user for user, _ in days}).items()}
    return [(user, day) for user, day in days if reach.unit.covers(units[user])]


def _derived(reach: AffectedDays) -> Iterable[tuple[Any, date]]:
    whose = Q() if reach.user is None else Q(user=reach.user)
    rows = ProcessedAttendance.objects.filter(whose, date__range=reach.dates)
    return rows.order_by().values_list("user_id", "date").distinct()


def _punched(reach: AffectedDays) -> Iterable[tuple[Any, date]]:
    whose = Q(user__isnull=False) if reach.user is None else Q(user=reach.user)
    first, last = reach.dates
    # An instant may be shown with the date before or after it.
    near = (_midnight(first - 2 * ONE_DAY), _midnight(last + 3 * ONE_DAY))
    logs = ESSLAttendanceLog.objects.filter(whose, punch_time__gte=near[0], punch_time__lt=near[1])
    for user, shown in logs.order_by().values_list("user_id", "device_time").iterator():
        if first <= shown.date() <= last:
            yield user, shown.date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=UTC)
