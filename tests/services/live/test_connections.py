"""Few at the database at once, and nobody who waits for a terminal keeps a connection."""

import threading
from datetime import UTC

import pytest
from django.db import OperationalError, connection

from attendance_devices.domain.devices.device import DeviceAddress
from attendance_devices.models import Device
from attendance_devices.services.live.connections import ConnectionLimiter, ReleasingSession
from tests.builders.memory_driver import LOGS, MemoryDriver
from tests.drivers.contract import entries

pytestmark = pytest.mark.usefixtures("shared")


def test_no_more_than_the_seats_are_taken_and_those_who_are_away_leave_theirs() -> None:
    limiter = ConnectionLimiter(slots=2)
    inside, most, lock = 0, 0, threading.Lock()

    def sit() -> None:
        nonlocal inside, most
        for _ in range(20):
            with limiter.slot():
                with lock:
                    inside += 1
                    most = max(most, inside)
                with lock:
                    inside -= 1
                with limiter.slot_released():
                    pass

    threads = [threading.Thread(target=sit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert not any(thread.is_alive() for thread in threads)
    assert 0 < most <= 2


def test_whoever_is_away_can_be_away_for_ever_and_others_sit() -> None:
    limiter = ConnectionLimiter(slots=1)
    with limiter.slot(), limiter.slot_released(), limiter.slot():
        assert Device.objects.count() == 0


def test_a_connection_is_closed_by_whoever_goes_away() -> None:
    limiter = ConnectionLimiter()
    with limiter.slot():
        Device.objects.count()
        assert connection.connection is not None
        with limiter.slot_released():
            assert connection.connection is None
        Device.objects.count()

    assert connection.connection is None


def test_those_who_stay_keep_their_connection_unless_it_breaks() -> None:
    limiter = ConnectionLimiter()
    with limiter.kept_connection():
        Device.objects.count()
    assert connection.connection is not None
    with pytest.raises(OperationalError), limiter.kept_connection():
        raise OperationalError("gone away")

    assert connection.connection is None


def test_a_connection_that_the_server_ended_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = ConnectionLimiter()
    with limiter.kept_connection():
        Device.objects.count()
    before = connection.connection
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    with limiter.kept_connection():
        Device.objects.count()

    assert connection.connection not in (None, before)


def test_a_session_asks_its_terminal_from_away_batch_by_batch() -> None:
    log = entries(12_000)
    LOGS["courteous"] = log
    limiter = ConnectionLimiter(slots=1)
    with MemoryDriver().session(_address()) as bare, limiter.slot():
        session = ReleasingSession(bare, limiter)
        told = []
        for batch in session.batches({}, UTC):
            Device.objects.count()  # as if it were stored
            told += batch.punches

        assert (len(told), session.status().records, session.enrolments()) == (12_000, 12_000, [])
        assert session.identity().serial_number == "MEMORY"
    assert limiter._slots.acquire(blocking=False)


def _address() -> DeviceAddress:
    return DeviceAddress(host="courteous")
