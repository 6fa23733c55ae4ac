"""Whole frames, an error at every end of stream, one deadline, and no address that is more than one."""

import errno
import os
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_devices.domain.devices.device import DeviceAddress, Transport
from attendance_devices.drivers.zkteco import wire as wire_module
from attendance_devices.drivers.zkteco.hostnames import checked_host
from attendance_devices.drivers.zkteco.wire import TcpWire, UdpWire, open_wire, translated
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
from tests.builders.sampling import examples
from tests.drivers.zkteco.scripted import NOBODY, free_port, mute_peer

ACK = bytes.fromhex("5050827d08000000d007fffc2ffb0000")
VERSION = bytes.fromhex("5050827d1d000000d007714cf38d0c007e506c6174666f726d3d5a454d3736305f54465400")
EVENT = bytes.fromhex("5050827d08000000f401ac1201000000")
ADDRESS = DeviceAddress(host="gate", answer_seconds=2.0, session_seconds=5.0)


@contextmanager
def pair(kind: int = socket.SOCK_STREAM, **more: Any) -> Iterator[tuple[socket.socket, Any]]:
    """A peer's end, and a wire on the other."""
    theirs, ours = socket.socketpair(socket.AF_UNIX, kind)
    address = DeviceAddress(host="gate", **{"answer_seconds": 2.0, "session_seconds": 5.0, **more})
    made = TcpWire if kind == socket.SOCK_STREAM else UdpWire
    with theirs, ours:
        yield theirs, made(ours, address, time.monotonic() + address.session_seconds)


# Frames


