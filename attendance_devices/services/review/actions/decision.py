"""What a person decided, and how it is signed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from attendance_devices.domain.review.items import Item, OfferedAction

LATER = "The next run, or process_attendance, brings the days up to date."
TOLD = "The next run, or process_attendance, tells the CRM."


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDecision:
    """An action of an item, with everything that it needs."""

    item: Item
    action: OfferedAction
    by: Any
    """The user who decides."""
    why: str
    at: datetime | None
    """Aware; what was given, or else what the item proposes."""
    employee: Any
    """A user."""

    @property
    def row(self) -> int:
        """The row that the item names."""
        return int(self.item.key.partition(":")[2])

    @property
    def signed(self) -> str:
        """Who says so, and why."""
        name = str(self.by.get_username())
        return f"{name}: {self.why}" if self.why else name


Done: TypeAlias = Callable[[ItemDecision], str]
"""Carries a decision out, and says what was done."""
