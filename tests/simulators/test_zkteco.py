"""The terminal on its sockets, read by a raw client and by pyzk."""

import gc
import itertools
import socket
import struct
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from zk import ZK
from zk.exception import ZKErrorResponse

from attendance_devices.simulators import zk_server
from attendance_devices.simulators.zk_frames import Command, scramble_key
from attendance_devices.simulators.zk_records import encode_parts, encode_punch, encode_time, encode_user
from attendance_devices.simulators.zkteco import (
    Faults,
    Profile,
    RecordLayout,
    SimulatedPunch,
    SimulatedUser,
    Terminal,
)
from tests.simulators.wire import (
    AUTH,
    CONNECT,
    DATA,
    ERROR,
    EXIT,
    OK,
    PREPARE_BUFFER,
    PREPARE_DATA,
    READ_BUFFER,
    READ_LOG,
    READ_USERS,
    SIZES,
    UNAUTH,
    UNKNOWN,
    Wire,
    packet,
)

START = datetime(2026, 1, 5, 9)
PRIYA = SimulatedUser(user_id="107", uid=7, name="Priya Nair")


def people(count: int) -> list[SimulatedUser]:
    return [SimulatedUser(user_id=str(101 + i), uid=i + 1, name=f"Person {i}") for i in range(count)]


def punches(count: int) -> list[SimulatedPunch]:
    times = (START + timedelta(seconds=7 * i) for i in range(count))
    return [SimulatedPunch(user_id=str(101 + i % 30), at=at) for i, at in enumerate(times)]


@pytest.fixture
def terminal() -> Terminal:
    return Terminal(users=[PRIYA], punches=punches(3), clock=lambda: START)


@pytest.fixture
def wire(terminal: Terminal) -> Iterator[Wire]:
    """A connected client of `terminal`."""
    with terminal.serve() as address, Wire(address) as client:
        client.connect()
        yield client


# Session


def test_connect_gives_a_session_and_echoes_the_reply_id(terminal: Terminal) -> None:
    with terminal.serve() as address, Wire(address) as client:
        answer = client.ask(CONNECT)

    assert answer.command == OK
    assert answer.session != 0
    assert answer.reply_id == 1


def test_two_clients_have_two_sessions(terminal: Terminal) -> None:
    with terminal.serve() as address, Wire(address) as one, Wire(address) as two:
        assert one.connect().session != two.connect().session

    assert terminal.peak_sessions == 2


def test_a_packet_with_a_wrong_checksum_is_dropped_and_counted(wire: Wire, terminal: Terminal) -> None:
    raw = bytearray(packet(SIZES, wire.session, 9))
    raw[2] ^= 1
    wire.socket.sendall(b"PP\x82}" + struct.pack("<I", len(raw)) + raw)

    assert wire.ask(201).command == OK
    assert terminal.bad_checksums == 1
    assert [command for command, _ in terminal.journal] == [CONNECT, 201]


def test_bytes_that_are_no_frame_end_the_connection(wire: Wire, terminal: Terminal) -> None:
    wire.socket.sendall(b"GET / HTTP/1.1\r\n\r\n")

    with pytest.raises((EOFError, ConnectionResetError)):
        wire.receive()
    assert terminal.bad_checksums == 1


def test_an_empty_probe_connection_is_survived(terminal: Terminal) -> None:
    with terminal.serve() as address:
        with Wire(address):
            pass
        with Wire(address) as client:
            assert client.connect().command == OK

    assert terminal.connections == 2
    assert terminal.peak_sessions == 1


def test_exit_is_acknowledged_and_closes_the_connection(wire: Wire) -> None:
    assert wire.ask(EXIT).command == OK
    assert wire.socket.recv(1) == b""


def test_a_request_outside_of_a_session_is_refused(terminal: Terminal) -> None:
    with terminal.serve() as address, Wire(address) as client:
        assert client.ask(SIZES).command == UNAUTH


