"""``attendance_stats`` as a person runs it."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from attendance_devices.models import Device, DeviceUser, ProcessedAttendance
from attendance_devices.services.pipeline.run import run
from tests.builders.crm import (
    MONDAY,
    at,
    device,
    employee,
    nothing_is_written,
    on_the_wall,
    people,
    punched,
    taps,
    terminal,
    unplugged,
)

pytestmark = pytest.mark.django_db


def told(*options: str) -> str:
    out = StringIO()
    with nothing_is_written():
        call_command("attendance_stats", *options, stdout=out)
    return out.getvalue()


def a_company() -> Device:
    """One of two people is mapped; one terminal is dead."""
    employee("7")
    with on_the_wall(terminal(people(("7", ""), ("8", "")), taps(("7", at("09:00")), ("8", at("09:00"))))) as gate:
        run([gate, unplugged()], fetch=True, map_people=True, create=False, since=MONDAY)
    return gate


def test_it_says_how_it_stands_and_what_to_do_next() -> None:
    gate = a_company()
    DeviceUser.objects.create(device=gate, device_user_id="99", ignored=True)
    punched(gate, ("7", at("17:00")))
    Device.objects.filter(pk=gate.pk).update(clock_drift=timedelta(seconds=-75), record_count=4)
    ProcessedAttendance.objects.update(posting_state="failed")

    said = told().splitlines()

    assert said[:4] == [
        "People: 1 of 2 mapped (50.0 %), 1 ignored",
        "Logs: 3; 0 under review, 0 quarantined",
        "Days: 1 derived; 0 posted, 0 to be posted, 0 kept, 1 failed, 0 locked",
        "Pending: 1 day to be derived",
    ]
    assert said[4] == "Dead: last read never, device unknown, stored 0"
    assert said[5].startswith("  FAILED 1 in a row: ")
    assert said[6] == "  health warn: failed 1 in a row, never read"
    assert said[7].startswith("Gate: last read 2")
    assert said[7].endswith(", device 4, stored 3, 1 of people not mapped, clock 1 min 15 s behind")
    assert said[8] == "  1 record more than stored: punches since, or records it holds twice"
    assert said[9].startswith("  health warn: last heard ") and "; clock 1 min 15 s behind; 0 % full" in said[9]
    assert [line.split(":")[0] for line in said[10:]] == ["Not mapped", "Pending", "Failed"]


def test_all_well_needs_no_advice() -> None:
    device("Off", is_active=False, clock_drift=timedelta(0), last_sync=datetime.now(UTC))

    said = told().splitlines()

    assert said[-1].startswith("Off: last read 2")
    assert said[-1].endswith("device unknown, stored 0, clock right (switched off)")


def test_a_clock_that_runs_ahead_says_so() -> None:
    device("Fast", clock_drift=timedelta(hours=1))

    assert "clock 1 h ahead" in told()


def test_of_the_last_days_only() -> None:
    a_company()

    said = told("--days", "3")

    assert "Days since 2" in said
    assert ": 0 derived; 0 posted" in said
    assert "Gate: last read" in said and "stored 2" in said
    assert "Logs since 0001-01-01: 2;" in told("--days", "9999999")


def test_json_holds_the_same() -> None:
    gate = a_company()
    Device.objects.filter(pk=gate.pk).update(clock_drift=timedelta(seconds=5))

    found = json.loads(told("--format", "json"))

    assert found["people"] == {"total": 2, "mapped": 1, "mapped_percent": 50.0, "ignored": 0}
    assert found["logs"] == {"total": 2, "review": 0, "quarantined": 0}
    assert found["days"] == {"derived": 1, "posted": 1, "states": {"create": 1}, "pending": 0}
    dead, alive = found["devices"]
    assert (dead["failures"], dead["drift"], dead["records"]) == (1, None, None)
    assert (alive["records"], alive["stored"], alive["ahead"], alive["drift"]) == (2, 2, 0, 5.0)
    assert [(one["device"], one["level"]) for one in found["health"]] == [("Dead", "warn"), ("Gate", "ok")]
    assert found["health"][1]["coverage"] == 1.0


@pytest.mark.parametrize("days", ["0", "-3"])
def test_no_days_are_code_2(days: str, settings: Any) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("attendance_stats", f"--days={days}")

    assert caught.value.returncode == 2
    assert "give 1 or more" in str(caught.value)
