"""Each fault really happens."""

import struct
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from attendance_devices.simulators.zk_faults import SEGMENT_GAP, FaultPlan, parse_faults, segments
from attendance_devices.simulators.zkteco import Faults, Profile, Terminal
from tests.builders.failing_terminal import PUNCHES, START, failing
from tests.simulators.wire import (
    CONNECT,
    DATA,
    ERROR,
    OK,
    PREPARE_BUFFER,
    READ_BUFFER,
    READ_LOG,
    SIZES,
    UNKNOWN,
    Wire,
)

WHOLE_LOG = struct.pack("<II", 0, 4004)


def everything(client: Wire) -> bytes:
    """All bytes until the terminal closes."""
    got = b""
    while part := client.socket.recv(65536):
        got += part
    return got


# The connection


@pytest.mark.parametrize("limit", [17, 40, 100, 4000])
def test_the_connection_is_closed_after_so_many_bytes(limit: int) -> None:
    terminal = Terminal(punches=PUNCHES, faults=Faults(close_after_bytes=limit))
    with terminal.serve() as address, Wire(address) as client:
        client.connect()
        client.send(13)

        assert 16 + len(everything(client)) == limit
    assert terminal.bytes_sent == limit


def test_a_connection_can_be_closed_between_two_answers() -> None:
    with Terminal(faults=Faults(close_after_bytes=16)).serve() as address, Wire(address) as client:
        client.connect()

        assert everything(client) == b""


def test_a_connection_can_be_closed_before_the_first_byte() -> None:
    terminal = Terminal(faults=Faults(close_after_bytes=0))
    with terminal.serve() as address, Wire(address) as client:
        client.send(CONNECT)

        assert everything(client) == b""


def test_the_bytes_are_counted_over_each_connection() -> None:
    terminal = Terminal(punches=PUNCHES, faults=Faults(close_after_bytes=50))
    with terminal.serve() as address:
        for _ in range(3):
            with Wire(address) as client:
                client.connect()
                client.send(13)
                assert len(everything(client)) == 34


def test_the_connection_is_reset_after_so_many_bytes() -> None:
    with failing(Faults(reset_after_bytes=50)) as (_, client):
        client.send(13)

        with pytest.raises(ConnectionResetError):
            everything(client)


def test_the_terminal_falls_silent_but_keeps_the_connection() -> None:
    with failing(Faults(stall_after_bytes=50)) as (terminal, client):
        client.send(13)
        client.exactly(34)

        assert client.silence()
        client.send(SIZES)
        assert client.silence()
        assert terminal.journal[-1][0] == SIZES


def test_only_so_many_connections_suffer_and_empty_probes_do_not_count() -> None:
    terminal = Terminal(faults=Faults(close_after_bytes=0, limited=2))
    fates: list[bool] = []
    with terminal.serve() as address:
        for _ in range(4):
            with Wire(address):
                pass
            with Wire(address) as client:
                client.send(CONNECT)
                fates.append(client.socket.recv(16) == b"")

    assert fates == [True, True, False, False]


# Segments


def test_answers_drip_in_tiny_pieces() -> None:
    with failing(Faults(drip=(5, 0.05))) as (_, client):
        before = time.monotonic()
        client.send(64)
        client.exactly(16)

    # TCP may join pieces on their way to a busy reader; the pauses between the four stay.
    assert time.monotonic() - before >= 2 * 0.05


def test_headers_come_in_two_segments() -> None:
    with failing(Faults(split_headers=True)) as (_, client):
        before = time.monotonic()
        client.send(64)
        client.exactly(16)

    assert time.monotonic() - before >= SEGMENT_GAP / 2


def test_the_frames_of_a_burst_come_in_one_segment() -> None:
    with failing(Faults(join_frames=True), profile=Profile(frame_size=1008, pacing=0.05)) as (_, client):
        client.send(13)
        first = client.socket.recv(65536)

    assert len(first) == 24 + 4 * 16 + 4004 + 16


def test_without_faults_the_frames_of_a_burst_come_apart() -> None:
    with failing(Faults(), profile=Profile(pacing=0.05)) as (_, client):
        before = time.monotonic()
        client.send(13)
        sizes = [len(client.exactly(size)) for size in (24, 4020, 16)]

    assert sizes == [24, 4020, 16]
    assert time.monotonic() - before >= 0.05


