"""Commands asked and answered, data sets read in pieces: every answer is right or a typed error."""

import http.server
import logging
import socket
import struct
import threading
import time
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_devices.domain.devices.device import DeviceAddress
from attendance_devices.drivers.zkteco import session as session_module
from attendance_devices.drivers.zkteco.session import ATTLOG_RRQ, GET_VERSION, Connection, in_order
from attendance_devices.exceptions import (
    DeviceBusy,
    DeviceError,
    DeviceHungUp,
    DeviceTimeout,
    DeviceUnreachable,
    EncryptedSession,
    NotATerminal,
    ProtocolError,
    ShortTransfer,
    Unauthorised,
    Unsupported,
)
from attendance_devices.simulators.zkteco import Faults, Profile, Terminal
from tests.builders.sampling import examples
from tests.drivers.zkteco.bench import DRIVER, address_of, punches, read, read_once, session_with, terminal, told
from tests.drivers.zkteco.scripted import (
    CONNECT,
    DATA,
    ERROR,
    OK,
    PREPARE,
    PREPARE_DATA,
    READ,
    SIZES,
    UNAUTH,
    UNKNOWN,
    mute_peer,
    polite,
    prepared,
    sizes,
    tcp_peer,
    udp_peer,
)
from tests.simulators.wire import packet


def opened(address: DeviceAddress) -> None:
    """Open a session and close it."""
    with DRIVER.session(address):
        pass


# Opening

KEYS = [
    ("no key", Profile(), 0),
    ("a challenge without a key", Profile(always_challenge=True), 0),
    ("a small key", Profile(comm_key=45), 45),
    ("a key that overflows", Profile(comm_key=983039), 983039),
]


@pytest.mark.parametrize("udp", [False, True], ids=["tcp", "udp"])
@pytest.mark.parametrize(("profile", "key"), [c[1:] for c in KEYS], ids=[c[0] for c in KEYS])
def test_a_session_opens_with_the_right_key(profile: Profile, key: int, udp: bool) -> None:
    with session_with(Terminal(profile=profile), udp=udp, comm_key=key) as session:
        assert session.identity().serial_number == "SIM0001"


@pytest.mark.parametrize("number", [0x8FFF, 0x9000, 0xFFFD])
def test_a_long_key_opens_sessions_of_high_numbers(number: int) -> None:
    made = Terminal(profile=Profile(comm_key=983039))
    made._machine._sessions = number
    with session_with(made, comm_key=983039) as session:
        assert session.identity().serial_number == "SIM0001"


def test_a_wrong_key_is_refused_and_never_written(caplog: pytest.LogCaptureFixture) -> None:
    made = Terminal(profile=Profile(comm_key=45))
    with (
        caplog.at_level(logging.DEBUG),
        made.serve() as served,
        pytest.raises(Unauthorised, match=r"127\.0\.0\.1:.*refused the comm key") as caught,
    ):
        opened(address_of(served, comm_key=730517))

    assert "730517" not in str(caught.value) + repr(caught.value) + caplog.text
    assert "Comm > PC connection" in caught.value.advice


def test_a_terminal_that_wants_an_encrypted_session_is_told_by_its_answer() -> None:
    with pytest.raises(EncryptedSession, match=r"answer 6001.*encrypted SDK connection"):
        read_once(Terminal(profile=Profile(encrypted=True)))


def test_a_terminal_that_wants_an_encrypted_session_is_told_by_its_frame() -> None:
    answer = b"PP\x83|" + struct.pack("<I", 8) + bytes(8)
    with tcp_peer(lambda *_: answer) as served, pytest.raises(EncryptedSession):
        opened(address_of(served))


OPENINGS: list[tuple[str, list[tuple[int, int, bytes]], type[DeviceError]]] = [
    ("busy", [(ERROR, 0, b"")], DeviceBusy),
    ("unknown", [(UNKNOWN, 0, b"")], ProtocolError),
    ("an echo", [(CONNECT, 0, b"")], ProtocolError),
]