def test_firmware_that_wants_encryption_answers_6001() -> None:
    with Terminal(profile=Profile(encrypted=True)).serve() as address, Wire(address) as client:
        assert client.ask(CONNECT).command == 6001
        assert client.ask(AUTH, scramble_key(0, 0)).command == UNAUTH
        assert client.ask(SIZES).command == UNAUTH


@pytest.mark.parametrize("ticks", [50, 0, 255], ids=["pyzk's ticks", "no ticks", "the most ticks"])
def test_a_right_key_opens_with_any_ticks(ticks: int) -> None:
    with Terminal(profile=Profile(comm_key=123456)).serve() as address, Wire(address) as client:
        assert client.connect().command == UNAUTH
        assert client.ask(SIZES).command == UNAUTH
        assert client.ask(AUTH, scramble_key(123456, client.session, ticks)).command == OK
        assert client.ask(SIZES).command == OK


@pytest.mark.parametrize("data", [b"", b"\0" * 4, b"\0" * 5], ids=["no key", "a wrong key", "five bytes"])
def test_a_wrong_key_opens_nothing(data: bytes) -> None:
    with Terminal(profile=Profile(comm_key=123456)).serve() as address, Wire(address) as client:
        client.connect()
        assert client.ask(AUTH, data).command == UNAUTH
        assert client.ask(SIZES).command == UNAUTH


def test_some_firmware_asks_for_the_key_0() -> None:
    with Terminal(profile=Profile(always_challenge=True)).serve() as address, Wire(address) as client:
        assert client.connect().command == UNAUTH
        assert client.ask(AUTH, scramble_key(0, client.session)).command == OK


# Single-packet commands


@pytest.mark.parametrize(
    ("command", "data", "answer"),
    [
        (1002, b"", OK),
        (1003, b"\0\0\0\0", OK),
        (31, struct.pack("<I", 30), OK),
        (1017, struct.pack("<I", 0), OK),
        (18, struct.pack("<H", 7), OK),
        (18, struct.pack("<H", 8), ERROR),
        (12, b"SDKBuild=1\0", OK),
        (12, b"nonsense", ERROR),
        (8, b"short", ERROR),
        (202, b"", ERROR),
        (202, struct.pack("<I", encode_parts((2026, 2, 31))), ERROR),
        (READ_BUFFER, struct.pack("<II", 0, 8), ERROR),
        (PREPARE_BUFFER, b"short", ERROR),
        (PREPARE_BUFFER, struct.pack("<bHII", 1, 10004, 0, 1), UNKNOWN),
        (2001, b"", UNKNOWN),
        (4711, b"", UNKNOWN),
    ],
    ids=[
        "enable",
        "disable with four bytes",
        "unlock",
        "test voice",
        "delete a user",
        "delete a user that is not there",
        "write an option",
        "write nonsense as an option",
        "write a user of five bytes",
        "set the clock to nothing",
        "set the clock to 31 February",
        "read what was not prepared",
        "prepare without saying what",
        "read between two times where that is not known",
        "an acknowledgement as a command",
        "an unknown command",
    ],
)
def test_a_command_gets_its_answer(wire: Wire, command: int, data: bytes, answer: int) -> None:
    got = wire.ask(command, data)

    assert got.command == answer
    assert got.reply_id == 2


@pytest.mark.parametrize("key", [b"~SerialNumber\0", b"~SerialNumber"], ids=["with NUL", "without NUL"])
def test_an_option_is_told(wire: Wire, key: bytes) -> None:
    assert wire.ask(11, key).data == b"~SerialNumber=SIM0001\0"


def test_an_option_that_was_written_is_told(wire: Wire) -> None:
    wire.ask(12, b"Gate=2\0")

    assert wire.ask(11, b"Gate").data == b"Gate=2\0"


