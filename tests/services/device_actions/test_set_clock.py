"""A terminal's clock shows the time of its own zone afterwards, and no punch is lost or taken for another."""

import itertools
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from attendance_devices.exceptions import (
    DeviceError,
    DeviceHungUp,
    DeviceTaken,
    NotVerified,
    Unsupported,
    WriteForbidden,
    WriteRefused,
    WriteRejected,
)
from attendance_devices.models import AuditEntry, ESSLAttendanceLog
from attendance_devices.services.collection.collect import collect
from attendance_devices.services.device_actions import set_clock as module
from attendance_devices.services.device_actions.set_clock import set_clock
from attendance_devices.services.workers.leases import leased
from attendance_devices.simulators.zkteco import Faults, Terminal
from tests.builders.crm import ZONE, at, days, nothing_is_written, taps, terminal
from tests.builders.terminal_writes import SET_TIME, only_read, orders, stored, trail, writer

pytestmark = pytest.mark.django_db
NEAR = timedelta(seconds=30)
"""A slow machine may take its time between two looks at a clock."""


def wall(zone: Any = ZONE) -> datetime:
    """What a right clock there shows."""
    return datetime.now(UTC).astimezone(zone).replace(tzinfo=None)


def off(machine: Terminal, zone: Any = ZONE) -> timedelta:
    return abs(machine.now - wall(zone))


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("drift", [timedelta(minutes=4), timedelta(minutes=-4), timedelta(days=-9000)], ids=str)
def test_a_clock_that_is_off_is_set_and_the_cursor_goes_on(drift: timedelta, transport: str) -> None:
    with stored(transport=transport) as (machine, gate):
        machine.now = wall() + drift

        result = set_clock(gate.pk)

        assert off(machine) < NEAR
        assert result.drift is not None and abs(result.drift - drift) < NEAR
        assert result.left is not None and abs(result.left) <= module.FOLLOWED
        assert orders(machine) == ["set time"]
        assert trail() == [("set_clock", "begun"), ("set_clock", "done")]
        gate.refresh_from_db()
        assert gate.clock_drift == result.left
        machine.punch("7")
        found = collect(gate.pk)
        assert (found.new, found.known, found.whole, found.flagged) == (1, 0, False, 0)


def test_the_clock_is_that_of_the_devices_own_zone() -> None:
    with stored(timezone="Asia/Kathmandu") as (machine, gate):
        assert off(machine, ZoneInfo("Asia/Kathmandu")) > NEAR
        set_clock(gate.pk)
        assert off(machine, ZoneInfo("Asia/Kathmandu")) < NEAR


def test_times_that_come_a_second_time_are_stored_beside_those_before() -> None:
    with stored() as (machine, gate):
        machine.now = wall() + timedelta(minutes=4)
        machine.punch("7")
        assert collect(gate.pk).new == 1
        set_clock(gate.pk)
        machine.punch("7")
        assert collect(gate.pk).new == 1
        last, before = ESSLAttendanceLog.objects.order_by("-pk")[:2]
        assert last.device_time < before.device_time
        assert collect(gate.pk, whole=True).new == 0


def test_the_dry_run_says_what_would_be_set_and_writes_nothing() -> None:
    with stored() as (machine, gate):
        machine.now = wall() + timedelta(minutes=4)
        with nothing_is_written():
            plan = set_clock(gate.pk, dry_run=True)
        assert plan.words.startswith("the clock of Gate 1 shows ")
        assert " would be set to " in plan.words
        assert "come a second time" in plan.words
        assert only_read(machine)
        assert off(machine) > timedelta(minutes=3)


def test_a_clock_that_is_right_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attendance_devices.domain.devices.writes.RIGHT", NEAR)
    with stored() as (machine, gate):
        assert set_clock(gate.pk).words.endswith("which is right: it is left as it is")
        assert only_read(machine)
    assert trail() == []


