"""Compare today with yesterday, the same weekday and the last thirty days, in one query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet

from attendance_devices.domain.dashboard.board import PresenceState
from attendance_devices.domain.dashboard.trend import PastDay, Trend, trend
from attendance_devices.domain.days.status import DayStatus
from attendance_devices.models import ProcessedAttendance
from attendance_devices.services.devices.local_time import default_zone

TREND_DAYS = 30
CACHE_SECONDS = 300
ONE_DAY = timedelta(days=1)
YESTERDAY, LAST_WEEK = "yesterday", "last_week"
DAYS_BACK = {YESTERDAY: ONE_DAY, LAST_WEEK: 7 * ONE_DAY}
WAS_SEEN = (Q(check_in__isnull=False) | Q(check_out__isnull=False)) & ~Q(status=DayStatus.ABSENT)
WAS_LATE = Q(late__gt=timedelta(0)) | Q(status=DayStatus.LATE)
OFF_STATUSES = (DayStatus.ON_LEAVE, DayStatus.HOLIDAY, DayStatus.DAY_OFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierDay:
    """An earlier day: who had come by the same time of the clock, and who was missing when it was over."""

    whole: PastDay
    here: int
    """Who came by this time of the day, late or not."""
    late: int

    @property
    def counts(self) -> Mapping[PresenceState, int]:
        """What compares with a board of now; empty where too little is known of the day."""
        if not self.whole.is_known:
            return {}
        return {
            PresenceState.ON_TIME: self.here - self.late,
            PresenceState.LATE: self.late,
            PresenceState.ABSENT: self.whole.absent,
            PresenceState.NO_DATA: self.whole.unknown,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What was."""

    at: datetime
    """At this time of the clock the earlier days are looked at, aware."""
    compared: Mapping[str, EarlierDay]
    """By `YESTERDAY` and `LAST_WEEK`."""
    trend: Trend = field(default_factory=lambda: trend(()))


def cached_comparison(now: datetime, *, users: Sequence[Any] | None = None, at_night: Sequence[Any] = ()) -> Comparison:
    """The same for five minutes, whoever looks: the query reads a month of rows. As `read_comparison` otherwise."""
    at = now - timedelta(seconds=now.timestamp() % CACHE_SECONDS)
    whose = ["all"] if users is None else sorted(map(str, users))
    text = "\0".join([f"{at:%Y-%m-%d %H:%M}", *whose, "at night", *sorted(map(str, at_night))])
    key = f"attendance_devices:past:{sha256(text.encode()).hexdigest()}"
    kept = cache.get(key)
    if isinstance(kept, Comparison):
        return kept
    found = read_comparison(at, users=users, at_night=at_night)
    cache.set(key, found, CACHE_SECONDS)
    return found


def read_comparison(now: datetime, *, users: Sequence[Any] | None = None, at_night: Sequence[Any] = ()) -> Comparison:
    """One query. :param now: aware. :param users: only theirs; None is everybody's.

    :param at_night: whose day is still that of yesterday. They are compared by the day before, too.
    """
    local = now.astimezone(default_zone())
    today, cuts = local.date(), {name: _same_time_on(local, back) for name, back in DAYS_BACK.items()}
    rows = ProcessedAttendance.objects.filter(date__gte=today - TREND_DAYS * ONE_DAY, date__lt=today)
    if users is not None:
        rows = rows.filter(user__in=users)
    counts = {
        f"{name}_{what}": _count_people(_came_by(today - back, cuts[name], at_night) & which)
        for name, back in DAYS_BACK.items()
        for what, which in (("here", WAS_SEEN), ("late", WAS_SEEN & WAS_LATE))
    }
    found = list(_by_date(rows).annotate(**counts))
    days = {row["date"]: _past_day(row) for row in found}
    every = [today - number * ONE_DAY for number in range(TREND_DAYS, 0, -1)]
    compared = {
        name: EarlierDay(
            whole=days.get(today - back) or PastDay(day=today - back),
            here=sum(row[f"{name}_here"] for row in found),
            late=sum(row[f"{name}_late"] for row in found),
        )
        for name, back in DAYS_BACK.items()
    }
    return Comparison(at=now, compared=compared, trend=trend([days.get(day) or PastDay(day=day) for day in every]))


def _by_date(rows: QuerySet[ProcessedAttendance]) -> Any:
    return (
        rows.order_by()
        .values("date")
        .annotate(
            came=_count_people(WAS_SEEN),
            absent=_count_people(Q(status=DayStatus.ABSENT)),
            unknown=_count_people(Q(status=DayStatus.NO_DATA)),
            off=_count_people(Q(status__in=OFF_STATUSES)),
        )
    )


def _count_people(which: Q) -> Count:
    """Somebody with two shifts is one person."""
    return Count("user", filter=which, distinct=True)


def _came_by(day: date, cut: datetime, at_night: Sequence[Any]) -> Q:
    """Rows of those who had come by then."""
    came = Q(check_in__lte=cut) | Q(check_in__isnull=True, check_out__lte=cut)
    if not at_night:
        return Q(date=day) & came
    nights = Q(user__in=at_night)
    return (Q(date=day) & ~nights | Q(date=day - ONE_DAY) & nights) & came


def _same_time_on(local: datetime, back: timedelta) -> datetime:
    """When clocks showed this time on that day."""
    return datetime.combine(local.date() - back, local.time(), tzinfo=local.tzinfo).astimezone(UTC)


def _past_day(row: Mapping[str, Any]) -> PastDay:
    return PastDay(day=row["date"], came=row["came"], absent=row["absent"], unknown=row["unknown"], off=row["off"])
