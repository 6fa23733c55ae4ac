"""``set_device_clock``, ``clear_device_log`` and ``restart_device`` as a person runs them."""

import io
import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from attendance_devices.models import AuditEntry, ESSLAttendanceLog
from attendance_devices.simulators.zkteco import Profile
from tests.builders.crm import nothing_is_written, terminal, unplugged
from tests.builders.terminal_writes import only_read, orders, stored, writer

pytestmark = pytest.mark.django_db
NAMED = ("--device", "Gate 1")


def said(command: str, *options: str) -> str:
    out = StringIO()
    call_command(command, *options, stdout=out)
    return out.getvalue()


def refused(command: str, *options: str) -> tuple[int, str, str]:
    """Exit code, message and what was printed before it."""
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command(command, *options, stdout=out)
    return caught.value.returncode, str(caught.value), out.getvalue()


def answers(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """A person sits there and types this."""
    typed = io.StringIO(f"{word}\n")
    typed.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stdin", typed)


def test_a_clock_is_set() -> None:
    with stored() as (machine, _):
        machine.now += timedelta(hours=3)
        told = said("set_device_clock", *NAMED)
    assert told.startswith("The clock of Gate 1 showed ")
    assert "was set to" in told and "h " in told and " back), and is " in told


def test_all_clocks_are_set_and_a_dead_terminal_is_code_1() -> None:
    with stored() as (machine, _):
        machine.now += timedelta(hours=3)
        unplugged()
        code, message, told = refused("set_device_clock", "--all")
    assert (code, message) == (1, "Dead: not done. See above.")
    assert "The clock of Gate 1 showed" in told
    assert "nothing listens" in told
    assert orders(machine) == ["set time"]


@pytest.mark.parametrize("command", ["set_device_clock", "clear_device_log", "restart_device"])
def test_a_dry_run_writes_nothing_and_says_so(command: str) -> None:
    with stored() as (machine, _):
        machine.now += timedelta(hours=3)
        with nothing_is_written():
            told = said(command, *NAMED, "--dry-run")
        assert only_read(machine)
    assert "would be" in told
    assert told.endswith("This was a dry run: nothing was written.\n")


def test_a_log_is_cleared_by_whoever_may() -> None:
    with stored() as (machine, _):
        writer()
        assert said("clear_device_log", *NAMED, "--yes", "--by", "clerk") == (
            "Gate 1: 6 records, all stored, were cleared.\n"
        )
        assert machine.record_count == 0
    assert set(AuditEntry.objects.values_list("by_name", flat=True)) == {"clerk"}


def test_a_refusal_is_code_1_with_the_reason() -> None:
    with stored() as (machine, _):
        ESSLAttendanceLog.objects.all().delete()
        code, message, told = refused("clear_device_log", *NAMED, "--yes")
        assert (code, message) == (1, "Gate 1: not done. See above.")
        assert "refused: 6 records are not stored: 7 at" in told
        assert machine.record_count == 6


def test_without_the_right_it_is_code_1() -> None:
    with stored() as (machine, _):
        writer(allowed=False)
        code, _, told = refused("restart_device", *NAMED, "--yes", "--by", "clerk")
        assert code == 1
        assert "clerk may not write to terminals" in told
        assert machine.restarts == 0


@pytest.mark.parametrize("command", ["clear_device_log", "restart_device"])
def test_where_nobody_can_be_asked_a_yes_is_needed(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with stored() as (machine, _):
        asked = len(machine.journal)
        code, message, _ = refused(command, *NAMED)
        assert code == 2
        assert "add --yes" in message
        assert len(machine.journal) == asked


def test_a_person_sees_the_plan_and_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with stored() as (machine, _):
        answers(monkeypatch, "n")
        code, message, told = refused("clear_device_log", *NAMED)
        assert (code, message) == (1, "Nothing was done.")
        assert "6 records, all stored, would be cleared" in told
        assert only_read(machine)
        answers(monkeypatch, "y")
        assert said("clear_device_log", *NAMED).endswith("Gate 1: 6 records, all stored, were cleared.\n")
        assert machine.record_count == 0


def test_a_plan_that_is_refused_is_not_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, "y")
    with stored() as (machine, _):
        ESSLAttendanceLog.objects.all().delete()
        assert refused("clear_device_log", *NAMED)[0] == 1
        assert only_read(machine)


def test_machines_get_a_document() -> None:
    with stored(terminal(profile=Profile(silent_restart=False))) as (machine, _):
        machine.now += timedelta(seconds=9000)
        (clock,) = json.loads(said("set_device_clock", *NAMED, "--format", "json"))["devices"]
        document = json.loads(said("restart_device", *NAMED, "--yes", "--format", "json"))
    assert clock["ok"] and abs(clock["left"]) <= 5
    assert document["dry_run"] is False
    assert document["devices"][0] == {
        "device": "Gate 1",
        "ok": True,
        "words": "Gate 1 was told to restart and took the order; it is back in about a minute.",
        "answered": True,
    }


@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        ("set_device_clock", (), "one of the arguments --device --all is required"),
        ("clear_device_log", ("--yes",), "the following arguments are required: --device"),
        ("restart_device", ("--device", "Nowhere", "--yes"), "No device 'Nowhere'"),
        ("restart_device", ("--device", "Gate 1", "--yes", "--by", "nobody"), "No user 'nobody'"),
    ],
    ids=["no device for the clock", "no device for the log", "an unknown device", "an unknown user"],
)
def test_wrong_usage_is_refused(command: str, options: Any, said: str) -> None:
    with stored() as (machine, _):
        _, message, _ = refused(command, *options)
        assert said in message
        assert only_read(machine)
