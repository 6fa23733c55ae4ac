"""The inbox as lines for people and as values for machines."""

from collections.abc import Iterator
from typing import Any

from attendance_devices.domain.display.times import moment
from attendance_devices.domain.review.items import ActionInput, Inbox, Item, ItemKind, OfferedAction
from attendance_devices.management.output.text import counted
from attendance_devices.services.devices.local_time import zone_by_name

NAMES = {
    ItemKind.REQUEST: "correction request",
    ItemKind.CLOCK: "suspicious clock",
    ItemKind.UNKNOWN_PERSON: "unknown person",
    ItemKind.QUARANTINE: "unreadable record",
    ItemKind.MISSING_CHECK: "missing check",
    ItemKind.OUTLIER: "outlier",
    ItemKind.CONFLICT: "edited CRM row",
    ItemKind.FAILED: "failed CRM row",
}


def inbox_lines(found: Inbox) -> Iterator[str]:
    """Each item with what happened, what will happen, and what can be done."""
    if not found.total:
        yield "Nothing waits for a person."
        return
    counts = (counted(count, NAMES[kind]) for kind, count in found.counts.items() if count)
    yield f"Inbox: {', '.join(counts)}"
    for item in found.items:
        yield from _item(item)
    hidden = found.total - len(found.items)
    if hidden:
        yield f"{counted(hidden, 'older item')} not shown; --kind and --limit tell more."


def inbox_values(found: Inbox) -> dict[str, Any]:
    """The same as JSON values."""
    return {
        "total": found.total,
        "counts": {kind.value: count for kind, count in found.counts.items()},
        "items": [_values(item) for item in found.items],
    }


def _item(item: Item) -> Iterator[str]:
    yield f"{item.key}  {item.subject}"
    yield f"  {item.happened}"
    yield f"  If nobody acts: {item.otherwise}"
    yield from (f"  --do {action.verb}{_needs(action, item)}: {action.does}" for action in item.actions)


def _needs(action: OfferedAction, item: Item) -> str:
    asked = [f"--{need}" for need in action.needs]
    if action.at and ActionInput.AT not in action.needs:
        asked.append(f"--at unless {moment(action.at, zone_by_name(item.zone))}")
    return f" ({', '.join(asked)})" if asked else ""


def _values(item: Item) -> dict[str, Any]:
    return {
        "kind": item.kind.value,
        "key": item.key,
        "subject": item.subject,
        "happened": item.happened,
        "otherwise": item.otherwise,
        "employee": item.employee,
        "date": item.date,
        "device": item.device,
        "zone": item.zone,
        "since": item.since.isoformat() if item.since else None,
        "actions": [
            {
                "do": action.verb.value,
                "label": action.label,
                "does": action.does,
                "needs": [need.value for need in action.needs],
                "at": action.at.isoformat() if action.at else None,
            }
            for action in item.actions
        ],
    }
