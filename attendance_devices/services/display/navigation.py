"""The pages, and the right that each takes: for our own navigation and for that of the host."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from attendance_devices.services.access import permissions


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuEntry:
    """One page of the navigation."""

    name: str
    """Of its address, without the namespace."""
    label: Promise | str
    right: str = ""
    """Empty: whoever is logged in."""


ENTRIES: Sequence[MenuEntry] = (
    MenuEntry(name="today", label=_("Today"), right=permissions.VIEW_DASHBOARD),
    MenuEntry(name="people", label=_("People"), right=permissions.VIEW_DAYS),
    MenuEntry(name="review", label=_("Review"), right=permissions.VIEW_PUNCHES),
    MenuEntry(name="mapping", label=_("Mapping"), right=permissions.VIEW_DEVICE_USERS),
    MenuEntry(name="devices", label=_("Devices"), right=permissions.VIEW_DEVICES),
    MenuEntry(name="reports", label=_("Reports"), right=permissions.EXPORT),
    MenuEntry(name="mine", label=_("My attendance")),
)


def entries_for(viewer: Any) -> list[MenuEntry]:
    """The pages that this viewer may open, in their order."""
    if not viewer.is_authenticated:
        return []
    return [entry for entry in ENTRIES if not entry.right or viewer.has_perm(entry.right)]
