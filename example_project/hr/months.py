"""A month of one person or of many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from example_project.hr.board import INCOMPLETE, LATE, NONE, ONE_DAY, SEEN, WORKDAYS, Mark, mark_of
from example_project.hr.models import Attendance, CustomUser

LIFETIME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A calendar month; `first` is its first day."""

    first: date

    @classmethod
    def named(cls, text: str, today: date) -> "Month":
        """``2026-11``; anything else, and what is more than a lifetime away, is the month of `today`."""
        try:
            first = date.fromisoformat(f"{text}-01")
        except ValueError:
            first = today.replace(day=1)
        return cls(first=first if abs(first.year - today.year) < LIFETIME else today.replace(day=1))

    @property
    def after(self) -> date:
        """The first day of the next month."""
        return (self.first + timedelta(days=31)).replace(day=1)

    @property
    def before(self) -> date:
        """A day of the month before."""
        return (self.first - ONE_DAY).replace(day=1)

    @property
    def days(self) -> list[date]:
        """All its days."""
        return [self.first + timedelta(days=n) for n in range((self.after - self.first).days)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One person's day."""

    day: date
    mark: Mark | None
    """None where nothing is expected: a free day, or one that has not come yet."""
    row: Attendance | None

    @property
    def worked(self) -> timedelta | None:
        """From check-in to check-out."""
        if self.row is None or self.row.check_in_time is None or self.row.check_out_time is None:
            return None
        return self.row.check_out_time - self.row.check_in_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One person's month."""

    person: CustomUser
    cells: Sequence[Cell]

    def count(self, *marks: Mark) -> int:
        """How many days carry one of the marks."""
        return sum(cell.mark in marks for cell in self.cells)

    @property
    def present(self) -> int:
        """Days with a check-in."""
        return self.count(*SEEN)

    @property
    def late(self) -> int:
        return self.count(LATE)

    @property
    def incomplete(self) -> int:
        return self.count(INCOMPLETE)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeMonth:
    """The people of one office."""

    name: str
    lines: Sequence[Line]


def month_lines(month: Month, people: Sequence[CustomUser], now: datetime, today: date) -> list[Line]:
    """A line a person, in the order given; one query."""
    rows = Attendance.objects.filter(user__in=people, date__gte=month.first, date__lt=month.after)
    found = {(row.user_id, row.date): row for row in rows}
    lines = []
    for person in people:
        cells = [_cell(day, found.get((person.pk, day)), now, today) for day in month.days]
        lines.append(Line(person=person, cells=cells))
    return lines


def by_office(lines: Sequence[Line]) -> list[OfficeMonth]:
    """Group lines that are sorted by office."""
    groups = groupby(lines, key=lambda line: line.person.office.name)
    return [OfficeMonth(name=name, lines=list(group)) for name, group in groups]


def _cell(day: date, row: Attendance | None, now: datetime, today: date) -> Cell:
    if row is not None:
        return Cell(day=day, mark=mark_of(row, now), row=row)
    expected = day < today and day.weekday() in WORKDAYS
    return Cell(day=day, mark=NONE if expected else None, row=None)
