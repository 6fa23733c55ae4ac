"""What becomes of each punch of a window: which are one, which begin work, which end it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from attendance_devices.domain.punches.punch import PunchType
from attendance_devices.domain.shifts.rule import Breaks, Pairing, ShiftRule, WorkedFrom
from attendance_devices.domain.shifts.windows import Window


class Role(StrEnum):
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


COUNTED = frozenset({Role.CHECK_IN, Role.CHECK_OUT, Role.WITHIN})


class Sense(StrEnum):
    """What a punch says; next is whatever comes next."""

    IN = "in"
    OUT = "out"
    BREAK_OUT = "break_out"
    BREAK_IN = "break_in"
    NEXT = "next"


class Facing(StrEnum):
    """Which way people pass a terminal."""

    BOTH = "both"
    IN = "in"
    OUT = "out"


SENSES = {
    PunchType.IN: Sense.IN,
    PunchType.OVERTIME_IN: Sense.IN,
    PunchType.OUT: Sense.OUT,
    PunchType.OVERTIME_OUT: Sense.OUT,
    PunchType.BREAK_OUT: Sense.BREAK_OUT,
    PunchType.BREAK_IN: Sense.BREAK_IN,
}
Spot: TypeAlias = tuple[float, float]
"""Latitude and longitude in degrees."""
BREAK_SENSES = (Sense.BREAK_OUT, Sense.BREAK_IN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended:
    """What a person corrected about a punch."""

    key: int
    """The stored correction."""
    words: str
    """What was corrected, by whom, when and why."""
    is_void: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
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
    facing: str = Facing.BOTH
    """Which way people pass the terminal: a `Facing`."""
    spot: Spot | None = None
    """Where the terminal hangs, if it is known."""
    amended: Amended | None = None
    """Not None: a person corrected it, and the rest is as he says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TapUse:
    """One punch, its role in the day, and the reason in words."""

    tap: Tap
    role: Role
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """The punches of a window, told apart."""

    uses: Sequence[TapUse]
    check_in: datetime | None
    check_out: datetime | None
    stretches: Sequence[Window]
    """The valid pairs, in order."""
    pauses: Sequence[Window]
    """From each break-out to the break-in after it."""
    open_since: datetime | None
    """The check-in that no check-out follows."""


def paired(taps: Sequence[Tap], span: Window, rule: ShiftRule, claimed: Callable[[datetime], str]) -> Paired:
    """:param taps: in order. :param claimed: whose window holds this moment, in words; empty if none does."""
    kept: list[tuple[Tap, Sense]] = []
    uses: list[TapUse] = []
    for tap in taps:
        sense = _sense(tap, rule)
        left_out = _left_out(tap, span, claimed) or _doubled(tap, sense, kept, rule)
        if left_out is None:
            kept.append((tap, sense))
            left_out = TapUse(tap=tap, role=Role.WITHIN, reason=f"inside the day (rule: {RULES[rule.pairing]})")
        uses.append(left_out)
    found = _first_last(kept, rule) if rule.pairing is Pairing.FIRST_LAST else _by_sense(_firm(kept))
    crowned = [_crowned(use, found, rule) for use in uses]
    return Paired(
        uses=tuple(_amended(use, use.tap.amended) if use.tap.amended else use for use in crowned),
        check_in=found.first.at if found.first else None,
        check_out=found.last.at if found.last else None,
        stretches=tuple(found.stretches),
        pauses=tuple(_pauses(kept)),
        open_since=found.open_tap.at if found.open_tap else None,
    )


RULES = {
    Pairing.FIRST_LAST: "first in / last out",
    Pairing.ALTERNATING: "in and out by turns",
    Pairing.BY_STATE: "by the key pressed",
    Pairing.BY_DEVICE: "by the direction of the device",
}


@dataclass(slots=True, kw_only=True)
class _Found:
    first: Tap | None = None
    last: Tap | None = None
    open_tap: Tap | None = None
    stretches: list[Window]
    orphans: list[Tap]
    """Outs without an in before them."""


def _sense(tap: Tap, rule: ShiftRule) -> Sense:
    said = SENSES.get(PunchType(tap.punch_type), Sense.NEXT) if tap.punch_type else Sense.NEXT
    if said in BREAK_SENSES:
        is_pause = rule.breaks is Breaks.PUNCHED or rule.pairing is Pairing.BY_STATE
        if is_pause:
            return said
        said = Sense.NEXT
    if rule.pairing is Pairing.BY_STATE:
        return said
    if rule.pairing is Pairing.BY_DEVICE and tap.facing != Facing.BOTH:
        return Sense.IN if tap.facing == Facing.IN else Sense.OUT
    return Sense.NEXT


