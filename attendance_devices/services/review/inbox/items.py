"""What waits for a person, from the rows that are there: an item closes itself when its cause is gone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from attendance_devices.domain.review.items import Inbox, Item, ItemKind
from attendance_devices.services.access.visibility import EVERYBODY, VisibleEmployees
from attendance_devices.services.review.inbox.clocks import suspicious_clocks
from attendance_devices.services.review.inbox.days import days_source
from attendance_devices.services.review.inbox.devices import quarantine, unmapped_people
from attendance_devices.services.review.inbox.requests import correction_requests
from attendance_devices.services.review.inbox.sources import InboxQuery, Source

__all__ = ["find_item", "inbox", "open_kind"]
MOST = 50
OLDEST = datetime.min.replace(tzinfo=UTC)
SOURCES: dict[ItemKind, Source] = {
    ItemKind.REQUEST: correction_requests,
    ItemKind.CLOCK: suspicious_clocks,
    ItemKind.UNKNOWN_PERSON: unmapped_people,
    ItemKind.QUARANTINE: quarantine,
    ItemKind.MISSING_CHECK: days_source(ItemKind.MISSING_CHECK),
    ItemKind.OUTLIER: days_source(ItemKind.OUTLIER),
    ItemKind.CONFLICT: days_source(ItemKind.CONFLICT),
    ItemKind.FAILED: days_source(ItemKind.FAILED),
}


def inbox(
    *,
    kinds: Collection[ItemKind] | None = None,
    limit: int | None = MOST,
    since: date | None = None,
    scope: VisibleEmployees = EVERYBODY,
) -> Inbox:
    """Everything that waits, or only some kinds. A constant number of queries; writes nothing.

    :param limit: no more items than this of each kind, the newest; the counts are of all there are.
    :param since: of days none before this one. :param scope: only about these people.
    """
    asked = InboxQuery.everything(limit=limit, since=since, scope=scope)
    found = {kind: SOURCES[kind](asked) for kind in ItemKind if kinds is None or kind in kinds}
    items = [item for _, ones in found.values() for item in ones]
    items.sort(key=lambda item: item.since or OLDEST, reverse=True)
    return Inbox(items=tuple(items), counts={kind: count for kind, (count, _) in found.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInbox:
    """The inbox with one kind open."""

    inbox: Inbox
    kind: ItemKind | None
    """Whose items are told; None if nothing waits."""
    devices: Mapping[str, int]
    """Name -> primary key of every terminal."""


def open_kind(kind: ItemKind | None, *, limit: int, scope: VisibleEmployees = EVERYBODY) -> OpenInbox:
    """How many there are of each kind, and the newest items of one: that which is asked for, or the first with any."""
    asked = InboxQuery.everything(limit=0, scope=scope)
    counts = {one: SOURCES[one](asked)[0] for one in ItemKind if one is not kind}
    chosen = kind or next((one for one, count in counts.items() if count), None)
    count, items = SOURCES[chosen](replace(asked, limit=limit)) if chosen else (0, [])
    found = Inbox(items=tuple(items), counts={one: count if one is chosen else counts[one] for one in ItemKind})
    return OpenInbox(inbox=found, kind=chosen, devices={place.name: key for key, place in asked.devices.items()})


def find_item(key: str, scope: VisibleEmployees = EVERYBODY) -> Item | None:
    """The item of this key, if it is still there and about one of these people."""
    name, _, rest = key.partition(":")
    source = next((source for kind, source in SOURCES.items() if kind == name), None)
    # No text of a database holds a NUL, and some refuse to look for one.
    if source is None or not rest or "\0" in rest:
        return None
    _, items = source(InboxQuery.one(rest, key=key, scope=scope))
    return next((item for item in items if item.key == key), None)