def test_half_of_the_round_trip_is_reckoned_with(monkeypatch: pytest.MonkeyPatch) -> None:
    hundred_seconds = SimpleNamespace(monotonic=itertools.count(step=100).__next__)
    monkeypatch.setattr(module, "time", hundred_seconds)
    with stored() as (machine, gate):
        plan = set_clock(gate.pk, dry_run=True)
        assert plan.drift is not None
        assert timedelta(seconds=20) < plan.drift <= timedelta(seconds=51), "what it showed 50 s ago was right then"
        with pytest.raises(NotVerified):
            set_clock(gate.pk)
        assert timedelta(seconds=20) < machine.now - wall() < timedelta(seconds=51), "it is set 50 s later"


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        (Faults(deny=frozenset({SET_TIME})), WriteRejected),
        (Faults(refuse=frozenset({SET_TIME})), Unsupported),
        (Faults(pretend=frozenset({SET_TIME})), NotVerified),
        (Faults(cut_before=frozenset({SET_TIME})), DeviceHungUp),
        (Faults(cut_after=frozenset({SET_TIME})), DeviceHungUp),
    ],
    ids=["it refuses", "it cannot", "it only pretends", "cut before it was set", "cut after it was set"],
)
def test_what_goes_wrong_is_told_and_stands_in_the_trail(faults: Faults, error: type[DeviceError]) -> None:
    with stored() as (machine, gate):
        machine.now = wall() - timedelta(hours=1)
        machine.faults = faults
        with pytest.raises(error) as caught:
            set_clock(gate.pk)
        assert trail() == [("set_clock", "begun"), ("set_clock", "failed")]
        assert AuditEntry.objects.first().words == str(caught.value)
        machine.faults = Faults()
        set_clock(gate.pk)
        assert off(machine) < NEAR


@pytest.mark.parametrize("dry_run", [True, False], ids=["rehearsed", "in earnest"])
def test_around_a_repeated_hour_it_is_refused_with_when_to_try_again(
    dry_run: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = datetime(2024, 11, 3, 0, 40)
    monkeypatch.setattr(module, "_local_time_after", lambda device, shift: night)
    with stored(timezone="America/New_York") as (machine, gate):
        machine.now = night + timedelta(minutes=30)
        with pytest.raises(WriteRefused, match="around a repeated hour of America/New_York") as caught:
            set_clock(gate.pk, dry_run=dry_run)
        assert "Try again some hours later" in str(caught.value)
        assert only_read(machine)
    assert trail() == ([] if dry_run else [("set_clock", "refused")])


def test_a_clock_that_is_right_within_a_repeated_hour_is_no_reason_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    night = datetime(2024, 11, 3, 1, 20)
    monkeypatch.setattr(module, "_local_time_after", lambda device, shift: night)
    monkeypatch.setattr("attendance_devices.domain.devices.writes.RIGHT", NEAR)
    with stored(timezone="America/New_York") as (machine, gate):
        machine.now = night
        assert "it is left as it is" in set_clock(gate.pk).words


@pytest.mark.parametrize("dry_run", [True, False], ids=["rehearsed", "in earnest"])
def test_it_takes_the_right_and_the_lease(dry_run: bool) -> None:
    with stored() as (machine, gate):
        asked = len(machine.journal)
        with pytest.raises(WriteForbidden):
            set_clock(gate.pk, by=writer(allowed=False), dry_run=dry_run)
        with leased(gate.pk, timedelta(minutes=1)), pytest.raises(DeviceTaken):
            set_clock(gate.pk, dry_run=dry_run)
        assert len(machine.journal) == asked


def test_a_clock_of_a_whole_log_of_taps_stays_readable_after_it_ran_backwards() -> None:
    machine = terminal(punches=taps(*[("7", at("09:00", day)) for day in days(40)]))
    with stored(machine) as (machine, gate):
        machine.now = at("08:00")
        set_clock(gate.pk)
        for _ in range(3):
            machine.punch("7")
        found = collect(gate.pk, whole=True)
        assert found.ok and found.known >= 40
