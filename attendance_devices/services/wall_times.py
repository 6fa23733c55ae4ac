"""What a person types as a time: the moment when a clock on a wall showed it."""

from datetime import datetime, tzinfo

from attendance_devices.domain.clocks import OLDEST_YEAR, instant, is_skipped
from attendance_devices.exceptions import InstantInvalid

LATEST_YEAR = 9_000
FORM = "Write it as 2026-01-31 09:00"


def read_time(text: str, zone: tzinfo) -> datetime:
    """Aware. With an offset as it is; without one as the clocks of `zone` showed it. Raises `InstantInvalid`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InstantInvalid(repr(text), "it is no time", next_step=f"{FORM}, or 2026-01-31T09:00+05:00.") from error
    if not OLDEST_YEAR <= found.year <= LATEST_YEAR:
        raise InstantInvalid(repr(text), f"no punch is of the year {found.year}", next_step=f"{FORM}.")
    if found.tzinfo:
        return found
    if is_skipped(found, zone):
        raise InstantInvalid(repr(text), f"the clocks of {zone} went forward over it and never showed it")
    return instant(found, zone, 0)
