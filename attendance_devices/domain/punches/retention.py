"""How long punches are kept: when those of a day may go, what holds them back, and what went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

BESIDE = 2
"""Days between the date that a clock showed and the day that the punch belongs to, at most: over midnight one, and
the dates of two zones differ by two."""
YOUNGEST = BESIDE + 2
"""Nothing goes from a day that is less than this many days and one more ago, however little is to be kept: the days
beside it must be over, nights and all."""


class HeldBack(StrEnum):
    """Why an old punch stays."""

    PENDING = "pending"
    OPEN = "open"
    UNTOLD = "untold"
    LOCKED = "locked"
    REVIEW = "review"
    UNREAD = "unread"
    CORRECTED = "corrected"
    UNMAPPED = "unmapped"


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourDays:
    """What is known of a day and of those beside it, in words; empty where there is nothing."""

    pending: str = ""
    """A day that waits to be derived."""
    open: str = ""
    """A day whose automatic check-out is still to come."""
    untold: str = ""
    """A day that the CRM has not been told of."""
    locked: str = ""
    """A day that the CRM has locked."""
    review: str = ""
    """A punch that may belong here, and that a person has to look at."""
    unread: str = ""
    """A terminal that could have seen the person and was not read since."""


def why_held(nearby: NeighbourDays) -> tuple[HeldBack, str] | None:
    """Why the punches of a day have to stay, with the words; None if they may go."""
    reasons = (HeldBack.PENDING, HeldBack.OPEN, HeldBack.UNTOLD, HeldBack.LOCKED, HeldBack.REVIEW, HeldBack.UNREAD)
    return next(((reason, words) for reason in reasons if (words := getattr(nearby, reason.value))), None)


def last_to_go(today: date, keep_days: int) -> date:
    """The last date whose punches are old enough. :param today: by the clock that showed them."""
    return today - timedelta(days=max(keep_days, YOUNGEST) + 1)


def beside(day: date) -> list[date]:
    """The day and those that its punches may belong to, or tell something about."""
    return [day + timedelta(days=number) for number in range(-BESIDE, BESIDE + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One of the days or punches that were held back."""

    employee: str
    """Primary key of the user as text; empty if nobody stands behind the id."""
    date: date
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanedUp:
    """What a clean-up deleted, or would, and what it held back."""

    runs: int = 0
    """Rows of the history of runs."""
    punches: int = 0
    """Punches of employees."""
    days: int = 0
    """Days of employees that these punches were shown on: their rows stand from now on as they are."""
    ignored: int = 0
    """Punches of users of terminals whom a person said to ignore."""
    held: Mapping[HeldBack, int] = field(default_factory=dict)
    """Punches that are old enough and stay all the same."""
    examples: Mapping[HeldBack, Sequence[Example]] = field(default_factory=dict)
    """A few of each."""
    errors: Sequence[str] = ()
    """Whole stages that failed."""
