"""The socket under pyzk: whole frames, an error at end of stream, and one deadline for the whole session.

On TCP a frame is ``50 50 82 7D | u32 length | packet``, and the stream may split and join frames as it likes; on UDP
a datagram is a packet. A packet is ``u16 command | u16 checksum | u16 session | u16 reply id | data``, little-endian.
"""

import selectors
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from attendance_devices.domain.devices.device import DeviceAddress, Transport
from attendance_devices.drivers.zkteco.hostnames import checked_host
from attendance_devices.exceptions import (
    AddressInvalid,
    ConnectionRefused,
    DeviceError,
    DeviceHungUp,
    DeviceTimeout,
    DeviceUnreachable,
    EncryptedSession,
    HostNameUnknown,
    NotATerminal,
    ProtocolError,
)

TOP = struct.Struct("<4sI")
PACKET = struct.Struct("<4H")
MAGIC = b"PP\x82}"
ENCRYPTED_MAGIC = b"PP\x83|"
LARGEST_FRAME = 1 << 20
"""Terminals send at most 64 KiB in a frame; more than this is another protocol."""
EVENT, ACK_OK = 500, 2000
"""A live event answers nothing, and comes whenever it likes; its acknowledgement is no question."""
SHORTEST_WAIT, MOST_AT_ONCE = 0.001, 100
PORT_ADVICE = "Enter a port from 1 to 65535; ZK terminals listen on 4370."


class Wire(Protocol):
    """What pyzk calls its socket, and what went wrong on it."""

    failure: DeviceError | None
    """The first error, kept because pyzk wraps every exception into a text."""

    def send(self, frame: bytes) -> int: ...
    def sendto(self, packet: bytes, address: object) -> int: ...
    def recv(self, size: int) -> bytes: ...
    def settimeout(self, seconds: float) -> None: ...
    def close(self) -> None: ...


def open_wire(address: DeviceAddress) -> "TcpWire | UdpWire":
    """Connect. Raises `AddressInvalid`, `HostNameUnknown`, or what `translated` says."""
    host = checked_host(address.host)
    if not 0 < address.port < 65536:
        raise AddressInvalid(str(address), f"{address.port} is no port", next_step=PORT_ADVICE)
    kind = socket.SOCK_STREAM if address.transport is Transport.TCP else socket.SOCK_DGRAM
    try:
        found = socket.getaddrinfo(host, address.port, type=kind)
    except (socket.gaierror, UnicodeError) as error:
        raise HostNameUnknown(str(address), f"the name does not resolve ({error})") from error
    deadline = time.monotonic() + address.session_seconds
    failed = OSError("the name has no address")
    for family, _, _, _, target in found:
        try:
            return _plugged(address, socket.socket(family, kind), target, deadline)
        except OSError as error:
            failed = error
    raise translated(failed, _hurried(address)) from failed


def _hurried(address: DeviceAddress) -> DeviceAddress:
    """As it is waited for until it is known that anybody is there."""
    return replace(address, answer_seconds=min(address.answer_seconds, address.connect_seconds))


def _plugged(
    address: DeviceAddress, plug: socket.socket, target: "tuple[Any, ...]", deadline: float
) -> "TcpWire | UdpWire":
    """A wire on a socket that is connected now; closed again if that fails."""
    try:
        wait = min(_hurried(address).answer_seconds, deadline - time.monotonic())
        plug.settimeout(max(wait, SHORTEST_WAIT))
        plug.connect(target)
        if plug.type == socket.SOCK_DGRAM:
            return UdpWire(plug, address, deadline)
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return TcpWire(plug, address, deadline)
    except OSError:
        plug.close()
        raise


def translated(error: OSError, address: DeviceAddress) -> DeviceError:
    """The typed error of a socket's error."""
    if isinstance(error, ConnectionRefusedError):
        return ConnectionRefused(str(address), f"nothing listens on {address.transport} port {address.port}")
    if isinstance(error, TimeoutError):
        return DeviceTimeout(str(address), f"no answer within {address.answer_seconds:g} s")
    if isinstance(error, ConnectionError):
        return DeviceHungUp(str(address), f"the connection was cut ({error.strerror or error})")
    return DeviceUnreachable(str(address), f"cannot be reached ({error.strerror or error})")


