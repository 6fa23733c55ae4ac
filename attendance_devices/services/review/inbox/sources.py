"""What every source of items shares: what is asked for, terminals and their zones, and what people found right."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Model, QuerySet

from attendance_devices.domain.review.items import Item, cause_of
from attendance_devices.models import Acknowledgement, Device
from attendance_devices.services.access.visibility import EVERYBODY, VisibleEmployees
from attendance_devices.services.devices.local_time import default_zone, zone_of

LARGEST_KEY = 2**63 - 1
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalPlace:
    """A terminal, as items name it."""

    name: str
    zone: ZoneInfo
    device: Device | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxQuery:
    """Which items are wanted, and what all of them need to know."""

    limit: int | None
    """No more than this of each kind; None is all."""
    only: str | None
    """What the key of one item says behind its kind; None is every item."""
    devices: Mapping[Any, TerminalPlace]
    by_name: Mapping[str, TerminalPlace]
    acknowledged: Mapping[str, str]
    """Key of an item -> digest of the cause that a person found right."""
    since: date | None = None
    """Of days none before this one."""
    scope: VisibleEmployees = EVERYBODY
    """Of whom: what is nobody's is for those who see everybody."""

    @classmethod
    def everything(
        cls, *, limit: int | None, since: date | None = None, scope: VisibleEmployees = EVERYBODY
    ) -> "InboxQuery":
        """All items: two queries, however many sources are asked."""
        found = dict(Acknowledgement.objects.order_by().values_list("key", "cause"))
        return cls(limit=limit, only=None, since=since, scope=scope, acknowledged=found, **_places())

    @classmethod
    def one(cls, rest: str, *, key: str, scope: VisibleEmployees = EVERYBODY) -> "InboxQuery":
        """One item, by its key."""
        found = dict(Acknowledgement.objects.filter(key=key).values_list("key", "cause"))
        return cls(limit=None, only=rest, scope=scope, acknowledged=found, **_places())

    @property
    def row(self) -> dict[str, int]:
        """The one row that is meant, where the key is a row's: a filter, empty for all. None has the number 0."""
        if self.only is None:
            return {}
        is_number = self.only.isascii() and self.only.isdecimal() and len(self.only) <= len(str(LARGEST_KEY))
        number = int(self.only) if is_number else 0
        return {"pk": number if number <= LARGEST_KEY else 0}

    def among(self, rows: QuerySet[Row], field: str = "user") -> QuerySet[Row]:
        """Only rows of people who are meant. :param field: leads to the user; empty for rows that are nobody's."""
        if field:
            return self.scope.only(rows, field)
        return rows if self.scope.keys is None else rows.none()

    def at(self, device: Any) -> TerminalPlace:
        """The terminal of this key; one that was added this very moment has no name yet."""
        return self.devices.get(device) or self.place("")

    def place(self, name: str) -> TerminalPlace:
        """The terminal of this name; of one that was renamed since only the name is known."""
        return self.by_name.get(name) or TerminalPlace(name=name or "a terminal", zone=default_zone())

    def is_open(self, key: str, parts: Sequence[object]) -> bool:
        """Did nobody find this right, for this cause? :param parts: of the cause."""
        known = self.acknowledged.get(key)
        return known is None or known != cause_of(*parts)


Source: TypeAlias = Callable[[InboxQuery], tuple[int, list[Item]]]
"""How many items of a kind there are, and the newest of them."""


def _places() -> dict[str, Any]:
    """Terminals by key and by name, without their secrets: they cost a decryption each, and may be unreadable."""
    rows = Device.objects.defer("comm_key", "username", "password", "cursor")
    devices = {row.pk: TerminalPlace(name=row.name, zone=zone_of(row), device=row) for row in rows}
    return {"devices": devices, "by_name": {place.name: place for place in devices.values()}}
