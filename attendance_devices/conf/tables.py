"""Settings that are tables of the CRM themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentSettings:
    """A row above the attendance row (one a department and day, say) that is found or made first."""

    model: str
    """``app_label.Model``."""
    field: str
    """The foreign key of the attendance model that points to it."""
    keys: Mapping[str, str]
    """Field of the parent -> fact of the row (``date``, ``person.department``…)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveSettings:
    """The CRM's table of leaves: one row for a stretch of days, or for one day."""

    model: str
    """``app_label.Model``."""
    user: str
    """Lookup from the leave to the user (``user``, ``employee__user``)."""
    first: str
    """The field of the first day."""
    last: str
    """The field of the last day; the same as `first` where a row is one day."""
    name: str = ""
    """Lookup to what the leave is called; empty: "leave"."""
    where: Mapping[str, Any] = field(default_factory=dict)
    """Which rows count (``{"status": "approved"}``)."""