def test_a_profile_may_answer_without_nul_and_refuse_keys() -> None:
    profile = Profile(option_nul=False, refused_options=frozenset({"MAC"}), options=(("~OS", "1"),))
    with Terminal(profile=profile).serve() as address, Wire(address) as client:
        client.connect()
        assert client.ask(11, b"~OS").data == b"~OS=1"
        assert client.ask(11, b"MAC").command == ERROR
        assert client.ask(1100).data == b"Ver 6.60 Apr 26 2016"


@pytest.mark.parametrize("size", [4, 80, 92, 112])
def test_the_size_table_has_its_size(size: int) -> None:
    profile = Profile(size_table=size, log_capacity=500)
    terminal = Terminal(profile=profile, users=[PRIYA], punches=punches(3))
    with terminal.serve() as address, Wire(address) as client:
        client.connect()
        table = client.ask(SIZES).data

    assert len(table) == size
    values = struct.unpack(f"<{size // 4}i", table)
    assert size == 4 or (values[4], values[8], values[16], values[19]) == (1, 3, 500, 497)


def test_the_clock_is_told_set_and_keeps_its_offset(wire: Wire, terminal: Terminal) -> None:
    assert wire.ask(201).data == struct.pack("<I", encode_time(START))

    wire.ask(202, struct.pack("<I", encode_time(datetime(2099, 1, 1))))

    assert wire.ask(201).data == struct.pack("<I", encode_time(datetime(2099, 1, 1)))
    terminal.punch("107")
    assert terminal.log_bytes()[-40:][27:31] == struct.pack("<I", encode_time(datetime(2099, 1, 1)))


def test_the_state_stands_in_the_session_field_and_the_pin_width_in_one_byte(wire: Wire) -> None:
    assert wire.ask(64).session == 2
    assert wire.ask(69, b" P").data == b"\x09"


@pytest.mark.parametrize("size", [28, 72])
@pytest.mark.parametrize("prefix", [b"", b"\x02"], ids=["plain", "the vendor's buffered form"])
def test_a_user_is_written(wire: Wire, terminal: Terminal, size: int, prefix: bytes) -> None:
    sana = SimulatedUser(user_id="55", uid=7, name="Sana", password="12", card=5)

    assert wire.ask(8, prefix + encode_user(sana, size)).command == OK
    assert terminal.users == (sana,)


def test_a_terminal_stays_disabled_when_its_client_leaves(terminal: Terminal) -> None:
    with terminal.serve() as address:
        with Wire(address) as client:
            client.connect()
            client.ask(1003)
        assert terminal.disabled
        with Wire(address) as client:
            client.connect()
            client.ask(1002)
        assert not terminal.disabled


@pytest.mark.parametrize(
    ("command", "data", "left"),
    [(15, b"", (0, 1)), (14, b"", (0, 0)), (14, b"\1", (0, 1)), (14, b"\5", (3, 0)), (14, b"\2", (3, 1))],
    ids=["clear the log", "clear all", "clear kind 1, the log", "clear kind 5, users", "clear fingers"],
)
def test_clearing_really_clears(
    wire: Wire, terminal: Terminal, *, command: int, data: bytes, left: tuple[int, int]
) -> None:
    assert wire.ask(command, data).command == OK
    assert (terminal.record_count, len(terminal.users)) == left
    assert (command, data) in terminal.journal


@pytest.mark.parametrize("silent", [True, False], ids=["as most terminals", "as some terminals"])
def test_a_restart_ends_the_session(silent: bool) -> None:
    with Terminal(profile=Profile(silent_restart=silent)).serve() as address, Wire(address) as client:
        client.connect()
        client.send(1004)
        if silent:
            assert client.silence()
            assert client.ask(SIZES).command == UNAUTH
        else:
            assert client.receive().command == OK
            assert client.socket.recv(1) == b""


# Bulk reads


def test_a_small_data_set_is_one_data_packet_and_nothing_else(wire: Wire, terminal: Terminal) -> None:
    answer = wire.ask(PREPARE_BUFFER, READ_LOG)

    assert answer.command == DATA
    assert answer.data == struct.pack("<I", 120) + terminal.log_bytes()
    assert wire.silence()


