"""Commands of one session, asked through pyzk 0.9, and data sets read in pieces.

pyzk builds and sends the packets. Its ping, its probe connection, its handling of bursts and its record parsing are
not used: they hang, lose framing or drop data (docs/architecture.md names each). It is GPL-2 and stays in this folder.
"""

import socket
import struct
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

from zk import ZK
from zk.exception import ZKError

from attendance_devices.domain.devices.device import DeviceAddress, Transport
from attendance_devices.drivers.base import POLL_IT
from attendance_devices.drivers.zkteco.keys import scrambled
from attendance_devices.drivers.zkteco.wire import PACKET, TcpWire, UdpWire, open_wire, translated
from attendance_devices.exceptions import (
    DeviceBusy,
    DeviceError,
    DeviceTimeout,
    EncryptedSession,
    ProtocolError,
    ShortTransfer,
    Unauthorised,
    Unsupported,
)

CONNECT, EXIT, AUTH = 1000, 1001, 1102
GET_FREE_SIZES, GET_TIME, OPTIONS_RRQ, GET_VERSION = 50, 201, 11, 1100
ATTLOG_RRQ, USERTEMP_RRQ, USERS_OF_USERTEMP = 13, 9, 5
PREPARE_DATA, DATA, FREE_DATA, PREPARE_BUFFER, READ_BUFFER = 1500, 1501, 1502, 1503, 1504
ACK_OK, ACK_ERROR, ACK_UNAUTH, ENCRYPTED, ACK_UNKNOWN = 2000, 2001, 2005, 6001, 0xFFFF
REG_EVENT, PUNCHES, NOTHING = 500, 1, 0
LARGEST_ANSWER = 1 << 20
MOST_EVENTS = 1_000
"""Held at once: each only says to look into the log, so more say nothing more."""
STEP = {Transport.TCP: 65472, Transport.UDP: 16384}
"""Bytes asked for at once; the steps that known clients use on real terminals."""
UDP_TRIES = 6
SILENT_ADVICE = "Check the port (ZK terminals listen on 4370), and that no other program holds the terminal."
PYZK_ERRORS = (ZKError, OSError, struct.error, ValueError, TypeError, AttributeError, NameError, IndexError)
"""What pyzk 0.9 was seen to raise on answers it does not expect."""