def _left_out(tap: Tap, span: Window, claimed: Callable[[datetime], str]) -> TapUse | None:
    if tap.at not in span:
        owner = claimed(tap.at)
        if owner:
            reason = f"outside this day's window; it belongs to {owner}"
            return TapUse(tap=tap, role=Role.OTHER_DAY, reason=reason)
    if tap.amended and tap.amended.is_void:
        return TapUse(tap=tap, role=Role.VOIDED, reason="left out")
    if tap.at not in span:
        return TapUse(tap=tap, role=Role.OUTSIDE, reason="outside every window: no shift takes it")
    if tap.review:
        return TapUse(tap=tap, role=Role.UNDER_REVIEW, reason=f"waits for a person to look at it: {tap.review}")
    return None


def _doubled(tap: Tap, sense: Sense, kept: Sequence[tuple[Tap, Sense]], rule: ShiftRule) -> TapUse | None:
    """In and out within the window are two: only what says the same is a double tap."""
    if not kept or kept[-1][1] is not sense or tap.at - kept[-1][0].at >= rule.double_tap:
        return None
    gap = int((tap.at - kept[-1][0].at).total_seconds())
    limit = int(rule.double_tap.total_seconds())
    reason = f"ignored: {gap} s after the one before (double-tap window {limit} s)"
    return TapUse(tap=tap, role=Role.DOUBLE_TAP, reason=reason)


def _first_last(kept: Sequence[tuple[Tap, Sense]], rule: ShiftRule) -> _Found:
    found = _Found(stretches=[], orphans=[])
    if kept:
        found.first = kept[0][0]
    if len(kept) == 1:
        found.open_tap = found.first
    elif kept:
        found.last = kept[-1][0]
        if rule.worked_from is WorkedFrom.SPAN:
            found.stretches = [Window(start=kept[0][0].at, end=kept[-1][0].at)]
        else:
            plain = [tap for tap, sense in kept if sense not in BREAK_SENSES]
            pairs = zip(plain[::2], plain[1::2], strict=False)
            found.stretches = [Window(start=one.at, end=other.at) for one, other in pairs]
    return found


def _firm(kept: Sequence[tuple[Tap, Sense]]) -> Sequence[tuple[Tap, Sense]]:
    """Without those of the break keys; a day that has no others is somebody's day all the same."""
    firm = [(tap, sense) for tap, sense in kept if sense not in BREAK_SENSES]
    return firm or [(tap, Sense.NEXT) for tap, _ in kept]


def _by_sense(kept: Sequence[tuple[Tap, Sense]]) -> _Found:
    """Of several ins in a row the first stands, of several outs the last."""
    found = _Found(stretches=[], orphans=[])
    for tap, sense in kept:
        is_in = sense is Sense.IN or (sense is Sense.NEXT and found.open_tap is None)
        if is_in:
            found.first = found.first or tap
            found.open_tap = found.open_tap or tap
        elif found.open_tap is not None:
            found.stretches.append(Window(start=found.open_tap.at, end=tap.at))
            found.last, found.open_tap = tap, None
        elif found.stretches:
            found.stretches[-1] = Window(start=found.stretches[-1].start, end=tap.at)
            found.last = tap
        else:
            found.orphans.append(tap)
    if found.first is None and found.orphans:
        found.last = found.orphans.pop()
    if found.open_tap is not None:
        found.last = None
    return found


def _crowned(use: TapUse, found: _Found, rule: ShiftRule) -> TapUse:
    if use.role is not Role.WITHIN:
        return use
    is_plain = rule.pairing is Pairing.FIRST_LAST
    if use.tap is found.first:
        reason = "first punch in the window" if is_plain else f"first in (rule: {RULES[rule.pairing]})"
        return replace(use, role=Role.CHECK_IN, reason=reason)
    if use.tap is found.last:
        reason = "last punch in the window" if is_plain else f"last out (rule: {RULES[rule.pairing]})"
        return replace(use, role=Role.CHECK_OUT, reason=reason)
    if any(use.tap is orphan for orphan in found.orphans):
        return replace(use, role=Role.NO_PAIR, reason="an out without an in before it")
    return use


def _amended(use: TapUse, by: Amended) -> TapUse:
    return replace(use, reason=f"{use.reason}; {by.words}")


def _pauses(kept: Sequence[tuple[Tap, Sense]]) -> Iterator[Window]:
    left: datetime | None = None
    for tap, sense in kept:
        if sense is Sense.BREAK_OUT and left is None:
            left = tap.at
        elif left is not None and sense is not Sense.BREAK_OUT:
            if sense is Sense.BREAK_IN:
                yield Window(start=left, end=tap.at)
            left = None
