"""Somebody looks at the board at a moment of the site's clock."""

from datetime import UTC, date
from typing import Any

from django.core.cache import cache

from attendance_devices.services.access.visibility import EVERYBODY, VisibleEmployees
from attendance_devices.services.dashboard.board import Board, today_board
from attendance_devices.services.dashboard.freshness import DataSnapshot, take_snapshot
from attendance_devices.services.days.derive import derive_pending
from tests.builders.crm import MONDAY
from tests.builders.staff import moment


def looked(clock: str, day: date = MONDAY) -> DataSnapshot:
    """What a look at this moment sees. What was kept of the roster is forgotten."""
    cache.clear()
    return take_snapshot(moment(clock, day).astimezone(UTC))


def seen_at(clock: str, day: date = MONDAY, scope: VisibleEmployees = EVERYBODY, **more: Any) -> Board:
    """The board at this moment, with everything derived."""
    derive_pending()
    return today_board(scope, seen=looked(clock, day), **more)


def states(found: Board) -> dict[str, str]:
    """User name, as the tests give it, -> state."""
    return {one.person.name: str(one.state) for one in found.people}
