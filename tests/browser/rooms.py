"""Every page there is to look at, who looks at it, and how its address is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.browser.founding import PEOPLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One page."""

    name: str
    """Of its address, without our own namespace; pictures are called so too."""
    path: str
    """With ``{person}``, ``{device}``, ``{stranger}``: keys that `address` puts in."""
    who: str = "ceo"
    status: int = 200
    pictured: bool = True
    fewer: str = ""
    """A query for fewer rows: the tests need not look at dozens that are all alike."""


OURS = "/attendance-devices/"
STRANGER = "1090"
"""Tom Walker, on the terminal of Ace Track; no key of the CRM says so."""
"""Id of somebody whom no key of the CRM names."""
ROOMS = (
    Room(name="today", path=OURS, fewer="?office=Bootcamp"),
    Room(name="people", path=f"{OURS}people/", who="hr", fewer="?office=Bootcamp"),
    Room(name="person", path=f"{OURS}people/{{person}}/", who="hr"),
    Room(name="day", path=f"{OURS}people/{{person}}/2026-11-18/", who="hr"),
    Room(name="review", path=f"{OURS}review/", who="hr"),
    Room(name="mapping", path=f"{OURS}mapping/", who="hr"),
    Room(name="stranger", path=f"{OURS}mapping/{{stranger}}/?q=na", who="hr"),
    Room(
        name="mapping_plan",
        path=f"{OURS}mapping/plan/?action=map&user={{stranger}}&to-{{stranger}}={{contractor}}",
        who="hr",
    ),
    Room(name="devices", path=f"{OURS}devices/", who="it"),
    Room(name="device", path=f"{OURS}devices/{{device}}/", who="it"),
    Room(name="reports", path=f"{OURS}reports/", who="hr"),
    Room(name="mine", path=f"{OURS}mine/", who="employee"),
    Room(name="my_day", path=f"{OURS}mine/2026-11-17/?punch=new", who="employee"),
    Room(name="login", path="/accounts/login/", who="", pictured=False),
    Room(name="hr:dashboard", path="/staff/", fewer="?office=2"),
    Room(name="hr:person", path="/staff/{person}/"),
    Room(name="hr:own-month", path="/my-month/", who="employee"),
)


def address(room: Room, facts: Mapping[str, Any]) -> str:
    """The path of a room in a company."""
    return room.path.format(
        person=facts["people"][PEOPLE["employee"]],
        stranger=facts["strangers"][STRANGER],
        contractor=facts["people"]["tom.walker"],
        device=facts["devices"]["Ace Track"],
    )
