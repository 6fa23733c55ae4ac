"""The socket under pyzk: whole frames, an error at end of stream, and one deadline for the whole session.

On TCP a frame is ``50 50 82 7D | u32 length | packet``, and the stream may split and join frames as it likes; on UDP
a datagram is a packet. A packet is ``u16 command | u16 checksum | u16 session | u16 reply id | data``, little-endian.
"""

import ipaddress
import re
import socket
import struct
import time
from dataclasses import replace
from typing import Any, Protocol

from attendance_devices.domain.devices import DeviceAddress, Transport
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
)

TOP = struct.Struct("<4sI")
PACKET = struct.Struct("<4H")
MAGIC = b"PP\x82}"
ENCRYPTED_MAGIC = b"PP\x83|"
LARGEST_FRAME = 1 << 20
"""Terminals send at most 64 KiB in a frame; more than this is another protocol."""
EVENT = 500
"""A live event. Nobody here asked for it, and it answers nothing."""
SHORTEST_WAIT = 0.001
PORT_ADVICE = "Enter a port from 1 to 65535; ZK terminals listen on 4370."
LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
SCOPE = re.compile(r"[A-Za-z0-9._-]{0,64}")
NUMBER = re.compile(r"\d+|0[xX][0-9A-Fa-f]*")
"""A name that ends in a number is read as an address by old rules: 10.1 is 10.0.0.1, and 010.0.0.1 is 8.0.0.1."""


class Wire(Protocol):
    """What pyzk calls its socket, and what went wrong on it."""

    failure: DeviceError | None
    """The first error, kept because pyzk wraps every exception into a text."""

    def send(self, frame: bytes) -> int: ...
    def sendto(self, packet: bytes, address: object) -> int: ...
    def recv(self, size: int) -> bytes: ...
    def settimeout(self, seconds: float) -> None: ...
    def close(self) -> None: ...


def checked_host(host: str) -> str:
    """`host` if it is an IP address or a host name and nothing else. Raises `AddressInvalid`."""
    address, _, scope = host.partition("%")
    try:
        ipaddress.ip_address(address)
        good = SCOPE.fullmatch(scope) is not None
    except ValueError:
        labels = host.removesuffix(".").split(".")
        good = len(host) <= 253 and all(LABEL.fullmatch(label) for label in labels) and not NUMBER.fullmatch(labels[-1])
    if not good:
        raise AddressInvalid(f"{host!r:.80}", "is neither an IP address nor a host name")
    return host


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
    hurried = replace(address, answer_seconds=min(address.answer_seconds, address.connect_seconds))
    for family, _, _, _, target in found:
        try:
            return _plugged(address, socket.socket(family, kind), target, deadline)
        except OSError as error:
            failed = error
    raise translated(failed, hurried) from failed


def _plugged(
    address: DeviceAddress, plug: socket.socket, target: "tuple[Any, ...]", deadline: float
) -> "TcpWire | UdpWire":
    """A wire on a socket that is connected now; closed again if that fails."""
    try:
        wait = min(address.answer_seconds, address.connect_seconds, deadline - time.monotonic())
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

    def settimeout(self, seconds: float) -> None:
        """pyzk's own idea of a timeout is not needed: the address says it."""

    def close(self) -> None:
        self.plug.close()

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

    def _next_frame(self) -> bytes:
        while True:
            magic, length = TOP.unpack(self._exactly(TOP.size, peek=True))
            if magic == ENCRYPTED_MAGIC:
                raise self.fail(EncryptedSession(str(self.address), "it answers in an encrypted session"))
            if magic != MAGIC or not PACKET.size <= length <= LARGEST_FRAME:
                happened = f"what answers does not speak the ZK protocol: {bytes(self.pending[:16])!r}"
                raise self.fail(NotATerminal(str(self.address), happened))
            frame = self._exactly(TOP.size + length)
            if PACKET.unpack_from(frame, TOP.size)[0] != EVENT:
                return frame

    def _exactly(self, size: int, *, peek: bool = False) -> bytes:
        while len(self.pending) < size:
            data = self.take(65536)
            if not data:
                had = len(self.pending)
                happened = f"it closed the connection in the middle of an answer ({had} of {size} bytes)"
                raise self.fail(DeviceHungUp(str(self.address), happened))
            self.pending += data
        whole = bytes(self.pending[:size])
        if not peek:
            del self.pending[:size]
        return whole


class UdpWire(_Plug):
    """Hands out one datagram at a time, and drops those that answer an earlier question."""

    def __init__(self, plug: socket.socket, address: DeviceAddress, deadline: float) -> None:
        super().__init__(plug, address, deadline)
        self.reply_id: int | None = None

    def send(self, frame: bytes) -> int:
        """Remember which answer belongs to this question."""
        self.reply_id = PACKET.unpack_from(frame)[3]
        return super().send(frame)

    def recv(self, size: int) -> bytes:
        """The next datagram that belongs to the last question."""
        del size
        return self.packet()

    def packet(self) -> bytes:
        """The next datagram that belongs to the last question."""
        while True:
            data = self.take(65536)
            if len(data) < PACKET.size:
                raise self.fail(NotATerminal(str(self.address), f"it answered {len(data)} bytes that are no packet"))
            command, _, _, reply_id = PACKET.unpack_from(data)
            if reply_id == self.reply_id and command != EVENT:
                return data
