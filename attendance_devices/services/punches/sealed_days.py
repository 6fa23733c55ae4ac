"""Days whose punches, or those of a day beside them, are no longer kept: their rows stand. What comes late is told."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from django.db.models import OuterRef, Subquery

from attendance_devices.domain.punches.instants import Review
from attendance_devices.models import ESSLAttendanceLog, SealedDay

logger = logging.getLogger(__name__)
SEALED_AROUND = timedelta(hours=12)
"""No day is sealed that was over less than this long ago, in any zone: what is received sooner is never late."""
MOST_NAMED = 3
MOST_DATES = 500
SealedDays: TypeAlias = Mapping[tuple[Any, date], "SealedDayNote"]
"""User and date -> what is remembered of the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedDayNote:
    """What is remembered of one day."""

    at: datetime
    """When it was sealed, aware."""
    device: Any
    """The terminal of the first punch that went; None if none of this very date did."""


def sealed_days(users: Collection[Any], dates: Sequence[date]) -> SealedDays:
    """Those of these people, on these dates at least. One query, none for nobody."""
    if not users or not dates:
        return {}
    wanted = set(dates)
    # A clock that jumped to 2099 must not cost all the days until then; and there is an end to what a query takes.
    on = {"date__in": wanted} if len(wanted) <= MOST_DATES else {"date__range": (min(wanted), max(wanted))}
    rows = SealedDay.objects.filter(user__in=users, **on)
    return {
        (user, day): SealedDayNote(at=at, device=device)
        for user, day, at, device in rows.values_list("user_id", "date", "at", "device_id")
    }


def first_deleted_day() -> Subquery:
    """The first date of which punches of the ``system_user`` went, as a column."""
    rows = SealedDay.objects.filter(user=OuterRef("system_user"), device__isnull=False)
    return Subquery(rows.order_by("date").values("date")[:1])


def flag_late(logs: Iterable[ESSLAttendanceLog]) -> None:
    """Have a person look at those of these punches that came too late. They need not be saved; one query at most."""
    old = [log for log in logs if _may_be_late(log)]
    days = {(log.user_id, log.device_time.date()) for log in old}
    sealed = sealed_days({user for user, _ in days}, [day for _, day in days])
    for log in old:
        if (log.user_id, log.device_time.date()) in sealed:
            log.review = Review.SEALED_DAY


def late_keys(claimed: Collection[tuple[int, Any, datetime]]) -> list[int]:
    """The keys of those that came too late. One query. :param claimed: key, user, and what the clock showed."""
    sealed = sealed_days({user for _, user, _ in claimed}, [shown.date() for *_, shown in claimed])
    return [key for key, user, shown in claimed if (user, shown.date()) in sealed]


def flag_stored(late: Sequence[int]) -> None:
    """Have a person look at these stored punches, which came too late."""
    for start in range(0, len(late), 5_000):
        logs = ESSLAttendanceLog.objects.filter(pk__in=late[start : start + 5_000], review=Review.NONE)
        logs.update(review=Review.SEALED_DAY)


def log_sealed(days: Collection[tuple[Any, date]]) -> None:
    """Say in the log that these days were to be derived, and were not."""
    if days:
        named = ", ".join(f"user {user} on {day}" for user, day in sorted(days, key=_oldest_first)[:MOST_NAMED])
        more = f" and {len(days) - MOST_NAMED} more" if len(days) > MOST_NAMED else ""
        logger.warning(
            "not derived again, because the punches are no longer kept (KEEP_PUNCHES_DAYS): %s%s; "
            "if their rows have to change, change those of the CRM by hand",
            named,
            more,
        )


def _oldest_first(one: tuple[Any, date]) -> tuple[date, str]:
    return one[1], str(one[0])


def _may_be_late(log: ESSLAttendanceLog) -> bool:
    return log.user_id is not None and not log.review and log.received_at - log.punch_time > SEALED_AROUND
