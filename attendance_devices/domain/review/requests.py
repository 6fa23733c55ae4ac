"""What an item about a request says: who asks for what, and what a person may answer."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from attendance_devices.domain.punches.instants import instant
from attendance_devices.domain.review.items import Item, ItemAction, ItemKind, OfferedAction, cause_of, key_of
from attendance_devices.domain.review.text import WHY, plain

MEANINGS = {"in": "check-in", "out": "check-out"}
"""How the two keys that matter most are called; any other by its own name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """A request that is open. Times are naive: what clocks on the wall showed."""

    key: int
    who: str
    employee: str
    date: date
    kind: str
    """A `Correction.Kind`."""
    was_shown: datetime | None
    """Of a punch that a terminal told of."""
    place: str
    shown: datetime | None
    """What the person says; None where the time stays."""
    punch_type: str
    why: str
    made_at: datetime
    """Aware."""
    zone: ZoneInfo


def asked_for(facts: RequestFacts) -> str:
    """What is asked for, as a clause: ``add a check-out at 18:05:00``."""
    punch = f"the punch of {_shown(facts.was_shown, facts)}" + (f" ({plain(facts.place)})" if facts.place else "")
    meant = MEANINGS.get(facts.punch_type, facts.punch_type.replace("_", " "))
    if facts.kind == "add":
        return f"add a {meant or 'punch'} at {_shown(facts.shown, facts)}"
    if facts.kind == "void":
        return f"leave out {punch}"
    changes = [f"at {_shown(facts.shown, facts)}"] if facts.shown else []
    return f"count {punch} {' '.join([*changes, *([f'as {meant}'] if meant else [])])}"


def request_item(facts: RequestFacts) -> Item:
    """An employee asks for a correction of a day."""
    asked = asked_for(facts)
    at = instant(facts.shown, facts.zone, 0) if facts.shown else None
    return Item(
        kind=ItemKind.REQUEST,
        key=key_of(ItemKind.REQUEST, facts.key),
        subject=f"{plain(facts.who)}, {facts.date:%A} {facts.date.isoformat()}",
        happened=f"{plain(facts.who)} asks to {asked}: {plain(facts.why)}",
        otherwise="The day stays as it is, and the person waits for an answer.",
        actions=(
            OfferedAction(
                verb=ItemAction.GRANT,
                label="Grant it",
                does=f"A correction of yours: {asked}. The person sees that it was granted.",
                at=at,
                punch_type=facts.punch_type,
            ),
            OfferedAction(
                verb=ItemAction.DECLINE,
                label="Decline it",
                needs=WHY,
                does="The day stays as it is; the person reads what you say.",
            ),
        ),
        employee=facts.employee,
        date=facts.date,
        zone=facts.zone.key,
        since=facts.made_at,
        cause=cause_of(facts.key),
    )


def _shown(at: datetime | None, facts: RequestFacts) -> str:
    """What the clock showed, with the date if it is another one."""
    if at is None:
        return "an unknown time"
    return f"{at:%H:%M:%S}" if at.date() == facts.date else f"{at:%Y-%m-%d %H:%M:%S}"
