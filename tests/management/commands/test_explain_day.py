"""``explain_day`` as a person runs it."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from attendance_devices.domain.days.arithmetic import MINUS
from attendance_devices.models import DeviceUser, ESSLAttendanceLog, ProcessedAttendance
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.mapping.match import map_users
from attendance_devices.services.pipeline.run import run
from attendance_devices.services.posting.post import post
from tests.builders.crm import (
    HAS_PROFILES,
    MONDAY,
    ZONE,
    at,
    device,
    edit,
    employee,
    host,
    mapped,
    nothing_is_written,
    on_the_wall,
    people,
    punched,
    setting,
    taps,
    terminal,
)
from tests.builders.failing_hosts import CannotPost

pytestmark = pytest.mark.django_db
DAY = str(MONDAY)
CAME = "came" if HAS_PROFILES else "check_in_time"


def why(*options: str) -> str:
    out = StringIO()
    with nothing_is_written():
        call_command("explain_day", *options, stdout=out)
    return out.getvalue()


def refused(*options: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as caught, nothing_is_written():
        call_command("explain_day", *options)
    return caught.value.returncode, str(caught.value)


def a_monday() -> Any:
    """Asha, whose Monday a terminal told of and the CRM knows."""
    asha = employee("7", "Asha Nair", username="asha")
    clocks = ("08:58:12", "08:58:31", "13:00:00", "18:36:05")
    wall = terminal(people(("7", "Asha Nair")), taps(*[("7", at(clock)) for clock in clocks]))
    with on_the_wall(wall) as gate:
        run([gate], fetch=True, map_people=True, create=False, since=MONDAY)
    return asha


def test_it_tells_every_punch_every_number_the_mapping_and_the_crms_row(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(WORK_START_TIME="09:00", WORK_END_TIME="18:00")
    a_monday()
    posted = ProcessedAttendance.objects.get(date=MONDAY)

    said = why("asha", DAY).splitlines()

    assert said[:5] == [
        "Why? Asha Nair (asha), Monday 8 January 2024: present",
        "08:58:12  Gate  check-in: first punch in the window",
        "08:58:31  Gate  ignored: 19 s after the one before (double-tap window 60 s)",
        "13:00:00  Gate  within: inside the day (rule: first in / last out)",
        "18:36:05  Gate  check-out: last punch in the window",
    ]
    assert f"Window: 01:30:00 to 2024-01-09 01:30:00 ({ZONE})" in said
    assert any(line.startswith("Shift: default 09:00 to 18:00 (no shift is assigned, so the hours") for line in said)
    assert f"Worked: 9 h 37 min 53 s = 18:36:05 {MINUS} 08:58:12" in said
    assert f"Overtime: 36 min 5 s = 18:36:05 {MINUS} 18:00:00" in said
    assert "Late: 0 s: 08:58:12 is not after the start 09:00:00" in said
    assert any(line.startswith(f"CRM row: {posted.host_label} {posted.host_pk} written 2") for line in said)
    assert "CRM now: unchanged since" in said
    assert f"  {CAME} 08:58:12" in said
    assert any(line.startswith("Mapped: Gate, user 7, by ") and line.endswith("'7'") for line in said)


def test_a_person_is_found_by_the_id_on_the_terminals_and_by_key() -> None:
    asha = a_monday()

    assert why("7", DAY) == why(str(asha.pk), DAY) == why("asha", DAY)


def test_an_edit_in_the_crm_is_told_as_it_stands_now() -> None:
    edit(a_monday(), went="16:00")

    said = why("asha", DAY)

    assert "CRM now: kept: edited by a person: " in said
    assert "  16:00:00" in said or " 16:00:00\n" in said


def test_what_waits_and_what_is_under_review_is_told() -> None:
    asha = a_monday()
    gate = DeviceUser.objects.get().device
    punched(gate, ("7", at("12:00")))
    ESSLAttendanceLog.objects.filter(device_time=at("13:00")).update(review="future")

    said = why("asha", DAY)

    assert "13:00:00  Gate  ignored: waits for a person to look at it: future" in said
    assert "Waiting: something touched this day since it was derived; process_attendance brings" in said
    assert asha.username == "asha"


def test_a_day_without_punches_says_what_there_is_not() -> None:
    employee("7", username="asha")

    said = why("asha", DAY)

    assert said.startswith("Why? asha, Monday 8 January 2024: no punch counts\nNo punch of this person is stored")
    assert "CRM row: none, because no row of this day is stored" in said
    assert "Mapped: no terminal knows this person; map_and_fetch_attendance --dry-run says why" in said


def test_the_day_is_told_in_the_zone_of_the_terminal_and_a_mapping_by_hand_is_named() -> None:
    gate, asha = device(timezone="Asia/Kathmandu"), employee("7", username="asha")
    person = mapped(gate, "7", asha)
    DeviceUser.objects.filter(pk=person.pk).update(mapped_by="person")
    punched(gate, ("7", at("09:00")))
    derive_pending()

    said = why("asha", DAY)

    assert "09:00:00  Gate  check-in: " in said
    assert "missing check out" in said
    assert "(Asia/Kathmandu)" in said
    assert "posting: new\nCRM now: not there yet; the next post makes it" in said
    assert "Mapped: Gate, user 7, by a person" in said


def test_without_a_table_it_says_so_and_a_crm_that_breaks_does_not_stop_the_answer(settings: Any) -> None:
    a_monday()
    settings.ATTENDANCE_DEVICES = setting(HOST=host(CannotPost))
    assert "the CRM's row: unexpected LookupError: no such column" in why("asha", DAY)
    settings.ATTENDANCE_DEVICES = {}
    assert "CRM now: it takes no rows (ATTENDANCE_MODEL is not set)" in why("asha", DAY)


def test_json_holds_the_same() -> None:
    asha = a_monday()

    found = json.loads(why("asha", DAY, "--format", "json"))

    assert (found["employee"], found["date"], found["status"]) == (str(asha.pk), DAY, "present")
    assert [punch["role"] for punch in found["punches"]] == ["check_in", "double_tap", "within", "check_out"]
    assert found["figures"]["worked"]["seconds"] == timedelta(hours=9, minutes=37, seconds=53).total_seconds()
    assert found["check_in"].startswith(f"{DAY}T08:58:12")
    assert found["shift"]["by"] == "calendar"
    assert found["crm"]["action"] == "unchanged"
    assert found["mapped"][0]["id"] == "7"
    assert found["errors"] == []
    empty = json.loads(why("asha", str(MONDAY + timedelta(days=9)), "--format", "json"))
    assert (empty["status"], empty["check_in"], empty["crm"]) == (None, None, {"row": ""})


def test_somebody_unknown_is_code_2_and_says_what_to_do() -> None:
    DeviceUser.objects.create(device=device(), device_user_id="88")

    code, message = refused("zoe", DAY)
    assert code == 2
    assert message.startswith("No employee 'zoe': it is no user name, no key (")
    assert message.endswith("Check the spelling.")
    assert "Gate lists the id '88' for nobody yet: run map_and_fetch_attendance first." in refused("88", DAY)[1]


def test_two_with_one_key_are_code_2_and_both_are_named() -> None:
    employee("7", username="asha")
    employee("7", username="bilal")

    code, message = refused("7", DAY)

    assert code == 2
    assert "asha" in message and "bilal" in message
    assert message.endswith("Give the user name of the one you mean.")


@pytest.mark.parametrize("text", ["yesterday", "2024-13-01", "08/01/2024", "", "0001-01-01", "9999-12-31"])
def test_a_date_that_is_none_is_code_2(text: str) -> None:
    employee("7", username="asha")

    code, message = refused("asha", text)

    assert code == 2
    assert "2026-01-31" in message


def test_settings_that_are_wrong_are_code_2(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = {"HOSTT": ""}

    assert refused("asha", DAY)[0] == 2


def test_mapping_by_the_run_is_what_is_told() -> None:
    gate = device()
    asha = employee("7", username="asha")
    punched(gate, ("7", at("09:00")), ("7", at("17:00")))
    map_users([gate], create=False)
    derive_pending()
    post(since=MONDAY)

    assert f"user 7, by {DeviceUser.objects.get().mapped_reason}" in why(str(asha.pk), DAY)
