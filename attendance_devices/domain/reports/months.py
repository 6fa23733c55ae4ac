"""A month of days, and what they add up to."""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from attendance_devices.domain.dashboard.board import StoredDay, as_one
from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.shifts.rule import ZERO

FIRST_YEAR, LAST_YEAR = 2005, 8999
"""Clocks that lost their power begin in 2000; and there is an end to what a calendar can reckon."""
MISSING = (DayStatus.MISSING_CHECK_IN, DayStatus.MISSING_CHECK_OUT)
STILL_HERE = timedelta(hours=14)
"""So long after the check-in somebody who has not checked out may still be at work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One month of the calendar."""

    year: int
    number: int
    """1 is January."""

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month that holds this day."""
        return cls(year=day.year, number=day.month)

    @classmethod
    def named(cls, text: str) -> "Month | None":
        """``2026-11``; None for what is no month, or too far away."""
        year, _, number = text.partition("-")
        plain = text.isascii() and len(year) == 4 and len(number) == 2 and year.isdecimal() and number.isdecimal()
        if not plain or not FIRST_YEAR <= int(year) <= LAST_YEAR or not 1 <= int(number) <= 12:
            return None
        return cls(year=int(year), number=int(number))

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    @property
    def days(self) -> Sequence[date]:
        """All of them, in order."""
        return [self.first + timedelta(days=number) for number in range(self.last.day)]

    @property
    def before(self) -> "Month":
        """The month before it."""
        return Month.of(self.first - timedelta(days=1))

    @property
    def after(self) -> "Month":
        """The month after it."""
        return Month.of(self.last + timedelta(days=1))

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    def blanks(self, first_weekday: int) -> int:
        """Days of the month before, in the first week. :param first_weekday: with which weeks begin; Monday is 0."""
        return (self.first.weekday() - first_weekday) % 7


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthDay:
    """One day of a person, all its shifts as one; or one shift of it."""

    stored: StoredDay
    worked: timedelta = ZERO
    overtime: timedelta = ZERO
    shift: str = ""

    @property
    def came(self) -> bool:
        """Is there a punch that counts, and was it enough for a day?"""
        return self.seen and self.stored.status is not DayStatus.ABSENT

    @property
    def seen(self) -> bool:
        """Is there a punch that counts?"""
        return self.check_in is not None or self.check_out is not None

    @property
    def check_in(self) -> datetime | None:
        """The first one; aware."""
        return self.stored.check_in

    @property
    def check_out(self) -> datetime | None:
        """The last one; aware."""
        return self.stored.check_out

    @property
    def is_late(self) -> bool:
        """Whatever else the day is called."""
        return self.came and (self.stored.status is DayStatus.LATE or self.stored.late > ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSums:
    """What days add up to."""

    days: int = 0
    """On which the person came."""
    late: int = 0
    absent: int = 0
    missing: int = 0
    """Of which a check-in or a check-out is missing."""
    unknown: int = 0
    """Of which nobody can tell."""
    worked: timedelta = ZERO
    overtime: timedelta = ZERO


def whole_day(shifts: Sequence[MonthDay]) -> MonthDay:
    """The shifts of one day as one. :param shifts: at least one, in their order."""
    if len(shifts) == 1:
        return shifts[0]
    stored = as_one(one.stored for one in shifts)
    assert stored is not None  # noqa: S101 - there is at least one
    return MonthDay(
        stored=stored,
        worked=sum((one.worked for one in shifts), ZERO),
        overtime=sum((one.overtime for one in shifts), ZERO),
        shift=", ".join(one.shift for one in shifts if one.shift),
    )


def may_be_here(status: DayStatus, check_in: datetime | None, now: datetime) -> bool:
    """Is it too early to miss the check-out? :param check_in: aware, as `now` is."""
    return status is DayStatus.MISSING_CHECK_OUT and check_in is not None and now - check_in < STILL_HERE


def sum_month(days: Iterable[MonthDay], now: datetime) -> MonthSums:
    """Add them up. :param now: aware; what a day that is still going on has not yet is not missing."""
    given = list(days)
    return MonthSums(
        days=sum(one.came for one in given),
        late=sum(one.is_late for one in given),
        absent=sum(one.stored.status is DayStatus.ABSENT for one in given),
        missing=sum(
            one.stored.status in MISSING and not may_be_here(one.stored.status, one.check_in, now) for one in given
        ),
        unknown=sum(one.stored.status is DayStatus.NO_DATA for one in given),
        worked=sum((one.worked for one in given), ZERO),
        overtime=sum((one.overtime for one in given), ZERO),
    )
