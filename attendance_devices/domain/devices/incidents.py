"""When an incident begins and when it is over: with a margin between the two, so that nothing flaps."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from attendance_devices.domain.devices.health import DeviceVitals, Limits, is_silent
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


class IncidentState(StrEnum):
    """How a cause stands at this moment."""

    BAD = "bad"
    BETWEEN = "between"
    """Not bad enough to begin an incident, nor well enough to end one; or nobody knows."""
    WELL = "well"


class IncidentStep(StrEnum):
    """What becomes of an incident."""

    NOTHING = "nothing"
    OPEN = "open"
    CALM = "calm"
    """Its cause has just gone away: the time until it is over begins."""
    UNREST = "unrest"
    """Its cause came back before it was over."""
    CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFinding:
    """One possible cause of an incident, looked at."""

    kind: IncidentKind
    state: IncidentState
    words: str = ""
    """What was found, if it is bad."""


def next_step(state: IncidentState, *, stands: bool, calm_since: datetime | None, now: datetime) -> IncidentStep:
    """The rule. :param stands: is there an incident already? :param calm_since: since when its cause is away; aware."""
    if not stands:
        return IncidentStep.OPEN if state is IncidentState.BAD else IncidentStep.NOTHING
    if state is not IncidentState.WELL:
        return IncidentStep.UNREST if calm_since else IncidentStep.NOTHING
    if calm_since is None or calm_since > now:
        # A moment of the future was noted by a clock that was wrong.
        return IncidentStep.CALM
    return IncidentStep.CLOSE if now - calm_since >= CALM else IncidentStep.NOTHING


def findings(vitals: DeviceVitals, limits: Limits, now: datetime, *, polled: bool) -> tuple[IncidentFinding, ...]:
    """Every possible cause at one terminal in use.

    :param polled: have terminals been read for a while? If not, silence is no fault of this one (see `standstill`).
    """
    return (_down(vitals, limits, now, polled=polled), _full(vitals, limits), _clock(vitals, limits))


def standstill(last: datetime | None, longest: timedelta, now: datetime, what: str) -> IncidentFinding:
    """Does something that should happen again and again happen no more? :param last: None if it never did."""
    if last is None or not longest:
        return IncidentFinding(kind=IncidentKind.STANDSTILL, state=IncidentState.BETWEEN)
    if now - last <= longest:
        return IncidentFinding(kind=IncidentKind.STANDSTILL, state=IncidentState.WELL)
    words = f"{what} {distance(now - last)} ago"
    return IncidentFinding(kind=IncidentKind.STANDSTILL, state=IncidentState.BAD, words=words)


def _down(vitals: DeviceVitals, limits: Limits, now: datetime, *, polled: bool) -> IncidentFinding:
    silent = is_silent(vitals, limits, now)
    ago = "" if vitals.last_contact is None else f"last answer {distance(now - vitals.last_contact)} ago"
    heard = ago or "never answered yet"
    if limits.failures and vitals.failures >= limits.failures:
        words = f"{vitals.failures:,} reads in a row failed, {heard}. {vitals.error}".rstrip()
        return IncidentFinding(kind=IncidentKind.DOWN, state=IncidentState.BAD, words=words)
    if silent and polled:
        return IncidentFinding(kind=IncidentKind.DOWN, state=IncidentState.BAD, words=f"not read any more, {heard}")
    well = not vitals.failures and not silent and vitals.last_contact is not None
    return IncidentFinding(kind=IncidentKind.DOWN, state=IncidentState.WELL if well else IncidentState.BETWEEN)


def _full(vitals: DeviceVitals, limits: Limits) -> IncidentFinding:
    used = vitals.used
    if used is None:
        return IncidentFinding(kind=IncidentKind.NEARLY_FULL, state=IncidentState.BETWEEN)
    if used >= limits.full:
        days = vitals.days_until_full
        words = f"{vitals.records or 0:,} of {vitals.capacity or 0:,} records" + (
            f", about {days:,.0f} days left at the pace of late" if days is not None else ""
        )
        return IncidentFinding(kind=IncidentKind.NEARLY_FULL, state=IncidentState.BAD, words=words)
    well = used < limits.full - BACK_BELOW
    return IncidentFinding(kind=IncidentKind.NEARLY_FULL, state=IncidentState.WELL if well else IncidentState.BETWEEN)


def _clock(vitals: DeviceVitals, limits: Limits) -> IncidentFinding:
    if vitals.drift is None:
        return IncidentFinding(kind=IncidentKind.CLOCK_OFF, state=IncidentState.BETWEEN)
    far = abs(vitals.drift)
    if far > limits.drift:
        side = "ahead" if vitals.drift > timedelta(0) else "behind"
        return IncidentFinding(kind=IncidentKind.CLOCK_OFF, state=IncidentState.BAD, words=f"{distance(far)} {side}")
    well = far <= BACK_WITHIN * limits.drift
    return IncidentFinding(kind=IncidentKind.CLOCK_OFF, state=IncidentState.WELL if well else IncidentState.BETWEEN)
