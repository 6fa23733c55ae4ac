"""What the pages show, read from hr.Attendance alone. A day without a row is "no record", never "absent"."""

from dataclasses import dataclass
from datetime import datetime, timedelta

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


def staff() -> QuerySet[CustomUser]:
    """Everybody who works here."""
    return CustomUser.objects.filter(is_active=True, office__isnull=False).select_related("office")
