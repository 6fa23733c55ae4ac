"""What becomes of each punch of a window: which are one, which begin work, which end it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from attendance_devices.domain.punches.punch import PunchType
from attendance_devices.domain.shifts.rule import Breaks, Pairing, ShiftRule, WorkedFrom
from attendance_devices.domain.shifts.windows import ShiftWindow


class PunchRole(StrEnum):
    """What became of one punch."""

    CHECK_IN = "check_in"
    CHECK_OUT = "check_out"
    WITHIN = "within"
    NO_PAIR = "no_pair"
    DOUBLE_TAP = "double_tap"
    UNDER_REVIEW = "under_review"
    VOIDED = "voided"
    OTHER_DAY = "other_day"
    OUTSIDE = "outside"
    TOO_LATE = "too_late"
    """It came when the punches of its day were no longer kept."""


COUNTED = frozenset({PunchRole.CHECK_IN, PunchRole.CHECK_OUT, PunchRole.WITHIN})


class PunchSense(StrEnum):
    """What a punch says; next is whatever comes next."""

    IN = "in"
    OUT = "out"
    BREAK_OUT = "break_out"
    BREAK_IN = "break_in"
    NEXT = "next"


class KeyMeaning(StrEnum):
    """Which way people pass a terminal."""

    BOTH = "both"
    IN = "in"
    OUT = "out"


SENSES = {
    PunchType.IN: PunchSense.IN,
    PunchType.OVERTIME_IN: PunchSense.IN,
    PunchType.OUT: PunchSense.OUT,
    PunchType.OVERTIME_OUT: PunchSense.OUT,
    PunchType.BREAK_OUT: PunchSense.BREAK_OUT,
    PunchType.BREAK_IN: PunchSense.BREAK_IN,
}
Spot: TypeAlias = tuple[float, float]
"""Latitude and longitude in degrees."""
Sensed: TypeAlias = tuple["DayPunch", PunchSense]
BREAK_SENSES = (PunchSense.BREAK_OUT, PunchSense.BREAK_IN)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedBy:
    """What a person corrected about a punch."""

    key: int
    """The stored correction."""
    words: str
    """What was corrected, by whom, when and why."""
    is_void: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPunch:
    """A stored punch as the rule sees it."""

    key: int
    """The stored row it came from; below one for a punch that no terminal told of, or that is not stored."""
    at: datetime
    """Aware instant."""
    place: str = ""
    """The name of the terminal."""
    review: str = ""
    """Not empty: a person has to look at it before it counts."""
    punch_type: str = ""
    """A `PunchType`."""
    facing: str = KeyMeaning.BOTH
    """Which way people pass the terminal: a `KeyMeaning`."""
    spot: Spot | None = None
    """Where the terminal hangs, if it is known."""
    amended: CorrectedBy | None = None
    """Not None: a person corrected it, and the rest is as he says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PunchUse:
    """One punch, its role in the day, and the reason in words."""

    tap: DayPunch
    role: PunchRole
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDay:
    """The punches of a window, told apart."""

    uses: Sequence[PunchUse]
    check_in: datetime | None
    check_out: datetime | None
    stretches: Sequence[ShiftWindow]
    """The valid pairs, in order."""
    pauses: Sequence[ShiftWindow]
    """From each break-out to the break-in after it."""
    open_since: datetime | None
    """The check-in that no check-out follows."""
    odd: int = 0
    """How many punches there are, where one of them has no other and worked time is the sum of pairs; else 0."""


