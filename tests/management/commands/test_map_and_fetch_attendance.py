"""``map_and_fetch_attendance`` as a person runs it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from attendance_devices.management.output.text import OutputNames, counted
from attendance_devices.models import DeviceUser, ESSLAttendanceLog
from attendance_devices.simulators.zkteco import Faults, Terminal
from tests.builders.crm import (
    HAS_PROFILES,
    MONDAY,
    READING,
    ZONE,
    at,
    crm_rows,
    days,
    edit,
    employee,
    host,
    nothing_is_written,
    on_the_wall,
    people,
    setting,
    taps,
    terminal,
    unplugged,
)
from tests.builders.failing_hosts import CannotMap, ClosedMonday

COMMAND = "map_and_fetch_attendance"
ALWAYS = "--days=100000"
CAME, WENT = ("came", "went") if HAS_PROFILES else ("check_in_time", "check_out_time")
db = pytest.mark.django_db


def ran(*options: str) -> str:
    out = StringIO()
    call_command(COMMAND, *options, stdout=out)
    return out.getvalue()


def failed(*options: str) -> tuple[int, str, str]:
    """Exit code, message and what was printed before it."""
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command(COMMAND, *options, stdout=out)
    return caught.value.returncode, str(caught.value), out.getvalue()


def machine() -> Terminal:
    return terminal(people(("7", "Asha Nair"), ("8", "Bilal")), taps(("7", at("09:04:12")), ("8", at("10:00"))))


@db
def test_a_run_says_what_it_did_in_plain_lines() -> None:
    employee("7", "Asha Nair")
    with on_the_wall(machine()):
        said = ran(ALWAYS)

    assert said.splitlines() == [
        "Gate: read",
        "Gate: 2 new punches, 0 known, 0 quarantined",
        "People: 1 mapped, 0 accounts created, 0 conflicts, 1 known to nobody",
        "Days: 1 new, 0 changed, 0 unchanged, 0 removed",
        "CRM rows: 1 created, 0 changed, 0 right already, 0 kept, 0 locked, 0 failed",
    ]


@db
def test_a_dry_run_says_who_and_when_as_the_clock_on_the_wall_shows_it_and_writes_nothing() -> None:
    asha = employee("7", "Asha Nair", username="asha")
    wall = machine()
    with on_the_wall(wall), nothing_is_written():
        said = ran(ALWAYS, "--dry-run", "--create-users")

    assert "Dry run: nothing was written, neither here nor to a terminal." in said
    assert "Gate: 2 new punches would be stored, 0 known, 0 would be quarantined" in said
    assert "Gate, user 7 Asha Nair: would be mapped to Asha Nair (asha) by " in said
    assert "Gate, user 8 Bilal: an account would be created\n    " in said
    assert "password='unusable'" in said
    assert "People: 1 would be mapped, 1 account would be created, 0 conflicts, 0 known to nobody" in said
    assert "CRM rows: 2 would be created" in said
    assert re.search(rf"2024-01-08 Asha Nair \(asha\): create .*{CAME} 09:04:12", said)
    assert re.search(rf"2024-01-08 8 \(new\): create {CAME} 10:00:00", said)
    assert "+00:00" not in said
    assert not asha.last_login
    assert {command for command, _ in wall.journal} <= READING


@db
def test_a_dry_run_shows_old_and_new_and_what_a_person_keeps() -> None:
    asha, bilal = employee("7", username="asha"), employee("8", username="bilal")
    wall = machine()
    with on_the_wall(wall):
        ran(ALWAYS)
        edit(bilal, went="16:00")
        wall.punch("7", at("17:30"))
        wall.punch("8", at("18:00"))
        said = ran(ALWAYS, "--dry-run")

    assert "CRM rows: 1 would be changed, 1 kept, not ours to change" in said
    assert f"2024-01-08 asha: change {WENT} - -> 17:30:00" in said
    assert "2024-01-08 bilal: kept (edited by a person: " in said
    assert asha.pk != bilal.pk


@db
def test_long_lists_are_cut_and_verbosity_shows_all() -> None:
    punches = taps(*[("7", at("09:00", day)) for day in days(30)])
    employee("7", username="asha")
    with on_the_wall(terminal(people(("7", "Asha")), punches)):
        short, full = ran(ALWAYS, "--dry-run"), ran(ALWAYS, "--dry-run", "-v", "2")

    assert "  (+10 more; -v 2 shows all)" in short
    assert short.count("asha: create") == 20
    assert full.count("asha: create") == 30
    assert "more; -v 2" not in full


@db
def test_json_is_complete_and_one_document() -> None:
    employee("7", username="asha")
    with on_the_wall(machine()):
        planned = json.loads(ran(ALWAYS, "--dry-run", "--format", "json"))
        done = json.loads(ran(ALWAYS, "--format", "json"))

    assert (planned["dry_run"], done["dry_run"]) == (True, False)
    assert [step["action"] for step in planned["people"]] == ["map", "unknown"]
    (row,) = planned["rows"]
    assert (row["date"], row["action"]) == ("2024-01-08", "create")
    assert CAME in {change["name"] for change in row["changes"]}
    assert (done["devices"][0]["new"], done["people"]["mapped"], done["rows"]["created"]) == (2, 1, 1)
    assert [step["action"] for step in done["people"]["steps"]] == ["map", "unknown"]
    assert planned["failures"] == done["failures"] == []


@db
@pytest.mark.parametrize("dry", [False, True])
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_failing_device_is_code_1_and_is_never_called_read(dry: bool, form: str) -> None:
    employee("7", username="asha")
    with on_the_wall(machine(), "Alive"):
        unplugged()
        code, message, said = failed(ALWAYS, "--format", form, *(["--dry-run"] if dry else []))

    assert code == 1
    assert message.startswith("1 thing would fail" if dry else "1 thing failed; the rest is done.")
    assert ("See 'failures'" in message) == (form == "json")
    assert "Check the port" in said
    assert "Dead: read" not in said
    assert len(crm_rows()) == (0 if dry else 1)
    if form == "json":
        assert len(json.loads(said)["failures"]) == 1


@db
def test_a_cable_pulled_in_the_middle_is_told_with_what_was_stored() -> None:
    wall = terminal(people(("7", "Asha")), taps(*[("7", at("09:00", day)) for day in days(400)]))
    wall.faults = Faults(close_after_bytes=6000)
    with on_the_wall(wall):
        code, _, said = failed(ALWAYS)

    assert code == 1
    assert "Gate: FAILED" in said
    assert "Poll again" in said


@db
def test_a_stage_of_the_crm_that_breaks_is_code_1(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(HOST=host(CannotMap))
    with on_the_wall(machine()):
        code, message, said = failed(ALWAYS)

    assert (code, message) == (1, "1 thing failed; the rest is done. See above for each.")
    assert "mapping: unexpected ConnectionError: the LDAP server is gone" in said
    assert "Gate: 2 new punches" in said


@db
def test_conflicts_and_errors_are_shown_in_a_run(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(NEW_USER={"first_name": "{nope}"})
    employee("7")
    employee("7")
    with on_the_wall(machine()):
        code, _, said = failed(ALWAYS, "--create-users")

    assert code == 1
    assert "  Gate, user 7 Asha Nair: conflict: 2 employees have" in said
    assert "Gate, user 8: ATTENDANCE_DEVICES['NEW_USER']" in said


@db
def test_accounts_are_created_by_the_option_or_the_setting_and_not_otherwise(settings: Any) -> None:
    with on_the_wall(machine()):
        ran(ALWAYS)
        assert get_user_model().objects.count() == 0
        settings.ATTENDANCE_DEVICES = setting(CREATE_USERS=True)
        said = ran(ALWAYS)

    assert "2 accounts created" in said
    assert len(crm_rows()) == 2


@db
def test_map_only_reads_no_punch_and_says_so() -> None:
    employee("7")
    with on_the_wall(machine()):
        planned, said = ran("--map-only", "--dry-run"), ran("--map-only")

    assert "Gate: 2 users listed; punches were not asked for" in said
    assert "CRM rows" not in said + planned
    assert "Days" not in said
    assert "1 would be mapped" in planned
    assert not ESSLAttendanceLog.objects.exists()


@db
def test_fetch_only_maps_nobody_and_does_not_mention_it() -> None:
    employee("7")
    with on_the_wall(machine()):
        said = ran("--fetch-only", ALWAYS)

    assert "Gate: 2 new punches" in said
    assert "People" not in said
    assert not DeviceUser.objects.filter(is_mapped=True).exists()


@db
def test_everything_is_stored_and_only_the_last_days_are_posted() -> None:
    employee("7")
    today = datetime.now(ZONE).date()
    punches = taps(*[("7", at("00:00", today - timedelta(days=back))) for back in range(20, -1, -1)])
    with on_the_wall(terminal(people(("7", "Asha")), punches)):
        ran()
        assert ESSLAttendanceLog.objects.count() == 21
        assert [row[1] for row in crm_rows()] == days(7, today - timedelta(days=6))
        ran("--days", "10")
        assert len(crm_rows()) == 10


@db
@pytest.mark.parametrize("number", ["0", "-3"])
def test_days_below_one_are_code_2(number: str) -> None:
    assert failed(f"--days={number}")[:2] == (2, f"--days {number} posts nothing; give 1 or more.")


@db
def test_days_beyond_every_calendar_are_all_days() -> None:
    employee("7")
    with on_the_wall(machine()):
        ran("--days", "999999999999")

    assert [row[1] for row in crm_rows()] == [MONDAY]


@db
def test_only_the_terminals_at_these_addresses_are_read() -> None:
    with on_the_wall(machine(), "North"), machine().serve("127.0.0.2") as (address, port):
        from attendance_devices.models import Device

        Device.objects.create(name="South", address=address, port=port)
        said = ran("--device-ip", "127.0.0.2", "--device-ip", " 127.0.0.2 ")

    assert said.count("South: read") == 1
    assert "North" not in said


@db
def test_an_address_nobody_knows_is_code_2_and_lists_those_that_are() -> None:
    unplugged()

    code, message, _ = failed("--device-ip", "10.9.9.9")

    assert code == 2
    assert re.fullmatch(r"No device '10\.9\.9\.9'\. Known: \d+ Dead \(127\.0\.0\.1\)\.", message)


@db
def test_the_address_of_a_device_that_is_switched_off_says_so() -> None:
    unplugged(is_active=False)

    assert failed("--device-ip", "127.0.0.1")[:2] == (
        2,
        "Device '127.0.0.1' is switched off. Make it active in the admin under Devices.",
    )


@db
def test_map_only_and_fetch_only_together_are_code_2() -> None:
    code, message, _ = failed("--map-only", "--fetch-only")

    assert (code, message) == (2, "--map-only and --fetch-only exclude each other; give one of them.")


@db
def test_garbage_in_the_settings_is_code_2_with_every_key_that_is_wrong(settings: Any) -> None:
    unplugged()
    settings.ATTENDANCE_DEVICES = setting(DAY_BOUNDARY="noon", CREATE_USERS="yes")

    code, message, _ = failed()

    assert code == 2
    assert "'DAY_BOUNDARY'" in message
    assert "'CREATE_USERS'" in message


@db
def test_a_locked_day_is_shown_with_its_reason(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(HOST=host(ClosedMonday))
    employee("7", username="asha")
    with on_the_wall(machine()):
        planned, said = ran(ALWAYS, "--dry-run"), ran(ALWAYS)

    assert "2024-01-08 asha: locked (payroll of January is closed)" in planned
    assert "1 locked" in said
    assert crm_rows() == []


class Screen(StringIO):
    """A terminal window."""

    def isatty(self) -> bool:
        return True


@db
def test_on_a_screen_a_bar_tells_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    out = Screen()
    with on_the_wall(machine()):
        call_command(COMMAND, stdout=out)

    assert "Gate: read" not in out.getvalue()
    assert "Gate: 2 new punches" in out.getvalue()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2024-01-08T04:04:12+00:00", "09:04:12"),
        ("2024-01-08T20:00:00+00:00", "2024-01-09 01:00:00"),
        ("Present", "Present"),
        ("a text of just that length", "a text of just that length"),
        ("2024-01-08T04:04:12.12345", "2024-01-08T04:04:12.12345"),
        ("x" * 25, "x" * 25),
    ],
)
def test_an_instant_is_shown_as_the_clock_of_its_wall_shows_it(text: str, shown: str) -> None:
    from zoneinfo import ZoneInfo

    words = OutputNames(zones={"Gate": ZoneInfo("Asia/Karachi")})

    assert words.value(text, device="Gate", day=MONDAY) == shown


def test_one_is_singular() -> None:
    assert [counted(number, noun) for number, noun in ((1, "punch"), (2, "punch"), (0, "row"), (1, "row"))] == [
        "1 punch",
        "2 punches",
        "0 rows",
        "1 row",
    ]


# The commands in processes of their own, on a database in a file.

SITE = """
import {base} as base
globals().update({{name: getattr(base, name) for name in dir(base) if name.isupper()}})
OPTIONS = {{"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"}}
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": {path!r}, "OPTIONS": OPTIONS}}}}
"""
FURNISH = """
import sys, django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from attendance_devices.models import Device
from tests.builders.crm import employee
employee("7", "Asha Nair", username="asha")
for name, port in zip(("Gate", "Yard"), sys.argv[1:]):
    Device.objects.create(name=name, address="127.0.0.1", port=int(port), timezone={zone!r})
