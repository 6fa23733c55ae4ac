"""Build the board of a day: who is here, who is not, and for whom there is no data."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q

from attendance_devices.domain.dashboard.board import (
    DUE,
    HERE,
    Expected,
    Presence,
    PresenceState,
    StoredDay,
    TerminalReading,
    as_one,
    next_change,
    presence_of,
)
from attendance_devices.domain.days.status import DayStatus
from attendance_devices.hosts.current import current_host
from attendance_devices.models import ProcessedAttendance
from attendance_devices.services.access.employees import names_of
from attendance_devices.services.access.visibility import EVERYBODY, VisibleEmployees
from attendance_devices.services.dashboard.expected import ExpectedDay, ExpectedPerson, expected_people
from attendance_devices.services.dashboard.freshness import DataSnapshot, take_snapshot
from attendance_devices.services.devices.local_time import default_zone
from attendance_devices.services.display.badges import OF_STATE, Badge
from attendance_devices.services.display.reasons import reason_text


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPerson:
    """One person on the board."""

    person: ExpectedPerson
    turn: ExpectedDay
    """The day that the person is in."""
    standing: Presence
    stored: StoredDay | None = None

    @property
    def state(self) -> PresenceState:
        """What the person counts as."""
        return self.standing.state

    @property
    def mark(self) -> Badge:
        """How that is shown."""
        return OF_STATE[self.state]

    @property
    def is_inside(self) -> bool:
        """Came, and did not leave yet."""
        return self.stored is not None and self.stored.check_in is not None and self.stored.check_out is None

    @property
    def due(self) -> datetime | None:
        """When the person is expected, aware; None for a day without hours."""
        spans = self.turn.expected.spans
        return spans[0].starts if spans and spans[0].has_hours else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentTerminal:
    """A terminal that tells nothing, and how many people are shown as "no data" for it."""

    place: str
    since: datetime | None
    """Aware; None: it was never read."""
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BarSegment:
    """A stretch of a bar of width 100, as text for an attribute: never with a decimal comma."""

    slug: str
    start: str
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateCounts:
    """How many are in which state: all, or those of one office or department."""

    name: str
    counts: Mapping[PresenceState, int]

    @property
    def here(self) -> int:
        """Came today."""
        return sum(self.counts.get(state, 0) for state in HERE)

    @property
    def due(self) -> int:
        """Of how many something is expected today."""
        return sum(self.counts.get(state, 0) for state in DUE)

    @property
    def unknown(self) -> int:
        """Of how many nobody can tell."""
        return self.counts.get(PresenceState.NO_DATA, 0)

    @property
    def bar(self) -> list[BarSegment]:
        """The share of each state; who is not due yet is the empty rest."""
        segments, start = [], 0.0
        for state in (one for one in DUE if one is not PresenceState.NOT_DUE):
            width = 100 * self.counts.get(state, 0) / self.due if self.due else 0
            if width:
                segments.append(BarSegment(slug=OF_STATE[state].slug, start=f"{start:.2f}", width=f"{width:.2f}"))
                start += width
        return segments


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Everybody whom a viewer may see, on one day."""

    day: date
    at: datetime
    """When it was looked at, aware."""
    people: Sequence[BoardPerson]
    """By name."""
    silent: Sequence[SilentTerminal]
    """Terminals in use that tell nothing, and that know somebody who is shown."""
    ears: Mapping[int, TerminalReading]
    """How every terminal in use has been heard; none for a day that is over."""

    @property
    def total(self) -> StateCounts:
        """All of them."""
        return count_states("", self.people)

    def arrivals(self, limit: int) -> list[BoardPerson]:
        """The last who came, the latest first."""
        came = [one for one in self.people if one.stored and one.stored.check_in]
        return sorted(came, key=lambda one: one.stored.check_in, reverse=True)[:limit]  # type: ignore[union-attr,arg-type,return-value]

    @property
    def changes_at(self) -> datetime | None:
        """When time alone may change it next, aware."""
        open_ = [one for one in self.people if one.stored is None or one.stored.first is None]
        moments = [next_change(one.turn.expected, self.ears, self.at) for one in open_]
        ends = [span.ends for one in self.people for span in one.turn.expected.spans[-1:] if span.ends > self.at]
        deaf = [ear.deaf_from for ear in self.ears.values()]
        return min((at for at in [*moments, *ends, *deaf] if at is not None and at > self.at), default=None)

    @property
    def waits(self) -> bool:
        """Is somebody due of whom the next read will tell?"""
        return any(one.standing.waits for one in self.people)

    def by(self, key: Callable[[ExpectedPerson], str]) -> list[StateCounts]:
        """One for each office or department, by name; whoever belongs to none is under ``""``."""
        groups: dict[str, list[BoardPerson]] = {}
        for one in self.people:
            groups.setdefault(key(one.person), []).append(one)
        return [count_states(name, groups[name]) for name in sorted(groups, key=str.casefold)]