def pair_punches(
    taps: Sequence[DayPunch],
    span: ShiftWindow,
    rule: ShiftRule,
    claimed: Callable[[datetime], str],
    *,
    hours: ShiftWindow | None = None,
) -> PairedDay:
    """Give each punch its role.

    :param taps: in order. :param claimed: whose window holds this moment, in words; empty if none does.
    :param hours: of the shift, once they are over: a lone punch nearer to their end is a check-out.
    """
    kept: list[Sensed] = []
    uses: list[PunchUse] = []
    for tap in taps:
        sense = _sense(tap, rule)
        left_out = _left_out(tap, span, claimed) or _doubled(tap, sense, kept, rule)
        if left_out is None:
            kept.append((tap, sense))
            left_out = PunchUse(tap=tap, role=PunchRole.WITHIN, reason=f"inside the day (rule: {RULES[rule.pairing]})")
        uses.append(left_out)
    found = _first_last(kept, rule, hours) if rule.pairing is Pairing.FIRST_LAST else _by_sense(_firm(kept))
    crowned = [_crowned(use, found, rule) for use in uses]
    return PairedDay(
        uses=tuple(_amended(use, use.tap.amended) if use.tap.amended else use for use in crowned),
        check_in=found.first.at if found.first else None,
        check_out=found.last.at if found.last else None,
        stretches=tuple(found.stretches),
        pauses=tuple(_pauses(kept)),
        open_since=found.open_tap.at if found.open_tap else None,
        odd=_odd(kept, rule),
    )


def _odd(kept: Sequence[Sensed], rule: ShiftRule) -> int:
    if rule.pairing is not Pairing.FIRST_LAST or rule.worked_from is not WorkedFrom.PAIRS:
        return 0
    plain = sum(sense not in BREAK_SENSES for _, sense in kept)
    return plain if plain > 1 and plain % 2 else 0


RULES = {
    Pairing.FIRST_LAST: "first in / last out",
    Pairing.ALTERNATING: "in and out by turns",
    Pairing.BY_STATE: "by the key pressed",
    Pairing.BY_DEVICE: "by the direction of the device",
}


@dataclass(slots=True, kw_only=True)
class _PairingState:
    first: DayPunch | None = None
    last: DayPunch | None = None
    open_tap: DayPunch | None = None
    stretches: list[ShiftWindow]
    orphans: list[DayPunch]
    """Outs without an in before them."""


def _sense(tap: DayPunch, rule: ShiftRule) -> PunchSense:
    said = SENSES.get(PunchType(tap.punch_type), PunchSense.NEXT) if tap.punch_type else PunchSense.NEXT
    if said in BREAK_SENSES:
        is_pause = rule.breaks is Breaks.PUNCHED or rule.pairing is Pairing.BY_STATE
        if is_pause:
            return said
        said = PunchSense.NEXT
    if rule.pairing is Pairing.BY_STATE:
        return said
    if rule.pairing is Pairing.BY_DEVICE and tap.facing != KeyMeaning.BOTH:
        return PunchSense.IN if tap.facing == KeyMeaning.IN else PunchSense.OUT
    return PunchSense.NEXT


def _left_out(tap: DayPunch, span: ShiftWindow, claimed: Callable[[datetime], str]) -> PunchUse | None:
    if tap.at not in span:
        owner = claimed(tap.at)
        if owner:
            reason = f"outside this day's window; it belongs to {owner}"
            return PunchUse(tap=tap, role=PunchRole.OTHER_DAY, reason=reason)
    if tap.amended and tap.amended.is_void:
        return PunchUse(tap=tap, role=PunchRole.VOIDED, reason="left out")
    if tap.at not in span:
        return PunchUse(tap=tap, role=PunchRole.OUTSIDE, reason="outside every window: no shift takes it")
    if tap.review:
        return PunchUse(tap=tap, role=PunchRole.UNDER_REVIEW, reason=f"waits for a person to look at it: {tap.review}")
    return None


def _doubled(tap: DayPunch, sense: PunchSense, kept: Sequence[Sensed], rule: ShiftRule) -> PunchUse | None:
    """In and out within the window are two: only what says the same is a double tap."""
    if not kept or kept[-1][1] is not sense or tap.at - kept[-1][0].at >= rule.double_tap:
        return None
    gap = int((tap.at - kept[-1][0].at).total_seconds())
    limit = int(rule.double_tap.total_seconds())
    reason = f"ignored: {gap} s after the one before (double-tap window {limit} s)"
    return PunchUse(tap=tap, role=PunchRole.DOUBLE_TAP, reason=reason)


