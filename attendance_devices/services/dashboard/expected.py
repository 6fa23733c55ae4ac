"""Read the expected people of a day, cached for a minute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from uuid import uuid4

from django.core.cache import cache

from attendance_devices.domain.dashboard.board import Expected, ExpectedSpan
from attendance_devices.domain.shifts.rule import ShiftRule, at_clock
from attendance_devices.services.access.employees import names_of
from attendance_devices.services.days.absences import known_employees
from attendance_devices.services.days.inputs import DayInputs, read_day_inputs
from attendance_devices.services.devices.local_time import default_zone

CACHE_SECONDS = 60
ONE_DAY = timedelta(days=1)
_last_cached: "tuple[str, ExpectedPeople] | None" = None
"""The last one that this process met, and its token: to unpickle a thousand people takes longer than to show them.
Which token is the one of now, the cache says each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedDay:
    """One of the days that a person may be in while it is one date on the site's walls."""

    day: date
    """On the clock of the person's zone."""
    expected: Expected


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedPerson:
    """An employee whom a terminal knows."""

    user: Any
    """Primary key."""
    name: str
    office: str = ""
    department: str = ""
    zone: tzinfo
    turns: Sequence[ExpectedDay]
    """In their order, at least one: the day before too where its shift runs into this one."""

    def turn(self, now: datetime) -> ExpectedDay:
        """The day that the person is in: that of a shift that is not over, else that of the clock."""
        today = now.astimezone(self.zone).date()
        by_day = {turn.day: turn for turn in self.turns}
        eve = by_day.get(today - ONE_DAY)
        if eve is not None and not eve.expected.off and not eve.expected.is_over(now):
            return eve
        return by_day.get(today) or self.turns[-1 if today > self.turns[-1].day else 0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedPeople:
    """Everybody of whom a terminal could tell on one day, by name."""

    day: date
    people: Sequence[ExpectedPerson]


def expected_people(day: date) -> ExpectedPeople:
    """At most a minute old. What became known within that minute is in the rows, and those are never kept.

    A constant number of queries, and those of the host, where the cache has none.
    """
    key = f"attendance_devices:roster:{day:%Y-%m-%d}"
    token = cache.get(key)
    kept = _cached(key, token) if isinstance(token, str) else None
    return kept or _store_in_cache(key, _read_expected_people(day))


def _cached(key: str, token: str) -> ExpectedPeople | None:
    """The one of this token: as this process last held it, else out of the cache."""
    global _last_cached  # noqa: PLW0603 - see there
    held = _last_cached
    if held is None or held[0] != token:
        found = cache.get(f"{key}:{token}")
        if not isinstance(found, ExpectedPeople):
            return None
        held = _last_cached = token, found
    return held[1]


def _store_in_cache(key: str, found: ExpectedPeople) -> ExpectedPeople:
    """The token goes last: whoever reads it finds what it stands for."""
    global _last_cached  # noqa: PLW0603 - see there
    token = uuid4().hex
    cache.set(f"{key}:{token}", found, CACHE_SECONDS)
    cache.set(key, token, CACHE_SECONDS)
    _last_cached = token, found
    return found


def _read_expected_people(day: date) -> ExpectedPeople:
    names = names_of(known_employees().values("pk"))
    if not names:
        return ExpectedPeople(day=day, people=())
    facts = read_day_inputs({(user, day) for user in names}, with_punches=False)
    people = []
    for user, name in names.items():
        watch, calendar = facts.watches[user], facts.calendar(user, day)
        if calendar.outside or calendar.known_since is None or day < calendar.known_since:
            continue
        people.append(
            ExpectedPerson(
                user=user,
                name=name,
                office=watch.unit.office,
                department=watch.unit.department,
                zone=facts.zone(user, day),
                turns=tuple(_expected_days(user, day, facts)),
            )
        )
    people.sort(key=lambda person: person.name.casefold())
    return ExpectedPeople(day=day, people=tuple(people))


def _expected_days(user: Any, day: date, facts: DayInputs) -> list[ExpectedDay]:
    """The dates that the person's clock shows meanwhile, and the one before them if it is not over at their start."""
    site, zone = default_zone(), facts.zone(user, day)
    begins, ends = at_clock(day, time(0), site), at_clock(day + ONE_DAY, time(0), site)
    first, last = begins.astimezone(zone).date(), (ends - timedelta(seconds=1)).astimezone(zone).date()
    shown = sorted({first, last})
    turns = [ExpectedDay(day=one, expected=_expected(user, one, facts)) for one in shown]
    eve = ExpectedDay(day=first - ONE_DAY, expected=_expected(user, first - ONE_DAY, facts))
    return [eve, *turns] if eve.expected.spans and not eve.expected.is_over(begins) else turns


def _expected(user: Any, day: date, facts: DayInputs) -> Expected:
    calendar, zone, rules = facts.calendar(user, day), facts.zone(user, day), facts.shifts(user, day)
    off = calendar.outside or calendar.leave or calendar.why_off(rules[0], day)
    timed = [rule for rule in rules if calendar.is_expected(rule)]
    return Expected(
        spans=tuple(_span(rule, day, zone) for rule in timed),
        off=str(off),
        devices=frozenset(facts.by_name[reading.place].pk for reading in calendar.watch),
        doubtful=tuple(calendar.doubtful),
    )


def _span(rule: ShiftRule, day: date, zone: tzinfo) -> ExpectedSpan:
    return ExpectedSpan(
        starts=rule.starts(day, zone), ends=rule.ends(day, zone), grace=rule.grace, has_hours=rule.has_hours
    )
