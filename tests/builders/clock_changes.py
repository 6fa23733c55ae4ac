"""When six zones changed their clocks in 2024 and 2025, written down by hand: nothing here asks a zone database."""

import functools
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta

HOUR = timedelta(hours=1)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


OFFSETS: Mapping[str, tuple[tuple[datetime, timedelta], ...]] = {
    zone: tuple((_utc(since), hours * HOUR) for since, hours in changes)
    for zone, changes in {
        "Europe/Dublin": (
            ("2023-10-29 01:00", 0),
            ("2024-03-31 01:00", 1),
            ("2024-10-27 01:00", 0),
            ("2025-03-30 01:00", 1),
            ("2025-10-26 01:00", 0),
        ),
        "America/New_York": (
            ("2023-11-05 06:00", -5),
            ("2024-03-10 07:00", -4),
            ("2024-11-03 06:00", -5),
            ("2025-03-09 07:00", -4),
            ("2025-11-02 06:00", -5),
        ),
        "Asia/Kolkata": (("2000-01-01 00:00", 5.5),),
        "Asia/Kathmandu": (("2000-01-01 00:00", 5.75),),
        "Pacific/Chatham": (
            ("2023-09-23 14:00", 13.75),
            ("2024-04-06 14:00", 12.75),
            ("2024-09-28 14:00", 13.75),
            ("2025-04-05 14:00", 12.75),
            ("2025-09-27 14:00", 13.75),
        ),
        # The clock goes forward on a Friday at midnight, and back at the end of a Thursday.
        "Africa/Cairo": (
            ("2023-10-26 21:00", 2),
            ("2024-04-25 22:00", 3),
            ("2024-10-31 21:00", 2),
            ("2025-04-24 22:00", 3),
            ("2025-10-30 21:00", 2),
        ),
    }.items()
}
LONG_NIGHTS: Mapping[str, tuple[date, ...]] = {
    "Europe/Dublin": (date(2024, 10, 26), date(2025, 10, 25)),
    "America/New_York": (date(2024, 11, 2), date(2025, 11, 1)),
    "Pacific/Chatham": (date(2024, 4, 6), date(2025, 4, 5)),
    "Africa/Cairo": (date(2024, 10, 31), date(2025, 10, 30)),
}
"""The dates of the nights from 22:00 to 06:00 that have an hour twice."""
SHORT_NIGHTS: Mapping[str, tuple[date, ...]] = {
    "Europe/Dublin": (date(2024, 3, 30), date(2025, 3, 29)),
    "America/New_York": (date(2024, 3, 9), date(2025, 3, 8)),
    "Pacific/Chatham": (date(2024, 9, 28), date(2025, 9, 27)),
    "Africa/Cairo": (date(2024, 4, 25), date(2025, 4, 24)),
}
"""The dates of those that lack an hour."""
SIX = tuple(OFFSETS)


@functools.cache
def instant_of(zone: str, day: date, clock: str) -> datetime:
    """The UTC instant at which a clock there shows this; of two the first, of none the same reckoning as before it."""
    shown = datetime.combine(day, time.fromisoformat(clock), tzinfo=UTC)
    starts = [since for since, _ in OFFSETS[zone]]
    ends = [*starts[1:], datetime.max.replace(tzinfo=UTC)]
    for (since, offset), until in zip(OFFSETS[zone], ends, strict=True):
        # A time that was skipped is reckoned as if the clock had not been changed yet.
        before = shown - offset
        if since <= before < until or (before >= until and shown - _next(zone, until) < until):
            return before
    raise AssertionError(f"{shown} is not in the table of {zone}")


def _next(zone: str, since: datetime) -> timedelta:
    return dict(OFFSETS[zone]).get(since, timedelta(0))


def night_length(zone: str, day: date) -> timedelta:
    """From 22:00 to 06:00, as it passed."""
    return 8 * HOUR + HOUR * (day in LONG_NIGHTS.get(zone, ())) - HOUR * (day in SHORT_NIGHTS.get(zone, ()))


def all_days(first: date = date(2024, 1, 1), last: date = date(2025, 12, 31)) -> Iterator[date]:
    """Every date of both years."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
