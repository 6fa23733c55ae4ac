"""What today is compared with: counted by the same time of the clock, and never where too little is known."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from attendance_devices.models import ProcessedAttendance
from attendance_devices.services.dashboard.trend import LAST_WEEK, YESTERDAY, cached_comparison, read_comparison
from attendance_devices.services.days.derive import derive_pending
from tests.builders.crm import MONDAY, at, days, punched
from tests.builders.staff import ONE_DAY, called, gate, known, moment, read, works

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + ONE_DAY
LAST_MONDAY = MONDAY - 7 * ONE_DAY


@pytest.fixture
def team():
    where = gate()
    works(weekdays="01234")
    users = [known(str(number), where) for number in range(1, 5)]
    for day in (LAST_MONDAY, MONDAY):
        punched(where, ("1", at("08:58", day)), ("2", at("09:30", day)), ("3", at("11:00", day)))
    read(where, until="23:00", day=TUESDAY)
    called(LAST_MONDAY, MONDAY)
    return users


def counts(found):
    return {str(state): number for state, number in found.counts.items()}


def test_on_time_and_late_are_those_by_the_same_time(team):
    found = read_comparison(moment("10:00", TUESDAY)).compared[YESTERDAY]
    assert counts(found) == {"on_time": 1, "late": 1, "absent": 1, "no_data": 0}
    noon = read_comparison(moment("12:00", TUESDAY)).compared[YESTERDAY]
    assert counts(noon) == {"on_time": 1, "late": 2, "absent": 1, "no_data": 0}
    assert noon.whole.came == 3


def test_the_same_weekday_is_a_week_ago(team):
    found = read_comparison(moment("10:00", MONDAY)).compared
    assert counts(found[LAST_WEEK]) == {"on_time": 1, "late": 1, "absent": 1, "no_data": 0}
    assert found[YESTERDAY].whole.is_off
    assert counts(found[YESTERDAY]) == {}


def test_a_day_of_which_nobody_knows_is_compared_with_nothing(team):
    ProcessedAttendance.objects.filter(date=MONDAY).update(
        check_in=None, check_out=None, late=0 * ONE_DAY, status="no_data"
    )
    found = read_comparison(moment("10:00", TUESDAY)).compared[YESTERDAY]
    assert counts(found) == {}
    assert found.whole.unknown == 4


def test_only_those_who_are_meant_are_counted(team):
    found = read_comparison(moment("12:00", TUESDAY), users=[team[0].pk, team[3].pk]).compared[YESTERDAY]
    assert counts(found) == {"on_time": 1, "late": 0, "absent": 1, "no_data": 0}
    assert counts(read_comparison(moment("12:00", TUESDAY), users=[]).compared[YESTERDAY]) == {}


def test_the_trend_has_the_workdays_and_one_question_counts_all(team, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = read_comparison(moment("10:00", TUESDAY)).trend
    shown = [one.day for one in found.days]
    assert shown[-1] == MONDAY
    assert not {day.weekday() for day in shown if day > LAST_MONDAY} & {5, 6}
    assert found.days[-1].share == 0.75


def test_somebody_with_two_shifts_is_one_person():
    where = gate()
    user = known("1", where)
    works("08:00-12:00", user=user)
    works("16:00-20:00", user=user)
    punched(where, *(("1", at(clock)) for clock in ("08:20", "12:00", "16:30", "20:00")))
    derive_pending()
    found = read_comparison(moment("21:00", TUESDAY)).compared[YESTERDAY]
    assert (found.whole.came, found.here, found.late) == (1, 1, 1)


def test_at_night_the_guards_are_compared_with_the_night_before():
    where = gate()
    guard, clerk = known("1", where), known("2", where)
    works("22:00-06:00", user=guard)
    works(user=clerk)
    for day in days(2, MONDAY - ONE_DAY):
        punched(where, ("1", at("21:50", day)), ("2", at("09:00", day)))
    derive_pending()
    now = moment("02:00", TUESDAY)
    assert read_comparison(now).compared[YESTERDAY].here == 0
    assert read_comparison(now, at_night=[guard.pk]).compared[YESTERDAY].here == 1


def test_nothing_stored_is_nothing_known(db):
    found = read_comparison(moment("10:00"))
    assert found.trend.days == ()
    assert {name: counts(one) for name, one in found.compared.items()} == {YESTERDAY: {}, LAST_WEEK: {}}


def test_for_five_minutes_it_is_asked_once_for_all_who_see_the_same(team, django_assert_num_queries):
    cache.clear()
    now = moment("12:01", TUESDAY)
    with django_assert_num_queries(2):
        found = cached_comparison(now)
        assert cached_comparison(now + timedelta(minutes=3)) == found
        cached_comparison(now, users=[team[0].pk])
        assert cached_comparison(now, users=[team[0].pk]).compared[YESTERDAY].here == 1
    assert found.at == moment("12:00", TUESDAY)
    with django_assert_num_queries(1):
        cached_comparison(now + timedelta(minutes=4))
    cache.clear()
