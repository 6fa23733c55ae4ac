"""Whose shift wins, from when until when, and what the CRM itself says."""

import itertools
from datetime import date, time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.domain.shifts.assignments import Unit
from attendance_devices.domain.shifts.rule import EVERY_DAY, ShiftRule
from attendance_devices.hosts.base import Host
from attendance_devices.models import ShiftAssignment
from attendance_devices.services.shifts.assignments import ChosenBy, read_shift_plan
from tests.builders.crm import MONDAY, days, employee, setting
from tests.builders.staff import ONE_DAY, called, gate, known, read, said, works
from tests.hosts.own.models import Contract

pytestmark = pytest.mark.django_db
HOME = Unit(office="Lahore", department="Sales")
RANKS: dict[str, dict[str, Any]] = {
    "everybody": {},
    "office": {"office": "Lahore"},
    "department": {"department": "Sales"},
    "department in office": {"office": "Lahore", "department": "Sales"},
    "employee": {},
}
ORDER = list(RANKS)


class TwoOfItsOwn(Host):
    """A CRM that knows Monday's shifts of everybody whom it is asked for, and of a stranger."""

    def shift_rules(self, employees: Any, days: Any) -> Any:
        night = ShiftRule(name="CRM night", start=time(22), end=time(6))
        late = ShiftRule(name="CRM late", start=time(14), end=time(20))
        return {(key, MONDAY): [night, late] for key in employees} | {("stranger", MONDAY): night}


def assign(rank: str, user: Any, number: int, **more: Any) -> None:
    whose = {"user": user} if rank == "employee" else RANKS[rank]
    works(f"{number + 1:02}:00-{number + 2:02}:00", **whose | more)


def chosen(user: Any, day: date = MONDAY, unit: Unit = HOME, crm: Host | None = None, **more: Any) -> list[str]:
    """The hours at which the shifts of the day begin."""
    found = read_shift_plan({(user.pk, day)}, {user.pk: unit}, more.get("working", {}), crm or Host())
    return [f"{rule.start:%H}" for rule in found.rules.get((user.pk, day), ())]


@pytest.mark.parametrize(("lower", "higher"), list(itertools.combinations(ORDER, 2)))
@pytest.mark.parametrize("is_first", [True, False])
def test_the_more_specific_of_two_wins_whichever_was_entered_first(lower: str, higher: str, is_first: bool) -> None:
    asha = employee("7")
    for rank in (lower, higher) if is_first else (higher, lower):
        assign(rank, asha, ORDER.index(rank))
    assert chosen(asha) == [f"{ORDER.index(higher) + 1:02}"]


def test_of_all_five_the_next_takes_over_when_one_ends() -> None:
    asha = employee("7")
    for number, rank in enumerate(ORDER):
        assign(rank, asha, number, date_until=MONDAY + (4 - number) * ONE_DAY)
    assert [chosen(asha, day) for day in days(6)] == [["05"], ["04"], ["03"], ["02"], ["01"], []]


@pytest.mark.parametrize(
    ("unit", "start"),
    [
        (HOME, "04"),
        (Unit(office="Lahore"), "02"),
        (Unit(office="Lahore", department="Stores"), "02"),
        (Unit(department="Sales"), "03"),
        (Unit(office="Karachi", department="Sales"), "03"),
        (Unit(office="lahore", department="sales"), "01"),
        (Unit(office="Lahore ", department=" Sales"), "01"),
        (Unit(office="Atlantis"), "01"),
        (Unit(), "01"),
    ],
)
def test_units_are_their_exact_names_and_unknown_ones_have_what_everybody_has(unit: Unit, start: str) -> None:
    asha = employee("7")
    for number, rank in enumerate(ORDER[:-1]):
        assign(rank, asha, number)
    assert chosen(asha, unit=unit) == [start]


def test_an_assignment_of_somebody_else_is_nobody_elses() -> None:
    asha, bilal = employee("7"), employee("8")
    assign("employee", bilal, 3)
    assert (chosen(asha), chosen(bilal)) == ([], ["04"])


def test_both_dates_are_included() -> None:
    asha = employee("7")
    works("09:00-17:00", MONDAY, user=asha, date_until=MONDAY + ONE_DAY)
    assert [chosen(asha, day) for day in days(4, MONDAY - ONE_DAY)] == [[], ["09"], ["09"], []]