"""
ROWS = """
import django; django.setup()
from attendance_devices.models import ESSLAttendanceLog, ProcessedAttendance
from tests.builders.crm import crm_rows
print(ESSLAttendanceLog.objects.count(), ProcessedAttendance.objects.count(), len(crm_rows()))
"""


class Site:
    """A project in a folder."""

    def __init__(self, folder: Path) -> None:
        base = project.SETTINGS_MODULE
        (folder / "site_settings.py").write_text(SITE.format(base=base, path=str(folder / "db.sqlite3")))
        path = os.pathsep.join([str(folder), str(Path(__file__).parents[3])])
        self.environment = {**os.environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "site_settings"}

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, *words],
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *words: str) -> tuple[int, str, str]:
        with self.start(*words) as process:
            out, err = process.communicate(timeout=60)
        return process.returncode, out, err


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Site, Terminal, Terminal]]:
    gate, yard = machine(), terminal(people(("7", "Asha Nair")), taps(("7", at("18:00"))))
    with gate.serve() as (_, port), yard.serve() as (_, other):
        made = Site(tmp_path)
        code, _, err = made.run("-c", FURNISH.format(zone=project.TIME_ZONE), str(port), str(other))
        assert (code, err) == (0, "")
        yield made, gate, yard


def test_each_command_in_a_process_of_its_own_has_its_exit_code(site: tuple[Site, Terminal, Terminal]) -> None:
    made, gate, yard = site

    code, said, err = made.run("-m", "django", "test_device", "--all")
    assert (code, said.count("FAIL"), err) == (0, 0, "")
    code, said, err = made.run("-m", "django", "poll_devices")
    assert (code, err) == (0, "")
    assert "Gate: 2 new punches" in said
    yard.stop()
    code, said, err = made.run("-m", "django", COMMAND, ALWAYS)
    assert (code, err) == (1, "CommandError: 1 thing failed; the rest is done. See above for each.\n")
    assert "Yard: FAILED" in said
    assert made.run("-c", ROWS)[1] == "3 1 1\n"
    code, said, err = made.run("-m", "django", COMMAND, "--device-ip", "10.0.0.1")
    assert (code, said) == (2, "")
    assert "Known: 1 Gate (127.0.0.1), 2 Yard (127.0.0.1)" in err
    assert gate.record_count == 2


def test_two_runs_at_once_write_every_row_once(site: tuple[Site, Terminal, Terminal]) -> None:
    made, _, _ = site
    words = ("-m", "django", COMMAND, ALWAYS, "--create-users")

    with made.start(*words) as one, made.start(*words) as other:
        said = [process.communicate(timeout=60) for process in (one, other)]

    for process, (out, err) in zip((one, other), said, strict=True):
        assert process.returncode in (0, 1), (out, err)
        assert "Traceback" not in err
        if process.returncode == 1:
            assert "another process" in out
    assert made.run(*words)[0] == 0
    assert made.run("-c", ROWS)[1] == "3 2 2\n"
