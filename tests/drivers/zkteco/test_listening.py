"""Events on a real line: of every length, joined, cut, between question and answer, inside a burst, and none at all."""

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import Any

import pytest

from attendance_devices.drivers.base import Ear
from attendance_devices.drivers.zkteco.driver import ZKTecoSession
from attendance_devices.exceptions import DeviceError, DeviceHungUp, DeviceTimeout, ProtocolError, Unsupported
from attendance_devices.simulators.zkteco import Faults, Terminal
from tests.drivers.contract import Reading, patiently
from tests.drivers.zkteco.bench import DRIVER, START, USERS, address_of, punches, session_with, terminal, told
from tests.drivers.zkteco.scripted import CONNECT, OK, SIZES, UNKNOWN, framed, polite, sizes, tcp_peer
from tests.simulators.wire import packet

REG_EVENT, READ, CLOCK = 500, 1504, 201
ON, OFF = struct.pack("<I", 1), struct.pack("<I", 0)
SIZES_OF_EVENTS = (10, 12, 14, 32, 36, 37, 52)


@contextmanager
def listening(made: Terminal, *, udp: bool = False, **more: Any) -> Iterator[tuple[ZKTecoSession, Ear]]:
    with session_with(made, udp=udp, **more) as session, session.listen() as ear:
        yield session, ear


def registrations(made: Terminal) -> list[bytes]:
    return [data for command, data in made.journal if command == REG_EVENT]


@pytest.mark.parametrize("udp", [False, True], ids=["tcp", "udp"])
@pytest.mark.parametrize("size", SIZES_OF_EVENTS)
def test_an_event_of_any_length_is_heard_and_acknowledged(size: int, udp: bool) -> None:
    made = terminal(event_size=size)
    with listening(made, udp=udp) as (session, ear):
        made.punch("103", START)
        (hint,) = patiently(ear)
        session.status()

    assert hint.at == START
    assert hint.who in {"103", ""}
    assert made.acknowledged == 1
    assert made.bad_checksums == 0
    assert registrations(made) == [ON, OFF]


LINES: list[tuple[str, Faults]] = [
    ("joined in one segment", Faults(join_events=True)),
    ("cut in their headers", Faults(split_headers=True)),
    ("three bytes at a time", Faults(drip=(3, 0.0))),
    ("joined, and five bytes at a time", Faults(join_events=True, drip=(5, 0.0))),
]


@pytest.mark.parametrize("faults", [c[1] for c in LINES], ids=[c[0] for c in LINES])
def test_events_survive_what_the_stream_does_to_them(faults: Faults) -> None:
    made = terminal(log=punches(40))
    with listening(made) as (session, ear):
        cursor = Reading(list(session.batches({}, UTC))).cursor
        made.faults = faults
        for punch in punches(5, first=40):
            made.punch(punch.user_id, punch.at)
        heard = []
        while len(heard) < 5:
            hints = patiently(ear)
            assert hints
            heard += hints
        read = Reading(list(session.batches(cursor, UTC)))

    assert [hint.at for hint in heard] == [punch.at for punch in punches(5, first=40)]
    assert read.told == told(punches(45))[40:]


MOMENTS: list[tuple[str, Faults]] = [
    ("in front of the answer that prepares the log", Faults(events_before=1503)),
    ("in front of a burst", Faults(events_before=READ)),
    ("inside a burst", Faults(events_inside=READ)),
    ("behind the answer to how many there are", Faults(events_inside=SIZES)),
]


@pytest.mark.parametrize("udp", [False, True], ids=["tcp", "udp"])
@pytest.mark.parametrize("faults", [c[1] for c in MOMENTS], ids=[c[0] for c in MOMENTS])
def test_events_at_the_wrong_moment_are_set_aside_and_the_answer_is_whole(faults: Faults, udp: bool) -> None:
    made = terminal(log=punches(200), frame_size=1008)
    made.faults = faults
    with listening(made, udp=udp) as (session, ear):
        for punch in punches(3, first=200):
            made.punch(punch.user_id, punch.at)
        read = Reading(list(session.batches({}, UTC)))
        hints = list(ear.wait(0))

    assert read.told == told(punches(203))
    assert [hint.at for hint in hints] == [punch.at for punch in punches(3, first=200)]
    assert made.acknowledged == 3
    assert registrations(made) == [ON, OFF]


