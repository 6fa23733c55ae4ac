"""What holds for every page: no violation, nothing cut, every key works, in both directions and in both lights."""

import re
from typing import Any

import pytest

from example_project.urls import urlpatterns
from tests.browser.accessibility import violations
from tests.browser.measuring import misfits, unreachable
from tests.browser.rooms import ROOMS, Room, address
from tests.browser.visit import WIDTHS, Front, Visit

NO_PAGES = {
    "attendance_devices:healthz": "a document for machines",
    "attendance_devices:take": "a file",
    "hr:home": "sends everybody to another page",
    **dict.fromkeys(["attendance_devices:widget"], "a part of the dashboard"),
    **dict.fromkeys([f"attendance_devices:review_{name}" for name in ("item", "people")], "a part of the inbox"),
    **dict.fromkeys([f"attendance_devices:{name}_progress" for name in ("devices", "device")], "a part of the page"),
    **dict.fromkeys(
        [f"attendance_devices:{name}" for name in ("undo", "decide", "withdraw", "devices_act", "take")],
        "changes something",
    ),
}
"""Addresses that nobody looks at, and why."""
NAMES = {
    f"{pattern.app_name}:{address.name}"
    for pattern in urlpatterns
    if getattr(pattern, "app_name", "") in ("attendance_devices", "hr")
    for address in pattern.url_patterns
}


def named(room: Room) -> str:
    return room.name if ":" in room.name else f"attendance_devices:{room.name}"


every_room = pytest.mark.parametrize(
    "room", [room for room in ROOMS if room.name == "login" or named(room) in NAMES], ids=lambda room: room.name
)


def enter(front: Front, room: Room, **options: Any) -> Visit:
    visit = front.visit(room.who, **options)
    visit.go(address(room, front.crm.facts) + room.fewer, status=room.status)
    return visit


@every_room
def test_nothing_is_wrong_with_it_in_any_light_at_any_width_or_by_the_keyboard(front: Front, room: Room) -> None:
    """One load, looked at by axe, by ruler and by the Tab key: they change the window only."""
    visit = enter(front, room)
    found = [*violations(visit.page), *at_every_width(visit), *by_keyboard(visit)]
    assert found == [], "\n".join(found)


def at_every_width(visit: Visit) -> list[str]:
    """What is cut or scrolls sideways, from left to right and from right to left."""
    found = []
    for direction in ("rtl", "ltr"):
        visit.page.evaluate("direction => document.documentElement.dir = direction", direction)
        for width in WIDTHS:
            visit.resize(width)
            found += [f"{direction}, {width} px: {words}" for words in misfits(visit.page)]
    return found


def by_keyboard(visit: Visit) -> list[str]:
    """What the Tab key does not reach or show; its first stop leads past the menu to the content."""
    page = visit.page
    page.emulate_media(color_scheme="light")
    found = unreachable(page)
    first = page.locator("a[href], button, input:not([type=hidden]), select").first
    assert (first.get_attribute("href") or "").startswith("#")
    first.focus()
    assert first.is_visible()
    page.keyboard.press("Enter")
    assert page.evaluate("!!document.getElementById(location.hash.slice(1))")
    return found


@every_room
def test_it_says_the_same_without_javascript(front: Front, room: Room) -> None:
    """But for the time of day, which goes on."""

    def said(visit: Visit) -> str:
        text = visit.page.locator("main").inner_text()
        return re.sub(r"\d+", "#", re.sub(r"(\d+ (days?|h|min|s) ?)+ago", "a while ago", text))

    assert said(enter(front, room, java_script_enabled=False)) == said(enter(front, room))


def test_every_address_of_ours_is_among_them() -> None:
    """A new page that nobody put on the list is named here."""
    assert NAMES - NO_PAGES.keys() - set(map(named, ROOMS)) == set()