@pytest.mark.parametrize("udp", [False, True], ids=["tcp", "udp"])
@pytest.mark.parametrize(("answer", "expected"), [c[1:] for c in OPENINGS], ids=[c[0] for c in OPENINGS])
def test_a_refused_session_is_a_typed_error(
    answer: list[tuple[int, int, bytes]], expected: type[DeviceError], udp: bool
) -> None:
    peer = udp_peer if udp else tcp_peer
    with peer(polite({CONNECT: answer})) as served, pytest.raises(expected, match=r"127\.0\.0\.1:"):
        opened(address_of(served, udp=udp))


@pytest.mark.parametrize("udp", [False, True], ids=["tcp", "udp"])
def test_a_black_hole_is_a_timeout_that_doubts_the_port(udp: bool) -> None:
    begun = time.monotonic()
    with mute_peer() as served, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        where = silent.getsockname() if udp else served
        with pytest.raises(DeviceTimeout, match=r"127\.0\.0\.1:\d+: no answer within 0\.1 s.*port") as caught:
            opened(address_of(where, udp=udp, answer_seconds=0.1))

    assert caught.value.retryable
    assert time.monotonic() - begun < 8


def test_by_udp_the_first_answer_is_waited_for_as_a_connection_is_and_the_others_longer() -> None:
    begun = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with pytest.raises(DeviceTimeout, match=r"no answer within 0\.1 s"):
            opened(address_of(silent.getsockname(), udp=True, connect_seconds=0.1, answer_seconds=9))
    assert time.monotonic() - begun < 8

    slow = Terminal(faults=Faults(late_answer=0.4, late_command=50))
    with session_with(slow, udp=True, connect_seconds=0.1, answer_seconds=9) as session:
        assert session.status().records == 0


def test_a_service_that_greets_is_no_terminal() -> None:
    with mute_peer(b"SSH-2.0-OpenSSH_9.6\r\n") as served, pytest.raises(NotATerminal, match=r"SSH-2\.0"):
        opened(address_of(served))


