"""Some terminals on a wall, listened to by real lines on real threads, in a hurry."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from attendance_devices.models import Device, ESSLAttendanceLog
from attendance_devices.services.live.status import ListenerState, ListenerStatus
from attendance_devices.services.live.supervisor import Supervisor
from attendance_devices.services.live.timing import Timing
from attendance_devices.simulators.zkteco import Terminal
from tests.builders.crm import ZONE
from tests.builders.shared_database import until

HURRY = Timing(
    wait=0.05,
    heartbeat=0.3,
    safety=60,
    look=10,
    lease=timedelta(seconds=60),
    looks=(0.02, 0.05, 0.1, 0.2, 0.5),
    first_retry=0.02,
    last_retry=0.2,
    steady=5,
    taken=0.05,
    table=0.1,
)
"""No look without an event: what is found was found because of one."""


@dataclass(slots=True)
class Office:
    """A switchboard at work, and what it said."""

    board: Supervisor
    said: list[ListenerStatus] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def state(self, device: Device) -> ListenerState | None:
        return next((line.state for line in self.board.statuses if line.key == device.pk), None)

    def until_listening(self, *devices: Device) -> None:
        for device in devices:
            until(lambda device=device: self.state(device) is ListenerState.LISTENING, f"{device} is listened to")

    def states(self, device: Device) -> list[ListenerState]:
        return [status.state for status in self.said if status.key == device.pk]


@contextmanager
def listened(*, only: Any = (), in_trouble: bool = False, **hurry: Any) -> Iterator[Office]:
    """Listen to the devices of the table, as the daemon does. Unless it is in trouble, nobody finds a lock."""
    heard = _Heard()
    logging.getLogger("attendance_devices").addHandler(heard)
    try:
        with _listened(only, **hurry) as office:
            yield office
    finally:
        logging.getLogger("attendance_devices").removeHandler(heard)
    assert in_trouble or not [line for line in heard.lines if "locked" in line]


class _Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def _listened(only: Any, **hurry: Any) -> Iterator[Office]:
    said: list[ListenerStatus] = []
    office = Office(Supervisor(only=only, timing=replace(HURRY, **hurry), told=said.append), said)
    ended: list[bool] = []
    thread = threading.Thread(target=lambda: ended.append(office.board.run(office.over.is_set)))
    thread.start()
    try:
        yield office
    finally:
        office.over.set()
        thread.join(30)
        assert ended, "the switchboard ended"
    assert ended == [not [one for one in threading.enumerate() if one.name.startswith("live ")]]


def clock() -> datetime:
    """What the clocks on this wall show: a punch of now, to the second."""
    return datetime.now(ZONE).replace(tzinfo=None, microsecond=0)


def stored(device: Device) -> list[tuple[str, datetime]]:
    """Who punched there, and when, as stored."""
    logs = ESSLAttendanceLog.objects.filter(device=device).order_by("device_time", "biometric_id")
    return list(logs.values_list("biometric_id", "device_time"))


def until_stored(device: Device, count: int) -> None:
    until(lambda: len(stored(device)) >= count, f"{count} punches of {device}")


def stop(machine: Terminal) -> None:
    """Pull the plug."""
    with suppress(RuntimeError):
        machine.stop()
