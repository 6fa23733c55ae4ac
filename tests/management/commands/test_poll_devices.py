"""``poll_devices`` as a person runs it."""

import json
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from threading import Timer
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from attendance_devices.models import Device, ESSLAttendanceLog, ProcessedAttendance
from attendance_devices.simulators.zkteco import Profile, SimulatedPunch
from tests.builders.crm import at, days, employee, mapped, on_the_wall, people, taps, terminal, unplugged
from tests.builders.shared_database import PATIENCE

pytestmark = pytest.mark.django_db


def polled(*options: str) -> str:
    out = StringIO()
    call_command("poll_devices", *options, stdout=out)
    return out.getvalue()


def refused(*options: str) -> tuple[int, str, str]:
    """Exit code, message and what was printed before it."""
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("poll_devices", *options, stdout=out)
    return caught.value.returncode, str(caught.value), out.getvalue()


def machine(count: int = 3) -> Any:
    return terminal(people(("7", "Asha")), taps(*[("7", at("09:00", day)) for day in days(count)]))


def test_it_stores_what_is_new_and_derives_nothing() -> None:
    with on_the_wall(machine()) as gate:
        mapped(gate, "7", employee("7"))
        first, second = polled(), polled()

    assert first == "Gate: read\nGate: 3 new punches, 0 known, 0 quarantined\n"
    assert "Gate: 0 new punches" in second
    assert ESSLAttendanceLog.objects.count() == 3
    assert not ProcessedAttendance.objects.exists()


def test_a_failing_device_is_code_1_says_what_to_do_and_the_others_are_read() -> None:
    with on_the_wall(machine(1), "Alive"):
        unplugged()
        code, message, said = refused()

    assert (code, message) == (1, "Dead failed; the others are done. See above.")
    assert "Alive: 1 new punch, 0 known" in said
    assert "Dead: FAILED\n" in said
    assert "Check the port" in said
    assert "Dead: 0 new" not in said


@pytest.mark.parametrize("by", ["name", "pk"])
def test_only_the_devices_asked_for_are_read_inactive_ones_too(by: str) -> None:
    with on_the_wall(machine(), "North", is_active=False) as north, on_the_wall(machine(), "South"):
        said = polled("--device", str(getattr(north, by)), "--device", "North")

    assert said.count("North: read") == 1
    assert "South" not in said


def test_a_device_whose_name_is_a_number_is_meant_by_it() -> None:
    with on_the_wall(machine(), "North") as north, on_the_wall(machine(), str(north.pk)):
        said = polled("--device", str(north.pk))

    assert f"{north.pk}: 3 new punches" in said
    assert "North" not in said


@pytest.mark.parametrize("name", ["Nowhere", "99999", "9" * 40, "²", ""])
def test_a_device_that_is_not_there_is_code_2_and_lists_those_that_are(name: str) -> None:
    unplugged()

    code, message, _ = refused("--device", name)

    assert code == 2
    assert f"No device {name!r}. Known: " in message
    assert "Dead (127.0.0.1)" in message


def test_without_any_device_it_says_where_to_add_one() -> None:
    assert refused()[:2] == (2, "No active device. Add one in the admin under Devices.")


@pytest.mark.parametrize("bound", [("--since-hours", "48"), ("--since-days", "2"), ("--since-days", "1e300")])
def test_what_is_older_than_the_bound_is_stored_too_and_counted_apart(bound: tuple[str, str]) -> None:
    clock = machine()
    clock.punch("7", clock.now - timedelta(hours=1))
    with on_the_wall(clock):
        said = polled(*bound)

    assert ESSLAttendanceLog.objects.count() == 4
    assert ("3 of the new ones older than asked for" in said) == (bound[1] != "1e300")


@pytest.mark.parametrize("bound", ["0", "-1", "nan", "-inf"])
def test_a_bound_that_is_none_is_code_2(bound: str) -> None:
    unplugged()

    code, message, _ = refused(f"--since-hours={bound}")

    assert (code, message) == (2, "--since-hours and --since-days take a number above 0.")


def test_both_bounds_at_once_are_bad_usage() -> None:
    with pytest.raises(CommandError, match="not allowed with"):
        call_command("poll_devices", "--since-hours=1", "--since-days=1")


def test_json_is_one_document_with_every_count_even_when_a_device_fails() -> None:
    with on_the_wall(machine(1), "Alive"):
        unplugged()
        code, _, said = refused("--format", "json")

    alive, dead = json.loads(said)["devices"]
    assert code == 1
    assert (alive["device"], alive["new"], alive["ok"], alive["missing"]) == ("Alive", 1, True, 0)
    assert (dead["ok"], dead["retryable"]) == (False, True)
    assert "Check the port" in dead["error"]


def test_what_a_person_has_to_look_at_is_counted() -> None:
    bad = SimulatedPunch(user_id="7", raw_time=24 * 372 * 86_400 + (31 + 30) * 86_400)
    odd = terminal(people(("7", "Asha")), [*taps(("99", at("09:00")), ("7", at("09:00").replace(year=2099))), bad])
    with on_the_wall(odd):
        said = polled("-v", "0")

    assert "Gate: 2 new punches, 0 known, 1 quarantined, 1 to be looked at" in said
    assert "punched, but not in the terminal's list of people: 99" in said
    assert "Gate: read" not in said


