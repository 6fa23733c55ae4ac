"""Read the months of people from our own rows, in one query."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from attendance_devices.domain.dashboard.board import StoredDay
from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.reports.months import Month, MonthDay, MonthSums, sum_month, whole_day
from attendance_devices.models import ProcessedAttendance
from attendance_devices.services.devices.local_time import today
from attendance_devices.services.display.badges import Badge, badge_of
from attendance_devices.services.display.reasons import reason_text

COLUMNS = (
    *("user_id", "date", "status", "check_in", "check_out", "late", "status_reason", "device_name"),
    *("worked", "overtime", "shift"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCell:
    """One day of one person, as it is shown."""

    day: date
    mark: Badge | None
    """None for a day of which nothing is known."""
    words: str
    """All that the mark says, in words."""
    spent: MonthDay | None
    is_today: bool
    is_future: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonMonth:
    """One person's days of a month."""

    cells: Sequence[DayCell]
    sums: MonthSums


def months_of(users: Collection[Any], month: Month) -> dict[Any, PersonMonth]:
    """User -> month; each of them has one. One query. :param users: primary keys."""
    looks, spent = _MonthFormatter(month), read_days_between(users, month.first, month.last)
    return {user: looks.of(spent.get(user, {})) for user in users}


def users_between(first: date, last: date) -> set[Any]:
    """Whoever has rows within these days, both included; one query."""
    rows = ProcessedAttendance.objects.filter(date__range=(first, last))
    return set(rows.exclude(status=DayStatus.WITHDRAWN).order_by().values_list("user_id", flat=True).distinct())


def format_clock_times(spent: MonthDay | None, zone: tzinfo | None = None) -> str:
    """From when to when, as clocks on the site's walls show it; empty without a punch. :param zone: None is asked."""
    if spent is None or not spent.seen:
        return ""
    wall = zone or timezone.get_current_timezone()
    return f"{_clock(spent.check_in, wall)} \N{EN DASH} {_clock(spent.check_out, wall)}"


class _MonthFormatter:
    """How days look, for one reader: what is the same for thousands of cells is found out once."""

    def __init__(self, month: Month) -> None:
        self._days = {day: date_format(day, "D j M") for day in month.days}
        self._labels: dict[str, str] = {}
        self._nothing = _("nothing is known")
        self._now, self._today, self._zone = datetime.now(UTC), today(), timezone.get_current_timezone()

    def of(self, days: Mapping[date, MonthDay]) -> PersonMonth:
        """The days of one person."""
        cells = [self._cell(day, days.get(day)) for day in self._days]
        return PersonMonth(cells=cells, sums=sum_month(days.values(), self._now))

    def _cell(self, day: date, spent: MonthDay | None) -> DayCell:
        mark = badge_of(spent.stored.status, check_in=spent.check_in, now=self._now) if spent else None
        return DayCell(
            day=day,
            mark=mark,
            words=f"{self._days[day]}: {self._words(spent, mark)}",
            spent=spent,
            is_today=day == self._today,
            is_future=day > self._today,
        )

    def _words(self, spent: MonthDay | None, mark: Badge | None) -> str:
        if spent is None or mark is None:
            return self._nothing
        label = self._labels.get(mark.slug)
        if label is None:
            label = self._labels[mark.slug] = str(mark.label)
        more = format_clock_times(spent, self._zone) or spent.stored.reason
        return f"{label}, {more}" if more else label


def read_days_between(users: Collection[Any], first: date, last: date) -> dict[Any, dict[date, MonthDay]]:
    """User -> day -> what it was, all its shifts as one; one query. Both days are included."""
    rows = ProcessedAttendance.objects.filter(user__in=users, date__range=(first, last))
    rows = rows.exclude(status=DayStatus.WITHDRAWN).order_by("user_id", "date", "check_in", "pk")
    found: dict[Any, dict[date, MonthDay]] = {}
    for (user, day), group in groupby(_read_rows(rows.values_list(*COLUMNS)), key=lambda one: one[0]):
        found.setdefault(user, {})[day] = whole_day([spent for _, spent in group])
    return found


def _read_rows(rows: Any) -> Iterator[tuple[tuple[Any, date], MonthDay]]:
    for user, day, status, came, left, late, reason, device, worked, overtime, shift in rows.iterator(chunk_size=5_000):
        stored = StoredDay(
            status=DayStatus(status),
            check_in=came,
            check_out=left,
            late=late,
            reason=reason_text(reason),
            device=device,
        )
        yield (user, day), MonthDay(stored=stored, worked=worked, overtime=overtime, shift=shift)


def _clock(at: datetime | None, zone: tzinfo) -> str:
    if at is None:
        return "\N{HORIZONTAL ELLIPSIS}"
    shown = at.astimezone(zone)
    # A third of the time that a format of dates takes, and it is done for every cell.
    return f"{shown.hour:02}:{shown.minute:02}"
