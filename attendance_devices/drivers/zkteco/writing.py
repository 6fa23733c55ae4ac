"""What changes a ZK terminal: its clock, its log, whether it takes punches. Never sent while reading."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from attendance_devices.drivers.base import Session
from attendance_devices.drivers.zkteco.attendance import encoded_time
from attendance_devices.drivers.zkteco.session import ACK_ERROR, ACK_OK, ACK_UNKNOWN, Connection
from attendance_devices.exceptions import DeviceHungUp, DeviceTimeout, ProtocolError, Unsupported, WriteRejected

CLEAR_ATTLOG, SET_TIME = 15, 202
ENABLEDEVICE, DISABLEDEVICE, RESTART, REFRESHDATA = 1002, 1003, 1004, 1013
YEARS = range(2000, 2100)
"""What a ZK clock can show: it sends two digits of the year."""
CLEAR_SECONDS = 60.0
"""The wait for a log to be cleared: people must not punch while a large one still is."""
RESTART_SECONDS = 3.0
"""The wait for an answer that most terminals never give."""


class WritingSession(Session):
    """The writing half of a session."""

    connection: Connection

    def set_clock(self, shown: datetime) -> None:
        if shown.year not in YEARS:
            raise WriteRejected(self.connection.subject, f"a terminal's clock cannot show the year {shown.year}")
        self._tell(SET_TIME, "set its clock", struct.pack("<I", encoded_time(shown)))

    def disable(self) -> None:
        self._tell(DISABLEDEVICE, "take no more punches")

    def enable(self) -> None:
        self._tell(ENABLEDEVICE, "take punches again")

    def clear_log(self) -> None:
        with self._waiting(max(self.connection.wire.address.answer_seconds, CLEAR_SECONDS)):
            self._tell(CLEAR_ATTLOG, "clear its log")
            # Its own programs refresh it after a change (vendor manual: RefreshData); what it answers does not matter.
            self.connection.ask(REFRESHDATA)

    def restart(self) -> bool:
        with self._waiting(min(self.connection.wire.address.answer_seconds, RESTART_SECONDS)):
            try:
                self._tell(RESTART, "restart")
            except (DeviceTimeout, DeviceHungUp):
                return False
        return True

    @contextmanager
    def _waiting(self, seconds: float) -> Iterator[None]:
        """Wait so long for an answer, and no longer than the session may last."""
        wire = self.connection.wire
        usual = wire.address
        wire.address = replace(usual, answer_seconds=seconds)
        try:
            yield
        finally:
            wire.address = usual

    def _tell(self, command: int, what: str, data: bytes = b"") -> None:
        """Send an order. Raises `WriteRejected` or `Unsupported` for a no; any other answer ends the session."""
        code, _ = self.connection.ask(command, data)
        if code == ACK_ERROR:
            raise WriteRejected(self.connection.subject, f"it refused to {what}")
        if code == ACK_UNKNOWN:
            raise Unsupported(self.connection.subject, f"its firmware has no command to {what}")
        if code != ACK_OK:
            happened = f"it answered {code} to the order to {what}"
            raise self.connection.wire.fail(ProtocolError(self.connection.subject, happened))
