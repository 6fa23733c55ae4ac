"""Few at the database at once, and nobody who waits for a terminal keeps a connection."""

import threading
from datetime import UTC

import pytest
from django.db import OperationalError, connection

from attendance_devices.domain.devices.device import DeviceAddress
from attendance_devices.models import Device
from attendance_devices.services.live.connections import Courteous, Desk
from tests.builders.memory_driver import LOGS, MemoryDriver
from tests.drivers.contract import entries

pytestmark = pytest.mark.usefixtures("shared")


def test_no_more_than_the_seats_are_taken_and_those_who_are_away_leave_theirs() -> None:
    desk = Desk(seats=2)
    inside, most, lock = 0, 0, threading.Lock()

    def sit() -> None:
        nonlocal inside, most
        for _ in range(20):
            with desk.seat():
                with lock:
                    inside += 1
                    most = max(most, inside)
                with lock:
                    inside -= 1
                with desk.away():
                    pass

    threads = [threading.Thread(target=sit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert not any(thread.is_alive() for thread in threads)
    assert 0 < most <= 2


def test_whoever_is_away_can_be_away_for_ever_and_others_sit() -> None:
    desk = Desk(seats=1)
    with desk.seat(), desk.away(), desk.seat():
        assert Device.objects.count() == 0


def test_a_connection_is_closed_by_whoever_goes_away() -> None:
    desk = Desk()
    with desk.seat():
        Device.objects.count()
        assert connection.connection is not None
        with desk.away():
            assert connection.connection is None
        Device.objects.count()

    assert connection.connection is None


def test_those_who_stay_keep_their_connection_unless_it_breaks() -> None:
    desk = Desk()
    with desk.armchair():
        Device.objects.count()
    assert connection.connection is not None
    with pytest.raises(OperationalError), desk.armchair():
        raise OperationalError("gone away")

    assert connection.connection is None


def test_a_connection_that_the_server_ended_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    with desk.armchair():
        Device.objects.count()
    before = connection.connection
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    with desk.armchair():
        Device.objects.count()

    assert connection.connection not in (None, before)


def test_a_session_asks_its_terminal_from_away_batch_by_batch() -> None:
    log = entries(12_000)
    LOGS["courteous"] = log
    desk = Desk(seats=1)
    with MemoryDriver().session(_address()) as bare, desk.seat():
        session = Courteous(bare, desk)
        told = []
        for batch in session.batches({}, UTC):
            Device.objects.count()  # as if it were stored
            told += batch.punches

        assert (len(told), session.status().records, session.enrolments()) == (12_000, 12_000, [])
        assert session.identity().serial_number == "MEMORY"
    assert desk._seats.acquire(blocking=False)


def _address() -> DeviceAddress:
    return DeviceAddress(host="courteous")