def test_a_rotation_by_dates() -> None:
    asha = employee("7")
    for number in range(6):
        first = MONDAY + 2 * number * ONE_DAY
        hours = ("06:00-14:00", "14:00-22:00", "22:00-06:00")[number % 3]
        works(hours, first, user=asha, date_until=first + ONE_DAY)
    assert [chosen(asha, day)[0] for day in days(12)] == ["06", "06", "14", "14", "22", "22"] * 2


def test_several_of_one_rank_are_worked_in_their_order() -> None:
    asha = employee("7")
    works("13:00-17:00", user=asha)
    works("08:00-12:00", user=asha)
    works("09:00-17:00")
    assert chosen(asha) == ["08", "13"]


def test_the_words_say_whose_and_how_long() -> None:
    asha = employee("7")
    works("09:00-17:00", MONDAY, office="Lahore", department="Sales")
    works("08:00-16:00", MONDAY + ONE_DAY, user=asha, date_until=MONDAY + ONE_DAY)
    wanted = {(asha.pk, day) for day in days(2)}
    found = read_shift_plan(wanted, {asha.pk: HOME}, {}, Host()).choices
    assert [found[asha.pk, day].words for day in days(2)] == [
        "assigned to office Lahore department Sales from 2024-01-08 without an end",
        "assigned from 2024-01-09 until 2024-01-09",
    ]


def test_the_crm_goes_before_every_assignment() -> None:
    asha = employee("7")
    assign("employee", asha, 3)
    assert chosen(asha, crm=TwoOfItsOwn()) == ["14", "22"]
    assert chosen(asha, MONDAY + ONE_DAY, crm=TwoOfItsOwn()) == ["04"]
    choice = read_shift_plan({(asha.pk, MONDAY)}, {asha.pk: HOME}, {}, TwoOfItsOwn()).choices[asha.pk, MONDAY]
    assert (choice.by, choice.words) == (ChosenBy.HOST, "the CRM's own shift of that day")


def test_a_day_that_the_crm_calls_a_working_day_is_one_whatever_the_weekdays_say() -> None:
    asha = employee("7")
    works("09:00-17:00", user=asha, weekdays="1")
    key = (str(asha.pk), MONDAY)
    wanted = {(asha.pk, MONDAY)}
    told = read_shift_plan(wanted, {asha.pk: HOME}, {key: True}, Host()).rules[asha.pk, MONDAY]
    assert [rule.weekdays for rule in told] == [EVERY_DAY]
    for working in ({key: False}, {}):
        rules = read_shift_plan(wanted, {asha.pk: HOME}, working, Host()).rules[asha.pk, MONDAY]
        assert [rule.weekdays for rule in rules] == [frozenset({1})]


def test_a_hundred_people_and_units_cost_the_queries_of_one() -> None:
    counts = []
    for amount in (1, 100):
        people = [employee(f"{amount}-{number}") for number in range(amount)]
        for user in people:
            ShiftAssignment.objects.create(
                shift=works("09:00-17:00", office=f"o{user.pk}"), user=user, date_from=MONDAY
            )
        with CaptureQueriesContext(connection) as queries:
            found = read_shift_plan(
                {(user.pk, MONDAY) for user in people}, {user.pk: HOME for user in people}, {}, Host()
            )
        counts.append((len(found.rules), len(queries)))
    assert counts == [(1, 1), (100, 1)]


def test_the_units_of_the_crm_reach_the_day(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(OFFICE_LOOKUP="contract__office", DEPARTMENT_LOOKUP="contract__department")
    where = gate(office="Karachi")
    asha, bilal, chen = (known(key, where) for key in "789")
    Contract.objects.create(user=asha, office="Lahore", department="Sales")
    Contract.objects.create(user=bilal, department="Sales")
    works("09:00-17:00", office="Lahore")
    works("10:00-18:00", office="Karachi", department="Sales")
    works("11:00-23:00", office="Karachi")
    read(where)
    called()
    assert [said(user)[0][0] for user in (asha, bilal, chen)] == ["absent", "absent", "no_data"]
