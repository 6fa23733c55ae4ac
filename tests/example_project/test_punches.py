"""The terminals' logs: a later look only adds to the end, and real life is in them."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from attendance_devices.simulators.zkteco import Terminal
from example_project.demo import punches
from example_project.demo.staff import ACE_TRACK, BOOTCAMP, DOS, OFFICES, at
from example_project.demo.terminals import MAKES, Running, users

START = date(2026, 10, 26)
NOW = datetime(2026, 11, 20, 15, 30)


def taps(office, now=NOW):
    return [punch for punch in punches.log(office, START, now) if punch.at]


@pytest.mark.parametrize("office", OFFICES)
@pytest.mark.parametrize("later", [timedelta(minutes=7), timedelta(hours=9), timedelta(days=40)])
def test_a_later_log_begins_with_the_earlier_one(office, later):
    earlier = punches.log(office, START, NOW)
    assert punches.log(office, START, NOW + later)[: len(earlier)] == earlier


@pytest.mark.parametrize("office", OFFICES)
def test_a_log_is_in_order_and_ends_now(office):
    times = [punch.at for punch in taps(office)]
    assert times == sorted(times)
    assert START <= times[0].date() <= START + timedelta(days=1)
    assert NOW - timedelta(days=1) < times[-1] <= NOW


def test_the_story_begins_on_a_monday_some_weeks_ago():
    assert punches.first_day(date(2026, 11, 21)) == date(2026, 10, 19)
    assert punches.first_day(date(2026, 11, 23)) == date(2026, 10, 26)


def test_somebody_is_at_work_on_every_day_of_the_week_and_nobody_on_all():
    found = {office: {punch.at.weekday() for punch in taps(office) if punch.at.hour >= 8} for office in OFFICES}
    assert found == {ACE_TRACK: set(range(5)), BOOTCAMP: set(range(1, 6)), DOS: set(range(7))}
    assert all(len(person.weekdays) == 5 for person in at(DOS))
    assert {person.night for person in at(DOS) if 6 in person.weekdays} == {True, False}


def test_night_people_work_over_midnight():
    night = {person.terminal_id for person in at(DOS) if person.night}
    hours = {punch.at.hour for punch in taps(DOS) if punch.user_id in night}
    assert {21, 6} <= hours
    assert not hours & set(range(8, 20))


def test_some_touch_twice_some_are_late_and_some_forget_to_leave():
    mine = [punch.at for punch in taps(BOOTCAMP) if punch.user_id == "2003"]
    assert any(later - earlier < timedelta(minutes=1) for earlier, later in pairwise(mine))
    days = {moment.date() for moment in mine if moment.date() < NOW.date()}
    left = {moment.date() for moment in mine if moment.hour >= 17}
    assert 0 < len(days - left) < len(days) / 2
    assert any(punch.at.hour == 9 and punch.at.minute > 20 for punch in taps(BOOTCAMP))


def test_an_unknown_person_and_an_impossible_date_are_among_them():
    strangers = {punch.user_id for punch in taps(ACE_TRACK)} - {person.terminal_id for person in at(ACE_TRACK)}
    assert strangers == {punches.UNKNOWN_ID}
    assert len([punch for punch in punches.log(BOOTCAMP, START, NOW) if punch.at is None]) == 1


def test_a_visitor_arrives_at_one_office_and_leaves_from_the_other():
    wednesday = date(2026, 11, 11)
    places = {
        office: [punch.at for punch in taps(office) if punch.user_id == "1002" and punch.at.date() == wednesday]
        for office in (ACE_TRACK, BOOTCAMP)
    }
    assert places[ACE_TRACK]
    assert places[BOOTCAMP]
    assert max(places[ACE_TRACK]) < min(places[BOOTCAMP])


@pytest.mark.parametrize("make", MAKES, ids=lambda make: make.office)
def test_a_terminal_that_catches_up_holds_what_a_new_one_would(make):
    def terminal(now):
        return Terminal(profile=make.profile, users=users(make), punches=punches.log(make.office, START, now))

    begun = NOW - timedelta(hours=30)
    running = Running(make=make, terminal=terminal(begun), host="", port=0, upto=begun)
    touched = running.catch_up(START, NOW)
    assert running.terminal.log_bytes() == terminal(NOW).log_bytes()
    assert touched > 10
    assert running.catch_up(START, NOW) == 0
