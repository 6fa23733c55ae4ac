"""List the people of a month, filtered by office, department and name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from attendance_devices.domain.reports.months import Month
from attendance_devices.services.access.employees import names_of
from attendance_devices.services.access.visibility import VisibleEmployees
from attendance_devices.services.days.absences import known_employee_keys
from attendance_devices.services.punches.coverage import units_of
from attendance_devices.services.reports.month import PersonMonth, months_of, users_between

MOST_ON_A_PAGE = 500
USUAL_ON_A_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPerson:
    """Somebody on the list."""

    user: Any
    """Primary key."""
    name: str
    office: str
    department: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleRow:
    """A person and the month."""

    person: ListedPerson
    month: PersonMonth


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleFilter:
    """Which people are wanted; empty is everybody."""

    office: str = ""
    department: str = ""
    search: str = ""
    """Parts of the name, in any order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """Everybody whom a viewer may see, and those of them who were wanted."""

    month: Month
    wanted: Sequence[ListedPerson]
    """By name."""
    offices: Sequence[str]
    """Of all, by name, to choose from."""
    departments: Sequence[str]

    def lines(self, start: int = 0, end: int | None = None) -> list[PeopleRow]:
        """The months of some of those who are wanted. One query."""
        shown = self.wanted[start:end]
        months = months_of([person.user for person in shown], self.month)
        return [PeopleRow(person=person, month=months[person.user]) for person in shown]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitChoices:
    """Where people belong, by name, to choose from."""

    offices: Sequence[str]
    departments: Sequence[str]


def unit_choices(scope: VisibleEmployees) -> UnitChoices:
    """Of those whom terminals know and the viewer may see. Two queries and that of the host: nobody's name is asked."""
    units = set(units_of([user for user in known_employee_keys() if scope.sees(user)]).values())
    return UnitChoices(
        offices=_choices(unit.office for unit in units), departments=_choices(unit.department for unit in units)
    )


def list_people(month: Month, scope: VisibleEmployees, wished: PeopleFilter) -> PeoplePage:
    """A constant number of queries, and those of the host. Writes nothing."""
    listed = people_between(month.first, month.last, scope)
    return PeoplePage(
        month=month,
        wanted=filter_people(listed, wished),
        offices=_choices(person.office for person in listed),
        departments=_choices(person.department for person in listed),
    )


def people_between(first: date, last: date, scope: VisibleEmployees) -> list[ListedPerson]:
    """Everybody whom terminals know or who has rows within these days, so far as the viewer may see them; by name."""
    users = [user for user in known_employee_keys() | users_between(first, last) if scope.sees(user)]
    names, units = names_of(users), units_of(users)
    listed = [
        ListedPerson(user=user, name=name, office=units[user].office, department=units[user].department)
        for user, name in names.items()
    ]
    listed.sort(key=lambda person: (person.name.casefold(), str(person.user)))
    return listed


def filter_people(listed: Sequence[ListedPerson], wished: PeopleFilter) -> list[ListedPerson]:
    """Those who are wanted, in the same order."""
    words = wished.search.casefold().split()
    return [person for person in listed if _matches_filter(person, wished, words)]


def _matches_filter(person: ListedPerson, wished: PeopleFilter, words: Sequence[str]) -> bool:
    is_there = wished.office in ("", person.office) and wished.department in ("", person.department)
    return is_there and all(word in person.name.casefold() for word in words)


def _choices(names: Any) -> list[str]:
    return sorted({name for name in names if name}, key=str.casefold)
