"""Log files as terminals write them to USB sticks."""

import io
from collections.abc import Iterable
from datetime import datetime

from tests.builders.crm import at, days

Shown = tuple[str, datetime]


def line(who: str, shown: datetime, state: int = 255) -> bytes:
    return f"{who:>9}\t{shown:%Y-%m-%d %H:%M:%S}\t1\t{state}\t1\t0\r\n".encode()


def stick(shown: Iterable[Shown], *more: bytes) -> io.BytesIO:
    """The file that a terminal would write."""
    return io.BytesIO(b"".join([*(line(who, moment) for who, moment in shown), *more]))


def week(*who: str) -> list[Shown]:
    """In and out of each, in the order of a log."""
    return [(one, at(clock, day)) for day in days(6) for clock in ("09:00", "17:00") for one in (who or ("7",))]
