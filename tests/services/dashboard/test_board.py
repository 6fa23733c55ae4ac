"""The board of today, from what is stored: who is here, who is not, and of whom nobody can tell."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache

from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.models import Device, DeviceUser, ProcessedAttendance
from attendance_devices.services.access.visibility import VisibleEmployees
from attendance_devices.services.dashboard.board import past_board, today_board
from attendance_devices.services.dashboard.freshness import take_snapshot
from attendance_devices.services.days.absences import AbsenceScope, note_missing_days
from attendance_devices.services.days.derive import derive_pending
from tests.builders.board import looked, seen_at, states
from tests.builders.crm import MONDAY, ZONE, at, employee, host, mapped, punched, setting
from tests.builders.staff import ONE_DAY, called, gate, known, moment, read, works

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + ONE_DAY


@pytest.fixture(autouse=True)
def nothing_is_kept():
    cache.clear()
    yield
    cache.clear()


def test_the_five_states_of_a_morning():
    works("09:00-17:00")
    front, back = gate("Front"), gate("Back")
    early, late, missing = (known(key, front) for key in ("1", "2", "3"))
    unknown = known("4", front, back)
    evening = known("5", front)
    works("18:00-22:00", user=evening)
    punched(front, ("1", at("08:58")), ("2", at("09:40")))
    read(front, until="10:00")
    read(back, until="08:12")
    found = seen_at("10:00")
    by_user = {one.person.user: one for one in found.people}
    assert {user.pk: str(by_user[user.pk].state) for user in (early, late, missing, unknown, evening)} == {
        early.pk: "on_time",
        late.pk: "late",
        missing.pk: "absent",
        unknown.pk: "no_data",
        evening.pk: "not_due",
    }
    assert found.total.here == 2
    assert found.total.due == 5
    assert [(one.place, one.since, one.people) for one in found.silent] == [("Back", moment("08:12"), 1)]
    assert by_user[early.pk].is_inside
    assert by_user[early.pk].stored.device == "Front"
    assert by_user[evening.pk].due == moment("18:00")


def test_the_last_arrivals_come_first():
    works()
    where = gate()
    for key, clock in (("1", "08:58"), ("2", "09:40"), ("3", "08:20")):
        known(key, where)
        punched(where, (key, at(clock)))
    found = seen_at("10:00")
    assert [one.stored.check_in for one in found.arrivals(2)] == [moment("09:40"), moment("08:58")]


def test_a_night_guard_is_on_the_board_until_the_morning():
    where = gate()
    here, away = known("1", where), known("2", where)
    works("22:00-06:00")
    punched(where, ("1", at("21:55")))
    read(where, until="03:00", day=TUESDAY)
    night = {one.person.user: one for one in seen_at("03:00", TUESDAY).people}
    assert (night[here.pk].state, night[away.pk].state) == ("on_time", "absent")
    assert night[here.pk].turn.day == MONDAY
    read(where, until="06:30", day=TUESDAY)
    morning = {one.person.user: one for one in seen_at("06:30", TUESDAY).people}
    assert {one.state for one in morning.values()} == {"not_due"}
    assert morning[here.pk].stored is None


def test_by_day_nobody_is_in_the_day_before():
    where = gate()
    user = known("1", where)
    works()
    punched(where, ("1", at("08:58")))
    [one] = [one for one in seen_at("00:30", TUESDAY).people if one.person.user == user.pk]
    assert (one.turn.day, one.state, one.stored) == (TUESDAY, "not_due", None)


def test_a_colleague_far_in_the_west_is_in_the_day_of_the_own_clock():
    west = ZoneInfo("Pacific/Honolulu")
    where = gate(timezone="Pacific/Honolulu")
    user = known("1", where)
    works()
    punched(where, ("1", at("08:58", MONDAY)))
    now = datetime(2024, 1, 8, 10, tzinfo=west).astimezone(UTC)
    Device.objects.update(last_sync=now)
    derive_pending()
    found = today_board(seen=take_snapshot(now))
    [one] = [one for one in found.people if one.person.user == user.pk]
    assert (one.turn.day, one.state) == (MONDAY, "on_time")
    later = datetime(2024, 1, 8, 16, 30, tzinfo=west).astimezone(UTC)
    cache.clear()
    [one] = [one for one in today_board(seen=take_snapshot(later)).people if one.person.user == user.pk]
    assert (one.turn.day, one.state) == (MONDAY, "on_time")


def test_several_shifts_of_a_day_are_one_person():
    where = gate()
    user = known("1", where)
    works("08:00-12:00", user=user)
    works("16:00-20:00", user=user)
    punched(where, ("1", at("07:58")), ("1", at("12:01")))
    read(where, until="17:00")
    found = seen_at("17:00")
    assert [(one.state, one.stored.check_out) for one in found.people] == [("on_time", moment("12:01"))]


def test_people_without_hours_are_off_until_they_come(settings):
    settings.ATTENDANCE_DEVICES = setting(WORK_START_TIME=None, WORK_END_TIME=None)
    where = gate()
    known("1", where)
    known("2", where)
    punched(where, ("1", at("11:00")))
    read(where, until="12:00")
    assert sorted(one.state for one in seen_at("12:00").people) == ["off", "on_time"]


class EveryDayWorked(DeclaredHost):
    """The CRM knows working days, and nobody knows hours."""

    def working_days(self, employees, days):
        return {(employee, day): True for employee in employees for day in days}


def test_a_working_day_without_hours_has_no_time_by_which_somebody_is_missing(settings):
    settings.ATTENDANCE_DEVICES = setting(WORK_START_TIME=None, WORK_END_TIME=None, HOST=host(EveryDayWorked))
    where = gate()
    known("1", where)
    read(where, until="12:00")
    assert [(one.state, one.due) for one in seen_at("12:00").people] == [("not_due", None)]


def test_somebody_who_left_or_has_not_begun_is_on_no_board():
    where = gate()
    works()
    known("1", where, first=None)
    stranger = employee("9")
    read(where)
    assert seen_at("12:00").people == []
    assert stranger.pk


def test_whoever_is_known_since_a_second_is_on_it_by_the_row():
    where = gate()
    works()
    known("1", where)
    read(where, until="09:00")
    assert len(seen_at("09:00").people) == 1
    fresh = employee("2", "Mercy Osei")
    mapped(where, "2", fresh)
    punched(where, ("2", at("09:30")))
    derive_pending()
    found = today_board(seen=take_snapshot(moment("09:31").astimezone(UTC)))
    assert "Mercy Osei" in [one.person.name for one in found.people]


def test_a_day_that_means_nothing_any_more_is_not_shown():
    where = gate()
    works()
    user = known("1", where)
    punched(where, ("1", at("08:58")))
    derive_pending()
    read(where, until="10:00")
    ProcessedAttendance.objects.filter(user=user, date=MONDAY).update(status="withdrawn")
    assert [one.state for one in seen_at("10:00").people] == ["absent"]


def test_a_terminal_that_tells_nothing_still_has_its_people_when_the_day_is_over():
    front, back = gate("Front"), gate("Back")
    works()
    known("1", front, back)
    read(front, until="23:00")
    read(back, until="08:12")
    note_missing_days(AbsenceScope(since=MONDAY, until=MONDAY))
    found = seen_at("23:00")
    assert ProcessedAttendance.objects.get(date=MONDAY).status == "no_data"
    assert [(one.place, one.people) for one in found.silent] == [("Back", 1)]


def test_a_terminal_out_of_use_keeps_nobody_from_being_absent():
    front, back = gate("Front"), gate("Back")
    works()
    known("1", front, back)
    read(front, until="12:00")
    Device.objects.filter(pk=back.pk).update(is_active=False)
    found = seen_at("12:00")
    assert [one.state for one in found.people] == ["absent"]
    assert found.silent == []


def test_without_any_terminal_nobody_is_absent():
    where = gate()
    works()
    known("1", where)
    Device.objects.update(is_active=False)
    found = seen_at("12:00")
    assert (found.people, found.silent, found.ears) == ([], [], {})


def test_a_viewer_sees_the_own_people_and_the_terminals_they_use():
    front, back = gate("Front"), gate("Back")
    works()
    mine, other = known("1", front), known("2", back)
    read(front, back, until="08:00")
    found = seen_at("12:00", scope=VisibleEmployees(keys=frozenset({str(mine.pk)})))
    assert [one.person.user for one in found.people] == [mine.pk]
    assert [one.place for one in found.silent] == ["Front"]
    everybody = seen_at("12:00")
    assert {one.person.user for one in everybody.people} == {mine.pk, other.pk}
    assert len(everybody.silent) == 2


def test_an_office_is_its_people():
    front, back = gate("Front", office="Pune"), gate("Back", office="Oslo")
    works()
    mine = known("1", front)
    known("2", back)
    read(front, back, until="12:00")
    found = seen_at("12:00", office="Pune")
    assert [one.person.user for one in found.people] == [mine.pk]
    assert [tally.name for tally in seen_at("12:00").by(lambda person: person.office)] == ["Oslo", "Pune"]


def test_it_says_when_time_alone_changes_it():
    where = gate()
    works()
    known("1", where)
    read(where, until="08:00")
    assert seen_at("08:00").changes_at == moment("08:15")
    read(where, until="08:59")
    assert seen_at("08:59").changes_at == moment("09:00")


def test_the_questions_do_not_grow_with_the_people(django_assert_max_num_queries):
    where = gate()
    works()
    for number in range(3):
        known(str(number), where)
        punched(where, (str(number), at("08:58")))
    derive_pending()
    with django_assert_max_num_queries(20) as few:
        today_board(seen=looked("10:00"))
    for number in range(3, 30):
        known(str(number), where)
        punched(where, (str(number), at("08:58")))
    derive_pending()
    with django_assert_max_num_queries(len(few)):
        found = today_board(seen=looked("10:00"))
    assert len(found.people) == 30
    with django_assert_max_num_queries(2):
        today_board(seen=take_snapshot(moment("10:00").astimezone(UTC)))


def test_a_cache_that_keeps_nothing_costs_questions_and_nothing_else(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    where = gate()
    works()
    known("1", where)
    punched(where, ("1", at("08:58")))
    assert states(seen_at("10:00")) == states(seen_at("10:00"))
    assert list(states(seen_at("10:00")).values()) == ["on_time"]


def test_something_else_under_our_key_of_the_cache_is_not_believed():
    where = gate()
    works()
    known("1", where)
    cache.set(f"attendance_devices:roster:{MONDAY}", {"people": "of another release"})
    derive_pending()
    assert len(today_board(seen=take_snapshot(moment("10:00").astimezone(UTC))).people) == 1


def test_the_hour_that_is_shown_twice_is_told_apart(settings):
    settings.ATTENDANCE_DEVICES = setting(WORK_START_TIME="01:00", WORK_END_TIME="09:00", WORK_DAYS=["sunday"])
    day = datetime(2024, 11, 3, tzinfo=ZONE).date()
    where = gate(timezone="America/New_York", since=day - 14 * ONE_DAY)
    known("1", where, first=day - 14 * ONE_DAY)
    york = ZoneInfo("America/New_York")
    second = datetime(2024, 11, 3, 1, 30, fold=1, tzinfo=york).astimezone(UTC)
    Device.objects.update(last_sync=second)
    derive_pending()
    found = today_board(seen=take_snapshot(second))
    assert [one.due for one in found.people] == [datetime(2024, 11, 3, 1, tzinfo=york).astimezone(UTC)]
    assert [one.state for one in found.people] == ["absent"]


def test_an_earlier_day_is_what_the_rows_say():
    where = gate()
    works()
    came, missing = known("1", where), known("2", where)
    punched(where, ("1", at("09:30")))
    read(where, until="20:00")
    called()
    found = past_board(VisibleEmployees(keys=None), MONDAY, seen=looked("12:00", TUESDAY))
    assert {one.person.user: str(one.state) for one in found.people} == {came.pk: "late", missing.pk: "absent"}
    assert found.day == MONDAY
    hidden = past_board(VisibleEmployees(keys=frozenset({str(came.pk)})), MONDAY, seen=looked("12:00", TUESDAY))
    assert [one.person.user for one in hidden.people] == [came.pk]


def test_an_ignored_or_unlisted_id_is_nobody():
    where = gate()
    works()
    user = known("1", where)
    read(where, until="12:00")
    assert len(seen_at("12:00").people) == 1
    DeviceUser.objects.filter(system_user=user).update(on_device=False)
    assert seen_at("12:00").people == []
