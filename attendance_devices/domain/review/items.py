"""What waits for a person: values only. The sentences are in `inbox_words`."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from attendance_devices.domain.days.pairing import PunchRole


class ItemKind(StrEnum):
    """What sort of thing a person should look at."""

    REQUEST = "request"
    CLOCK = "clock"
    UNKNOWN_PERSON = "unknown_person"
    QUARANTINE = "quarantine"
    MISSING_CHECK = "missing_check"
    OUTLIER = "outlier"
    CONFLICT = "conflict"
    FAILED = "failed"


class ItemAction(StrEnum):
    """What a person may do about it."""

    GRANT = "grant"
    DECLINE = "decline"
    ACCEPT = "accept"
    CORRECT = "correct"
    VOID = "void"
    MAP = "map"
    CREATE = "create"
    IGNORE = "ignore"
    READ_AGAIN = "read_again"
    ADD_PUNCH = "add_punch"
    ACKNOWLEDGE = "acknowledge"
    COMPARE = "compare"
    OVERRULE = "overrule"
    RETRY = "retry"


class ActionInput(StrEnum):
    """What a person has to say for an action."""

    AT = "at"
    EMPLOYEE = "employee"
    WHY = "why"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEnd:
    """The punch of a terminal that begins or ends a day."""

    role: PunchRole
    """Check-in or check-out."""
    at: datetime
    """Aware."""
    device: str
    """The name of the terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedAction:
    """One thing that a person may do about an item."""

    verb: ItemAction
    label: str
    """On a button."""
    does: str
    """What will happen, in a sentence."""
    needs: Sequence[ActionInput] = ()
    at: datetime | None = None
    """The time that counts if none is given; aware."""
    punch_type: str = ""
    """What a punch that it adds means: a `PunchType`."""
    end: DayEnd | None = None
    """The punch of the day that it is about, if it is about one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that waits for a person."""

    kind: ItemKind
    key: str
    """Names the item for as long as it is there: ``clock:123``."""
    subject: str
    """Who or what, when and where, in words."""
    happened: str
    otherwise: str
    """What will happen if nobody acts."""
    actions: Sequence[OfferedAction] = ()
    employee: str = ""
    """Primary key of the employee as text; empty if nobody knows who it is."""
    date: "date | None" = None
    device: str = ""
    zone: str = ""
    """The zone of the times in it."""
    since: datetime | None = None
    """When it happened, or was first seen; aware. None: nobody knows."""
    cause: str = ""
    """Digest of what made it an item. Another cause under the same key is another matter."""

    def action(self, verb: str) -> OfferedAction | None:
        """The action of this name, if it is offered."""
        return next((action for action in self.actions if action.verb == verb), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """What waits for a person."""

    items: Sequence[Item] = ()
    """Newest first; of each kind no more than was asked for."""
    counts: Mapping[ItemKind, int] = field(default_factory=dict)
    """How many there are of each kind that was asked for."""

    @property
    def total(self) -> int:
        """How many there are of all kinds together."""
        return sum(self.counts.values())


def cause_of(*parts: object) -> str:
    """The digest of a cause."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()


def key_of(kind: ItemKind, *parts: object) -> str:
    """The key of an item."""
    return ":".join([kind.value, *(str(part) for part in parts)])
