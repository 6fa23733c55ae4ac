"""What an item about a day says: an end is missing, a limit was passed, or the CRM's row is not as we wrote it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from attendance_devices.domain.days.status import ENDS, DayStatus, punch_at_fault
from attendance_devices.domain.display.times import clock, length
from attendance_devices.domain.punches.punch import PunchType
from attendance_devices.domain.review.items import (
    ActionInput,
    DayEnd,
    Item,
    ItemAction,
    ItemKind,
    OfferedAction,
    key_of,
)
from attendance_devices.domain.review.text import WHY, plain

PER_SHIFT = (ItemKind.MISSING_CHECK, ItemKind.OUTLIER)
"""Kinds of which a day may have one for each of its shifts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFacts:
    """A day of somebody."""

    who: str
    employee: str
    date: date
    shift: str
    device: str
    zone: ZoneInfo
    status: str
    check_in: datetime | None
    check_out: datetime | None
    worked: timedelta
    reasons: Sequence[str] = ()
    ends: Sequence[DayEnd] = ()
    """Its check-in and check-out, so far as they are punches of terminals that nobody corrected."""
    outside: str = ""
    """Which punches of the day no shift takes, in words; empty if there are none."""
    note: str = ""
    """What was said when the CRM was told."""
    derived_at: datetime
    cause: str = ""
    """Digest of what made the day an item."""


def missing_item(facts: DayFacts) -> Item:
    """A day with one end only."""
    came = facts.status == DayStatus.MISSING_CHECK_OUT
    at = facts.check_in if came else facts.check_out
    absent, word = ("check-out", "came") if came else ("check-in", "left")
    when = f" at {clock(at, facts.date, facts.zone)}" if at else ""
    order = "after" if came else "before"
    return _day_item(
        facts,
        ItemKind.MISSING_CHECK,
        happened=f"{plain(facts.who)} {word}{when} ({facts.device}), and there is no {absent} {order} it."
        + (f" But {facts.outside}: if one of them is the {absent}, add it." if facts.outside else ""),
        otherwise=f"The day stays as {_status(facts)}, with {length(facts.worked)} worked.",
        actions=(
            OfferedAction(
                verb=ItemAction.ADD_PUNCH,
                label=f"Add the {absent}",
                needs=(ActionInput.AT, ActionInput.WHY),
                punch_type=PunchType.OUT if came else PunchType.IN,
                does=f"A punch of yours counts as the {absent}; it is marked as added by hand.",
            ),
            _right("The day stays as it is, and is told no more unless its times change."),
        ),
        since=at,
    )


def outlier_item(facts: DayFacts) -> Item:
    """A day beyond a limit of its shift."""
    return _day_item(
        facts,
        ItemKind.OUTLIER,
        happened=f"{'; '.join(plain(reason) for reason in facts.reasons)}.",
        otherwise=f"The day counts as it is: {_times(facts)}, {length(facts.worked)} worked, {_status(facts)}.",
        actions=(
            *_about_end(facts),
            _right("The day counts as it is, and is told no more unless the reasons change."),
        ),
        since=facts.check_in or facts.check_out,
    )


def conflict_item(facts: DayFacts) -> Item:
    """A row of the CRM that a person edited."""
    return _day_item(
        facts,
        ItemKind.CONFLICT,
        happened=f"The CRM's row was {plain(facts.note)}. Our day says {_times(facts)}, {_status(facts)}.",
        otherwise="The person's row stays; what terminals say of this day does not reach it.",
        actions=(
            _right("The person's row stays, and is told no more unless it or our day changes."),
            OfferedAction(
                verb=ItemAction.COMPARE,
                label="Compare again",
                does="The row is held against our day once more; if the edit was undone, it follows us again.",
            ),
            OfferedAction(
                verb=ItemAction.OVERRULE,
                label="Our day is right",
                needs=WHY,
                does="What the person wrote into the row is replaced by what our day says.",
            ),
        ),
        since=facts.derived_at,
    )


def failed_item(facts: DayFacts) -> Item:
    """A day that the CRM did not take."""
    return _day_item(
        facts,
        ItemKind.FAILED,
        happened=f"The CRM did not take the row: {plain(facts.note) or 'it did not say why'}",
        otherwise="Every run that posts this day tries again; until one succeeds, the CRM does not know of it.",
        actions=(
            OfferedAction(
                verb=ItemAction.RETRY, label="Try again now", does="The row is written, or you are told why not."
            ),
            OfferedAction(
                verb=ItemAction.ACKNOWLEDGE,
                label="I know of it",
                needs=WHY,
                does="Runs go on trying; it is told no more unless the error or the times of the day change.",
            ),
        ),
        since=facts.derived_at,
    )


def day_key(kind: ItemKind, employee: object, day: date, shift: str) -> str:
    """The CRM has one row for all shifts of a day, and what is wrong with that row is one item."""
    return key_of(kind, employee, day, shift) if kind in PER_SHIFT else key_of(kind, employee, day)


def end_named(end: DayEnd, day: date, zone: ZoneInfo) -> str:
    """Which punch it is: by its role, time and terminal."""
    return f"{ENDS[end.role]} at {clock(end.at, day, zone)} ({plain(end.device)})"


def _about_end(facts: DayFacts) -> Iterator[OfferedAction]:
    """Where one punch alone makes the day an outlier, that punch can be corrected."""
    role = punch_at_fault(facts.reasons)
    for end in facts.ends:
        if end.role is role:
            name = end_named(end, facts.date, facts.zone)
            counts = f"The {name} counts at the time you give; what the clock said is kept."
            yield OfferedAction(
                verb=ItemAction.CORRECT, label="Correct its time", needs=(ActionInput.AT, *WHY), does=counts, end=end
            )
            never = f"The {name} never counts; what was said is kept."
            yield OfferedAction(verb=ItemAction.VOID, label="It is no punch", needs=WHY, does=never, end=end)


def _day_item(
    facts: DayFacts,
    kind: ItemKind,
    *,
    happened: str,
    otherwise: str,
    actions: tuple[OfferedAction, ...],
    since: datetime | None,
) -> Item:
    shift = f" ({plain(facts.shift)})" if facts.shift and kind in PER_SHIFT else ""
    return Item(
        kind=kind,
        key=day_key(kind, facts.employee, facts.date, facts.shift),
        subject=f"{plain(facts.who)}, {facts.date:%A} {facts.date.isoformat()}{shift}",
        happened=happened,
        otherwise=otherwise,
        actions=actions,
        employee=facts.employee,
        date=facts.date,
        device=facts.device,
        zone=facts.zone.key,
        since=since,
        cause=facts.cause,
    )


def _right(does: str) -> OfferedAction:
    return OfferedAction(verb=ItemAction.ACKNOWLEDGE, label="It is right as it is", needs=WHY, does=does)


def _times(facts: DayFacts) -> str:
    shown = (clock(at, facts.date, facts.zone) if at else "-" for at in (facts.check_in, facts.check_out))
    return " to ".join(shown)


def _status(facts: DayFacts) -> str:
    return facts.status.replace("_", " ")