def count_states(name: str, people: Iterable[BoardPerson]) -> StateCounts:
    """Count states."""
    return StateCounts(name=name, counts=Counter(one.state for one in people))


def today_board(scope: VisibleEmployees = EVERYBODY, *, office: str = "", seen: DataSnapshot | None = None) -> Board:
    """Today: one query, that of the look, and those of the roster once a minute. Writes nothing.

    :param office: only whoever belongs to it; empty is everybody. :param seen: how far terminals were read; None: look.
    """
    seen = seen or take_snapshot()
    day = seen.day
    known = [person for person in expected_people(day).people if scope.sees(person.user)]
    turns = {person.user: person.turn(seen.at) for person in known}
    elsewhere = {user: turn.day for user, turn in turns.items() if turn.day != day}
    stored = _stored_rows(scope, day, elsewhere)
    strangers = _people_from_rows({user: rows for user, rows in stored.items() if user not in turns})
    people = [
        _board_person(person, turns.get(person.user) or person.turns[0], stored.get(person.user, ()), seen)
        for person in sorted([*known, *strangers], key=lambda person: person.name.casefold())
        if office in ("", person.office)
    ]
    everything = scope.keys is None and not office
    silent = _silent_terminals(seen, people, everything=everything)
    return Board(day=day, at=seen.at, people=people, silent=silent, ears=seen.ears)


def past_board(scope: VisibleEmployees, day: date, *, seen: DataSnapshot | None = None) -> Board:
    """An earlier day, as our rows say it: nobody is on it of whom they say nothing. Two queries, and the host's."""
    seen, stored = seen or take_snapshot(), _stored_rows(scope, day, {})
    units = current_host().units({str(user) for user in stored})
    people = []
    for person in _people_from_rows(stored):
        unit = units.get(str(person.user))
        if unit is not None:
            person = replace(person, office=unit.office or person.office, department=unit.department)  # noqa: PLW2901
        people.append(_board_person(person, person.turns[0], stored[person.user], seen))
    people.sort(key=lambda one: one.person.name.casefold())
    return Board(day=day, at=seen.at, people=people, silent=(), ears={})


class _BoardRow(NamedTuple):
    """The columns that a board needs: whole rows take four times as long."""

    user: Any
    date: date
    office: str
    status: str
    check_in: datetime | None
    check_out: datetime | None
    late: timedelta
    reason: str
    device: str

    @property
    def value(self) -> StoredDay:
        """What it says."""
        return StoredDay(
            status=DayStatus(self.status),
            check_in=self.check_in,
            check_out=self.check_out,
            late=self.late,
            reason=reason_text(self.reason),
            device=self.device,
        )


COLUMNS = ("user_id", "date", "office", "status", "check_in", "check_out", "late", "status_reason", "device_name")


def _board_person(
    person: ExpectedPerson, turn: ExpectedDay, rows: Iterable[_BoardRow], seen: DataSnapshot
) -> BoardPerson:
    stored = as_one(row.value for row in rows)
    standing = presence_of(turn.expected, stored, seen.ears, now=seen.at)
    return BoardPerson(person=person, turn=turn, stored=stored, standing=standing)


def _silent_terminals(seen: DataSnapshot, people: Sequence[BoardPerson], *, everything: bool) -> list[SilentTerminal]:
    """Whoever sees some people only is not told of terminals that none of them uses."""
    blamed = Counter(place for one in people for place in one.standing.silent)
    used = {key for one in people for key in one.turn.expected.devices}
    return [
        SilentTerminal(place=ear.place, since=ear.until, people=blamed[ear.place])
        for key, ear in seen.ears.items()
        if ear.is_silent(seen.at) and (everything or key in used)
    ]


def _stored_rows(scope: VisibleEmployees, day: date, elsewhere: Mapping[Any, date]) -> dict[Any, list[_BoardRow]]:
    """User -> rows of the day that the person is in. :param elsewhere: user -> that day, where it is another one."""
    which = Q(date=day) | Q(date__in=set(elsewhere.values()), user__in=list(elsewhere))
    rows = scope.only(ProcessedAttendance.objects.filter(which if elsewhere else Q(date=day)))
    found: dict[Any, list[_BoardRow]] = {}
    for values in rows.exclude(status=DayStatus.WITHDRAWN).order_by("pk").values_list(*COLUMNS):
        row = _BoardRow(*values)
        if row.date == elsewhere.get(row.user, day):
            found.setdefault(row.user, []).append(row)
    return found


def _people_from_rows(stored: Mapping[Any, Sequence[_BoardRow]]) -> list[ExpectedPerson]:
    """Those who have rows and are on no roster: known since less than a minute, listed no more, or of another day."""
    names = names_of(stored) if stored else {}
    return [
        ExpectedPerson(
            user=user,
            name=names[user],
            office=rows[0].office,
            zone=default_zone(),
            turns=(ExpectedDay(day=rows[0].date, expected=Expected()),),
        )
        for user, rows in stored.items()
    ]