@pytest.mark.parametrize(
    ("faults", "pieces"),
    [
        (Faults(), [(b"0123456789", 0.5), (b"abcdefgh", 0.5)]),
        (Faults(join_frames=True), [(b"0123456789abcdefgh", 0.5)]),
        (Faults(split_headers=True), [(b"01234", 0.003), (b"56789", 0.5), (b"abcde", 0.003), (b"fgh", 0.5)]),
        (Faults(drip=(6, 0.1)), [(b"012345", 0.1), (b"6789", 0.1), (b"abcdef", 0.1), (b"gh", 0.1)]),
        (Faults(drip=(10, 0.1), join_frames=True), [(b"0123456789", 0.1), (b"abcdefgh", 0.1)]),
    ],
    ids=["one frame each", "all joined", "headers split", "drips", "joined and dripping"],
)
def test_an_answer_is_cut_into_segments(faults: Faults, pieces: list[tuple[bytes, float]]) -> None:
    assert list(segments([b"0123456789", b"abcdefgh"], faults, 0.5)) == pieces


def test_events_close_together_share_a_segment() -> None:
    with failing(Faults(join_events=True)) as (terminal, client):
        client.ask(500, struct.pack("<I", 1))
        terminal.punch("107", START)
        terminal.punch("107", START + timedelta(seconds=3))

        assert len(client.socket.recv(4096)) == 2 * 48


@pytest.mark.parametrize("faults", [Faults(events_before=SIZES), Faults(events_inside=SIZES)], ids=["before", "inside"])
def test_events_wait_for_the_answer_they_are_to_disturb(faults: Faults) -> None:
    with failing(faults) as (terminal, client):
        client.ask(500, struct.pack("<I", 1))
        terminal.punch("107", START)
        assert client.silence(0.01)
        client.send(SIZES)
        got = [client.receive().command for _ in range(2)]

    assert got == ([500, 2000] if faults.events_before else [2000, 500])


def test_a_log_may_be_written_a_moment_after_the_event() -> None:
    with failing(Faults(log_lag=0.05)) as (terminal, client):
        client.ask(500, struct.pack("<I", 1))
        before = terminal.record_count
        terminal.punch("107", START)
        assert client.receive().command == 500
        assert terminal.record_count == before
        end = time.monotonic() + 5
        while terminal.record_count == before and time.monotonic() < end:
            client.ask(SIZES)

    assert terminal.record_count == before + 1


# Time


def test_only_answers_to_the_given_command_are_late() -> None:
    with failing(Faults(late_answer=0.5, late_command=201)) as (_, client):
        began = time.monotonic()
        client.ask(SIZES)
        soon = time.monotonic() - began
        client.ask(201)
        late = time.monotonic() - began

    assert soon < 0.5 <= late


def test_a_late_answer_comes_before_the_next_one() -> None:
    with failing(Faults(late_answer=0.05, late_command=201)) as (_, client):
        client.send(201)
        client.send(SIZES)

        assert len(client.receive().data) == 4
        assert len(client.receive().data) == 80


# Datagrams


def burst_indices(faults_for: Callable[[int], Faults]) -> list[tuple[int, int]]:
    """(command, session field) of what arrives of a burst of PREPARE_DATA, four DATA and ACK_OK."""
    with failing(Faults(), udp=True) as (terminal, client):
        client.ask(PREPARE_BUFFER, READ_LOG)
        terminal.faults = faults_for(terminal.datagrams_sent)
        client.send(READ_BUFFER, WHOLE_LOG)
        client.socket.settimeout(0.1)
        arrived = []
        try:
            while True:
                answer = client.receive()
                arrived.append((answer.command, answer.session))
        except TimeoutError:
            return arrived[1:]


@pytest.mark.parametrize(
    ("faults_for", "chunks"),
    [
        (lambda first: Faults(), [0, 1, 2, 3]),
        (lambda first: Faults(lose_datagrams=frozenset({first + 2})), [0, 2, 3]),
        (lambda first: Faults(double_datagrams=frozenset({first + 2})), [0, 1, 1, 2, 3]),
        (lambda first: Faults(swap_datagrams=frozenset({first + 2})), [0, 2, 1, 3]),
    ],
    ids=["none is touched", "one is lost", "one comes twice", "two change places"],
)
def test_datagrams_suffer_by_their_index(faults_for: Callable[[int], Faults], chunks: list[int]) -> None:
    assert burst_indices(faults_for) == [*((DATA, chunk) for chunk in chunks), (OK, 3)]