def test_a_web_server_on_the_port_is_a_typed_error_in_time() -> None:
    class Quiet(http.server.BaseHTTPRequestHandler):
        timeout = 0.2

        def log_message(self, *_: Any) -> None:
            """Nothing is written."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        with pytest.raises((DeviceTimeout, DeviceHungUp, NotATerminal)) as caught:
            opened(address_of(server.server_address[:2], answer_seconds=0.5))  # type: ignore[arg-type]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert str(caught.value).startswith("127.0.0.1:")
    assert caught.value.advice


def test_a_web_server_that_answers_at_once_is_no_terminal() -> None:
    answer = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    with tcp_peer(lambda *_: answer) as served, pytest.raises(NotATerminal, match=r"HTTP/1\.1 400.*another service"):
        opened(address_of(served))


def test_no_socket_is_left_when_pyzk_cannot_have_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    wires: list[Any] = []
    real = session_module.open_wire

    def remembered(address: DeviceAddress) -> Any:
        wires.append(real(address))
        return wires[-1]

    def none_left(*_: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(session_module, "open_wire", remembered)
    monkeypatch.setattr(session_module, "_PyZK", none_left)
    with mute_peer() as served, pytest.raises(DeviceUnreachable, match="Too many open files"):
        opened(address_of(served))

    assert wires[0].plug.fileno() == -1


def test_a_session_says_good_bye_and_an_unsound_one_only_hangs_up() -> None:
    made = terminal(log=punches(200))
    with made.serve() as served:
        opened(address_of(served))
        assert made.journal[-1][0] == 1001
        made.faults = Faults(close_after_bytes=300)
        with pytest.raises(DeviceHungUp):
            read(address_of(served))
        assert made.journal[-1][0] != 1001


def test_a_terminal_that_does_not_answer_the_good_bye_is_no_error() -> None:
    made = terminal(log=punches(3))
    with made.serve() as served:
        address = address_of(served, answer_seconds=0.2)
        with DRIVER.session(address) as session:
            made.faults = Faults(stall_after_bytes=0)
            assert session.connection.wire.failure is None


# After an error


def test_after_an_error_of_the_wire_nothing_is_asked_any_more() -> None:
    made = terminal(log=punches(3))
    with made.serve() as served, DRIVER.session(address_of(served, answer_seconds=0.15)) as session:
        made.faults = Faults(late_answer=0.3)
        with pytest.raises(DeviceTimeout):
            session.status()
        asked = len(made.journal)
        made.faults = Faults()
        # The late answer to the clock must not be taken for the version.
        with pytest.raises(DeviceTimeout):
            session.identity()
        assert len(made.journal) == asked


def test_after_a_broken_transfer_its_remains_are_not_taken_for_answers() -> None:
    rest = [(DATA, number, b"x" * 100) for number in range(5)]
    script = {PREPARE: [(OK, 0, prepared(84))], READ: [(PREPARE_DATA, 0, b""), *rest], SIZES: [(OK, 0, sizes(0, 2))]}
    with tcp_peer(polite(script)) as served, DRIVER.session(address_of(served)) as session:
        for _ in range(2):
            with pytest.raises(ShortTransfer, match="more than the 4 bytes"):
                list(session.batches({}, UTC))


# Data sets


def connection_to(served: tuple[str, int], **more: Any) -> Connection:
    made = Connection(address_of(served, **more))
    made.open()
    return made


PREPARATIONS: list[tuple[str, Any, type[DeviceError], str]] = [
    ("busy", [(ERROR, 0, b"")], DeviceBusy, "for the moment"),
    ("unknown", [(UNKNOWN, 0, b"")], Unsupported, "no buffered read"),
    ("too short", [(OK, 0, b"\0\0")], ProtocolError, "2000 with 2 bytes"),
    ("another code", [(PREPARE_DATA, 0, bytes(8))], ProtocolError, "1500 with 8 bytes"),
]


@pytest.mark.parametrize(
    ("answer", "expected", "words"), [c[1:] for c in PREPARATIONS], ids=[c[0] for c in PREPARATIONS]
)
def test_a_data_set_that_is_not_prepared_is_a_typed_error(answer: Any, expected: type[DeviceError], words: str) -> None:
    with tcp_peer(polite({PREPARE: answer})) as served:
        connection = connection_to(served)
        with pytest.raises(expected, match=words):
            connection.prepare(ATTLOG_RRQ)
        connection.close()


READS: list[tuple[str, Any, type[DeviceError], str]] = [
    ("refused", [(ERROR, 0, b"")], DeviceBusy, "bytes 0 to 8.*2001"),
    ("too few", [(PREPARE_DATA, 0, b""), (DATA, 0, b"1234567"), (OK, 0, b"")], ShortTransfer, "7 of 8 bytes"),
    ("too many", [(PREPARE_DATA, 0, b""), (DATA, 0, b"123456789"), (OK, 0, b"")], ShortTransfer, "more than the 8"),
    ("broken off", [(PREPARE_DATA, 0, b""), (DATA, 0, b"1234"), (ERROR, 0, b"")], ProtocolError, "answer 2001"),
    ("too few at once", [(DATA, 0, b"1234")], ShortTransfer, "4 of 8 bytes"),
]


@pytest.mark.parametrize("udp", [False, True], ids=["tcp", "udp"])
@pytest.mark.parametrize(("answer", "expected", "words"), [c[1:] for c in READS], ids=[c[0] for c in READS])
def test_a_transfer_of_other_bytes_than_announced_is_a_typed_error(
    answer: Any, expected: type[DeviceError], words: str, udp: bool
) -> None:
    peer = udp_peer if udp else tcp_peer
    with peer(polite({PREPARE: [(OK, 0, prepared(8))], READ: answer})) as served:
        connection = connection_to(served, udp=udp)
        with pytest.raises(expected, match="never agreed|sent more|answer" if udp else words):
            connection.read(connection.prepare(ATTLOG_RRQ), 0, 8)
        connection.close()


def test_a_piece_that_comes_without_a_burst_is_taken() -> None:
    with tcp_peer(polite({PREPARE: [(OK, 0, prepared(8))], READ: [(DATA, 0, b"12345678")]})) as served:
        connection = connection_to(served)
        assert connection.read(connection.prepare(ATTLOG_RRQ), 0, 8) == b"12345678"
        connection.close()


def test_a_position_beyond_two_gigabytes_can_be_asked_for() -> None:
    asked: list[bytes] = []

    def script(command: int, data: bytes) -> list[tuple[int, int, bytes]]:
        if command == READ:
            asked.append(data)
            return [(DATA, 0, b"1")]
        return [(OK, 0, prepared(0xFFFFFFFF) if command == PREPARE else b"")]

    with tcp_peer(script) as served:
        connection = connection_to(served)
        assert connection.read(connection.prepare(ATTLOG_RRQ), 0xF0000000, 1) == b"1"
        connection.close()

    assert asked == [struct.pack("<II", 0xF0000000, 1)]


def test_an_answer_that_pyzk_chokes_on_is_a_typed_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with session_with(terminal()) as session:

        def chokes(*_: object) -> None:
            raise UnboundLocalError("data_recv")

        monkeypatch.setattr(session.connection.zk, "ask", chokes)
        with pytest.raises(ProtocolError, match="command 1100 was answered with something else"):
            session.connection.ask(GET_VERSION)


# Datagrams

LOG = punches(60)  # 2 404 bytes: three datagrams a burst


def _first_of_the_transfers() -> int:
    """The number of datagrams before the first bytes of the log."""
    made = terminal(log=LOG)
    with made.serve() as served, DRIVER.session(address_of(served, udp=True)) as session:
        session.connection.ask(50)
        session.connection.prepare(ATTLOG_RRQ)
        session.connection.ask(50)
        return made.datagrams_sent


@pytest.mark.parametrize("fault", ["lose_datagrams", "double_datagrams", "swap_datagrams"])
def test_one_unlucky_datagram_anywhere_gives_right_rows_or_a_typed_error(fault: str) -> None:
    outcomes = set[str]()
    for index in range(_first_of_the_transfers() + 14):
        made = terminal(log=LOG)
        made.faults = Faults(**{fault: frozenset({index})})  # type: ignore[arg-type]
        try:
            assert told(LOG) == read_once(made, udp=True, answer_seconds=0.1).told
            outcomes.add("right")
        except DeviceError as error:
            outcomes.add(error.advice)

    assert "right" in outcomes
    assert "" not in outcomes


def test_unlucky_datagrams_inside_a_transfer_are_mended() -> None:
    first = _first_of_the_transfers()
    for fault in ("lose_datagrams", "double_datagrams", "swap_datagrams"):
        for index in range(first, first + 9):
            made = terminal(log=LOG)
            made.faults = Faults(**{fault: frozenset({index})})  # type: ignore[arg-type]
            assert read_once(made, udp=True, answer_seconds=0.25).told == told(LOG), (fault, index)


@settings(max_examples=examples(15))
@given(st.tuples(*[st.frozensets(st.integers(0, 60), max_size=3) for _ in range(3)]))
def test_any_unlucky_datagrams_give_right_rows_or_a_typed_error(unlucky: tuple[frozenset[int], ...]) -> None:
    lost, doubled, swapped = unlucky
    made = terminal(log=LOG)
    made.faults = Faults(lose_datagrams=lost, double_datagrams=doubled, swap_datagrams=swapped)
    try:
        reading = read_once(made, udp=True, answer_seconds=0.06)
    except DeviceError:
        return
    assert reading.told == told(LOG)


def _always(numbers: list[int], size: int) -> Any:
    bursts = [(PREPARE_DATA, 0, b""), *((DATA, number, b"%04d" % number) for number in numbers), (OK, 0, b"")]
    return polite({PREPARE: [(OK, 0, prepared(size))], READ: bursts})


def test_parts_that_come_in_the_same_wrong_order_every_time_are_refused() -> None:
    with udp_peer(_always([0, 2, 1], 12)) as served:
        connection = connection_to(served, udp=True)
        with pytest.raises(ShortTransfer, match="out of order"):
            connection.read(connection.prepare(ATTLOG_RRQ), 0, 12)
        connection.close()


@pytest.mark.parametrize("wrong", [(b"5678", b"1234"), (b"1234", b"1234"), (b"5678", b"5678")])
def test_parts_without_numbers_are_believed_when_two_readings_agree(wrong: tuple[bytes, bytes]) -> None:
    readings = iter([wrong, (b"1234", b"5678"), (b"1234", b"5678")])

    def script(command: int, data: bytes) -> list[tuple[int, int, bytes]]:
        if command != READ:
            return [(OK, 0, prepared(8) if command == PREPARE else b"")]
        return [(PREPARE_DATA, 7, b""), *((DATA, 7, part) for part in next(readings)), (OK, 7, b"")]

    with udp_peer(script) as served:
        connection = connection_to(served, udp=True)
        assert connection.read(connection.prepare(ATTLOG_RRQ), 0, 8) == b"12345678"
        connection.close()


def test_a_terminal_that_falls_silent_in_a_transfer_is_a_timeout_and_no_garbage() -> None:
    script = polite({PREPARE: [(OK, 0, prepared(12))], READ: [(PREPARE_DATA, 0, b"")]})
    with udp_peer(script) as served:
        connection = connection_to(served, udp=True, answer_seconds=0.5)
        with pytest.raises(DeviceTimeout, match=r"no answer within 0\.5 s"):
            connection.read(connection.prepare(ATTLOG_RRQ), 0, 12)
        connection.close()


def test_a_late_transfer_by_udp_is_not_mixed_with_the_next() -> None:
    calls = 0

    def script(command: int, data: bytes) -> list[tuple[int, int, bytes]]:
        nonlocal calls
        if command != READ:
            return [(OK, 0, prepared(8) if command == PREPARE else b"")]
        calls += 1
        if calls == 1:
            time.sleep(0.45)
            return [(PREPARE_DATA, 0, b""), (DATA, 0, b"wrong"), (OK, 0, b"")]
        return [(PREPARE_DATA, 0, b""), (DATA, 0, b"12345678"), (OK, 0, b"")]

    with udp_peer(script) as served:
        connection = connection_to(served, udp=True, answer_seconds=0.3)
        assert connection.read(connection.prepare(ATTLOG_RRQ), 0, 8) == b"12345678"
        connection.close()


ORDERS = [
    ("nothing", [], True),
    ("one", [0], True),
    ("in order", [0, 1, 2], True),
    ("swapped", [0, 2, 1], False),
    ("one missing", [0, 2], False),
    ("one doubled", [0, 1, 1, 2], False),
    ("not numbered: zeros", [0, 0, 0], True),
    ("not numbered: the session", [7, 7, 7], True),
]


@pytest.mark.parametrize(("numbers", "expected"), [c[1:] for c in ORDERS], ids=[c[0] for c in ORDERS])
def test_the_parts_of_a_burst_are_numbered_from_zero_if_at_all(numbers: list[int], expected: bool) -> None:
    assert in_order(numbers) is expected


@settings(max_examples=examples(30))
@given(st.binary(max_size=64))
def test_whatever_answers_by_udp_is_a_terminal_or_a_typed_error(noise: bytes) -> None:
    with udp_peer(lambda *_: noise) as served, pytest.raises(DeviceError):
        opened(address_of(served, udp=True, answer_seconds=0.01))


@settings(max_examples=examples(30))
@given(st.binary(max_size=64), st.sampled_from([b"", b"PP\x82}"]))
def test_whatever_answers_by_tcp_is_a_terminal_or_a_typed_error(noise: bytes, top: bytes) -> None:
    with tcp_peer(lambda *_: top + noise) as served, pytest.raises(DeviceError):
        opened(address_of(served, answer_seconds=0.02, serial_number="X"))


def test_an_unauthorised_answer_to_the_key_is_not_a_loop() -> None:
    asked: list[int] = []

    def script(command: int, _: bytes) -> list[tuple[int, int, bytes]]:
        asked.append(command)
        return [(UNAUTH, 5, b"")]

    with tcp_peer(script) as served, pytest.raises(Unauthorised):
        opened(address_of(served))

    assert asked == [1000, 1102, 1001]


def test_a_frame_of_a_captured_opening_is_sent_byte_by_byte_as_captured() -> None:
    got: list[bytes] = []

    class Remembering:
        failure: DeviceError | None = None

        def send(self, frame: bytes) -> int:
            got.append(frame)
            return len(frame)

        def recv(self, size: int) -> bytes:
            return bytes.fromhex("5050827d08000000d007fffc2ffb0000")

        def close(self) -> None:
            """Nothing to close."""

    zk = session_module._PyZK(DeviceAddress(host="gate"), Remembering())  # type: ignore[arg-type]
    zk.ask(1000, b"")
    zk.session_id = zk.session_id
    zk.ask(1001, b"")

    assert [frame.hex() for frame in got] == [
        "5050827d08000000e80317fc00000000",
        "5050827d08000000e903e6002ffb0100",
    ]
    assert packet(1001, 0xFB2F, 1) == got[1][8:]
