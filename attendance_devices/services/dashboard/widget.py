"""Build the widget: today's figures with their comparison, or the reason why there are none."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

from attendance_devices.domain.dashboard.board import DUE, PresenceState
from attendance_devices.domain.dashboard.trend import Trend
from attendance_devices.services.access import permissions
from attendance_devices.services.access.visibility import EVERYBODY, VisibleEmployees, scope_of
from attendance_devices.services.dashboard.board import Board, BoardPerson, SilentTerminal, StateCounts, today_board
from attendance_devices.services.dashboard.freshness import DataSnapshot, is_fresh, make_etag, take_snapshot
from attendance_devices.services.dashboard.no_data import all_silent_since, no_data_reason
from attendance_devices.services.dashboard.trend import LAST_WEEK, YESTERDAY, Comparison, cached_comparison
from attendance_devices.services.display.badges import OF_STATE, Badge

FULL, COMPACT = "full", "compact"
SIZES = (FULL, COMPACT)
MAX_BARS, MAX_ARRIVALS, MAX_SILENT_NAMED = 8, 6, 3
"""How many groups, people and terminals are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WidgetOptions:
    """How a host wants its widget. Raises ValueError, naming what is wrong."""

    office: str = ""
    """Only whoever belongs to it, as the CRM names it; empty is everybody."""
    size: str = FULL
    refresh: int = 30
    """Seconds between two looks; 0 is never."""
    title: str = ""

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            message = f'size is {self.size!r}; write "{FULL}" or "{COMPACT}"'
            raise ValueError(message)
        if self.refresh and not 5 <= self.refresh <= 86_400:
            message = f"refresh is {self.refresh}; write seconds, 5 to 86400, or 0 for never"
            raise ValueError(message)

    @property
    def is_full(self) -> bool:
        """With bars, arrivals and a trend?"""
        return self.size == FULL


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure, and what it was."""

    state: PresenceState
    mark: Badge
    count: int
    yesterday: int | None
    """None: not known, or nothing to compare with."""
    last_week: int | None
    next_due: datetime | None = None
    """Of those who are not due yet: when the first is expected, aware."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """What the widget shows. No figure is there that is not known."""

    board: Board
    trouble: Promise | str
    """Why there are no figures at all; empty if there are."""
    tiles: Sequence[Tile]
    past: Comparison | None
    groups: Sequence[StateCounts]
    """By office; by department where there is one office only."""
    by_office: bool
    arrivals: Sequence[BoardPerson]

    @property
    def trend(self) -> Trend | None:
        """The last thirty days; None where a line would say nothing."""
        return self.past.trend if self.past and len(self.past.trend.known) > 1 else None

    @property
    def compares(self) -> bool:
        """Is there an earlier day that is known?"""
        return bool(self.past and any(one.counts for one in self.past.compared.values()))

    @property
    def off(self) -> int:
        """Of how many nothing is expected."""
        return self.board.total.counts.get(PresenceState.OFF, 0)

    @property
    def all_silent_since(self) -> datetime | None:
        """Since when no terminal at all was read, though each should have been; None: one was."""
        return all_silent_since(self.board)

    @property
    def silent(self) -> Sequence[SilentTerminal]:
        """The terminals to name, those with most people first."""
        found = sorted(self.board.silent, key=lambda one: -one.people)
        return found[:MAX_SILENT_NAMED]

    @property
    def silent_more(self) -> int:
        """How many more are silent."""
        return len(self.board.silent) - len(self.silent)


def build_dashboard(seen: DataSnapshot, options: WidgetOptions, scope: VisibleEmployees = EVERYBODY) -> Dashboard:
    """One query, that of the roster once a minute and that of the past once in five. Writes nothing."""
    found = today_board(scope, office=options.office, seen=seen)
    why = no_data_reason(found, is_part=bool(options.office) or scope.keys is not None)
    before = None if why else _read_comparison(found, scope, options)
    offices = found.by(lambda person: person.office)
    by_office = len(offices) > 1
    counts = found.total.counts
    groups = offices if by_office else found.by(lambda person: person.department)
    return Dashboard(
        board=found,
        trouble=why,
        tiles=() if before is None else [_tile(state, counts, found, before) for state in DUE],
        past=before,
        groups=_largest_groups(groups) if options.is_full and len(groups) > 1 else (),
        by_office=by_office,
        arrivals=found.arrivals(MAX_ARRIVALS) if options.is_full else (),
    )


def _read_comparison(found: Board, scope: VisibleEmployees, options: WidgetOptions) -> Comparison:
    """Of everybody, or of those who are on the board."""
    is_part = bool(options.office) or scope.keys is not None
    at_night = [one.person.user for one in found.people if one.turn.day < found.day]
    users = [one.person.user for one in found.people] if is_part else None
    return cached_comparison(found.at, users=users, at_night=at_night)


def _tile(state: PresenceState, counts: Mapping[PresenceState, int], found: Board, before: Comparison) -> Tile:
    waiting = [one.due for one in found.people if one.state is PresenceState.NOT_DUE and one.due and one.due > found.at]
    return Tile(
        state=state,
        mark=OF_STATE[state],
        count=counts.get(state, 0),
        yesterday=before.compared[YESTERDAY].counts.get(state),
        last_week=before.compared[LAST_WEEK].counts.get(state),
        next_due=min(waiting, default=None) if state is PresenceState.NOT_DUE else None,
    )


def _largest_groups(groups: Sequence[StateCounts]) -> list[StateCounts]:
    """Those with most people, by name."""
    kept: list[Any] = sorted(groups, key=lambda one: -one.due)[:MAX_BARS]
    return [one for one in groups if one in kept and one.due]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownWidget:
    """A widget as one viewer sees it."""

    dashboard: Dashboard
    options: WidgetOptions
    number: int
    """Which of the widgets on its page, from 1: keeps their ids apart."""
    etag: str
    names_people: bool
    """May this viewer look at the days of people?"""

    @property
    def query(self) -> str:
        """What asks for the same widget again."""
        given = {name: getattr(self.options, name) for name in ("office", "size", "refresh", "title")}
        return urlencode({**given, "number": self.number})

    @property
    def headers(self) -> str:
        """What the browser sends with it, as JSON."""
        return json.dumps({"If-None-Match": self.etag})


def show_widget(viewer: Any, options: WidgetOptions, *, number: int = 1, given: str = "") -> ShownWidget | None:
    """The widget; None if what has this ETag is still true: that is known after one query, and the host's own.

    :param given: the ETag that the browser has; empty: none.
    """
    scope, seen, names_people = scope_of(viewer), take_snapshot(), viewer.has_perm(permissions.VIEW_DAYS)
    facts = ("widget", options, number, scope.mark, names_people, get_language(), get_current_timezone_name())
    if given and is_fresh(given, seen, facts):
        return None
    found = build_dashboard(seen, options, scope)
    etag = make_etag(seen, facts, changes_at=found.board.changes_at, waits=found.board.waits)
    return ShownWidget(dashboard=found, options=options, number=number, etag=etag, names_people=names_people)
