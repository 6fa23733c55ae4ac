"""Items to decide about."""

from datetime import datetime
from typing import Any

from attendance_devices.domain.review.items import Item, ItemKind
from attendance_devices.models import DeviceUser
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.posting.post import post
from attendance_devices.services.review.inbox.items import inbox
from tests.builders.crm import MONDAY, at, device, edit, employee, mapped, punched
from tests.builders.failing_hosts import worked
from tests.builders.inbox import day_of


def only(kind: ItemKind) -> Item:
    (item,) = inbox(kinds={kind}).items
    return item


def clock() -> Item:
    """A punch of the far future, by an employee."""
    gate = device()
    mapped(gate, "7", employee("7", "Asha Nair", username="asha"))
    punched(gate, ("7", datetime(2099, 1, 1, 9)))
    return only(ItemKind.CLOCK)


def stranger(name: str = "Bilal Khan") -> Item:
    """Somebody with a punch whom the CRM does not know."""
    gate = device()
    punched(gate, ("9", at("09:00")))
    DeviceUser.objects.update(device_user_name=name, on_device=True)
    return only(ItemKind.UNKNOWN_PERSON)


def outlier() -> Item:
    day_of(employee("7", username="asha"), is_outlier=True, outlier_reasons=["too long"])
    return only(ItemKind.OUTLIER)


def edited() -> tuple[Item, Any]:
    """A row that a person edited, and our day moved on."""
    gate, asha = worked(MONDAY)
    post(since=MONDAY)
    edit(asha, went="16:00")
    punched(gate, ("7", at("18:00")))
    derive_pending()
    post(since=MONDAY)
    return only(ItemKind.CONFLICT), asha
