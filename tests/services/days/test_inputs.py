"""What a derive knows about people's days."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from attendance_devices.domain.shifts.rule import ShiftRule
from attendance_devices.hosts.base import Host
from attendance_devices.models import ESSLAttendanceLog, Shift, ShiftAssignment
from attendance_devices.services.days.inputs import read_day_inputs
from attendance_devices.services.punches.coverage import Newcomer, Unsaved
from tests.builders.crm import MONDAY, ZONE, at, device, employee, host, mapped, punched, setting

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + timedelta(days=1)


class OwnShifts(Host):
    """A CRM with shifts of its own on Mondays."""

    def shift_rules(self, employees: Any, days: Any) -> Any:
        return {(key, MONDAY): ShiftRule(name="theirs", start=time(10), end=time(18)) for key in employees}


def assigned(user: Any, name: str, start: date, until: date | None = None) -> None:
    shift, _ = Shift.objects.get_or_create(name=name, defaults={"start": time(9), "end": time(17)})
    ShiftAssignment.objects.create(shift=shift, user=user, date_from=start, date_until=until)


def rule_names(user: Any, *days: date) -> list[str]:
    facts = read_day_inputs({(user.pk, day) for day in days})
    return [facts.three_days(user.pk, day).on.name for day in days]


def test_an_assignment_holds_from_its_first_to_its_last_day() -> None:
    asha = employee("7")
    assigned(asha, "short", MONDAY, TUESDAY)
    assigned(asha, "long", MONDAY + timedelta(days=3))

    week = [MONDAY + timedelta(days=number) for number in range(-1, 5)]
    assert rule_names(asha, *week) == ["", "short", "short", "", "long", "long"]


def test_the_crms_own_shift_wins_over_ours(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(HOST=host(OwnShifts))
    asha = employee("7")
    assigned(asha, "ours", MONDAY - timedelta(days=7))

    assert rule_names(asha, MONDAY, TUESDAY) == ["theirs", "ours"]


def test_without_a_shift_the_setting_says_the_hours(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(WORK_START_TIME="09:00", WORK_END_TIME="17:00")

    assert rule_names(employee("7"), MONDAY) == ["default"]


def test_the_zone_of_a_day_is_that_of_its_first_punch_else_of_the_nearest_else_of_the_westernmost_terminal() -> None:
    east, west, asha = device("East", timezone="Asia/Karachi"), device("West", timezone="Europe/Dublin"), employee("7")
    mapped(east, "7", asha)
    mapped(west, "7", asha)
    punched(west, ("7", at("17:00")))
    punched(east, ("7", at("09:00")))

    facts = read_day_inputs({(asha.pk, MONDAY)})

    assert str(facts.zone(asha.pk, MONDAY)) == "Asia/Karachi"
    assert str(facts.zone(asha.pk, TUESDAY)) == "Europe/Dublin"
    assert str(facts.zone(asha.pk, MONDAY - timedelta(days=1))) == "Asia/Karachi"
    assert str(facts.zone(asha.pk, MONDAY + timedelta(days=20))) == "Europe/Dublin"
    assert facts.zone(employee("8").pk, MONDAY) == ZONE
    assert facts.travels(asha.pk, MONDAY)


def test_only_the_punches_of_these_people_and_days_are_kept() -> None:
    gate, asha, bilal = device(), employee("7"), employee("8")
    mapped(gate, "7", asha)
    mapped(gate, "8", bilal)
    far = MONDAY + timedelta(days=30)
    punched(gate, ("7", at("09:00")), ("8", at("09:00")), ("7", at("09:00", far)))

    facts = read_day_inputs({(asha.pk, MONDAY)})

    assert list(facts.punches) == [asha.pk]
    assert [punch.shown_on for punch in facts.shown(asha.pk, MONDAY)] == [MONDAY]
    assert facts.shown(bilal.pk, MONDAY) == facts.shown(asha.pk, far) == []


def test_punches_that_are_not_stored_count_for_those_who_are_not_there_yet() -> None:
    gate = device()
    new = Newcomer("asha (new)")
    when = datetime(2024, 1, 8, 9, tzinfo=ZONE)
    log = ESSLAttendanceLog(device=gate, biometric_id="7", device_time=at("09:00"), punch_time=when)
    log.user_id = new

    facts = read_day_inputs({(new, MONDAY)}, Unsaved(logs=[log]))

    assert [tap.at for tap in facts.taps(new, MONDAY)] == [when]
