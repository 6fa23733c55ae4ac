"""What an item of the inbox says: what happened, what will happen if nobody acts, and what can be done about it."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from attendance_devices.domain.display.times import moment
from attendance_devices.domain.punches.clock_proposals import TimeProposal
from attendance_devices.domain.punches.instants import Review
from attendance_devices.domain.review.items import (
    ActionInput,
    Item,
    ItemAction,
    ItemKind,
    OfferedAction,
    cause_of,
    key_of,
)

MOST_HEX = 128
"""Digits of a record that are shown; the longest that terminals send have fewer."""
MOST_TEXT = 500
"""Letters of what a CRM said that are shown."""
WHY = (ActionInput.WHY,)
UNCLAIMED = " Its time can be corrected once the user is mapped to an employee."


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFacts:
    """A punch under review."""

    key: int
    device: str
    device_user_id: str
    who: str
    """The employee's name; empty if nobody knows it."""
    employee: str
    shown: datetime
    """What the clock showed, naive."""
    review: str
    received_at: datetime
    zone: ZoneInfo
    proposal: TimeProposal


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """A user of a terminal whom nobody knows."""

    key: int
    device: str
    device_user_id: str
    name: str
    zone: ZoneInfo
    punches: int = 0
    """Stored punches that wait."""
    since: datetime | None = None
    """When the first of them reached us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFacts:
    """A record that could not be read."""

    key: int
    device: str
    raw: bytes
    reason: str
    received_at: datetime
    zone: ZoneInfo
    cause: str = ""


def clock_item(facts: ClockFacts) -> Item:
    """A clock that cannot have been right."""
    shown = f"{facts.shown:%Y-%m-%d %H:%M:%S}"
    if facts.review == Review.SEALED_DAY:
        return _late_item(facts, shown)
    received = moment(facts.received_at, facts.zone)
    happened = {
        Review.FUTURE: f"The clock of {facts.device} showed {shown}, but the punch reached us at {received}.",
        Review.CLOCK_RESET: f"The clock of {facts.device} showed {shown}: it had lost its power and begun again.",
        Review.SKIPPED_HOUR: f"The clock of {facts.device} showed {shown}, in an hour that was skipped that night.",
    }.get(Review(facts.review), f"The clock of {facts.device} showed {shown}.")
    who = plain(facts.who) or f"user {plain(facts.device_user_id)}"
    return Item(
        kind=ItemKind.CLOCK,
        key=key_of(ItemKind.CLOCK, facts.key),
        subject=f"{who} at {facts.device}",
        happened=f"{happened} {facts.proposal.reason}",
        otherwise="The punch stays stored and counts for no day." + ("" if facts.employee else UNCLAIMED),
        actions=_clock_actions(facts, shown),
        employee=facts.employee,
        date=facts.proposal.at.astimezone(facts.zone).date() if facts.proposal.at else None,
        device=facts.device,
        zone=facts.zone.key,
        since=facts.received_at,
        cause=cause_of(facts.review),
    )


def _late_item(facts: ClockFacts, shown: str) -> Item:
    """Nothing is wrong with the clock, and nothing can be done here but to know of it."""
    advice = "If the CRM's row of that day has to change, change it there by hand"
    seen = OfferedAction(verb=ItemAction.ACCEPT, label="Seen", does=f"It stays stored and counts for no day. {advice}.")
    return Item(
        kind=ItemKind.CLOCK,
        key=key_of(ItemKind.CLOCK, facts.key),
        subject=f"{plain(facts.who) or f'user {plain(facts.device_user_id)}'} at {facts.device}",
        happened=f"The punch of {shown} reached us at {moment(facts.received_at, facts.zone)}, when the punches of its "
        "day were no longer kept (KEEP_PUNCHES_DAYS).",
        otherwise=f"The punch stays stored and counts for no day. {advice}.",
        actions=(seen,),
        employee=facts.employee,
        date=facts.shown.date(),
        device=facts.device,
        zone=facts.zone.key,
        since=facts.received_at,
        cause=cause_of(facts.review),
    )


def _clock_actions(facts: ClockFacts, shown: str) -> tuple[OfferedAction, ...]:
    accept = OfferedAction(verb=ItemAction.ACCEPT, label="It is right", does=f"It counts as the clock said: {shown}.")
    if not facts.employee:
        return (accept,)
    at = facts.proposal.at
    counts = f"It counts at {moment(at, facts.zone)}" if at else "It counts at the time you give"
    needs = WHY if at else (ActionInput.AT, ActionInput.WHY)
    does = f"{counts}; what the clock said is kept."
    return (
        OfferedAction(verb=ItemAction.CORRECT, label="Correct its time", needs=needs, at=at, does=does),
        accept,
        OfferedAction(
            verb=ItemAction.VOID, label="It is no punch", needs=WHY, does="It never counts; what was said is kept."
        ),
    )


def person_item(facts: PersonFacts) -> Item:
    """Somebody whom the CRM does not know."""
    name = f" ({plain(facts.name)})" if facts.name.strip() else ""
    user = f"User {plain(facts.device_user_id)}{name} of {facts.device}"
    since = f" since {moment(facts.since, facts.zone)}" if facts.since else ""
    waits = f"{_punches(facts.punches)} {'waits' if facts.punches == 1 else 'wait'}{since}"
    return Item(
        kind=ItemKind.UNKNOWN_PERSON,
        key=key_of(ItemKind.UNKNOWN_PERSON, facts.key),
        subject=user,
        happened=f"{user} is no employee yet; {waits if facts.punches else 'no punch so far'}.",
        otherwise="Every punch of this user stays stored and counts for nobody.",
        actions=(
            OfferedAction(
                verb=ItemAction.MAP,
                label="It is this employee",
                needs=(ActionInput.EMPLOYEE,),
                does=f"{_punches(facts.punches).capitalize()} and all to come are the employee's.",
            ),
            OfferedAction(
                verb=ItemAction.CREATE, label="Create an account", does="A new employee; the punches are that person's."
            ),
            OfferedAction(
                verb=ItemAction.IGNORE, label="Leave this user alone", does="Punches are stored and never counted."
            ),
        ),
        device=facts.device,
        zone=facts.zone.key,
        since=facts.since,
        cause=cause_of(facts.device_user_id),
    )


def record_item(facts: RecordFacts) -> Item:
    """A record that nobody could read."""
    shown = facts.raw.hex()
    if len(shown) > MOST_HEX:
        shown = f"{shown[:MOST_HEX]}... ({len(facts.raw):,} bytes)"
    return Item(
        kind=ItemKind.QUARANTINE,
        key=key_of(ItemKind.QUARANTINE, facts.key),
        subject=f"A record of {facts.device}, received {moment(facts.received_at, facts.zone)}",
        happened=f"{facts.device} sent what could not be read: {plain(facts.reason)}. Its bytes: {shown or '-'}",
        otherwise="It is kept as it came. If it was a punch, somebody's day lacks it.",
        actions=(
            OfferedAction(
                verb=ItemAction.READ_AGAIN,
                label="Read the whole log again",
                does=f"{facts.device} is read from its first record on. A record that it now sends whole is stored.",
            ),
            OfferedAction(
                verb=ItemAction.ACKNOWLEDGE, label="I have seen it", needs=WHY, does="It is kept, and told no more."
            ),
        ),
        device=facts.device,
        zone=facts.zone.key,
        since=facts.received_at,
        cause=facts.cause,
    )


def plain(text: str) -> str:
    """What a stranger wrote, on one line, without anything that a screen would obey."""
    words = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return words if len(words) <= MOST_TEXT else f"{words[:MOST_TEXT]}..."


def _punches(number: int) -> str:
    return "1 punch" if number == 1 else f"{number:,} punches" if number else "no punch"