@pytest.mark.parametrize(
    ("frame_size", "parts"), [(65536, [3204]), (1008, [1008, 1008, 1008, 180])], ids=["newer", "older"]
)
def test_a_large_data_set_is_announced_and_comes_in_bursts(frame_size: int, parts: list[int]) -> None:
    terminal = Terminal(profile=Profile(frame_size=frame_size), punches=punches(80))
    with terminal.serve() as address, Wire(address) as client:
        session = client.connect().session
        announced = client.ask(PREPARE_BUFFER, READ_LOG)
        client.send(READ_BUFFER, struct.pack("<II", 0, 3204))
        first, *middle, last = client.burst()
        freed = client.ask(1502)
        gone = client.ask(READ_BUFFER, struct.pack("<II", 0, 3204))

    assert announced.data == struct.pack("<bIII", 0, 3204, 3204, 0)
    assert first == (PREPARE_DATA, session, 3, struct.pack("<II", 3204, frame_size))
    assert [len(frame.data) for frame in middle] == parts
    assert [frame.session for frame in middle] == list(range(len(parts)))
    assert last == (OK, len(parts) - 1, 3, b"")
    assert b"".join(frame.data for frame in middle) == struct.pack("<I", 3200) + terminal.log_bytes()
    assert (freed.command, gone.command) == (OK, ERROR)


def test_a_read_from_an_offset_gives_the_tail_only(terminal: Terminal) -> None:
    terminal.set_punches(punches(100))
    with terminal.serve() as address, Wire(address) as client:
        client.connect()
        client.ask(PREPARE_BUFFER, READ_LOG)
        client.send(READ_BUFFER, struct.pack("<II", 4 + 98 * 40, 80))
        tail = client.burst()[1].data
        beyond = client.ask(READ_BUFFER, struct.pack("<II", 4 + 100 * 40, 80))

    assert tail == terminal.log_bytes()[-80:]
    assert beyond.command == ERROR


def test_what_was_prepared_does_not_change_under_the_reader(wire: Wire, terminal: Terminal) -> None:
    terminal.set_punches(punches(100))
    before = terminal.log_bytes()
    wire.ask(PREPARE_BUFFER, READ_LOG)
    terminal.clear_log()
    wire.send(READ_BUFFER, struct.pack("<II", 4, len(before)))

    assert wire.burst()[1].data == before


@pytest.mark.parametrize(
    ("command", "data", "size"),
    [(13, b"", 4 + 120), (9, b"\5", 4 + 72)],
    ids=["the log", "the users"],
)
def test_old_clients_read_directly(wire: Wire, command: int, data: bytes, size: int) -> None:
    wire.send(command, data)
    first, part, last = wire.burst()

    assert struct.unpack("<II", first.data) == (size, 65536)
    assert struct.unpack_from("<I", part.data)[0] == len(part.data) - 4 == size - 4
    assert last.command == OK


def test_a_read_between_two_times_includes_both(terminal: Terminal) -> None:
    terminal = Terminal(profile=Profile(time_range_reads=True), punches=punches(100))
    first, last = (encode_time(punches(100)[index].at or START) for index in (10, 19))
    with terminal.serve() as address, Wire(address) as client:
        client.connect()
        got = client.log(struct.pack("<bHII", 1, 10004, first, last))

    assert got == struct.pack("<I", 400) + terminal.log_bytes()[400:800]


def test_the_sentinel_stands_before_the_block(terminal: Terminal) -> None:
    terminal = Terminal(profile=Profile(sentinel=True), punches=punches(2))
    with terminal.serve() as address, Wire(address) as client:
        client.connect()
        got = client.log()

    assert got == struct.pack("<I", 89) + bytes.fromhex("ff3235350000000000") + terminal.log_bytes()


def test_a_terminal_without_finger_templates_says_so_with_an_empty_block(wire: Wire) -> None:
    assert wire.ask(PREPARE_BUFFER, struct.pack("<bHII", 1, 7, 2, 0)).data == b"\0" * 4