@settings(max_examples=examples(30))
@given(st.lists(st.sampled_from([ACK, VERSION, EVENT]), min_size=1, max_size=6), st.data())
def test_frames_come_out_whole_however_the_stream_is_cut(frames: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    with pair() as (theirs, wire):
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            theirs.sendall(stream[start:end])
        theirs.shutdown(socket.SHUT_WR)
        got = [wire.recv(1 << 20) for frame in frames if frame != EVENT]
        with pytest.raises(DeviceHungUp):
            wire.recv(1)

    assert got == [frame for frame in frames if frame != EVENT]


def test_a_part_of_a_frame_is_never_filled_up_from_the_next() -> None:
    with pair() as (theirs, wire):
        theirs.sendall(ACK + VERSION)

        assert [wire.recv(10), wire.recv(10), wire.packet()] == [ACK[:10], ACK[10:], VERSION[8:]]


@pytest.mark.parametrize("end", range(len(VERSION)))
def test_an_end_of_stream_at_any_byte_is_an_error_at_once(end: int) -> None:
    with pair() as (theirs, wire):
        theirs.sendall(VERSION[:end])
        theirs.close()
        with pytest.raises(DeviceHungUp, match=rf"gate:4370: it closed .* \({end} of (8|37) bytes\)"):
            wire.recv(1 << 20)

        assert isinstance(wire.failure, DeviceHungUp)


STRANGERS: list[tuple[str, bytes, type[DeviceError]]] = [
    ("a web server", b"HTTP/1.0 400 Bad Request\r\n", NotATerminal),
    ("a mail server", b"220 mail.example ESMTP\r\n", NotATerminal),
    ("TLS", bytes.fromhex("15030300020232"), NotATerminal),
    ("a length beyond sense", b"PP\x82}" + struct.pack("<I", 1 << 30) + bytes(8), NotATerminal),
    ("a length below a packet", b"PP\x82}" + struct.pack("<I", 7) + bytes(8), NotATerminal),
    ("an encrypted session", b"PP\x83|" + struct.pack("<I", 8) + bytes(8), EncryptedSession),
]


@pytest.mark.parametrize(("raw", "expected"), [c[1:] for c in STRANGERS], ids=[c[0] for c in STRANGERS])
def test_another_protocol_is_known_by_its_first_bytes(raw: bytes, expected: type[DeviceError]) -> None:
    with pair() as (theirs, wire):
        theirs.sendall(raw + bytes(8 - len(raw) % 8))
        with pytest.raises(expected, match=r"^gate:4370: ") as caught:
            wire.recv(1 << 20)

    assert caught.value.advice


# Deadlines


def test_an_answer_that_does_not_come_is_a_timeout() -> None:
    with pair(answer_seconds=0.05) as (_, wire), pytest.raises(DeviceTimeout, match=r"no answer within 0\.05 s"):
        wire.recv(1)


def test_the_deadline_of_the_session_holds_however_much_comes() -> None:
    with pair(session_seconds=0.2) as (theirs, wire):

        def drip() -> None:
            while True:
                theirs.sendall(b"\0")
                wire.take(1)

        begun = time.monotonic()
        with pytest.raises(DeviceTimeout) as caught:
            drip()

    assert "the session took longer than 0.2 s" in str(caught.value)
    assert time.monotonic() - begun < 8


def test_sending_holds_the_deadline_too() -> None:
    with pair(session_seconds=0.0) as (_, wire), pytest.raises(DeviceTimeout):
        wire.send(ACK)


def test_sending_to_nobody_is_a_typed_error() -> None:
    with pair() as (theirs, wire):
        theirs.close()
        with pytest.raises(DeviceHungUp):
            wire.send(ACK)


def test_the_first_failure_is_the_one_that_is_remembered() -> None:
    with pair() as (_, wire):
        first = wire.fail(NotATerminal("gate"))
        wire.fail(DeviceTimeout("gate"))

        assert wire.failure is first


def test_the_timeout_of_pyzk_does_not_count() -> None:
    with pair() as (theirs, wire):
        wire.settimeout(0.0001)
        theirs.sendall(ACK)

        assert wire.recv(1 << 20) == ACK


# Datagrams


def test_a_datagram_of_an_earlier_question_and_an_event_are_passed_over() -> None:
    with pair(socket.SOCK_DGRAM) as (theirs, wire):
        wire.sendto(struct.pack("<4H", 11, 0, 1, 5), ("ignored", 1))
        for command, reply_id in ((2000, 4), (500, 5), (2000, 5)):
            theirs.send(struct.pack("<4H", command, 0, 1, reply_id) + b"%d" % reply_id)

        assert wire.recv(1024) == struct.pack("<4H", 2000, 0, 1, 5) + b"5"


def test_a_datagram_too_short_for_a_packet_is_no_terminal() -> None:
    with pair(socket.SOCK_DGRAM) as (theirs, wire):
        theirs.send(b"pong")
        with pytest.raises(NotATerminal, match="4 bytes"):
            wire.recv(1024)


# Addresses

GOOD_HOSTS = ["10.0.0.9", "::1", "fe80::1%eth0", "gate", "gate-2.branch_7.example.com", "gate.", "x" * 63]
BAD_HOSTS = [
    ("a shell's semicolon", "127.0.0.1; touch x"),
    ("a shell's backticks", "`id`"),
    ("a shell's dollar", "$(id)"),
    ("a pipe", "gate|id"),
    ("an option", "-c1"),
    ("a blank", "gate two"),
    ("a blank behind", "10.0.0.9 "),
    ("a line feed", "gate\n"),
    ("a NUL", "gate\0"),
    ("nothing", ""),
    ("a scheme", "http://gate"),
    ("a port", "gate:4370"),
    ("a label too long", "x" * 64),
    ("a name too long", ".".join(["x" * 60] * 5)),
    ("two dots", "gate..example"),
    ("dots behind", "gate.."),
    ("no ASCII", "gäte"),
    ("an address with a number too many", "10.0.0.9.1"),
    ("an address out of range", "192.168.1.300"),
    ("three numbers, which the system would fill up", "10.0.9"),
    ("octal, which the system would read as 8.0.0.1", "010.0.0.1"),
    ("one number", "2130706433"),
    ("hexadecimal", "0x7f000001"),
    ("a scope with a command in it", "fe80::1%eth0;id"),
]


@pytest.mark.parametrize("host", GOOD_HOSTS)
def test_an_address_or_a_name_is_taken_as_it_is(host: str) -> None:
    assert checked_host(host) == host


@pytest.mark.parametrize("host", [c[1] for c in BAD_HOSTS], ids=[c[0] for c in BAD_HOSTS])
def test_what_is_no_address_starts_no_process_and_no_look_up(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("looked up or started")

    for owner, name in ((socket, "getaddrinfo"), (subprocess, "Popen"), (os, "system"), (os, "posix_spawn")):
        monkeypatch.setattr(owner, name, forbidden)

    with pytest.raises(AddressInvalid) as caught:
        open_wire(DeviceAddress(host=host))

    assert len(str(caught.value)) < 250
    assert "neither an IP address nor a host name" in str(caught.value)
    assert caught.value.advice


@pytest.mark.parametrize("port", [0, -1, 65536, 70000])
def test_a_port_out_of_range_does_not_become_another_one(port: int) -> None:
    with pytest.raises(AddressInvalid, match=f"127.0.0.1:{port}: {port} is no port"):
        open_wire(DeviceAddress(host="127.0.0.1", port=port))


def test_a_name_that_does_not_resolve_is_a_typed_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(HostNameUnknown, match=r"gate:4370: the name does not resolve .*Name or service") as caught:
        open_wire(ADDRESS)
    assert "spelling" in str(caught.value)


def _resolves_to(monkeypatch: pytest.MonkeyPatch, *targets: tuple[str, int]) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", target) for target in targets]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def test_every_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with mute_peer() as served:
        _resolves_to(monkeypatch, (NOBODY, free_port()), served)
        wire = open_wire(ADDRESS)
        wire.close()


def test_a_name_without_an_address_is_a_typed_error(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolves_to(monkeypatch)
    with pytest.raises(DeviceUnreachable, match="gate:4370"):
        open_wire(ADDRESS)


def test_a_refused_port_is_named() -> None:
    port = free_port()
    with pytest.raises(ConnectionRefused, match=f"{NOBODY}:{port}: nothing listens on tcp port {port}"):
        open_wire(DeviceAddress(host=NOBODY, port=port))


@pytest.mark.parametrize("step", ["connect", "setsockopt"])
def test_a_connection_that_fails_leaves_no_socket_open(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[socket.socket] = []

    class Plug(socket.socket):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            made.append(self)

        def connect(self, _: Any) -> None:
            if step == "connect":
                raise OSError(errno.ENETUNREACH, "Network is unreachable")

        def setsockopt(self, *_: Any) -> None:
            raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(wire_module.socket, "socket", Plug)
    with pytest.raises(DeviceUnreachable, match=r"127\.0\.0\.1:4370: cannot be reached"):
        open_wire(DeviceAddress(host="127.0.0.1"))

    assert [plug.fileno() for plug in made] == [-1]


def test_a_deadline_that_passed_before_the_connection_is_a_timeout() -> None:
    with mute_peer() as (host, port):
        wire = open_wire(DeviceAddress(host=host, port=port, session_seconds=0.0))
        with pytest.raises(DeviceTimeout):
            wire.send(ACK)
        wire.close()


ERRORS: list[tuple[str, OSError, type[DeviceError]]] = [
    ("refused", ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), ConnectionRefused),
    ("black hole", TimeoutError("timed out"), DeviceTimeout),
    ("reset", ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), DeviceHungUp),
    ("broken pipe", BrokenPipeError(errno.EPIPE, "Broken pipe"), DeviceHungUp),
    ("no network", OSError(errno.ENETUNREACH, "Network is unreachable"), DeviceUnreachable),
    ("no route", OSError(errno.EHOSTUNREACH, "No route to host"), DeviceUnreachable),
    ("without words", OSError("odd"), DeviceUnreachable),
]


@pytest.mark.parametrize(("error", "expected"), [c[1:] for c in ERRORS], ids=[c[0] for c in ERRORS])
def test_an_error_of_the_network_names_the_device_and_the_next_step(
    error: OSError, expected: type[DeviceError]
) -> None:
    found = translated(error, ADDRESS)

    assert type(found) is expected
    assert str(found).startswith("gate:4370: ")
    assert found.advice in str(found)
    assert found.advice


def test_the_transport_decides_the_kind_of_wire() -> None:
    with mute_peer() as (host, port):
        tcp = open_wire(DeviceAddress(host=host, port=port))
        udp = open_wire(DeviceAddress(host=host, port=port, transport=Transport.UDP))
        assert (type(tcp), type(udp)) == (TcpWire, UdpWire)
        tcp.close()
        udp.close()
