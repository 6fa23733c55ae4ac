"""Real lines on real threads: a punch becomes a row at once, and what befalls one terminal touches no other."""

import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings

from attendance_devices.models import Device, DeviceUser, ESSLAttendanceLog, QuarantinedRecord
from attendance_devices.services.collection.collect import collect
from attendance_devices.services.collection.edit_device import apply_time_zone
from attendance_devices.services.live.status import ListenerState
from attendance_devices.services.mapping.match import map_users
from attendance_devices.services.workers.leases import leased
from attendance_devices.simulators.zkteco import Faults, Profile
from tests.builders.crm import crm_rows, device, employee, on_the_wall, people, setting, taps, terminal, unplugged
from tests.builders.live import clock, listened, stored, until_stored
from tests.builders.shared_database import until
from tests.drivers.zkteco.scripted import mute_peer

pytestmark = pytest.mark.usefixtures("shared")
PRIYA = [("7", "Priya Nair")]
EVENTS = (10, 12, 14, 32, 36, 37, 52)


def test_a_punch_becomes_a_row_of_the_crm() -> None:
    user = employee("7", "Priya Nair")
    machine = terminal(people(*PRIYA))
    now = clock()
    with on_the_wall(machine) as gate:
        with listened() as office:
            office.until_listening(gate)
            map_users([gate], create=False)
            machine.punch("7", now)
            until(crm_rows, "a row of the CRM")
        log = ESSLAttendanceLog.objects.get()

    assert (log.source, log.device_time, log.user_id) == ("live", now, user.pk)
    assert [(name, day, came) for name, day, came, _ in crm_rows()] == [
        (user.get_username(), now.date(), f"{now:%H:%M:%S}")
    ]
    assert machine.listeners == 0
    assert Device.objects.get().lease_holder == ""


def test_events_of_every_length_joined_and_cut_lose_and_double_nothing() -> None:
    machines = {size: terminal(people(*PRIYA), profile=Profile(event_size=size)) for size in EVENTS}
    now = clock()
    shown = [now - timedelta(minutes=10 - number) for number in range(5)]
    with ExitStack() as wall, listened() as office:
        gates = {size: wall.enter_context(on_the_wall(machines[size], f"Gate {size}")) for size in EVENTS}
        office.until_listening(*gates.values())
        for size, machine in machines.items():
            machine.faults = Faults(join_events=True) if size % 4 else Faults(drip=(7, 0.0))
            for at in shown:
                machine.punch("7", at)
        for gate in gates.values():
            until_stored(gate, 5)
            assert stored(gate) == [("7", at) for at in shown], gate

    assert all(machine.acknowledged == 5 for machine in machines.values())
    assert all(machine.bad_checksums == 0 for machine in machines.values())


def test_punches_in_the_middle_of_looks_are_looked_up_too() -> None:
    machine = terminal(people(*PRIYA), taps(*(("7", clock() - timedelta(days=1, minutes=n)) for n in range(90, 0, -1))))
    now = clock()
    with on_the_wall(machine) as gate, listened() as office:
        office.until_listening(gate)
        for number, faults in enumerate((Faults(events_before=1503), Faults(events_inside=1504), Faults())):
            machine.faults = faults
            # The event of the second waits for the look that the first one causes.
            machine.tell_raw(b"")
            machine.punch("7", now - timedelta(minutes=9 - number))
            machine.faults = Faults()
            machine.tell_raw(b"")
            until_stored(gate, 91 + number)

        assert len(stored(gate)) == 93


def test_a_log_that_is_written_after_the_event_is_looked_up_again() -> None:
    machine = terminal(people(*PRIYA), faults=Faults(log_lag=0.08))
    now = clock()
    with on_the_wall(machine) as gate, listened() as office:
        office.until_listening(gate)
        machine.punch("7", now)
        until_stored(gate, 1)

    assert stored(gate) == [("7", now)]


def test_what_nobody_understands_is_a_reason_to_look_and_nothing_more() -> None:
    machine = terminal(people(*PRIYA))
    now = clock()
    with on_the_wall(machine) as gate, listened() as office:
        office.until_listening(gate)
        for raw in (b"", b"?", bytes(13), b"\xff" * 32, bytes(2_000)):
            machine.tell_raw(raw)
        machine.append_raw(b"\xff" * 40)
        machine.punch("7", now)
        until(lambda: office.board.statuses[0].stored == 1)
        assert office.state(gate) is ListenerState.LISTENING

    assert QuarantinedRecord.objects.count() == 1
    assert stored(gate) == [("7", now)]