# The log


def test_a_full_log_loses_its_oldest() -> None:
    terminal = Terminal(profile=Profile(log_capacity=10, rollover=4), punches=punches(10))
    kept = terminal.log_bytes()[160:]

    terminal.punch("101", START)

    assert terminal.record_count == 7
    assert terminal.log_bytes()[:-40] == kept


def test_records_can_be_put_as_they_are_and_taken_away() -> None:
    record = encode_punch(SimulatedPunch(user_id="7", raw_time=encode_parts((2026, 2, 31))), "40", 7)
    terminal = Terminal(raw_log=record * 3)

    terminal.append_raw(b"\xff" * 40)
    terminal.delete_oldest(2)
    assert terminal.log_bytes() == record + b"\xff" * 40

    terminal.clear_log()
    assert terminal.log_bytes() == b""


@pytest.mark.parametrize(
    ("punch", "uid"),
    [
        (SimulatedPunch(user_id="107", at=START), 7),
        (SimulatedPunch(user_id="107", at=START, uid=9), 9),
        (SimulatedPunch(user_id="555", at=START), 555),
        (SimulatedPunch(user_id="A1", at=START), 0),
    ],
    ids=["of a known person", "given", "of a number nobody has", "of letters nobody has"],
)
def test_a_punch_is_stored_under_its_slot(punch: SimulatedPunch, uid: int) -> None:
    terminal = Terminal(profile=Profile(record_layout="8"), users=[PRIYA], punches=[punch])

    assert terminal.log_bytes()[:2] == struct.pack("<H", uid)


def test_half_a_million_records_are_served_in_a_moment() -> None:
    record = encode_punch(SimulatedPunch(user_id="7", at=START), "40", 7)
    terminal = Terminal(profile=Profile(log_capacity=600_000), raw_log=record * 500_000)
    with terminal.serve() as address, Wire(address) as client:
        client.connect()
        began = time.process_time()
        client.ask(PREPARE_BUFFER, READ_LOG)
        client.send(READ_BUFFER, struct.pack("<II", 4 + 499_999 * 40, 40))
        tail = client.burst()[1].data

    assert tail == record
    assert time.process_time() - began < 2


# Live events


@pytest.mark.parametrize("size", [10, 12, 14, 32, 36, 37, 52])
def test_a_punch_is_told_to_those_who_listen(size: int) -> None:
    terminal = Terminal(profile=Profile(event_size=size), users=[PRIYA])
    with terminal.serve() as address, Wire(address) as client, Wire(address) as deaf:
        client.connect()
        deaf.connect()
        client.ask(500, struct.pack("<I", 1))
        terminal.punch(user_id="107", at=START, verify=15, state=1)
        event = client.receive()
        assert terminal.listeners == 1
        client.send(OK)
        assert client.ask(500, struct.pack("<I", 0)).command == OK
        assert (terminal.listeners, terminal.acknowledged) == (0, 1)
        terminal.punch("107", START)
        assert client.silence()
        assert deaf.silence(0.01)

    assert event[:3] == (500, 1, 0)
    assert len(event.data) == size
    assert bytes.fromhex("0f011a0105090000") in event.data
    assert terminal.record_count == 2


# Serving


def test_udp_and_tcp_share_a_port() -> None:
    terminal = Terminal(punches=punches(100))
    with terminal.serve() as address, Wire(address) as tcp, Wire(address, udp=True) as udp:
        tcp.connect()
        udp.connect()
        udp.ask(PREPARE_BUFFER, READ_LOG)
        udp.send(READ_BUFFER, struct.pack("<II", 0, 4004))
        frames = udp.burst()
        over_tcp = tcp.log()

    assert [len(frame.data) for frame in frames[1:-1]] == [1024, 1024, 1024, 932]
    assert b"".join(frame.data for frame in frames[1:-1]) == over_tcp