class _PyZK(ZK):  # type: ignore[misc]
    """pyzk on a socket of ours, without its ping and its probe connection."""

    def __init__(self, address: DeviceAddress, wire: TcpWire | UdpWire) -> None:
        udp = address.transport is Transport.UDP
        super().__init__(address.host, port=address.port, force_udp=udp, ommit_ping=True)
        unused: socket.socket = self._ZK__sock
        unused.close()
        setattr(self, "_ZK__sock", wire)  # noqa: B010 - pyzk's private name, of another type
        self.is_connect = True

    def ask(self, command: int, data: bytes) -> tuple[int, bytes]:
        """One question, and the code and data of its first answer."""
        code: int = self._ZK__send_command(command, data, LARGEST_ANSWER)["code"]
        answer: bytes = self._ZK__data
        return code, answer

    def acknowledge(self) -> None:
        """Tell the terminal that its event came (vendor manual: "needs to reply"): session, and reply id 0."""
        self._ZK__ack_ok()

    @property
    def session_id(self) -> int:
        found: int = self._ZK__header[2]
        return found

    @session_id.setter
    def session_id(self, value: int) -> None:
        self._ZK__session_id = value


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A data set that the terminal holds ready: a snapshot, read in any order."""

    size: int
    """Bytes, the length field in front included."""
    inline: bytes | None = None
    """All of it, where it came with the answer."""


class Connection:
    """One session. After an error it is of no more use: late answers would be taken for others."""

    def __init__(self, address: DeviceAddress) -> None:
        self.address = address
        self.subject = str(address)
        self.wire = open_wire(address)
        self.events: deque[bytes] = deque(maxlen=MOST_EVENTS)
        """The data of events that nobody has looked at yet."""
        try:
            self.zk = _PyZK(address, self.wire)
        except OSError as error:
            self.wire.close()
            raise translated(error, address) from error

    def open(self) -> None:
        """Raises `Unauthorised`, `EncryptedSession`, `DeviceBusy` or another `DeviceError`."""
        try:
            code, _ = self.ask(CONNECT)
        except DeviceTimeout as error:
            raise DeviceTimeout(self.subject, error.happened, next_step=SILENT_ADVICE) from error
        self.zk.session_id = self.zk.session_id
        if code == ACK_UNAUTH:
            code, _ = self.ask(AUTH, scrambled(self.address.comm_key, self.zk.session_id))
        if code == ACK_UNAUTH:
            raise Unauthorised(self.subject, "it refused the comm key")
        if code == ENCRYPTED:
            raise EncryptedSession(self.subject, "it insists on an encrypted session (answer 6001)")
        if code == ACK_ERROR:
            raise DeviceBusy(self.subject, "it refused the session for the moment")
        if code != ACK_OK:
            raise ProtocolError(self.subject, f"it answered {code} to the opening of a session")

    def close(self) -> None:
        """Say good-bye if the session is sound, and close the socket in any case."""
        try:
            if self.wire.failure is None:
                with suppress(DeviceError):
                    self.ask(EXIT)
        finally:
            self.wire.close()

    def ask(self, command: int, data: bytes = b"") -> tuple[int, bytes]:
        """The code and data of the first answer. Raises `DeviceError`, and after one of the wire nothing else."""
        self._check_wire()
        try:
            return self.zk.ask(command, data)
        except PYZK_ERRORS as error:
            self._check_wire()
            happened = f"command {command} was answered with something else ({error})"
            raise self.wire.fail(ProtocolError(self.subject, happened)) from error

    def prepare(self, command: int, argument: int = 0) -> Prepared:
        """Ask for a data set. Small ones come at once."""
        code, data = self.ask(PREPARE_BUFFER, struct.pack("<bhii", 1, command, argument, 0))
        if code == DATA:
            return Prepared(size=len(data), inline=data)
        if code == ACK_ERROR:
            raise DeviceBusy(self.subject, f"it refused to prepare data set {command} for the moment")
        if code == ACK_UNKNOWN:
            raise Unsupported(self.subject, f"its firmware has no buffered read of data set {command}")
        if code != ACK_OK or len(data) < 5:
            happened = f"it answered {code} with {len(data)} bytes to a buffered read"
            raise self.wire.fail(ProtocolError(self.subject, happened))
        return Prepared(size=int(struct.unpack_from("<I", data, 1)[0]))

    def read(self, prepared: Prepared, start: int, size: int) -> bytes:
        """Exactly `size` bytes of the data set from `start`. Raises `ShortTransfer` rather than give fewer."""
        if prepared.inline is not None:
            piece = prepared.inline[start : start + size]
        elif self.address.transport is Transport.TCP:
            piece = self._read_once(start, size)
        else:
            piece = self._read_twice_the_same(start, size)
        if len(piece) != size:
            raise ShortTransfer(self.subject, f"it sent {len(piece)} of {size} bytes from position {start}")
        return piece

    def free(self) -> None:
        """Let the terminal forget the data set. A courtesy: what was read stands without its answer."""
        with suppress(DeviceError):
            self.ask(FREE_DATA)

    def register(self) -> None:
        """Have it send an event for each punch. Raises `Unsupported` where the firmware has none."""
        self.wire.on_event = self._take_event
        code, _ = self.ask(REG_EVENT, struct.pack("<I", PUNCHES))
        if code != ACK_OK:
            self.wire.on_event = None
            happened = f"its firmware sends no live events (answer {code})"
            raise Unsupported(self.subject, happened, next_step=POLL_IT)

    def unregister(self) -> None:
        """Have it send none, as before, if the session is sound."""
        if self.wire.failure is None:
            with suppress(DeviceError):
                self.ask(REG_EVENT, struct.pack("<I", NOTHING))
        self.wire.on_event = None

    def hear(self, seconds: float, *, then: float) -> None:
        """Wait at most so long for events, unless some are here. The session may take so long afterwards."""
        self._check_wire()
        self.wire.renew(seconds + then)
        self.wire.listen(0 if self.events else seconds)
        self.wire.renew(then)

    def _take_event(self, packet: bytes) -> None:
        self.events.append(packet[PACKET.size :])
        try:
            self.zk.acknowledge()
        except PYZK_ERRORS as error:
            self._check_wire()
            raise self.wire.fail(ProtocolError(self.subject, f"an event was not acknowledged ({error})")) from error

    def _read_twice_the_same(self, start: int, size: int) -> bytes:
        """Datagrams get lost, doubled and swapped, and nothing in them tells: two equal readings do."""
        last = b""
        error: DeviceError | None = None
        for _ in range(UDP_TRIES):
            try:
                piece = self._read_once(start, size)
            except (DeviceTimeout, ShortTransfer, ProtocolError) as failed:
                self.wire.failure, error = None, failed
                continue
            if len(piece) == size and piece == last:
                return piece
            last = piece
        if not last and error is not None:
            raise self.wire.fail(error)
        raise ShortTransfer(self.subject, f"{UDP_TRIES} readings of {size} bytes by UDP never agreed")

    def _read_once(self, start: int, size: int) -> bytes:
        code, data = self.ask(READ_BUFFER, struct.pack("<II", start, size))
        if code == DATA:
            return data
        if code != PREPARE_DATA:
            raise DeviceBusy(self.subject, f"it refused to send bytes {start} to {start + size} (answer {code})")
        pieces: list[bytes] = []
        numbers: list[int] = []
        got = 0
        while True:
            packet = self.wire.packet()
            code, _, number, _ = PACKET.unpack_from(packet)
            if code != DATA:
                break
            pieces.append(packet[PACKET.size :])
            numbers.append(number)
            got += len(packet) - PACKET.size
            if got > size:
                happened = f"it sent more than the {size} bytes that were asked for"
                raise self.wire.fail(ShortTransfer(self.subject, happened))
        if code != ACK_OK:
            raise self.wire.fail(ProtocolError(self.subject, f"it broke off a transfer with answer {code}"))
        if self.address.transport is Transport.UDP and not in_order(numbers):
            raise self.wire.fail(ShortTransfer(self.subject, "it sent the parts of a transfer out of order"))
        return b"".join(pieces)

    def _check_wire(self) -> None:
        failure = self.wire.failure
        if failure is not None:
            raise failure from failure.__cause__


def in_order(numbers: list[int]) -> bool:
    """Are the parts of a burst complete and in order?

    Terminals number them from 0 in the session field (captured). One that does not number them at all is believed.
    """
    return 0 not in numbers or not any(numbers) or numbers == list(range(len(numbers)))
