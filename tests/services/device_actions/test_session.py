"""What every write has in common, told for each of them."""

from collections.abc import Callable
from typing import Any

import pytest

from attendance_devices.drivers.zkteco.driver import ZKTecoDriver, ZKTecoSession
from attendance_devices.exceptions import AddressInvalid, DeviceTaken, Unsupported
from attendance_devices.models import Device
from attendance_devices.services.collection.collect import collect, collect_people
from attendance_devices.services.device_actions.clear_log import clear_log
from attendance_devices.services.device_actions.restart import restart
from attendance_devices.services.device_actions.set_clock import set_clock
from attendance_devices.simulators.zkteco import Profile
from tests.builders.crm import nothing_is_written, terminal
from tests.builders.terminal_writes import orders, stored, trail, writer

pytestmark = pytest.mark.django_db
Verb = Callable[..., Any]
EACH = pytest.mark.parametrize("verb", [set_clock, clear_log, restart], ids=lambda verb: verb.__name__)
EITHER_WAY = pytest.mark.parametrize("dry_run", [True, False], ids=["rehearsed", "in earnest"])


@EACH
@EITHER_WAY
def test_a_vendor_that_cannot_is_not_even_called(verb: Verb, dry_run: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ZKTecoDriver, f"supports_{verb.__name__}", False)
    with stored() as (machine, gate):
        asked = len(machine.journal)
        with pytest.raises(Unsupported, match="terminals of this vendor have no command to"):
            verb(gate.pk, dry_run=dry_run)
        assert len(machine.journal) == asked
    assert trail() == []


@EACH
@EITHER_WAY
def test_a_device_that_cannot_be_used_as_stored_says_so(verb: Verb, dry_run: bool) -> None:
    with stored() as (_, gate):
        Device.objects.update(vendor="nobody")
        with pytest.raises(AddressInvalid, match="no driver is called 'nobody'"):
            verb(gate.pk, dry_run=dry_run)


@EACH
def test_whoever_has_the_right_may_rehearse(verb: Verb) -> None:
    with stored() as (_, gate):
        assert "Gate 1" in verb(gate.pk, by=writer(), dry_run=True).words


@pytest.mark.parametrize(
    "reach", [set_clock, clear_log, restart, collect, collect_people], ids=lambda reach: reach.__name__
)
def test_whoever_reaches_a_terminal_that_was_left_still_lets_it_go(reach: Verb) -> None:
    with stored(terminal(profile=Profile(silent_restart=False)), timezone="Asia/Kathmandu") as (machine, gate):
        Device.objects.update(disabled_since=gate.last_seen)
        reach(gate.pk)
        assert orders(machine)[0] == "enable"
        gate.refresh_from_db()
        assert gate.disabled_since is None
    assert trail()[0] == ("enable", "done")


@EACH
def test_a_lease_that_ran_out_and_went_to_another_stops_it_before_the_first_order(
    verb: Verb, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = ZKTecoSession.check_serial

    def and_lose_the_lease(session: ZKTecoSession) -> None:
        Device.objects.update(lease_holder="elsewhere/pid:1:x")
        check(session)

    with stored(timezone="Asia/Kathmandu") as (machine, gate):
        monkeypatch.setattr(ZKTecoSession, "check_serial", and_lose_the_lease)
        with pytest.raises(DeviceTaken, match="another process took it while its log was read"):
            verb(gate.pk)
        assert orders(machine) == []
        gate.refresh_from_db()
        assert gate.lease_holder == "elsewhere/pid:1:x", "it is not given back by whoever lost it"


@EACH
def test_a_dry_run_does_not_even_let_it_go(verb: Verb) -> None:
    with stored() as (machine, gate):
        Device.objects.update(disabled_since=gate.last_seen)
        with nothing_is_written():
            verb(gate.pk, dry_run=True)
        assert orders(machine) == []
