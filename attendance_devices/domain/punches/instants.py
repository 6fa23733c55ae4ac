"""From what a terminal's clock said to an instant, and when to doubt it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum

PASS_LENGTH = timedelta(hours=3)
"""Longer than any repeated hour; two records further apart belong to different autumns."""
OLDEST_YEAR = 2005
"""Terminals that lost their battery start again in 2000."""
STEP = timedelta(minutes=10)
"""Shorter than any repeated hour; that of Lord Howe has thirty minutes."""
PLAIN, FIRST, SECOND, UNKNOWN = "plain", "first", "second", "unknown"
"""What a record was, to the repeated hour: outside of it, in its first or second pass, or in one nobody knows."""


class Review(StrEnum):
    """Why a person should look at a punch before it counts; empty when there is no reason."""

    NONE = ""
    FUTURE = "future"
    CLOCK_RESET = "clock_reset"
    SKIPPED_HOUR = "skipped_hour"
    SEALED_DAY = "sealed_day"
    """Its clock was right, but it came when the punches of its day were no longer kept. It never counts."""


def instant(device_time: datetime, zone: tzinfo, fold: int) -> datetime:
    """The aware UTC instant of a naive `device_time` shown by a clock in `zone`."""
    return device_time.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def is_repeated(device_time: datetime, zone: tzinfo) -> bool:
    """Does the clock in `zone` show this naive time twice (the autumn hour)?"""
    first = device_time.replace(tzinfo=zone, fold=0).utcoffset()
    second = device_time.replace(tzinfo=zone, fold=1).utcoffset()
    return first is not None and second is not None and first > second


def is_skipped(device_time: datetime, zone: tzinfo) -> bool:
    """Does the clock in `zone` never show this naive time (the spring hour)?"""
    first = device_time.replace(tzinfo=zone, fold=0).utcoffset()
    second = device_time.replace(tzinfo=zone, fold=1).utcoffset()
    return first is not None and second is not None and first < second


def mixes_passes(shown: datetime | None, target: datetime, zone: tzinfo) -> bool:
    """Would a clock that is set from `shown` to `target` (naive) hide which pass of a repeated hour its records are of?

    It would if it is set into that hour, and if it is set back over it or to shortly before it: the order of the log
    then looks like the second pass.
    """
    back = min(shown - target, PASS_LENGTH + timedelta(hours=1)) if shown else timedelta(0)
    steps = range(int(max(back, timedelta(0)) / STEP) + 1)
    moments = [target + number * STEP for number in steps]
    return any(is_repeated(moment, zone) for moment in [*moments, *([target + back] if back > timedelta(0) else [])])


def day_changes(day: date, zone: tzinfo) -> bool:
    """Does the offset of `zone` change within `day` or at its ends?"""
    start = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a wall clock has no zone
    return _offset(start, zone) != _offset((start + timedelta(days=1)).replace(fold=1), zone)


def review(device_time: datetime, at: datetime, zone: tzinfo, *, latest: datetime) -> Review:
    """Why a punch should be looked at.

    :param at: its instant. :param latest: the last instant that is believed, a little after the receipt.
    """
    if device_time.year < OLDEST_YEAR:
        return Review.CLOCK_RESET
    if at > latest:
        return Review.FUTURE
    if is_skipped(device_time, zone):
        return Review.SKIPPED_HOUR
    return Review.NONE


class FoldReader:
    """Tells the two passes of a repeated hour apart by the order of the log.

    Each record is judged by the one before it, and by nothing older, so that any split of a log into reads, and a log
    that lost its oldest records, give the same answers, or "nobody knows" (None), and never the opposite one:

    * the clock came from before the hour: first pass;
    * it ran back, within the hour or out of what follows it: second pass;
    * it ran on within the hour: the same pass as before;
    * the log starts inside the hour, or the clock jumped back from far away: nobody knows.
    """

    def __init__(self, zone: tzinfo, state: "Mapping[str, str] | None" = None) -> None:
        state = state or {}
        latest = state.get("latest")
        self.zone = zone
        self.latest = datetime.fromisoformat(latest) if latest else None
        self.passing = state.get("pass", PLAIN)

    @property
    def state(self) -> dict[str, str]:
        """What a later read of the rest of the log needs to know: a small JSON value."""
        return {"latest": self.latest.isoformat() if self.latest else "", "pass": self.passing}

    def saw_plain(self, device_time: datetime) -> None:
        """The next record of the log is outside any repeated hour. Only the last of several in a row matters."""
        self.latest, self.passing = device_time, PLAIN

    def fold(self, device_time: datetime) -> int | None:
        """The fold of the next record of the log, whose naive time is `device_time`."""
        if not is_repeated(device_time, self.zone):
            self.saw_plain(device_time)
            return 0
        self.latest, self.passing = device_time, self._pass(device_time)
        return {FIRST: 0, SECOND: 1}.get(self.passing)

    def _pass(self, device_time: datetime) -> str:
        before = self.latest
        if before is None:
            return UNKNOWN
        near = abs(device_time - before) <= PASS_LENGTH
        if device_time < before:
            return SECOND if near else UNKNOWN
        return self.passing if near and self.passing != PLAIN else FIRST


def _offset(moment: datetime, zone: tzinfo) -> timedelta | None:
    return moment.replace(tzinfo=zone).utcoffset()
