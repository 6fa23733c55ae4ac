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
def test_axe_finds_nothing_in_light_and_dark(front: Front, room: Room) -> None:
    found = violations(enter(front, room).page)
    assert found == [], "\n".join(found)


@every_room
def test_nothing_is_cut_and_nothing_scrolls_sideways(front: Front, room: Room) -> None:
    visit = enter(front, room)
    for direction in ("ltr", "rtl"):
        visit.page.evaluate("direction => document.documentElement.dir = direction", direction)
        for width in WIDTHS:
            visit.resize(width)
            found = misfits(visit.page)
            assert found == [], "\n".join([f"{direction}, {width} px:", *found])


@every_room
def test_the_tab_key_reaches_everything_and_its_first_stop_skips_to_the_content(front: Front, room: Room) -> None:
    page = enter(front, room).page
    found = unreachable(page)
    assert found == [], "\n".join(found)

    first = page.locator("a[href], button, input:not([type=hidden]), select").first
    assert (first.get_attribute("href") or "").startswith("#")
    first.focus()
    assert first.is_visible()
    page.keyboard.press("Enter")
    assert page.evaluate("!!document.getElementById(location.hash.slice(1))")


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
