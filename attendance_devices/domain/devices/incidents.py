"""When an incident begins and when it is over: with a margin between the two, so that nothing flaps."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from attendance_devices.domain.devices.health import Limits, Vitals, is_silent
from attendance_devices.domain.display.times import distance

CALM = timedelta(minutes=10)
"""An incident is over when its cause has been away for so long."""
BACK_BELOW = 0.05
"""A log is not nearly full any more when this share below the limit is free again."""
BACK_WITHIN = 0.5
"""A clock is right again when it is within this share of what is tolerated."""


class IncidentKind(StrEnum):
    """What went wrong."""

    DOWN = "down"
    NEARLY_FULL = "nearly_full"
    CLOCK_OFF = "clock_off"
    STANDSTILL = "standstill"
    """Not of one terminal: nothing reads any of them."""


class State(StrEnum):
    """How a cause stands at this moment."""

    BAD = "bad"
    BETWEEN = "between"
    """Not bad enough to begin an incident, nor well enough to end one; or nobody knows."""
    WELL = "well"


class Step(StrEnum):
    """What becomes of an incident."""

    NOTHING = "nothing"
    OPEN = "open"
    CALM = "calm"
    """Its cause has just gone away: the time until it is over begins."""
    UNREST = "unrest"
    """Its cause came back before it was over."""
    CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One possible cause of an incident, looked at."""

    kind: IncidentKind
    state: State
    words: str = ""
    """What was found, if it is bad."""


def step(state: State, *, stands: bool, calm_since: datetime | None, now: datetime) -> Step:
    """The rule. :param stands: is there an incident already? :param calm_since: since when its cause is away; aware."""
    if not stands:
        return Step.OPEN if state is State.BAD else Step.NOTHING
    if state is not State.WELL:
        return Step.UNREST if calm_since else Step.NOTHING
    if calm_since is None or calm_since > now:
        # A moment of the future was noted by a clock that was wrong.
        return Step.CALM
    return Step.CLOSE if now - calm_since >= CALM else Step.NOTHING


def findings(vitals: Vitals, limits: Limits, now: datetime, *, polled: bool) -> tuple[Finding, ...]:
    """Every possible cause at one terminal in use.

    :param polled: have terminals been read for a while? If not, silence is no fault of this one (see `standstill`).
    """
    return (_down(vitals, limits, now, polled=polled), _full(vitals, limits), _clock(vitals, limits))


def standstill(last: datetime | None, longest: timedelta, now: datetime, what: str) -> Finding:
    """Does something that should happen again and again happen no more? :param last: None if it never did."""
    if last is None or not longest:
        return Finding(kind=IncidentKind.STANDSTILL, state=State.BETWEEN)
    if now - last <= longest:
        return Finding(kind=IncidentKind.STANDSTILL, state=State.WELL)
    words = f"{what} {distance(now - last)} ago"
    return Finding(kind=IncidentKind.STANDSTILL, state=State.BAD, words=words)


def _down(vitals: Vitals, limits: Limits, now: datetime, *, polled: bool) -> Finding:
    silent = is_silent(vitals, limits, now)
    ago = "" if vitals.last_contact is None else f"last answer {distance(now - vitals.last_contact)} ago"
    heard = ago or "never answered yet"
    if limits.failures and vitals.failures >= limits.failures:
        words = f"{vitals.failures:,} reads in a row failed, {heard}. {vitals.error}".rstrip()
        return Finding(kind=IncidentKind.DOWN, state=State.BAD, words=words)
    if silent and polled:
        return Finding(kind=IncidentKind.DOWN, state=State.BAD, words=f"not read any more, {heard}")
    well = not vitals.failures and not silent and vitals.last_contact is not None
    return Finding(kind=IncidentKind.DOWN, state=State.WELL if well else State.BETWEEN)


def _full(vitals: Vitals, limits: Limits) -> Finding:
    used = vitals.used
    if used is None:
        return Finding(kind=IncidentKind.NEARLY_FULL, state=State.BETWEEN)
    if used >= limits.full:
        days = vitals.days_until_full
        words = f"{vitals.records or 0:,} of {vitals.capacity or 0:,} records" + (
            f", about {days:,.0f} days left at the pace of late" if days is not None else ""
        )
        return Finding(kind=IncidentKind.NEARLY_FULL, state=State.BAD, words=words)
    well = used < limits.full - BACK_BELOW
    return Finding(kind=IncidentKind.NEARLY_FULL, state=State.WELL if well else State.BETWEEN)


def _clock(vitals: Vitals, limits: Limits) -> Finding:
    if vitals.drift is None:
        return Finding(kind=IncidentKind.CLOCK_OFF, state=State.BETWEEN)
    far = abs(vitals.drift)
    if far > limits.drift:
        side = "ahead" if vitals.drift > timedelta(0) else "behind"
        return Finding(kind=IncidentKind.CLOCK_OFF, state=State.BAD, words=f"{distance(far)} {side}")
    well = far <= BACK_WITHIN * limits.drift
    return Finding(kind=IncidentKind.CLOCK_OFF, state=State.WELL if well else State.BETWEEN)
