"""Who works which shift when, by assignment: which one goes before which, and which two cannot both be."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from attendance_devices.domain.shifts.rule import ONE_DAY, ShiftRule

ANY_DAY = date(2001, 1, 1)
"""A day to lay clock times on; which one does not matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Where somebody belongs, as the CRM names it; empty where it does not say."""

    office: str = ""
    department: str = ""

    def covers(self, other: "Unit") -> bool:
        """Does whoever belongs to `other` belong here too? An empty name is no condition."""
        return self.office in ("", other.office) and self.department in ("", other.department)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftOnDates:
    """A shift, and the dates on which it is worked, both included."""

    rule: ShiftRule
    date_from: date
    date_until: date | None
    """None: without an end."""

    @property
    def last(self) -> date:
        """The last date; of an assignment without an end, the last there is, but for a margin."""
        return self.date_until or date.max - 2 * ONE_DAY


def first_clash(one: ShiftOnDates, other: ShiftOnDates) -> date | None:
    """A date on which `one` runs into `other`, over midnight too, on plain clocks; None if they never meet."""
    for shift in (-1, 0, 1):
        if _overlap(one.rule, other.rule, shift):
            day = _meeting(one, other, shift)
            if day is not None:
                return day
    return None


def _overlap(one: ShiftRule, other: ShiftRule, shift: int) -> bool:
    """Does `one`, worked today, run into `other`, worked `shift` days later?"""
    start, end = _span(one, 0)
    first, last = _span(other, shift)
    return start < last and first < end


def _span(rule: ShiftRule, shift: int) -> tuple[datetime, datetime]:
    day = ANY_DAY + timedelta(days=shift)
    start, end = rule.start or time(0), rule.end or time(0)
    over = ONE_DAY if end <= start else timedelta(0)
    return datetime.combine(day, start), datetime.combine(day, end) + over  # plain clocks have no zone


def _meeting(one: ShiftOnDates, other: ShiftOnDates, shift: int) -> date | None:
    """The first date of `one` that has one of `other` so many days later; a week holds every case."""
    away = timedelta(days=shift)
    first = max(one.date_from, _moved(other.date_from, -away))
    last = min(one.last, _moved(other.last, -away))
    for number in range(min(7, (last - first).days + 1)):
        day = first + timedelta(days=number)
        if day.weekday() in one.rule.weekdays and (day + away).weekday() in other.rule.weekdays:
            return day
    return None


def _moved(day: date, by: timedelta) -> date:
    """The first and the last date there are stay where they are."""
    try:
        return day + by
    except OverflowError:
        return day
