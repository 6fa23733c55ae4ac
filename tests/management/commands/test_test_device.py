"""``test_device``: the doctor as a person calls it."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from attendance_devices.drivers.zkteco.driver import ZKTecoDriver
from attendance_devices.models import Device
from attendance_devices.simulators.zkteco import Profile
from tests.builders.crm import READING, at, nothing_is_written, on_the_wall, people, taps, terminal, unplugged
from tests.builders.web_server import web_server

pytestmark = pytest.mark.django_db


def looked(*options: str) -> tuple[int, str, str]:
    """Exit code, message and what was printed."""
    out = StringIO()
    try:
        with nothing_is_written():
            call_command("test_device", *options, stdout=out)
    except CommandError as error:
        return error.returncode, str(error), out.getvalue()
    return 0, "", out.getvalue()


def test_a_stored_device_that_is_well_is_code_0() -> None:
    machine = terminal(people(("7", "Asha Nair")), taps(("7", at("09:00"))))
    with on_the_wall(machine, serial_number="SIM0001") as gate:
        code, _, said = looked("--device-id", str(gate.pk))

    assert code == 0
    assert said.startswith(f"Gate ({gate.pk}):\n  ok   address: 127.0.0.1:")
    assert "ok   identity: SIM0001" in said
    assert "ok   people: 1 listed: 7 Asha Nair" in said
    assert "7 at 2024-01-08 09:00:00" in said
    assert "FAIL" not in said
    assert {command for command, _ in machine.journal} <= READING


def test_a_terminal_need_not_be_stored() -> None:
    with terminal(profile=Profile(comm_key=5)).serve() as (host, port):
        assert looked("--ip", host, "--port", str(port), "--comm-key", "5")[0] == 0
        assert looked("--ip", host, "--port", str(port), "--comm-key", "5", "--udp")[0] == 0
        code, message, said = looked("--ip", f" {host} ", "--port", str(port))

    assert (code, message) == (1, "1 thing to mend; see the arrows above.")
    assert "FAIL password: it refused the comm key" in said
    assert "       -> Enter the comm key" in said


def test_all_devices_are_looked_at_and_the_wrong_ones_counted() -> None:
    with on_the_wall(terminal(), "Alive"):
        unplugged("Dead")
        unplugged("Mars", timezone="Mars/Base")
        unplugged("Off", is_active=False)
        code, message, said = looked("--all")

    assert (code, message) == (1, "2 things to mend; see the arrows above.")
    assert "FAIL network: nothing listens" in said
    assert "FAIL stored settings: its time zone 'Mars/Base' is unknown" in said
    assert "Off" not in said


def test_a_device_is_meant_by_its_key_and_not_by_its_name() -> None:
    with on_the_wall(terminal(), "North") as north:
        unplugged(str(north.pk))
        code, _, said = looked("--device-id", str(north.pk))

    assert code == 0
    assert said.count("address:") == 1


def test_a_web_server_is_no_terminal(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = {"ANSWER_SECONDS": 0.5}
    with web_server() as (host, port):
        code, _, said = looked("--ip", host, "--port", str(port))

    assert code == 1
    assert "another service may answer there" in said


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--device-id", "999"), "No device '999'. Known: "),
        (("--all", "--port", "4370"), "go with --ip"),
        (("--all", "--udp"), "go with --ip"),
        (("--all", "--comm-key", "0"), "go with --ip"),
        (("--ip", "127.0.0.1", "--port", "0"), "from 1 to 65535"),
        (("--ip", "127.0.0.1", "--port", "65536"), "from 1 to 65535"),
        (("--ip", "127.0.0.1", "--comm-key", "-1"), "from 0 to 4294967295"),
    ],
)
def test_bad_usage_is_code_2(options: tuple[str, ...], says: str) -> None:
    unplugged()

    code, message, said = looked(*options)

    assert (code, said) == (2, "")
    assert says in message


def test_no_device_at_all_is_code_2() -> None:
    assert looked("--all")[:2] == (2, "No active device. Add one in the admin under Devices.")


def test_one_way_to_name_a_terminal_is_needed() -> None:
    with pytest.raises(CommandError, match="one of the arguments --ip --device-id --all is required"):
        call_command("test_device")


def test_a_secret_that_cannot_be_read_is_told() -> None:
    dead = unplugged(comm_key="abc")

    code, _, said = looked("--device-id", str(dead.pk))

    assert code == 1
    assert "FAIL stored settings: its stored comm key is not a number" in said
    assert "abc" not in said


def test_a_defect_of_a_driver_is_a_finding_and_the_next_device_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: Any, address: Any) -> Any:
        message = "a defect"
        raise RuntimeError(message)

    monkeypatch.setattr(ZKTecoDriver, "session", broken)
    unplugged("One")
    unplugged("Two")

    code, message, said = looked("--all")

    assert (code, message) == (1, "2 things to mend; see the arrows above.")
    assert said.count("unexpected RuntimeError: a defect. See the log") == 2
    assert Device.objects.count() == 2
