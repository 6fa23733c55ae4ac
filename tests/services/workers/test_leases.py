"""One session at a time reaches a terminal, and a dead worker does not keep it."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from attendance_devices.exceptions import DeviceTaken
from attendance_devices.models import Device
from attendance_devices.services.workers.leases import leased, machine_name

MINUTE = timedelta(minutes=1)


@pytest.fixture
def gate() -> Device:
    return Device.objects.create(name="Gate 1", address="127.0.0.1")


@pytest.mark.django_db
def test_a_second_holder_is_refused_and_told_until_when(gate: Device) -> None:
    with (
        leased(gate.pk, MINUTE),
        pytest.raises(DeviceTaken, match="Gate 1: another process reads it"),
        leased(gate.pk, MINUTE),
    ):
        pass


@pytest.mark.django_db
def test_the_lease_is_given_back_also_after_an_error(gate: Device) -> None:
    with pytest.raises(ZeroDivisionError), leased(gate.pk, MINUTE):
        _ = 1 / 0
    with leased(gate.pk, MINUTE):
        assert Device.objects.get().lease_holder
    assert Device.objects.get().lease_until is None


@pytest.mark.django_db
def test_a_lease_that_is_kept_runs_from_then_on_and_tells_of_the_device(gate: Device) -> None:
    seen = datetime(2026, 1, 5, tzinfo=UTC)
    with leased(gate.pk, MINUTE) as lease:
        lease.keep(30 * MINUTE, last_seen=seen, failures=0)
        stored = Device.objects.get()

        assert stored.lease_until is not None
        assert stored.lease_until - datetime.now(UTC) > 20 * MINUTE
        assert (stored.last_seen, lease.device.last_seen) == (seen, seen)


@pytest.mark.django_db
def test_a_lease_that_somebody_else_has_meanwhile_is_not_kept_and_not_taken_from_them(gate: Device) -> None:
    def kept() -> None:
        with leased(gate.pk, MINUTE) as lease:
            hold(gate, "elsewhere/pid:1:x")
            lease.keep(MINUTE, failures=7)

    with pytest.raises(DeviceTaken, match="since its lease ran out"):
        kept()
    assert (Device.objects.get().lease_holder, Device.objects.get().failures) == ("elsewhere/pid:1:x", 0)


@pytest.mark.django_db
def test_a_lease_that_ran_out_is_free(gate: Device) -> None:
    hold(gate, "elsewhere/pid:1:x", until=datetime.now(UTC) - MINUTE)
    with leased(gate.pk, MINUTE):
        pass


@pytest.mark.django_db
def test_a_lease_of_a_dead_process_of_this_machine_is_free(gate: Device) -> None:
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    hold(gate, f"{machine_name()}:{dead.stdout.strip()}:x")
    with leased(gate.pk, MINUTE):
        pass


@pytest.mark.django_db
@pytest.mark.parametrize(
    "holder",
    [
        pytest.param(f"{machine_name()}:{os.getpid()}:x", id="a living process of this machine"),
        pytest.param(f"{machine_name()}:1:x", id="a process of another user"),
        pytest.param("another/pid:[1]:999999:x", id="a process of another machine, whatever its number"),
        pytest.param("not what we write", id="a holder that cannot be read"),
    ],
)
def test_a_lease_that_may_be_held_is_respected(gate: Device, holder: str) -> None:
    hold(gate, holder)
    with pytest.raises(DeviceTaken), leased(gate.pk, MINUTE):
        pass


def hold(gate: Device, holder: str, until: datetime | None = None) -> None:
    Device.objects.filter(pk=gate.pk).update(lease_holder=holder, lease_until=until or datetime.now(UTC) + MINUTE)
