"""The review inbox as one viewer sees it: tabs with counts, and of each item what this viewer may do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from attendance_devices.domain.review.items import Item, ItemKind, OfferedAction
from attendance_devices.models import Device
from attendance_devices.services.access.employees import name_of, search_people
from attendance_devices.services.access.visibility import VisibleEmployees, scope_of
from attendance_devices.services.review.decide import may_decide
from attendance_devices.services.review.inbox.items import MOST, find_item, open_kind

MOST_SHOWN = 500
LABELS: Mapping[str, Promise] = {
    ItemKind.REQUEST: _("Asked for by employees"),
    ItemKind.CLOCK: _("Suspicious clocks"),
    ItemKind.UNKNOWN_PERSON: _("Unknown people"),
    ItemKind.QUARANTINE: _("Unreadable records"),
    ItemKind.MISSING_CHECK: _("Missing checks"),
    ItemKind.OUTLIER: _("Outliers"),
    ItemKind.CONFLICT: _("Edited in the CRM"),
    ItemKind.FAILED: _("Not taken by the CRM"),
}
"""What is not here is called by its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindTab:
    """One kind, and how many of it wait."""

    kind: ItemKind
    label: Promise | str
    count: int
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownItem:
    """An item, as one viewer may work on it."""

    item: Item
    actions: Sequence[OfferedAction]
    """Those of its actions that the viewer may take."""
    device: int | None = None
    """Primary key of the terminal, if it is still called so."""

    @property
    def label(self) -> Promise | str:
        """What the kind is called."""
        return label_of(self.item.kind)

    def action(self, verb: str) -> OfferedAction | None:
        """The action of this name, if the viewer may take it."""
        return next((action for action in self.actions if action.verb == verb), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeCandidate:
    """Somebody who may be meant by what is typed."""

    key: str
    """Primary key of the user as text."""
    name: str
    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """What waits for this viewer."""

    tabs: Sequence[KindTab]
    items: Sequence[ShownItem]
    """Of the open tab, the newest first."""
    limit: int

    @property
    def open_tab(self) -> KindTab | None:
        """That whose items are shown."""
        return next((tab for tab in self.tabs if tab.is_open), None)

    @property
    def more(self) -> int:
        """How many are asked for next; 0 if there are no others, or too many to show."""
        tab = self.open_tab
        hidden = tab is not None and tab.count > len(self.items)
        return min(self.limit + MOST, MOST_SHOWN) if hidden and self.limit < MOST_SHOWN else 0


def review_page(viewer: Any, *, kind: str = "", limit: int = MOST) -> ReviewPage:
    """The tab of this kind, or the first with anything in it. A constant number of queries; writes nothing."""
    limit = max(1, min(limit, MOST_SHOWN))
    asked = next((one for one in ItemKind if one.value == kind), None)
    found = open_kind(asked, limit=limit, scope=scope_of(viewer))
    return ReviewPage(
        tabs=[
            KindTab(kind=one, label=label_of(one), count=count, is_open=one is found.kind)
            for one, count in found.inbox.counts.items()
            if count or one is found.kind
        ],
        items=[_shown(viewer, item, found.devices) for item in found.inbox.items],
        limit=limit,
    )


def find_shown_item(viewer: Any, key: str) -> ShownItem | None:
    """One item, if it is still there and about somebody whom the viewer may see."""
    item = find_item(key, scope_of(viewer))
    if item is None:
        return None
    return _shown(viewer, item, dict(Device.objects.filter(name=item.device).order_by().values_list("name", "pk")))


def employee_candidates(text: str, scope: VisibleEmployees) -> list[EmployeeCandidate]:
    """Whoever may be meant, so far as the viewer may see them; nobody for no text."""
    words = text.replace("\0", "").strip()
    found = search_people(scope, words) if words else []
    return [EmployeeCandidate(key=str(one.pk), name=name_of(one), username=str(one.get_username())) for one in found]


def label_of(kind: ItemKind) -> Promise | str:
    """What a kind is called."""
    return LABELS.get(kind) or kind.value.replace("_", " ").capitalize()


def _shown(viewer: Any, item: Item, devices: Mapping[str, int]) -> ShownItem:
    actions = [action for action in item.actions if may_decide(viewer, action)]
    return ShownItem(item=item, actions=actions, device=devices.get(item.device))
