"""A driver whose logs are in memory."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import tzinfo

from attendance_devices.domain.devices.device import DeviceAddress, DeviceIdentity, DeviceStatus, Enrolment
from attendance_devices.domain.punches.punch import Batch, Cursor, Punch
from attendance_devices.drivers.base import Driver, Session
from attendance_devices.exceptions import ConnectionRefused
from tests.drivers.contract import Told

LOGS: dict[str, list[Told]] = {}
"""What the terminals of memory hold, by host."""


class MemorySession(Session):
    """Reads a list."""

    most = 5_000

    def __init__(self, address: DeviceAddress) -> None:
        self.log = LOGS[address.host]

    def identity(self) -> DeviceIdentity:
        return DeviceIdentity(serial_number="MEMORY")

    def status(self) -> DeviceStatus:
        return DeviceStatus(records=len(self.log))

    def enrolments(self) -> Sequence[Enrolment]:
        return []

    def batches(self, cursor: Cursor, zone: tzinfo, *, whole: bool = False) -> Iterator[Batch]:
        log, position = list(self.log), int(cursor.get("position", 0))
        proven = not whole and position <= len(log) and (not position or cursor["last"] == self._mark(log, position))
        position, whole = (position, not position) if proven else (0, True)
        if position == len(log):
            yield Batch(punches=(), cursor=cursor if position else {}, whole=whole)
        while position < len(log):
            part = log[position : position + self.most]
            position += len(part)
            punches = [Punch(who, at) for who, at in part]
            note = {"position": position, "last": self._mark(log, position)}
            yield Batch(punches=punches, cursor=note, records=len(part), whole=whole)

    def _mark(self, log: list[Told], position: int) -> str:
        return log[position - 1].at.isoformat()


class MemoryDriver(Driver):
    """Opens lists."""

    label = "Memory"
    default_port = 1
    made: type[MemorySession] = MemorySession

    @contextmanager
    def session(self, address: DeviceAddress) -> Iterator[Session]:
        if address.host not in LOGS:
            raise ConnectionRefused(str(address), "no such list")
        yield self.made(address)