@pytest.mark.parametrize(
    "data", [b"", b"x", bytes(13), b"\xff" * 32, bytes(900)], ids=lambda data: f"{len(data)} bytes"
)
def test_an_event_that_nobody_understands_is_a_hint_too(data: bytes) -> None:
    made = terminal()
    with listening(made) as (_, ear):
        made.tell_raw(data)

        assert len(patiently(ear)) == 1


def test_events_after_the_goodbye_disturb_nothing() -> None:
    made = terminal(log=punches(3))
    with session_with(made) as session:
        with session.listen():
            pass
        made.punch("100", START)
        assert session.status().records == 4

    assert made.acknowledged == 0


def test_more_events_than_anybody_counts_are_bounded_and_the_log_has_them_all() -> None:
    made = terminal()
    with listening(made) as (session, ear):
        for punch in punches(1_200):
            made.punch(punch.user_id, punch.at)
        session.status()
        while ear.wait(0.05):
            pass
        read = Reading(list(session.batches({}, UTC)))

    assert read.records == 1_200


def test_a_firmware_without_events_says_so_and_can_still_be_read() -> None:
    made = Terminal(users=USERS, punches=punches(5), faults=Faults(refuse=frozenset({REG_EVENT})))
    with session_with(made) as session:
        with pytest.raises(Unsupported, match=r"sends no live events.*polled"), session.listen():
            pass
        assert session.status().records == 5


def test_a_terminal_that_dies_is_an_error_at_once() -> None:
    made = terminal()

    def until_it_dies() -> None:
        with DRIVER.session(address_of(made.start())) as session, session.listen() as ear:
            made.stop()
            ear.wait(10)

    begun = time.monotonic()
    with pytest.raises(DeviceHungUp):
        until_it_dies()
    assert time.monotonic() - begun < 9


def test_a_terminal_that_hangs_is_silent_until_it_is_asked() -> None:
    made = terminal()

    def asked() -> None:
        with listening(made, answer_seconds=0.1) as (session, ear):
            made.faults = Faults(stall_after_bytes=0)
            assert not ear.wait(0.01)
            session.status()

    with pytest.raises(DeviceTimeout):
        asked()


def test_each_wait_begins_the_time_of_the_session_anew() -> None:
    made = terminal()
    with listening(made) as (session, ear):
        wire = session.connection.wire
        wire.deadline = time.monotonic() - 1
        assert not ear.wait(0.01, then=30)
        session.status()

        assert 0 < wire.deadline - time.monotonic() <= 30


STRAY: list[tuple[str, bytes, type[DeviceError]]] = [
    ("an answer to nothing", framed(packet(OK, 0x1001, 7)), ProtocolError),
    ("another protocol", b"HTTP/1.1 400 Bad Request\r\n\r\n", DeviceError),
]


@pytest.mark.parametrize(("raw", "expected"), [c[1:] for c in STRAY], ids=[c[0] for c in STRAY])
def test_what_nobody_asked_for_ends_the_session(raw: bytes, expected: type[DeviceError]) -> None:
    answers = {REG_EVENT: framed(packet(OK, 0x1001, 2)) + raw, SIZES: [(OK, 0, sizes())]}

    def waited(address: Any) -> None:
        with DRIVER.session(address) as session, session.listen() as ear:
            ear.wait(1)
            ear.wait(1)

    with tcp_peer(polite({CONNECT: [(OK, 0x1001, b"")], **answers})) as served, pytest.raises(expected):
        waited(address_of(served))


def test_an_event_that_cannot_be_acknowledged_is_the_error_of_the_line() -> None:
    event = framed(packet(REG_EVENT, 1, 0, bytes(32)))

    def cut(session: ZKTecoSession, ear: Ear) -> None:
        session.connection.wire.plug.shutdown(socket.SHUT_WR)
        ear.wait(1)

    def waited(address: Any) -> None:
        with DRIVER.session(address) as session, session.listen() as ear:
            cut(session, ear)

    with tcp_peer(polite({REG_EVENT: framed(packet(OK, 0x1001, 2)) + event})) as served, pytest.raises(DeviceHungUp):
        waited(address_of(served))


def test_a_refusal_is_no_registration() -> None:
    with (
        tcp_peer(polite({REG_EVENT: [(UNKNOWN, 0, b"")]})) as served,
        DRIVER.session(address_of(served)) as session,
        pytest.raises(Unsupported),
        session.listen(),
    ):
        pass
