"""Build the page Today: the filtered people of the board, and a count for each state."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from attendance_devices.domain.dashboard.board import PresenceState
from attendance_devices.services.access.visibility import VisibleEmployees, scope_of
from attendance_devices.services.dashboard.board import Board, BoardPerson, past_board, today_board
from attendance_devices.services.dashboard.freshness import DataSnapshot, is_fresh, make_etag, take_snapshot
from attendance_devices.services.dashboard.no_data import all_silent_since, no_data_reason
from attendance_devices.services.display.badges import OF_STATE

INSIDE = "inside"
"""Came and did not leave yet, on time or late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardFilter:
    """Who is to be shown; empty is everybody."""

    office: str = ""
    department: str = ""
    state: str = ""
    """One of `PresenceState`, or `INSIDE`."""
    text: str = ""
    """Part of a name."""
    day: date | None = None
    """An earlier day; None is today."""

    def picks(self, one: BoardPerson) -> bool:
        """Is it one of them, in whatever state?"""
        person = one.person
        return (
            self.office in ("", person.office)
            and self.department in ("", person.department)
            and (not self.text or self.text.strip().casefold() in person.name.casefold())
        )

    def has_state(self, one: BoardPerson) -> bool:
        """Is the person in the state that is asked for?"""
        return one.is_inside if self.state == INSIDE else self.state in ("", one.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateTab:
    """A state, and how many are in it."""

    state: str
    label: Promise | str
    count: int
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayPage:
    """The page as one viewer sees it."""

    board: Board
    wanted: BoardFilter
    people: Sequence[BoardPerson]
    """By name."""
    tabs: Sequence[StateTab]
    trouble: Promise | str
    """Why nobody can tell who is here; empty if somebody can."""
    etag: str
    """Empty for an earlier day, which is not asked for again."""

    @property
    def offices(self) -> list[str]:
        """All that somebody belongs to."""
        return _sorted_names(one.person.office for one in self.board.people)

    @property
    def departments(self) -> list[str]:
        """All that somebody belongs to."""
        return _sorted_names(one.person.department for one in self.board.people)

    @property
    def all_silent_since(self) -> Any:
        """Since when no terminal at all was read; None: one was."""
        return all_silent_since(self.board)


def show_today(viewer: Any, wanted: BoardFilter, *, query: str = "", given: str = "") -> TodayPage | None:
    """Who is asked for; None if what has this ETag is still true.

    :param query: whatever else the page depends on, its order and page. :param given: the ETag that the browser has.
    """
    scope, seen = scope_of(viewer), take_snapshot()
    facts = ("today", wanted, query, scope.mark, get_language(), get_current_timezone_name())
    if given and is_fresh(given, seen, facts):
        return None
    found, is_past = _read_board(scope, wanted, seen), wanted.day not in (None, seen.day)
    chosen = [one for one in found.people if wanted.picks(one)]
    return TodayPage(
        board=found,
        wanted=wanted,
        people=[one for one in chosen if wanted.has_state(one)],
        tabs=list(_tabs(chosen, wanted, is_past=is_past)),
        trouble="" if is_past else no_data_reason(found, is_part=scope.keys is not None),
        etag="" if is_past else make_etag(seen, facts, changes_at=found.changes_at, waits=found.waits),
    )


def _read_board(scope: VisibleEmployees, wanted: BoardFilter, seen: DataSnapshot) -> Board:
    is_today = wanted.day is None or wanted.day == seen.day
    return today_board(scope, seen=seen) if is_today else past_board(scope, wanted.day or seen.day, seen=seen)


def _tabs(chosen: Sequence[BoardPerson], wanted: BoardFilter, *, is_past: bool) -> list[StateTab]:
    counts: Mapping[str, int] = Counter(one.state for one in chosen)
    inside = sum(one.is_inside for one in chosen)
    labels: dict[str, tuple[Promise | str, int]] = {
        "": (_("all"), len(chosen)),
        INSIDE: (_("no check-out yet"), inside),
    }
    labels |= {str(state): (OF_STATE[state].label, counts.get(state, 0)) for state in OF_STATE}
    left_out = {INSIDE, str(PresenceState.NOT_DUE)} if is_past else set()
    return [
        StateTab(state=state, label=label, count=count, is_open=state == wanted.state)
        for state, (label, count) in labels.items()
        if state not in left_out
    ]


def _sorted_names(names: Any) -> list[str]:
    return sorted({name for name in names if name}, key=str.casefold)
