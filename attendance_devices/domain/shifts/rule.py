"""What should be: when a shift starts and ends, and by which rules its punches become numbers."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

EVERY_DAY = frozenset(range(7))
ONE_DAY = timedelta(days=1)
ZERO = timedelta(0)


class Pairing(StrEnum):
    """How check-ins and check-outs are told apart."""

    FIRST_LAST = "first_last"
    ALTERNATING = "alternating"
    BY_STATE = "by_state"
    BY_DEVICE = "by_device"


class WorkedFrom(StrEnum):
    """What is worked time: all from the check-in to the check-out, or the sum of the valid pairs."""

    SPAN = "span"
    PAIRS = "pairs"


class Breaks(StrEnum):
    """What is taken off: nothing, a fixed length from so many hours on, or what the break keys say."""

    PAID = "paid"
    FIXED = "fixed"
    PUNCHED = "punched"


class RoundMode(StrEnum):
    """Which way a number is rounded."""

    NEAREST = "nearest"
    DOWN = "down"
    UP = "up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overtime:
    """What counts as overtime."""

    before: bool = False
    """Does the time before the start count?"""
    after: bool = True
    """Does the time after the end count?"""
    tolerance: timedelta = ZERO
    """No more than this before the start, or after the end, is nothing; of more, all counts."""
    minimum: timedelta = ZERO
    """Less than this on a day is nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlierLimits:
    """Beyond these a day is one to look at. None never is."""

    check_in_early: timedelta | None = timedelta(hours=2)
    check_in_late: timedelta | None = timedelta(hours=2)
    check_out_early: timedelta | None = timedelta(hours=2)
    check_out_late: timedelta | None = timedelta(hours=3)
    longest: timedelta | None = timedelta(hours=16)
    """From the check-in to the check-out."""
    speed: float | None = 150
    """In km/h, between terminals whose places are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRule:
    """The rule of one shift. Without start and end it is a plain calendar day."""

    name: str = ""
    """Empty for the plain calendar day."""
    start: time | None = None
    """Naive, on the clock of the person's zone."""
    end: time | None = None
    """At or before `start` means that the shift crosses midnight."""
    weekdays: frozenset[int] = EVERY_DAY
    """Working weekdays, Monday is 0."""
    weekdays_known: bool = True
    """Did somebody name the working weekdays? If not, the hours are for days with punches, and no day is an absence."""
    day_boundary: time = time(0)
    """Where a plain calendar day begins."""
    margin_before: timedelta | None = None
    """Punches this long before the start still belong to the shift. None: from the middle of the free time."""
    margin_after: timedelta | None = None
    """Punches this long after the end still belong to the shift. None: up to the middle of the free time."""
    double_tap: timedelta = timedelta(seconds=60)
    """Punches closer than this are one."""
    pairing: Pairing = Pairing.FIRST_LAST
    worked_from: WorkedFrom = WorkedFrom.SPAN
    paid_from_start: bool = False
    """Is nothing paid before the start of the shift?"""
    breaks: Breaks = Breaks.PAID
    break_length: timedelta = ZERO
    """The fixed break."""
    break_after: timedelta = ZERO
    """Whoever worked no longer than this has no fixed break."""
    grace: timedelta = ZERO
    """Arriving this much after the start is not late."""
    early_grace: timedelta = ZERO
    """Leaving this much before the end is not early."""
    overtime: Overtime = field(default_factory=Overtime)
    round_to: timedelta = ZERO
    """Worked time and overtime are rounded to multiples of this; zero is never."""
    round_mode: RoundMode = RoundMode.NEAREST
    half_day_below: timedelta = ZERO
    """Less work than this is half a day."""
    absent_below: timedelta = ZERO
    """Less work than this is an absence."""
    auto_out_after: timedelta | None = None
    """A check-out that is missing this long after the end is written then. None: never."""
    auto_out_at: time | None = None
    """Or at this time of the clock, the first after the start of the shift."""
    outliers: OutlierLimits = field(default_factory=OutlierLimits)

    def __hash__(self) -> int:
        """Equal rules have equal names and hours. All fields would take as long as what is remembered by them."""
        return hash((self.name, self.start, self.end))

    @property
    def has_hours(self) -> bool:
        """Does the shift say when it starts and ends?"""
        return self.start is not None and self.end is not None

    def starts(self, day: date, zone: tzinfo) -> datetime:
        """The UTC instant at which the shift of `day` starts (the boundary of a plain calendar day)."""
        return at_clock(day, self.start if self.start is not None else self.day_boundary, zone)

    def ends(self, day: date, zone: tzinfo) -> datetime:
        """The UTC instant at which the shift of `day` ends (the next boundary of a plain calendar day)."""
        if self.start is None or self.end is None:
            return at_clock(day + ONE_DAY, self.day_boundary, zone)
        return at_clock(day + ONE_DAY if self.end <= self.start else day, self.end, zone)

    def is_due(self, day: date) -> bool:
        """Should somebody be there on `day`, and at a known time?"""
        return self.has_hours and day.weekday() in self.weekdays

    def auto_out(self, day: date, zone: tzinfo) -> datetime | None:
        """The UTC instant of the automatic check-out, if there is one."""
        if self.auto_out_at is not None:
            same = at_clock(day, self.auto_out_at, zone)
            return same if same > self.starts(day, zone) else at_clock(day + ONE_DAY, self.auto_out_at, zone)
        if self.auto_out_after is None or not self.has_hours:
            return None
        return self.ends(day, zone) + self.auto_out_after


def at_clock(day: date, clock: time, zone: tzinfo) -> datetime:
    """The UTC instant at which a clock in `zone` shows this."""
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def on_duty(day: date, rules: Iterable[ShiftRule]) -> tuple[ShiftRule, ...]:
    """The shifts that one person can work on `day`, in their order.

    Those that are not due give way to those that are. One that begins before the one before it is over cannot be
    worked by the same person, and is left out. On a day off the first shift stands for all.
    """
    ordered = sorted(rules, key=lambda rule: (rule.start or time.min, rule.end or time.min, rule.name))
    due = [rule for rule in ordered if rule.is_due(day)] or ordered[:1]
    kept: list[ShiftRule] = []
    for rule in due:
        if not kept or follows(kept[-1], rule):
            kept.append(rule)
    return tuple(kept)


def follows(earlier: ShiftRule, later: ShiftRule) -> bool:
    """Is `earlier` over, on the same date, when `later` starts?"""
    if earlier.start is None or earlier.end is None or later.start is None or later.end is None:
        return False
    return earlier.start < earlier.end <= later.start
