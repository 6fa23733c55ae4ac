"""Where people belong, since when, and when they are on leave, from tables that the settings name."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.conf import LeaveSettings, load
from attendance_devices.domain.days.absences import Employment
from attendance_devices.domain.shifts.assignments import Unit
from attendance_devices.hosts.base import Host
from attendance_devices.hosts.current import current_host
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.hosts.people import staff
from example_project.hr.models import Department, Office
from tests.hosts.own.models import Contract, Leave, Trip

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 1, 5)
WEEK = [MONDAY + timedelta(days=number) for number in range(7)]
LEAVE = LeaveSettings(model="own.Leave", user="user", first="first", last="last", name="kind")


def host(**changes: Any) -> DeclaredHost:
    return DeclaredHost(replace(load(), **changes))


def somebody(name: str = "asma", **facts: Any) -> Any:
    return get_user_model().objects.create(username=name, **facts)


def on_leave(user: Any, days: list[date] = WEEK, **changes: Any) -> dict[date, str]:
    found = host(leave=replace(LEAVE, **changes)).leaves({str(user.pk)}, days)
    assert {key for key, _ in found} <= {str(user.pk)}
    return {day: name for (_, day), name in found.items()}


class TestUnits:
    def test_the_names_at_the_end_of_the_lookups(self) -> None:
        lahore, sales = Office.objects.create(name="Lahore"), Department.objects.create(name="Sales")
        asma, bilal = somebody(office=lahore, department=sales), somebody("bilal")
        crm = host(office_lookup="office__name", department_lookup="department__name")
        assert crm.units({str(asma.pk), str(bilal.pk)}) == {
            str(asma.pk): Unit(office="Lahore", department="Sales"),
            str(bilal.pk): Unit(),
        }
        assert host(office_lookup="office").units({str(asma.pk)}) == {str(asma.pk): Unit(office=str(lahore.pk))}
        assert host(department_lookup="contract__department").units({str(asma.pk)}) == {str(asma.pk): Unit()}

    def test_without_a_lookup_nothing_is_asked(self, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(0):
            assert host().units({"1"}) == host().employment({"1"}) == host().leaves({"1"}, WEEK) == {}
            assert host(leave=LEAVE).leaves({"1"}, []) == {}

    def test_keys_that_are_none_are_passed_over(self) -> None:
        assert host(office_lookup="username").units({"nobody", "", "7.5", "99"}) == {}

    def test_six_hundred_people_are_two_questions(self) -> None:
        users = get_user_model().objects.bulk_create(get_user_model()(username=str(number)) for number in range(600))
        with CaptureQueriesContext(connection) as queries:
            found = host(office_lookup="username", department_lookup="contract__office").units(
                {str(user.pk) for user in users}
            )
        assert (len(found), len(queries)) == (600, 2)


class TestEmployment:
    def test_dates_and_moments(self) -> None:
        asma = somebody()
        # In Karachi the first of March has begun.
        ends_at = datetime(2026, 2, 28, 20, tzinfo=UTC)
        Contract.objects.create(user=asma, joined=MONDAY, ends_at=ends_at)
        found = host(joined_lookup="contract__joined", left_lookup="contract__ends_at").employment({str(asma.pk)})
        assert found == {str(asma.pk): Employment(joined=MONDAY, left=date(2026, 3, 1))}

    def test_what_is_empty_is_open(self) -> None:
        asma = somebody()
        assert host(joined_lookup="contract__joined").employment({str(asma.pk)}) == {str(asma.pk): Employment()}


class TestLeaves:
    def test_both_ends_are_included(self) -> None:
        asma = somebody()
        Leave.objects.create(user=asma, first=WEEK[1], last=WEEK[3], kind="Sick")
        assert on_leave(asma) == dict.fromkeys(WEEK[1:4], "Sick")
        assert on_leave(asma, WEEK[3:4]) == {WEEK[3]: "Sick"}
        assert on_leave(asma, WEEK[4:]) == on_leave(asma, WEEK[:1]) == {}

    def test_only_what_counts_counts(self) -> None:
        asma = somebody()
        Leave.objects.create(user=asma, first=MONDAY, last=MONDAY, approved=False)
        assert on_leave(asma) == {MONDAY: "leave"}
        assert on_leave(asma, where={"approved": True}) == {}

    def test_a_row_for_each_day(self) -> None:
        asma = somebody()
        for day in WEEK[:2]:
            Leave.objects.create(user=asma, first=day, kind="Casual")
        assert on_leave(asma, last="first") == dict.fromkeys(WEEK[:2], "Casual")

    def test_one_without_a_last_day_is_not_over(self) -> None:
        asma = somebody()
        Leave.objects.create(user=asma, first=WEEK[5])
        assert on_leave(asma, name="") == dict.fromkeys(WEEK[5:], "leave")

    def test_of_two_on_one_day_the_later_entered_is_told(self) -> None:
        asma = somebody()
        for kind in ("Casual", "Sick"):
            Leave.objects.create(user=asma, first=MONDAY, last=MONDAY, kind=kind)
        assert on_leave(asma) == {MONDAY: "Sick"}

    def test_somebody_elses_is_not_ours(self) -> None:
        asma, bilal = somebody(), somebody("bilal")
        Leave.objects.create(user=bilal, first=MONDAY, last=MONDAY)
        assert on_leave(asma) == {}

    @pytest.mark.parametrize("number", range(7))
    def test_moments_become_dates_of_the_site_and_each_day_asks_alike(self, number: int) -> None:
        asma = somebody()
        # In Karachi from Wednesday 00:30 until Friday 23:30.
        moments = datetime(2026, 1, 6, 19, 30, tzinfo=UTC), datetime(2026, 1, 9, 18, 30, tzinfo=UTC)
        leave = Leave.objects.create(user=asma, first=MONDAY)
        Trip.objects.create(leave=leave, leaves_at=moments[0], returns_at=moments[1])
        given = LeaveSettings(
            model="own.Trip", user="leave__user", first="leaves_at", last="returns_at", name="leave__kind"
        )
        found = host(leave=given).leaves({str(asma.pk)}, WEEK[number : number + 1])
        assert bool(found) is (2 <= number <= 4)

    def test_sixty_people_are_one_question(self, django_assert_num_queries: Any) -> None:
        users = [somebody(str(number)) for number in range(60)]
        for user in users:
            Leave.objects.create(user=user, first=MONDAY)
        with django_assert_num_queries(1):
            assert len(host(leave=LEAVE).leaves({str(user.pk) for user in users}, WEEK)) == 420


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"office_lookup": "branch"}, r"\['OFFICE_LOOKUP'\] is 'branch', which leads nowhere from hr.CustomUser"),
        ({"office_lookup": "attendances__device"}, "'attendances__device', which leads to more than one row"),
        ({"department_lookup": "groups"}, "'groups', which leads to more than one row"),
        ({"joined_lookup": "username"}, "'username', which is no column of dates: CharField"),
        ({"left_lookup": "date_joined__year"}, "'date_joined__year', which leads nowhere"),
    ],
)
def test_a_lookup_that_cannot_be_is_refused_in_words(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=says):
        staff.proven_lookups(replace(load(), **changes))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"model": "own.Holiday"}, r"\['LEAVE'\]\['MODEL'\] is 'own.Holiday'"),
        ({"model": "Leave"}, r"\['LEAVE'\]\['MODEL'\] is 'Leave'"),
        ({"user": "employee"}, r"\['LEAVE'\]\['USER'\] is 'employee', which leads nowhere"),
        ({"user": "user__office"}, "'user__office', which leads to hr.Office and not to hr.CustomUser"),
        ({"first": "kind"}, r"\['FIRST'\] is 'kind', which is no column of dates"),
        ({"last": "until"}, r"\['LAST'\] is 'until', which leads nowhere"),
        ({"name": "type__title"}, r"\['NAME'\] is 'type__title', which leads nowhere"),
    ],
)
def test_a_table_of_leaves_that_cannot_be_is_refused_in_words(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=says):
        staff.leave_model(replace(LEAVE, **changes))


def test_a_host_that_says_nothing_knows_of_nobody(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = {}
    for crm in (Host(), current_host()):
        assert crm.units({"1"}) == crm.employment({"1"}) == {}
        assert crm.leaves({"1"}, WEEK) == crm.working_days({"1"}, WEEK) == {}
