"""What waits for a person, from the rows that are there: an item closes itself when its cause is gone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from attendance_devices.domain.review.items import Inbox, Item, Kind
from attendance_devices.services.access.visibility import EVERYBODY, Scope
from attendance_devices.services.review.inbox.clocks import suspicious_clocks
from attendance_devices.services.review.inbox.days import days_of
from attendance_devices.services.review.inbox.devices import quarantine, unknown_people
from attendance_devices.services.review.inbox.requests import correction_requests
from attendance_devices.services.review.inbox.sources import Asked, Source

__all__ = ["find", "inbox", "look"]
MOST = 50
OLDEST = datetime.min.replace(tzinfo=UTC)
SOURCES: dict[Kind, Source] = {
    Kind.REQUEST: correction_requests,
    Kind.CLOCK: suspicious_clocks,
    Kind.UNKNOWN_PERSON: unknown_people,
    Kind.QUARANTINE: quarantine,
    Kind.MISSING_CHECK: days_of(Kind.MISSING_CHECK),
    Kind.OUTLIER: days_of(Kind.OUTLIER),
    Kind.CONFLICT: days_of(Kind.CONFLICT),
    Kind.FAILED: days_of(Kind.FAILED),
}


def inbox(
    *,
    kinds: Collection[Kind] | None = None,
    limit: int | None = MOST,
    since: date | None = None,
    scope: Scope = EVERYBODY,
) -> Inbox:
    """Everything that waits, or only some kinds. A constant number of queries; writes nothing.

    :param limit: no more items than this of each kind, the newest; the counts are of all there are.
    :param since: of days none before this one. :param scope: only about these people.
    """
    asked = Asked.everything(limit=limit, since=since, scope=scope)
    found = {kind: SOURCES[kind](asked) for kind in Kind if kinds is None or kind in kinds}
    items = [item for _, ones in found.values() for item in ones]
    items.sort(key=lambda item: item.since or OLDEST, reverse=True)
    return Inbox(items=tuple(items), counts={kind: count for kind, (count, _) in found.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The inbox with one kind open."""

    inbox: Inbox
    kind: Kind | None
    """Whose items are told; None if nothing waits."""
    devices: Mapping[str, int]
    """Name -> primary key of every terminal."""


def look(kind: Kind | None, *, limit: int, scope: Scope = EVERYBODY) -> Look:
    """How many there are of each kind, and the newest items of one: that which is asked for, or the first with any."""
    asked = Asked.everything(limit=0, scope=scope)
    counts = {one: SOURCES[one](asked)[0] for one in Kind if one is not kind}
    chosen = kind or next((one for one, count in counts.items() if count), None)
    count, items = SOURCES[chosen](replace(asked, limit=limit)) if chosen else (0, [])
    found = Inbox(items=tuple(items), counts={one: count if one is chosen else counts[one] for one in Kind})
    return Look(inbox=found, kind=chosen, devices={place.name: key for key, place in asked.devices.items()})


def find(key: str, scope: Scope = EVERYBODY) -> Item | None:
    """The item of this key, if it is still there and about one of these people."""
    name, _, rest = key.partition(":")
    source = next((source for kind, source in SOURCES.items() if kind == name), None)
    # No text of a database holds a NUL, and some refuse to look for one.
    if source is None or not rest or "\0" in rest:
        return None
    _, items = source(Asked.one(rest, key=key, scope=scope))
    return next((item for item in items if item.key == key), None)