class _Plug:
    """A connected socket with the deadline of the session, and the first failure on it."""

    def __init__(self, plug: socket.socket, address: DeviceAddress, deadline: float) -> None:
        self.plug = plug
        self.address = address
        self.deadline = deadline
        self.failure: DeviceError | None = None
        self.received = 0
        """Bytes received so far."""
        self.on_event: Callable[[bytes], None] | None = None
        """Takes each event, wherever it turns up: between a question and its answer, or inside a burst."""

    def settimeout(self, seconds: float) -> None:
        """pyzk's own idea of a timeout is not needed: the address says it."""

    def close(self) -> None:
        self.plug.close()

    def renew(self, seconds: float) -> None:
        """The session may take so long from now."""
        self.deadline = time.monotonic() + seconds

    def fail(self, error: DeviceError) -> DeviceError:
        self.failure = self.failure or error
        return error

    def send(self, frame: bytes) -> int:
        """Send all of it, at once or not at all."""
        try:
            self._wait()
            self.plug.sendall(frame)
        except OSError as error:
            raise self.fail(translated(error, self.address)) from error
        return len(frame)

    def sendto(self, packet: bytes, address: object) -> int:
        """The socket is connected already; `address` is pyzk's."""
        del address
        return self.send(packet)

    def take(self, size: int) -> bytes:
        """Up to `size` bytes from the network, before the deadline."""
        try:
            self._wait()
            data = self.plug.recv(size)
        except OSError as error:
            raise self.fail(translated(error, self.address)) from error
        self.received += len(data)
        return data

    def arrives(self, seconds: float) -> bool:
        """Does anything arrive within so many seconds? The end of the stream is something too."""
        with selectors.DefaultSelector() as waiting:
            waiting.register(self.plug, selectors.EVENT_READ)
            return bool(waiting.select(max(seconds, 0)))

    def _wait(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            limit = self.address.session_seconds
            raise self.fail(DeviceTimeout(str(self.address), f"the session took longer than {limit:g} s"))
        self.plug.settimeout(min(left, self.address.answer_seconds))


class TcpWire(_Plug):
    """Hands out one whole frame at a time, or the rest of one that was taken in part."""

    def __init__(self, plug: socket.socket, address: DeviceAddress, deadline: float) -> None:
        super().__init__(plug, address, deadline)
        self.pending = bytearray()
        self.frame = b""

    def recv(self, size: int) -> bytes:
        """At most `size` bytes of the current frame; never bytes of two frames."""
        if not self.frame:
            self.frame = self._next_frame()
        part, self.frame = self.frame[:size], self.frame[size:]
        return part

    def packet(self) -> bytes:
        """The next whole packet, without its TCP top."""
        return self._next_frame()[TOP.size :]

    def listen(self, seconds: float) -> None:
        """Take the events that are here; if there is none, whatever arrives next within so many seconds.

        The beginning of a frame is kept for the next time.
        """
        if self._whole() is None and self.arrives(seconds):
            self._receive(self._wanted())
        while (frame := self._whole()) is not None:
            del self.pending[: len(frame)]
            if not self._is_event(frame):
                happened = f"it said {PACKET.unpack_from(frame, TOP.size)[0]} without being asked"
                raise self.fail(ProtocolError(str(self.address), happened))

    def _next_frame(self) -> bytes:
        while True:
            while (frame := self._whole()) is None:
                self._receive(self._wanted())
            del self.pending[: len(frame)]
            if not self._is_event(frame):
                return frame

    def _is_event(self, frame: bytes) -> bool:
        """An event is set aside; it answers nothing."""
        if PACKET.unpack_from(frame, TOP.size)[0] != EVENT:
            return False
        if self.on_event is not None:
            self.on_event(frame[TOP.size :])
        return True

    def _whole(self) -> bytes | None:
        """The first frame, if all of it is here."""
        wanted = self._wanted()
        return bytes(self.pending[:wanted]) if TOP.size < wanted <= len(self.pending) else None

    def _wanted(self) -> int:
        """How many bytes make the top, or else the frame. Raises `EncryptedSession`, `NotATerminal`."""
        if len(self.pending) < TOP.size:
            return TOP.size
        magic, length = TOP.unpack_from(self.pending)
        if magic == ENCRYPTED_MAGIC:
            raise self.fail(EncryptedSession(str(self.address), "it answers in an encrypted session"))
        if magic != MAGIC or not PACKET.size <= length <= LARGEST_FRAME:
            happened = f"what answers does not speak the ZK protocol: {bytes(self.pending[:16])!r}"
            raise self.fail(NotATerminal(str(self.address), happened))
        return TOP.size + int(length)

    def _receive(self, wanted: int) -> None:
        data = self.take(65536)
        if not data:
            had = len(self.pending)
            happened = f"it closed the connection in mid-session ({had} of {wanted} bytes)"
            raise self.fail(DeviceHungUp(str(self.address), happened))
        self.pending += data


class UdpWire(_Plug):
    """Hands out one datagram at a time, and drops those that answer an earlier question.

    Nothing tells that anybody is there but the first answer: that is waited for as a connection is.
    """

    def __init__(self, plug: socket.socket, address: DeviceAddress, deadline: float) -> None:
        super().__init__(plug, _hurried(address), deadline)
        self.patient = address
        self.reply_id: int | None = None

    def send(self, frame: bytes) -> int:
        """Remember which answer belongs to this question; an acknowledgement is none."""
        command, _, _, reply_id = PACKET.unpack_from(frame)
        if command != ACK_OK:
            self.reply_id = reply_id
        return super().send(frame)

    def recv(self, size: int) -> bytes:
        """The next datagram that belongs to the last question."""
        del size
        return self.packet()

    def packet(self) -> bytes:
        """The next datagram that belongs to the last question."""
        while True:
            data, answers = self._next()
            if answers:
                return data

    def listen(self, seconds: float) -> None:
        """Take the events that are here; if there is none, whatever arrives next within so many seconds."""
        for number in range(MOST_AT_ONCE):
            if not self.arrives(0 if number else seconds):
                return
            self._next()

    def _next(self) -> tuple[bytes, bool]:
        """A datagram, and whether it answers the last question. An event is set aside."""
        data = self.take(65536)
        self.address = self.patient
        if len(data) < PACKET.size:
            raise self.fail(NotATerminal(str(self.address), f"it answered {len(data)} bytes that are no packet"))
        command, _, _, reply_id = PACKET.unpack_from(data)
        if command == EVENT and self.on_event is not None:
            self.on_event(data)
        return data, command != EVENT and reply_id == self.reply_id
