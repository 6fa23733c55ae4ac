"""What the pages show, read from hr.Attendance alone. A day without a row is "no record", never "absent"."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from example_project.hr.models import Attendance, CustomUser

WORKDAYS = frozenset(range(5))
LONGEST_SHIFT = timedelta(hours=14)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How one day of one person is shown: a letter and words, so that colour is never alone."""

    slug: str
    letter: str
    label: str


PRESENT = Mark(slug="present", letter="P", label="on time")
LATE = Mark(slug="late", letter="L", label="late")
OPEN = Mark(slug="open", letter="I", label="in, not out yet")
INCOMPLETE = Mark(slug="incomplete", letter="!", label="no check-out")
ABSENT = Mark(slug="absent", letter="A", label="absent")
NONE = Mark(slug="none", letter="·", label="no record")
MARKS = (PRESENT, LATE, OPEN, INCOMPLETE, ABSENT, NONE)
SEEN = (PRESENT, LATE, OPEN, INCOMPLETE)
BY_STATUS = {
    Attendance.Status.PRESENT: PRESENT,
    Attendance.Status.LATE: LATE,
    Attendance.Status.INCOMPLETE: INCOMPLETE,
    Attendance.Status.ABSENT: ABSENT,
}


def mark_of(row: Attendance, now: datetime) -> Mark:
    """The mark of a row. Without a check-out it stays open for as long as a shift may last."""
    mark = BY_STATUS.get(row.status, NONE)
    recent = row.check_in_time is not None and now - row.check_in_time < LONGEST_SHIFT
    return OPEN if mark is INCOMPLETE and row.check_out_time is None and recent else mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of a bar of width 100."""

    slug: str
    start: str
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many people share a mark."""

    mark: Mark
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeDay:
    """One office on one day."""

    name: str
    seen: int
    staff: int
    counts: Sequence[Count]

    @property
    def bar(self) -> list[Segment]:
        """The counts of people with a row, to scale."""
        segments, start = [], 0.0
        for count in self.counts:
            width = 100 * count.people / self.staff if self.staff else 0
            if width and count.mark is not NONE:
                segments.append(Segment(slug=count.mark.slug, start=f"{start:.2f}", width=f"{width:.2f}"))
                start += width
        return segments


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBoard:
    """The whole company on one day."""

    date: date
    offices: Sequence[OfficeDay]
    seen: int
    staff: int
    counts: Sequence[Count]

    @property
    def is_workday(self) -> bool:
        """Is anybody expected, as a rule?"""
        return self.date.weekday() in WORKDAYS


def staff() -> QuerySet[CustomUser]:
    """Everybody who works here."""
    return CustomUser.objects.filter(is_active=True, office__isnull=False).select_related("office")


def last_workday(today: date) -> date:
    """The nearest Monday to Friday before `today`."""
    day = today - ONE_DAY
    while day.weekday() not in WORKDAYS:
        day -= ONE_DAY
    return day


def day_board(day: date, people: Iterable[CustomUser], now: datetime) -> DayBoard:
    """Count the marks of `day`, by office."""
    rows = {row.user_id: row for row in Attendance.objects.filter(date=day)}
    marks: dict[str, Counter[str]] = {}
    for person in people:
        row = rows.get(person.pk)
        mark = mark_of(row, now) if row else NONE
        marks.setdefault(person.office.name, Counter())[mark.slug] += 1
    shown = tuple(mark for mark in MARKS if mark is not ABSENT or any(count["absent"] for count in marks.values()))
    offices = [OfficeDay(name=name, **_totals(count, shown)) for name, count in sorted(marks.items())]
    return DayBoard(date=day, offices=offices, **_totals(sum(marks.values(), Counter()), shown))


def _totals(count: Mapping[str, int], shown: Sequence[Mark]) -> dict[str, object]:
    return {
        "seen": sum(count[mark.slug] for mark in SEEN),
        "staff": sum(count.values()),
        "counts": [Count(mark=mark, people=count[mark.slug]) for mark in shown],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A check-in and what became of it."""

    row: Attendance
    mark: Mark


def latest_arrivals(now: datetime, limit: int = 9) -> list[Arrival]:
    """The last check-ins, newest first."""
    rows = Attendance.objects.filter(check_in_time__isnull=False).select_related("user").order_by("-check_in_time")
    return [Arrival(row=row, mark=mark_of(row, now)) for row in rows[:limit]]