def _first_last(kept: Sequence[Sensed], rule: ShiftRule, hours: ShiftWindow | None) -> _PairingState:
    found = _PairingState(stretches=[], orphans=[])
    if len(kept) == 1 and hours and abs(kept[0][0].at - hours.end) < abs(kept[0][0].at - hours.start):
        found.last = kept[0][0]
        return found
    if kept:
        found.first = kept[0][0]
    if len(kept) == 1:
        found.open_tap = found.first
    elif kept:
        found.last = kept[-1][0]
        if rule.worked_from is WorkedFrom.SPAN:
            found.stretches = [ShiftWindow(start=kept[0][0].at, end=kept[-1][0].at)]
        else:
            plain = [tap for tap, sense in kept if sense not in BREAK_SENSES]
            pairs = zip(plain[::2], plain[1::2], strict=False)
            found.stretches = [ShiftWindow(start=one.at, end=other.at) for one, other in pairs]
    return found


def _firm(kept: Sequence[Sensed]) -> Sequence[Sensed]:
    """Without those of the break keys; a day that has no others is somebody's day all the same."""
    firm = [(tap, sense) for tap, sense in kept if sense not in BREAK_SENSES]
    return firm or [(tap, PunchSense.NEXT) for tap, _ in kept]


def _by_sense(kept: Sequence[Sensed]) -> _PairingState:
    """Of several ins in a row the first stands, of several outs the last."""
    found = _PairingState(stretches=[], orphans=[])
    for tap, sense in kept:
        is_in = sense is PunchSense.IN or (sense is PunchSense.NEXT and found.open_tap is None)
        if is_in:
            found.first = found.first or tap
            found.open_tap = found.open_tap or tap
        elif found.open_tap is not None:
            found.stretches.append(ShiftWindow(start=found.open_tap.at, end=tap.at))
            found.last, found.open_tap = tap, None
        elif found.stretches:
            found.stretches[-1] = ShiftWindow(start=found.stretches[-1].start, end=tap.at)
            found.last = tap
        else:
            found.orphans.append(tap)
    if found.first is None and found.orphans:
        found.last = found.orphans.pop()
    if found.open_tap is not None:
        found.last = None
    return found


def _crowned(use: PunchUse, found: _PairingState, rule: ShiftRule) -> PunchUse:
    if use.role is not PunchRole.WITHIN:
        return use
    is_plain = rule.pairing is Pairing.FIRST_LAST
    if use.tap is found.first:
        reason = "first punch in the window" if is_plain else f"first in (rule: {RULES[rule.pairing]})"
        return replace(use, role=PunchRole.CHECK_IN, reason=reason)
    if use.tap is found.last:
        reason = "last punch in the window" if is_plain else f"last out (rule: {RULES[rule.pairing]})"
        return replace(use, role=PunchRole.CHECK_OUT, reason=reason)
    if any(use.tap is orphan for orphan in found.orphans):
        return replace(use, role=PunchRole.NO_PAIR, reason="an out without an in before it")
    return use


def _amended(use: PunchUse, by: CorrectedBy) -> PunchUse:
    return replace(use, reason=f"{use.reason}; {by.words}")


def _pauses(kept: Sequence[Sensed]) -> Iterator[ShiftWindow]:
    left: datetime | None = None
    for tap, sense in kept:
        if sense is PunchSense.BREAK_OUT and left is None:
            left = tap.at
        elif left is not None and sense is not PunchSense.BREAK_OUT:
            if sense is PunchSense.BREAK_IN:
                yield ShiftWindow(start=left, end=tap.at)
            left = None
