"""A terminal is restarted, whether it answers or not, and the next poll finds it again."""

from datetime import timedelta
from typing import Any

import pytest

from attendance_devices.drivers.zkteco import writing
from attendance_devices.exceptions import DeviceError, DeviceTaken, Unsupported, WriteForbidden, WriteRejected
from attendance_devices.services.collection.collect import collect
from attendance_devices.services.device_actions.restart import restart
from attendance_devices.services.workers.leases import leased
from attendance_devices.simulators.zkteco import Faults, Profile
from tests.builders.crm import nothing_is_written, terminal
from tests.builders.terminal_writes import RESTART, only_read, orders, stored, trail, writer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "RESTART_SECONDS", 0.2)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize(
    ("silent", "faults", "answered"),
    [(False, Faults(), True), (True, Faults(), False), (True, Faults(cut_after=frozenset({RESTART})), False)],
    ids=["it answers", "it says nothing", "it hangs up"],
)
def test_it_is_restarted_and_found_again(silent: bool, faults: Faults, answered: bool, transport: str) -> None:
    machine = terminal(profile=Profile(silent_restart=silent))
    with stored(machine, transport=transport) as (machine, gate):
        machine.faults = faults
        result = restart(gate.pk)
        assert (result.answered, machine.restarts) == (answered, 1)
        assert result.words.startswith("Gate 1 was told to restart and ")
        assert orders(machine) == ["restart"]
        assert trail() == [("restart", "begun"), ("restart", "done")]
        assert collect(gate.pk).ok


def test_the_dry_run_sees_whether_it_answers_and_writes_nothing() -> None:
    with stored() as (machine, gate):
        with nothing_is_written():
            plan = restart(gate.pk, dry_run=True)
        assert plan.words == "Gate 1 would be restarted; nobody can punch there for about a minute"
        assert only_read(machine) and machine.restarts == 0
        machine.stop()
        with pytest.raises(DeviceError, match="nothing listens"):
            restart(gate.pk, dry_run=True)


@pytest.mark.parametrize(
    ("fault", "error"), [("deny", WriteRejected), ("refuse", Unsupported)], ids=["it refuses", "it cannot"]
)
def test_a_no_is_told(fault: str, error: type[DeviceError]) -> None:
    with stored() as (machine, gate):
        machine.faults = Faults(**{fault: frozenset({RESTART})})  # type: ignore[arg-type]
        with pytest.raises(error):
            restart(gate.pk)
        assert machine.restarts == 0
    assert trail() == [("restart", "begun"), ("restart", "failed")]


@pytest.mark.parametrize("dry_run", [True, False], ids=["rehearsed", "in earnest"])
def test_it_takes_the_right_and_the_lease(dry_run: bool, django_user_model: Any) -> None:
    with stored() as (machine, gate):
        asked = len(machine.journal)
        with pytest.raises(WriteForbidden):
            restart(gate.pk, by=writer(allowed=False), dry_run=dry_run)
        with leased(gate.pk, timedelta(minutes=1)), pytest.raises(DeviceTaken):
            restart(gate.pk, dry_run=dry_run)
        assert len(machine.journal) == asked