def test_a_terminal_stalls_on_udp_too() -> None:
    with failing(Faults(stall_after_bytes=0), udp=True) as (_, client):
        client.send(SIZES)

        assert client.silence()


# Answers


def test_people_punch_between_the_count_and_the_read_once_per_session() -> None:
    with failing(Faults(punch_during_read=2)) as (terminal, client):
        counted = struct.unpack_from("<i", client.ask(SIZES).data, 32)[0]
        first = client.log()
        client.ask(SIZES)
        second = client.log()

    assert counted == 100
    assert (len(first) - 4) // 40 == (len(second) - 4) // 40 == terminal.record_count == 102


def test_nobody_punches_when_nobody_has_counted() -> None:
    with failing(Faults(punch_during_read=2)) as (_, client):
        assert len(client.log()) == 4004


def test_a_busy_terminal_refuses_so_many_times() -> None:
    with failing(Faults(busy=2)) as (_, client):
        answers = [client.ask(PREPARE_BUFFER, READ_LOG).command for _ in range(3)]

    assert answers == [ERROR, ERROR, OK]


def test_commands_can_be_refused() -> None:
    with failing(Faults(refuse=frozenset({SIZES}))) as (_, client):
        assert client.ask(SIZES).command == UNKNOWN
        assert client.ask(201).command == OK


def test_the_count_can_be_wrong() -> None:
    with failing(Faults(wrong_count=0)) as (_, client):
        assert struct.unpack_from("<i", client.ask(SIZES).data, 32)[0] == 0
        assert len(client.log()) == 4004


def test_more_can_be_announced_than_comes() -> None:
    with failing(Faults(wrong_announced=40)) as (_, client):
        announced = struct.unpack_from("<I", client.ask(PREPARE_BUFFER, READ_LOG).data, 1)[0]
        client.send(READ_BUFFER, struct.pack("<II", 0, announced))
        came = sum(len(frame.data) for frame in client.burst() if frame.command == DATA)

    assert (announced, came) == (4044, 4004)


def test_new_faults_count_anew() -> None:
    plan = FaultPlan(Faults(busy=1))
    assert plan.take_busy(plan.declared)
    assert not plan.take_busy(plan.declared)

    plan.replace(Faults(busy=1))

    assert plan.take_busy(plan.declared)


# Declared as text


@pytest.mark.parametrize(
    ("pairs", "faults"),
    [
        ([], Faults()),
        (["close_after_bytes=5000", "limited=1"], Faults(close_after_bytes=5000, limited=1)),
        (["drip=10:0.01"], Faults(drip=(10, 0.01))),
        (["refuse=50,1503"], Faults(refuse=frozenset({50, 1503}))),
        (["join_frames", "split_headers=no"], Faults(join_frames=True)),
        (["late_answer=0.5", "late_command=201"], Faults(late_answer=0.5, late_command=201)),
    ],
    ids=["nothing", "numbers", "a drip", "a set", "yes and no", "seconds"],
)
def test_faults_are_read_from_text(pairs: list[str], faults: Faults) -> None:
    assert parse_faults(pairs) == faults


@pytest.mark.parametrize(
    ("pair", "advice"),
    [("explode=1", "Choose from: close_after_bytes"), ("busy=often", "busy=2"), ("join_frames=maybe", "=yes")],
    ids=["a name nobody knows", "no number", "neither yes nor no"],
)
def test_a_fault_that_cannot_be_read_tells_what_to_write(pair: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        parse_faults([pair])


def test_a_client_that_hung_up_while_its_answer_is_late_is_no_second_one() -> None:
    terminal = Terminal(faults=Faults(late_answer=0.5, late_command=11, limited=1))
    with terminal.serve() as address:
        with Wire(address) as killed:
            killed.connect()
            killed.send(11, b"~SerialNumber\0")
            while not any(command == 11 for command, _ in terminal.journal):
                time.sleep(0.01)
        with Wire(address) as one, Wire(address) as other:
            one.connect()
            assert terminal.peak_sessions == 1
            other.connect()
            assert terminal.peak_sessions == 2