@pytest.mark.parametrize(
    ("facts", "profile", "says"),
    [
        ({"comm_key": "1"}, Profile(comm_key=9), "Comm > PC connection"),
        ({"serial_number": "OTHER"}, Profile(), "clear the stored serial number"),
        ({}, Profile(encrypted=True), "encrypted SDK connection"),
        ({"timezone": "Mars/Base"}, Profile(), "Asia/Karachi"),
    ],
)
def test_each_mistake_says_its_next_step(facts: dict[str, str], profile: Profile, says: str) -> None:
    with on_the_wall(terminal(profile=profile), **facts):
        code, _, said = refused()

    assert code == 1
    assert says in said
    assert Device.objects.get().name in said


def test_garbage_in_the_settings_is_code_2(settings: Any) -> None:
    unplugged()
    settings.ATTENDANCE_DEVICES = {"SESSION_SECONDS": "soon", "COLOUR": "red"}

    code, message, _ = refused()

    assert code == 2
    assert "ATTENDANCE_DEVICES['SESSION_SECONDS'] cannot be 'soon'" in message
    assert "'COLOUR'" in message


# In a loop


class Heard(StringIO):
    """What the command says, told at once to whoever waits for it."""

    def __init__(self, hear: Callable[[str], None]) -> None:
        super().__init__()
        self._hear = hear

    def write(self, text: str) -> int:
        self._hear(text)
        return super().write(text)


def end(*ignored: str) -> None:
    """What a supervisor sends."""
    os.kill(os.getpid(), signal.SIGTERM)


def looped(hear: Callable[[str], None], hear_errors: Callable[[str], None]) -> tuple[str, str]:
    out, err = Heard(hear), Heard(hear_errors)
    guard = Timer(PATIENCE, end)
    guard.start()
    call_command("poll_devices", "--loop", "--every", "0.01", stdout=out, stderr=err, no_color=True)
    guard.cancel()
    return out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param(["--device", "Dead"], "--loop reads all devices", id="one device"),
        pytest.param(["--format", "json"], "--loop reads all devices", id="json, of which there is no end"),
        pytest.param(["--every", "0"], "--every above 0", id="no pause"),
        pytest.param(["--every=-5"], "--every above 0", id="a pause of less than nothing"),
        pytest.param(["--every", "nan"], "--every above 0", id="a pause that is no number"),
    ],
)
def test_a_loop_with_what_does_not_go_with_it_is_code_2(options: list[str], says: str) -> None:
    unplugged()

    code, message, said = refused("--loop", *options)

    assert (code, said) == (2, "")
    assert says in message


def test_a_pause_without_a_loop_is_code_2() -> None:
    assert refused("--every", "60")[:2] == (2, "--every is the pause of --loop; give both.")


@pytest.mark.parametrize("bound", ["--since-hours=1", "--since-days=1"])
def test_a_bound_and_a_loop_are_bad_usage(bound: str) -> None:
    with pytest.raises(CommandError, match="not allowed with"):
        call_command("poll_devices", "--loop", bound)


def test_garbage_in_the_settings_is_code_2_at_the_start_of_a_loop_too(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = {"SESSION_SECONDS": "soon"}

    assert refused("--loop")[0] == 2


def test_a_loop_that_is_told_to_end_says_what_it_read_and_ends_well() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with on_the_wall(machine()):
        said, wrong = looped(end, end)

    assert (said, wrong) == ("Gate: 3 new punches, 0 known, 0 quarantined\n", "")
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_turn_that_fails_ends_no_loop_and_says_what_to_do(settings: Any) -> None:
    good = settings.ATTENDANCE_DEVICES
    settings.ATTENDANCE_DEVICES = dict(good)
    turns: list[str] = []

    def break_it(text: str) -> None:
        settings.ATTENDANCE_DEVICES["SESSION_SECONDS"] = "soon"

    def mend_it_at_the_second(text: str) -> None:
        turns.append(text)
        if sum("this turn" in one for one in turns) == 2:
            settings.ATTENDANCE_DEVICES = good
            end()

    with on_the_wall(machine()):
        said, wrong = looped(break_it, mend_it_at_the_second)

    assert said.startswith("Gate: 3 new punches")
    assert "this turn: ATTENDANCE_DEVICES['SESSION_SECONDS'] cannot be 'soon'" in wrong
    assert "Correct it and run again" in wrong


def test_what_fails_besides_terminals_is_said(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = {**settings.ATTENDANCE_DEVICES, "HOST": "nowhere.Host"}
    employee("7")
    with on_the_wall(machine()):
        said, wrong = looped(lambda text: None, end)

    assert "Gate: 3 new punches" in said
    assert "nowhere" in wrong


def test_nobody_reads_along_and_the_terminals_are_read_all_the_same() -> None:
    def gone(text: str) -> None:
        end()
        raise BrokenPipeError

    with on_the_wall(machine()):
        looped(gone, end)

    assert ESSLAttendanceLog.objects.count() == 3