def test_terminals_that_are_dead_hang_or_talk_nonsense_do_not_touch_the_healthy_one(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ATTENDANCE_DEVICES = setting(ANSWER_SECONDS=2)
    hanging = terminal(faults=Faults(stall_after_bytes=200))
    machine = terminal(people(*PRIYA))
    now = clock()
    with (
        mute_peer(b"HTTP/1.1 400 Bad Request\r\n\r\n") as web,
        mute_peer() as hole,
        on_the_wall(hanging, "Hanging"),
        on_the_wall(machine, "Healthy") as healthy,
    ):
        unplugged("Dead")
        device("Web", address=web[0], port=web[1])
        device("Hole", address=hole[0], port=hole[1])
        device("Misspelt", address="no such host!", port=1)
        with listened() as office:
            office.until_listening(healthy)
            others = [row for row in Device.objects.all() if row != healthy]
            for row in others:
                until(lambda row=row: office.state(row) is ListenerState.WAITING, f"{row} waits")
            for number in range(5):
                machine.punch("7", now - timedelta(minutes=5 - number))
                until_stored(healthy, number + 1)
            errors = {line.device: line.last_error for line in office.board.statuses}
        assert ListenerState.WAITING not in office.states(healthy)

    assert errors.pop("Healthy") == ""
    assert all(errors.values())
    failures = dict(Device.objects.values_list("name", "failures"))
    assert failures.pop("Healthy") == 0
    assert all(failures.values())
    assert "unexpected" not in caplog.text


def test_a_terminal_that_was_restarted_is_caught_up_with() -> None:
    machine = terminal(people(*PRIYA))
    now = clock()
    with on_the_wall(machine) as gate, listened() as office:
        office.until_listening(gate)
        machine.punch("7", now - timedelta(minutes=3))
        until_stored(gate, 1)
        machine.stop()
        machine.punch("7", now - timedelta(minutes=2))
        until(lambda: office.state(gate) is ListenerState.WAITING, "its death is noticed")
        machine.start(gate.address, gate.port)
        until_stored(gate, 2)
        office.until_listening(gate)
        machine.punch("7", now - timedelta(minutes=1))
        until_stored(gate, 3)

    assert len(stored(gate)) == 3
    assert Device.objects.get().failures == 0


def test_a_terminal_that_falls_silent_is_noticed_by_its_heartbeat(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(ANSWER_SECONDS=0.3)
    machine = terminal(people(*PRIYA))
    with on_the_wall(machine) as gate, listened() as office:
        office.until_listening(gate)
        machine.faults = Faults(stall_after_bytes=0)
        until(lambda: ListenerState.WAITING in office.states(gate), "its silence is noticed")
        machine.punch("7", clock())
        machine.faults = Faults()
        until_stored(gate, 1)


def test_a_look_that_no_event_asked_for_finds_what_was_not_told() -> None:
    machine = terminal(people(*PRIYA))
    with on_the_wall(machine) as gate, listened(safety=0.1) as office:
        office.until_listening(gate)
        machine.set_punches(taps(("7", clock())))
        until_stored(gate, 1)

    assert Device.objects.get().record_count == 1


def test_a_person_whom_nobody_listed_yet_is_listed_at_once() -> None:
    machine = terminal(people(*PRIYA))
    with on_the_wall(machine) as gate, listened() as office:
        office.until_listening(gate)
        machine.users = people(*PRIYA, ("8", "Omar Khan"))
        machine.punch("8", clock())
        until(lambda: DeviceUser.objects.filter(device_user_name="Omar Khan", on_device=True).exists())


def test_the_whole_log_is_compared_also_while_somebody_listens() -> None:
    machine = terminal(people(*PRIYA), taps(("7", clock())))
    with on_the_wall(machine) as gate, listened(safety=0.1) as office:
        office.until_listening(gate)
        before = Device.objects.get().last_reconciled
        assert before
        with_setting = setting(RECONCILE_HOURS=0.00001)
        with override_settings(ATTENDANCE_DEVICES=with_setting):
            until(lambda: Device.objects.get().last_reconciled > before, "the comparison")


def test_new_devices_are_listened_to_and_those_switched_off_are_left() -> None:
    first, second = terminal(people(*PRIYA)), terminal()
    with listened() as office, on_the_wall(first, "First") as gate:
        office.until_listening(gate)
        with on_the_wall(second, "Second") as other:
            office.until_listening(other)
            Device.objects.get(name="Second").delete()
            until(lambda: office.state(other) is None, "the second is left")
            assert second.listeners == 0
        first.punch("7", clock())
        until_stored(gate, 1)
        Device.objects.filter(pk=gate.pk).update(is_active=False)
        until(lambda: office.state(gate) is None, "the first is left")
        assert first.listeners == 0
        assert Device.objects.get().lease_holder == ""


def test_a_device_that_moved_is_followed_to_its_new_address() -> None:
    machine = terminal(people(*PRIYA))
    with listened() as office:
        gate = unplugged("Gate")
        until(lambda: office.state(gate) is ListenerState.WAITING, "nobody is there")
        with machine.serve() as (host, port):
            Device.objects.filter(pk=gate.pk).update(address=host, port=port)
            office.until_listening(gate)
            Device.objects.filter(pk=gate.pk).update(is_active=False)
            until(lambda: not office.board.statuses)


def test_a_poll_meanwhile_is_refused_and_that_is_no_failure() -> None:
    machine = terminal(people(*PRIYA))
    with on_the_wall(machine) as gate:
        with listened() as office:
            office.until_listening(gate)
            taken = collect(gate.pk)
        free = collect(gate.pk)

    assert (taken.ok, taken.taken) == (False, True)
    assert (free.ok, free.taken) == (True, False)
    assert machine.peak_sessions == 1


def test_a_terminal_that_another_process_reads_is_left_alone_until_it_is_free() -> None:
    machine = terminal(people(*PRIYA))
    with on_the_wall(machine) as gate:
        with leased(gate.pk, timedelta(minutes=5)), listened() as office:
            until(lambda: office.state(gate) is ListenerState.TAKEN, "it is left alone")
        assert Device.objects.get().failures == 0
        with listened() as office:
            office.until_listening(gate)


def test_a_lease_that_was_lost_ends_the_session_and_stores_nothing_twice() -> None:
    machine = terminal(people(*PRIYA))
    now = clock()
    with on_the_wall(machine) as gate, listened() as office:
        office.until_listening(gate)
        taken = {"lease_holder": "another/pid:[1]:1:x", "lease_until": datetime.now(UTC) + timedelta(minutes=5)}
        Device.objects.filter(pk=gate.pk).update(**taken)
        machine.punch("7", now)
        until(lambda: office.state(gate) is ListenerState.TAKEN, "the loss is noticed")
        until(lambda: machine.listeners == 0)
        Device.objects.filter(pk=gate.pk).update(lease_until=None, lease_holder="")
        office.until_listening(gate)

    assert stored(gate) == [("7", now)]


def test_a_terminal_without_live_events_is_polled_and_others_may_poll_it_too() -> None:
    now = clock()
    before = [("7", now - timedelta(minutes=number)) for number in (9, 7, 5)]
    machine = terminal(people(*PRIYA), taps(before[0]), faults=Faults(refuse=frozenset({500})))
    with on_the_wall(machine) as gate, listened(polled_only=0.2) as office:
        until_stored(gate, 1)
        until(lambda: office.state(gate) is ListenerState.POLLED_ONLY, "it is deaf")
        (line,) = office.board.statuses
        machine.punch(*before[1])
        until_stored(gate, 2)
        until(lambda: collect(gate.pk).ok, "it is free in between")
        machine.faults = Faults()
        office.until_listening(gate)
        machine.punch(*before[2])
        until_stored(gate, 3)

    assert "it is polled" in line.last_error
    assert (Device.objects.get().failures, Device.objects.get().last_error) == (0, "")


def test_a_terminal_that_hangs_does_not_hold_up_the_end(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.ATTENDANCE_DEVICES = setting(ANSWER_SECONDS=2)
    machine = terminal()
    with mute_peer() as hole, on_the_wall(machine) as gate:
        device("Hole", address=hole[0], port=hole[1])
        with listened(shutdown=0.2) as office:
            office.until_listening(gate)
        assert set(Device.objects.values_list("lease_holder", flat=True)) == {""}
    until(lambda: not [one for one in threading.enumerate() if one.name == "live Hole"])

    assert "Hole did not answer in time" in caplog.text
    assert machine.listeners == 0


def test_only_the_devices_that_were_named_are_listened_to() -> None:
    with on_the_wall(terminal(), "One") as one, on_the_wall(terminal(), "Two"), listened(only=[one.pk]) as office:
        office.until_listening(one)

        assert [line.device for line in office.board.statuses] == ["One"]


def test_a_zone_that_is_corrected_meanwhile_counts_from_the_next_punch() -> None:
    machine = terminal(people(*PRIYA))
    now = clock()
    with on_the_wall(machine) as gate, listened(table=60) as office:
        until(lambda: office.state(gate) is ListenerState.LISTENING)
        gate.timezone = "Europe/Dublin"
        gate.save(update_fields=["timezone"])
        apply_time_zone(gate)
        machine.punch("7", now)
        until_stored(gate, 1)

    assert ESSLAttendanceLog.objects.get().punch_time == now.replace(tzinfo=ZoneInfo("Europe/Dublin"))
