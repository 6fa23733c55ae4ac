"""What a punch says, written as text in a line or a cell. What makes no sense raises `ValueError` with one clause."""

import re
from datetime import datetime

LONGEST_ID = 64
LONGEST_WORK_CODE = 32
LARGEST_CODE = 32_767
"""Characters and numbers that the columns hold."""
FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Further away no clock shows, and some databases end there."""
TIME = re.compile(r"(\d{4})([-/])(\d\d?)\2(\d\d?)[ T]+(\d\d?):(\d\d):(\d\d)", re.ASCII)
"""The year first, because 03-04 is two days; with seconds, because a punch without them would be another one."""
PLAIN = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
NUMBER = re.compile(r"\d{1,9}", re.ASCII)
MOST_SHOWN = 40
"""Characters of a text that a message repeats, as it spells them."""


def id_of(text: str) -> str:
    """The id of a person. Leading zeros, letters and case are kept; blanks around it are padding."""
    found = text.strip(" ")
    if not found:
        message = "the id is empty"
    elif len(found) > LONGEST_ID:
        message = f"the id is longer than {LONGEST_ID} characters"
    elif not found.isprintable():
        message = "the id holds control characters"
    else:
        return found
    raise ValueError(message)


def shown_time(text: str) -> datetime:
    """What a clock showed, naive: ``2026-01-31 09:00:00``, with slashes, or a T between date and time."""
    found = text.strip(" ")
    try:
        moment = datetime.fromisoformat(found) if PLAIN.fullmatch(found) else _parts(found)
    except ValueError:
        message = f"{_shown(found)} is no time of the form 2026-01-31 09:00:00"
        raise ValueError(message) from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        message = f"no clock shows the year {moment.year}"
        raise ValueError(message)
    return moment


def code_of(text: str, what: str) -> int | None:
    """A state or a way to verify, as the terminal coded it; None for nothing. :param what: what it is, in words."""
    found = text.strip(" ")
    if not found:
        return None
    if not NUMBER.fullmatch(found) or int(found) > LARGEST_CODE:
        message = f"the {what} {_shown(found)} is no number from 0 to {LARGEST_CODE}"
        raise ValueError(message)
    return int(found)


def work_code_of(text: str) -> str:
    """A work code; zero is none."""
    found = text.strip(" ")
    if len(found) > LONGEST_WORK_CODE or not found.isprintable():
        message = f"the work code {_shown(found)} is longer than {LONGEST_WORK_CODE} characters, or no text"
        raise ValueError(message)
    return "" if found == "0" else found


def _parts(text: str) -> datetime:
    found = TIME.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year, _, *rest = found.groups()
    return datetime(int(year), *map(int, rest))  # type: ignore[arg-type]  # noqa: DTZ001 - a terminal's clock has no zone


def _shown(text: str) -> str:
    shown = repr(text[: MOST_SHOWN + 1])  # control characters grow by that
    return shown if len(shown) <= MOST_SHOWN + 2 else f"{shown[:MOST_SHOWN]}…"
