"""``process_attendance`` as a person runs it."""

import json
from datetime import date, time, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from attendance_devices.models import ESSLAttendanceLog, PendingDay, ProcessedAttendance, Shift, ShiftAssignment
from attendance_devices.services.collection.collect import collect
from attendance_devices.services.devices.local_time import today
from tests.builders.crm import (
    HAS_PROFILES,
    MONDAY,
    at,
    crm_rows,
    days,
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
from tests.builders.failing_hosts import FailsOnTuesday

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + timedelta(days=1)
DATES = (f"--start-date={MONDAY}", f"--end-date={TUESDAY}")
CAME = "came" if HAS_PROFILES else "check_in_time"


def ran(*options: str) -> str:
    out = StringIO()
    call_command("process_attendance", *options, stdout=out)
    return out.getvalue()


def refused(*options: str) -> tuple[int, str, str]:
    """Exit code, message and what was printed before it."""
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("process_attendance", *options, stdout=out)
    return caught.value.returncode, str(caught.value), out.getvalue()


def asha_works(*when: date, office: str = "North") -> Any:
    """Punches on a terminal, read and not derived."""
    asha = employee("7", "Asha Nair", username="asha")
    clocks = [("7", at(clock, day)) for day in when or (MONDAY, TUESDAY) for clock in ("09:04:12", "17:30")]
    with on_the_wall(terminal(people(("7", "Asha Nair")), taps(*clocks)), office=office) as gate:
        mapped(gate, "7", asha)
        collect(gate.pk)
    return asha


def test_it_derives_and_posts_and_says_so_in_plain_lines() -> None:
    asha_works()

    assert ran(*DATES).splitlines() == [
        "Days: 2 new, 0 changed, 0 unchanged, 0 removed",
        "CRM rows: 2 created, 0 changed, 0 right already, 0 kept, 0 locked, 0 failed",
    ]
    assert [row[2:] for row in crm_rows()] == [("09:04:12", "17:30:00")] * 2


def test_a_dry_run_shows_our_rows_and_the_crms_old_and_new_and_writes_nothing() -> None:
    asha = asha_works()
    with nothing_is_written():
        said = ran(*DATES, "--dry-run")
    assert said.startswith(
        "Dry run: nothing was written.\nDays: 2 would be new, 0 would be changed, 0 would be removed\n"
    )
    assert "2024-01-08 Asha Nair (asha): create check_in 09:04:12, check_out 17:30:00, worked 8:25:48" in said
    assert "CRM rows: 2 would be created" in said
    assert f"{CAME} 09:04:12" in said

    ran(*DATES)
    shift = Shift.objects.create(name="early", start=time(8), end=time(16))
    ShiftAssignment.objects.create(shift=shift, user=asha, date_from=MONDAY, date_until=MONDAY)
    ESSLAttendanceLog.objects.filter(device_time__gte=at("00:00", TUESDAY)).update(review="future")
    with nothing_is_written():
        said = ran(*DATES, "--dry-run", "--force")
    assert "Days: 0 would be new, 1 would be changed, 1 would be removed" in said
    assert "2024-01-08 Asha Nair (asha): change shift - -> early, late 0:00:00 -> 1:04:12" in said
    assert (
        "2024-01-09 Asha Nair (asha): remove (no punch counts any more; the CRM's row goes too, unless it was there "
        "before or a person edited it)" in said
    )


def test_the_last_seven_days_are_meant_unless_dates_are_given() -> None:
    asha_works(today() - timedelta(days=6), today() - timedelta(days=7))

    ran()

    assert [row[1] for row in crm_rows()] == [today() - timedelta(days=6)]
    assert PendingDay.objects.values("date").distinct().count() == 1


def test_with_only_a_last_day_the_six_before_it_are_meant_too() -> None:
    asha_works(*days(8))

    ran(f"--end-date={days(8)[-1]}")

    assert [row[1] for row in crm_rows()] == days(8)[1:]


def test_only_a_person_or_an_office() -> None:
    asha = asha_works()
    gate, bilal = device("South gate", office="South"), employee("8", username="bilal")
    mapped(gate, "8", bilal)
    punched(gate, ("8", at("09:00")))

    ran(*DATES, "--user", "8")
    assert {row[0] for row in crm_rows()} == {"bilal"}
    ran(*DATES, "--office", "North")
    assert {row[0] for row in crm_rows()} == {"bilal", asha.username}


def test_a_persons_edit_is_kept_whatever_is_forced() -> None:
    asha = asha_works(MONDAY)
    ran(*DATES)
    edit(asha, went="16:00")
    ESSLAttendanceLog.objects.filter(device_time=at("17:30")).update(review="future")

    said = ran(*DATES, "--force")

    assert "1 kept" in said
    assert crm_rows()[0][3] == "16:00:00"


def test_a_row_that_fails_is_code_1_and_is_posted_by_a_retry(settings: Any) -> None:
    asha_works()
    usual = settings.ATTENDANCE_DEVICES
    settings.ATTENDANCE_DEVICES = setting(HOST=host(FailsOnTuesday))

    code, message, said = refused(*DATES)

    assert (code, message) == (1, "1 thing failed; the rest is done. See above for each.")
    assert "the CRM refused it. Run check_host to see the row" in said
    assert len(crm_rows()) == 1
    settings.ATTENDANCE_DEVICES = usual
    assert "1 created" in ran(*DATES, "--retry-failed")
    assert len(crm_rows()) == 2


def test_json_holds_the_same() -> None:
    asha_works(MONDAY)
    with nothing_is_written():
        planned = json.loads(ran(*DATES, "--dry-run", "--format=json"))
    done = json.loads(ran(*DATES, "--format=json"))

    assert (planned["dry_run"], planned["failures"]) == (True, [])
    assert (planned["days"][0]["action"], planned["days"][0]["date"]) == ("create", "2024-01-08")
    assert planned["rows"][0]["action"] == "create"
    assert (done["dry_run"], done["days"]["created"], done["rows"]["created"]) == (False, 1, 1)
    assert ProcessedAttendance.objects.count() == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--start-date=2024-01-09", "--end-date=2024-01-08"), "exchange them"),
        (("--start-date=08.01.2024",), "write it as 2026-01-31"),
        (("--end-date=9999-12-31",), "write a date like"),
        (("--user=zoe",), "No employee 'zoe'"),
        (("--office=Mars",), "No terminal is in office 'Mars'. Known: North."),
        (("--force", "--retry-failed"), "give one of them"),
    ],
)
def test_wrong_usage_is_code_2_and_says_what_to_do(options: tuple[str, ...], says: str) -> None:
    device(office="North")

    code, message, said = refused(*options)

    assert (code, said) == (2, "")
    assert says in message


def test_a_dry_run_that_would_fail_is_code_1(settings: Any) -> None:
    asha = asha_works(MONDAY)
    settings.ATTENDANCE_DEVICES = setting(HOST="tests.builders.dry_run.RefusesRows")

    code, message, said = refused(*DATES, "--dry-run")

    assert (code, message) == (1, "1 thing would fail; the rest could be done. See above for each.")
    assert "the books are gone" in said
    assert asha.username in said