def test_without_udp_there_is_none(terminal: Terminal) -> None:
    refused = pytest.raises((TimeoutError, ConnectionRefusedError))
    with terminal.serve(udp=False) as address, Wire(address, udp=True, timeout=0.05) as udp, refused:
        udp.ask(CONNECT)


def test_stopping_is_prompt_and_leaves_nothing_behind(terminal: Terminal) -> None:
    threads = set(threading.enumerate())
    host, port = terminal.start()
    own = set(threading.enumerate()) - threads
    client, idle = Wire((host, port)), Wire((host, port))
    client.connect()
    began = time.monotonic()

    terminal.stop()
    terminal.stop()

    assert time.monotonic() - began < 10
    assert own
    assert not [thread for thread in own if thread.is_alive()]
    with client, idle, pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, port))
    gc.collect()


def test_a_terminal_comes_back_on_its_port_with_what_it_held(terminal: Terminal) -> None:
    with terminal.serve() as (host, port), Wire((host, port)) as client:
        client.connect()
    with terminal.serve(host, port) as address, Wire(address) as client:
        client.connect()
        assert len(client.log()) == 124


def test_a_free_port_is_one_that_udp_has_free_too(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def occupied_at_first(host: str, port: int, *, udp: bool) -> tuple[str, int]:
        tried.append(port)
        if len(tried) < 3:
            raise OSError("in use")
        return host, port

    monkeypatch.setattr(zk_server, "_bind_once", occupied_at_first)

    assert zk_server.bind("127.0.0.1", 0, udp=True) == ("127.0.0.1", 0)
    assert tried == [0, 0, 0]


def test_users_and_faults_and_the_clock_can_be_changed(terminal: Terminal) -> None:
    sana = SimulatedUser(user_id="55", uid=8, name="Sana")

    terminal.users = (sana,)
    terminal.now = datetime(2000, 1, 1)
    terminal.faults = Faults(busy=1)

    assert (terminal.users, terminal.now, terminal.faults) == ((sana,), datetime(2000, 1, 1), Faults(busy=1))


def test_a_clock_that_is_not_given_is_this_machines() -> None:
    assert abs(Terminal().now - datetime.now()) < timedelta(seconds=5)  # noqa: DTZ005 - terminals know no zone


def test_a_terminal_is_not_served_twice(terminal: Terminal) -> None:
    with terminal.serve(), pytest.raises(RuntimeError, match="stop"):
        terminal.start()


def test_a_port_in_use_is_an_error(terminal: Terminal) -> None:
    with terminal.serve() as (host, port), pytest.raises(OSError, match="in use"):
        Terminal().start(host, port)


def test_many_clients_read_at_once_while_people_punch() -> None:
    terminal = Terminal(users=people(30), punches=punches(2000))
    sizes: list[int] = []

    def reader() -> None:
        with Wire(address, timeout=10) as client:
            client.connect()
            sizes.append(len(client.log()))
            client.ask(EXIT)

    with terminal.serve() as address:
        threads = [threading.Thread(target=reader) for _ in range(12)]
        for thread in threads:
            thread.start()
        for _ in range(50):
            terminal.punch("101", START)
        for thread in threads:
            thread.join()

    assert len(sizes) == 12
    assert all(80_004 <= size <= 82_004 and size % 40 == 4 for size in sizes)


# pyzk as an independent client. It leaves sockets to the garbage collector, hence the filter.


def pyzk(address: tuple[str, int], *, udp: bool = False, key: int = 0) -> ZK:
    return ZK(*address, timeout=5, password=key, force_udp=udp, ommit_ping=True)


class FrameByFrame:
    """pyzk waits in vain where one read gives it several frames, which TCP may do, and a busy machine does."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock, self.stream, self.rest = sock, sock.makefile("rb"), b""

    def recv(self, size: int) -> bytes:
        if not self.rest:
            top = self.stream.read(8)
            self.rest = top + self.stream.read(int.from_bytes(top[4:], "little"))
        found, self.rest = self.rest[:size], self.rest[size:]
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sock, name)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
class TestPyzk:
    """What a faithful terminal is to a client that knows real ones."""

    @pytest.fixture(autouse=True)
    def _collect_the_sockets_pyzk_forgets(self) -> Iterator[None]:
        yield
        gc.collect()

    @pytest.mark.parametrize("udp", [False, True], ids=["over TCP", "over UDP"])
    @pytest.mark.parametrize("count", [3, 2000], ids=["inline", "in bursts"])
    @pytest.mark.parametrize(
        ("layout", "user_size"),
        [("8", 28), ("16", 72), ("40", 72)],
        ids=["8-byte records", "16-byte records", "40-byte records"],
    )
    def test_it_reads_users_and_log(self, layout: RecordLayout, user_size: int, count: int, udp: bool) -> None:
        profile = Profile(record_layout=layout, user_size=user_size, comm_key=1234)
        terminal = Terminal(profile=profile, users=people(30), punches=punches(count))
        with terminal.serve() as address:
            client = pyzk(address, udp=udp, key=1234).connect()
            users, log = client.get_users(), client.get_attendance()
            client.disconnect()

        cut = 8 if user_size == 28 else 24
        assert [(user.user_id, user.name) for user in users] == [(u.user_id, u.name[:cut]) for u in people(30)]
        assert [(row.user_id, row.timestamp) for row in log] == [(p.user_id, p.at) for p in punches(count)]
        assert terminal.bad_checksums == 0

    def test_it_reads_older_firmware_that_takes_its_time(self) -> None:
        profile = Profile(frame_size=1008, pacing=0.001)
        terminal = Terminal(profile=profile, users=people(30), punches=punches(500))
        with terminal.serve() as address:
            client = pyzk(address).connect()
            client._ZK__sock = FrameByFrame(client._ZK__sock)
            log = client.get_attendance()
            client.disconnect()

        assert [row.timestamp for row in log] == [punch.at for punch in punches(500)]

    def test_it_learns_what_the_terminal_is(self, terminal: Terminal) -> None:
        with terminal.serve() as address:
            client = pyzk(address).connect()
            told = client.get_serialnumber(), client.get_platform(), client.get_device_name(), client.get_mac()
            version, now = client.get_firmware_version(), client.get_time()
            client.read_sizes()
            client.disconnect()

        assert told == ("SIM0001", "ZEM760_TFT", "F18/ID", "00:17:61:00:00:01")
        assert (version, now) == ("Ver 6.60 Apr 26 2016", START)
        assert (client.users, client.records, client.rec_cap) == (1, 3, 100_000)

    def test_it_is_refused_with_a_wrong_key(self) -> None:
        terminal = Terminal(profile=Profile(comm_key=1234))
        with terminal.serve() as address, pytest.raises(ZKErrorResponse, match="Unauthenticated"):
            pyzk(address, key=1).connect()

    def test_it_hears_a_punch(self, terminal: Terminal) -> None:
        with terminal.serve() as address:
            client = pyzk(address).connect()
            events = client.live_capture(new_timeout=0.1)
            assert next(events) is None
            terminal.punch("107", datetime(2026, 1, 5, 17, 59))
            event = next(event for event in itertools.islice(events, 100) if event)
            client.end_live_capture = True
            events.close()

        assert (event.user_id, event.timestamp) == ("107", datetime(2026, 1, 5, 17, 59))

    def test_the_journal_proves_that_a_read_changed_nothing(self, terminal: Terminal) -> None:
        with terminal.serve() as address:
            client = pyzk(address).connect()
            client.get_attendance()
            client.disconnect()

        writes = {Command.DISABLEDEVICE, Command.CLEAR_ATTLOG, Command.SET_TIME, Command.USER_WRQ}
        commands = [command for command, _ in terminal.journal]
        assert commands[0] == CONNECT
        assert commands[-1] == EXIT
        assert not writes & set(commands)
        assert (PREPARE_BUFFER, READ_USERS) in terminal.journal
