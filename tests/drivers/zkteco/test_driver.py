"""The contract, kept by every layout over both transports, and by a terminal that fails at any byte."""

import logging
import os
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_devices.domain.devices.device import DeviceAddress, DeviceIdentity, Privilege
from attendance_devices.domain.punches.punch import Cursor
from attendance_devices.drivers.base import Driver
from attendance_devices.drivers.zkteco import log, writing
from attendance_devices.exceptions import (
    DeviceBusy,
    DeviceError,
    DeviceTimeout,
    ProtocolError,
    ShortTransfer,
    UnknownLayout,
    Unsupported,
    WrongDevice,
)
from attendance_devices.simulators.zkteco import Faults, Profile, SimulatedUser, Terminal
from tests.builders.sampling import examples
from tests.builders.shared_database import until
from tests.drivers.contract import Bench, DriverContract, Reading, Told
from tests.drivers.zkteco.bench import (
    DRIVER,
    READING_COMMANDS,
    USERS,
    address_of,
    punches,
    read,
    read_once,
    read_until_it_fails,
    session_with,
    simulated,
    terminal,
    told,
)
from tests.drivers.zkteco.scripted import (
    DATA,
    NOBODY,
    OK,
    OPTIONS,
    PREPARE,
    READ,
    SIZES,
    free_port,
    polite,
    prepared,
    sizes,
    tcp_peer,
)


def serving() -> set[threading.Thread]:
    """Terminals of this process, whoever made them."""
    return {thread for thread in threading.enumerate() if thread.name == "zk-terminal"}


class TerminalBench(Bench):
    """A simulated terminal under the contract."""

    def __init__(self, made: Terminal, address: DeviceAddress) -> None:
        self.made, self.address = made, address
        self.bytes = made.log_bytes()

    def set_log(self, log: Sequence[Told]) -> None:
        self.made.set_punches(simulated(log))
        self.bytes = self.made.log_bytes()

    def punch(self, entry: Told) -> None:
        self.made.punch(entry.who, entry.at)
        self.bytes = self.made.log_bytes()

    def listeners(self) -> int:
        return self.made.listeners

    def was_only_read(self) -> bool:
        asked = {command for command, _ in self.made.journal}
        return (
            asked <= READING_COMMANDS
            and not self.made.disabled
            and self.made.log_bytes() == self.bytes
            and self.made.users == USERS
        )


class ZKTecoContract(DriverContract):
    """The contract, for one layout and one transport."""

    driver: Driver = DRIVER
    batch: ClassVar[int] = 1_000
    """Shorter than they really are: several of them are read in no time."""
    long_log: ClassVar[int] = 2_600
    most_at_once: ClassVar[int] = 1_000
    layout: ClassVar[str]
    udp: ClassVar[bool] = False
    profile: ClassVar[dict[str, Any]] = {}

    @pytest.fixture(autouse=True)
    def in_a_hurry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(writing, "RESTART_SECONDS", 0.2)
        monkeypatch.setattr(log, "BATCH_RECORDS", self.batch)

    @contextmanager
    def bench(self, log: Sequence[Told]) -> Iterator[Bench]:
        made, before = terminal(self.layout, log=simulated(log), **self.profile), serving()
        with made.serve() as served:
            yield TerminalBench(made, address_of(served, udp=self.udp))
            assert made.bad_checksums == 0
        assert serving() <= before, "the terminal is gone; those of other tests may stand for the whole session"

    def dead_address(self) -> DeviceAddress:
        return DeviceAddress(host=NOBODY, port=free_port(), answer_seconds=0.5)


class Test40(ZKTecoContract):
    """With batches as long as they really are."""

    layout = "40"
    batch = log.BATCH_RECORDS
    long_log = 13_000
    most_at_once = 10_000


class Test40SmallFrames(ZKTecoContract):
    layout = "40"
    profile: ClassVar[dict[str, Any]] = {"frame_size": 1008, "sentinel": True, "always_challenge": True}


class Test49(ZKTecoContract):
    layout = "49"


class Test16(ZKTecoContract):
    layout = "16"


class Test8(ZKTecoContract):
    layout = "8"
    profile: ClassVar[dict[str, Any]] = {"user_size": 28}


class Test8Prime(ZKTecoContract):
    layout = "8prime"
    profile: ClassVar[dict[str, Any]] = {"user_size": 28}


class Test40ByUdp(ZKTecoContract):
    layout = "40"
    udp = True


class Test8ByUdp(ZKTecoContract):
    layout = "8"
    udp = True


# Who answers


def test_a_terminal_says_who_it_is() -> None:
    with session_with(terminal()) as session:
        assert session.identity() == DeviceIdentity(
            serial_number="SIM0001",
            model="F18/ID",
            firmware="Ver 6.60 Apr 26 2016",
            platform="ZEM760_TFT",
            mac="00:17:61:00:00:01",
        )


def test_what_a_firmware_does_not_know_is_empty() -> None:
    made = terminal(refused_options=frozenset({"~DeviceName", "MAC"}))
    made.faults = Faults(refuse=frozenset({1100, 201}))
    with session_with(made) as session:
        identity = session.identity()
        assert (identity.model, identity.mac, identity.firmware) == ("", "", "")
        assert session.status().clock is None


def test_the_clock_is_told_as_the_terminal_shows_it() -> None:
    shown = datetime(2026, 3, 7, 8, 9, 10)
    with session_with(Terminal(clock=lambda: shown)) as session:
        assert session.status().clock == shown


SERIALS = [("the right one", "SIM0001", True), ("none stored", "", True), ("another", "SIM0002", False)]


@pytest.mark.parametrize(("stored", "welcome"), [c[1:] for c in SERIALS], ids=[c[0] for c in SERIALS])
def test_the_stored_serial_number_decides_who_is_read(stored: str, welcome: bool) -> None:
    made = terminal(log=punches(3))
    if welcome:
        assert read_once(made, serial_number=stored).told == told(punches(3))
        return
    with pytest.raises(WrongDevice, match="terminal with serial number SIM0001 answers, SIM0002 was expected"):
        read_once(made, serial_number=stored)
    assert 1503 not in {command for command, _ in made.journal}


def test_a_terminal_that_hides_its_serial_number_is_not_the_stored_one() -> None:
    with pytest.raises(WrongDevice, match="unknown answers"):
        read_once(terminal(refused_options=frozenset({"~SerialNumber"})), serial_number="SIM0001")


def test_an_answer_to_another_question_is_not_taken_for_the_serial_number() -> None:
    script = polite({OPTIONS: [(OK, 0, b"~Platform=ZEM760\0")]})
    with tcp_peer(script) as served, pytest.raises(ProtocolError, match=r"asked for ~SerialNumber.*Platform"):
        read(address_of(served, serial_number="X"))


# Whom it knows


@pytest.mark.parametrize("udp", [False, True], ids=["tcp", "udp"])
@pytest.mark.parametrize("count", [0, 1, 7, 70, 2500])
@pytest.mark.parametrize("size_table", [4, 80])
@pytest.mark.parametrize("user_size", [28, 72])
def test_everybody_is_listed(user_size: Any, size_table: Any, count: int, udp: bool) -> None:
    users = [SimulatedUser(user_id=str(5000 + i), uid=i + 1, name=f"P{i}") for i in range(count)]
    made = Terminal(profile=Profile(user_size=user_size, size_table=size_table), users=users)
    with session_with(made, udp=udp) as session:
        people = session.enrolments()

    assert [(person.device_user_id, person.uid, person.name) for person in people] == [
        (user.user_id, user.uid, user.name) for user in users
    ]


def test_two_terminals_of_different_encodings_are_read_in_one_process() -> None:
    user = SimulatedUser(user_id="1", uid=1, name="王小明", privilege=6)
    one, other = (Terminal(profile=Profile(encoding=name), users=[user]) for name in ("gbk", "utf-8"))
    with session_with(one, encoding="gbk") as first, session_with(other, encoding="utf-8") as second:
        names = [session.enrolments()[0].name for session in (first, second, first, second)]
        assert first.enrolments()[0].privilege is Privilege.ADMIN

    assert names == ["王小明"] * 4


def test_an_encoding_that_nobody_knows_is_a_typed_error_and_costs_no_punch() -> None:
    with session_with(terminal(log=punches(3)), encoding="klingon") as session:
        with pytest.raises(Unsupported, match=r"klingon.*such as utf-8"):
            session.enrolments()
        assert Reading(list(session.batches({}, UTC))).told == told(punches(3))


def test_passwords_of_people_and_keys_are_in_no_value_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    made = Terminal(
        profile=Profile(comm_key=730517), users=[SimulatedUser(user_id="1", uid=1, name="A", password="48151")]
    )
    with caplog.at_level(logging.DEBUG), session_with(made, comm_key=730517) as session:
        written = repr(session.enrolments()) + repr(session.address) + repr(session.connection.address)

    assert not [secret for secret in ("48151", "730517") if secret in written + caplog.text]


PEOPLE: list[tuple[str, dict[int, Any], type[DeviceError]]] = [
    ("no known size", {PREPARE: [(DATA, 0, b"\x05\0\0\0" + bytes(5))]}, UnknownLayout),
    ("both sizes, all zeros", {PREPARE: [(DATA, 0, b"\xf8\x01\0\0" + bytes(504))]}, UnknownLayout),
    ("another length inside", {PREPARE: [(DATA, 0, b"\x07\0\0\0" + bytes(72))]}, ShortTransfer),
    (
        "another number",
        {SIZES: [(OK, 0, sizes(2))], PREPARE: [(DATA, 0, b"\x48\0\0\0" + bytes(72))]},
        UnknownLayout,
    ),
    (
        "more than a terminal holds",
        {PREPARE: [(OK, 0, prepared(72 * 70_000 + 4))], READ: b"never asked"},
        UnknownLayout,
    ),
]


@pytest.mark.parametrize(("special", "expected"), [c[1:] for c in PEOPLE], ids=[c[0] for c in PEOPLE])
def test_people_that_cannot_be_read_are_a_typed_error(special: dict[int, Any], expected: type[DeviceError]) -> None:
    with (
        tcp_peer(polite(special)) as served,
        DRIVER.session(address_of(served)) as session,
        pytest.raises(expected, match=r"127\.0\.0\.1"),
    ):
        session.enrolments()


# What goes wrong


def test_a_busy_terminal_is_told_and_read_the_next_time() -> None:
    made = terminal(log=punches(30))
    made.faults = Faults(busy=1)
    with made.serve() as served:
        with pytest.raises(DeviceBusy, match=r"for the moment\. Close other programs") as caught:
            read(address_of(served))
        assert caught.value.retryable
        assert read(address_of(served)).told == told(punches(30))


def test_a_firmware_without_buffered_reads_is_unsupported() -> None:
    made = terminal(log=punches(30))
    made.faults = Faults(refuse=frozenset({1503}))
    with pytest.raises(Unsupported, match="no buffered read"):
        read_once(made)


def test_a_refused_good_bye_to_the_data_set_costs_nothing() -> None:
    made = terminal(log=punches(100))
    made.faults = Faults(refuse=frozenset({1502}))

    assert read_once(made).told == told(punches(100))


def test_a_terminal_that_dies_after_the_last_record_has_been_read() -> None:
    made = terminal(log=punches(100))
    made.faults = Faults(late_answer=1.5, late_command=1502)

    assert read_once(made, answer_seconds=0.5).told == told(punches(100))


@pytest.mark.parametrize("udp", [False, True], ids=["tcp", "udp"])
def test_a_session_that_drips_ends_by_its_deadline(udp: bool) -> None:
    made = terminal(log=punches(5000), pacing=0.05 if udp else 0.0)
    made.faults = Faults(drip=(16, 0.01))
    with pytest.raises(DeviceTimeout, match=r"session took longer than 0\.3 s|no answer"):
        read_once(made, udp=udp, session_seconds=0.3)


def test_no_process_is_started_by_any_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    for owner, name in ((subprocess, "Popen"), (os, "system"), (os, "posix_spawn"), (os, "fork")):
        monkeypatch.setattr(owner, name, forbidden)
    touched = tmp_path / "touched"
    with pytest.raises(DeviceError):
        read(DeviceAddress(host=f"127.0.0.1; touch {touched}"))

    assert read_once(terminal(log=punches(3))).told == told(punches(3))
    assert not touched.exists()


def test_twenty_failures_leave_no_socket_and_no_thread_behind() -> None:
    made = terminal(log=punches(200))
    with made.serve() as served:
        made.faults = Faults(reset_after_bytes=500)
        read_until_it_fails(address_of(served), {})
        before, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
        for _ in range(20):
            assert isinstance(read_until_it_fails(address_of(served), {})[1], DeviceError)
        until(lambda: len(os.listdir("/proc/self/fd")) <= before + 2 and threading.active_count() <= threads)


# A terminal that fails at any byte

LENGTH = 9_000
LONG = punches(LENGTH)
SHORT = punches(40)
FAULTS = st.one_of(
    st.builds(lambda at: Faults(close_after_bytes=at), st.integers(0, 400_000)),
    st.builds(lambda at: Faults(reset_after_bytes=at), st.integers(0, 400_000)),
    st.builds(lambda at: Faults(stall_after_bytes=at), st.integers(0, 400_000)),
    st.just(Faults(join_frames=True)),
)


def all_read_through(made: Terminal, script: list[Faults], *, answer_seconds: float = 0.1) -> Counter[Told]:
    """The punches of reads that fail by the script, each from the last cursor, and of a clean one at the end."""
    found: Counter[Told] = Counter()
    cursor: Cursor = {}
    with made.serve() as served:
        for faults in [*script, Faults()]:
            made.faults = faults
            seconds = 3.0 if faults == Faults() else answer_seconds
            batches, error = read_until_it_fails(address_of(served, answer_seconds=seconds), cursor)
            assert error is None or isinstance(error, DeviceError), error
            found.update(Reading(batches).told)
            cursor = Reading(batches).cursor if batches else cursor
        assert error is None
    return found


@settings(max_examples=examples(10))
@given(st.lists(FAULTS, max_size=3), st.sampled_from(["40", "49", "16", "8"]))
def test_each_punch_stands_exactly_once_whatever_failed_before(script: list[Faults], layout: str) -> None:
    found = all_read_through(terminal(layout, log=LONG, frame_size=65536), script)

    assert found == Counter(told(LONG))


SMALL_FAULTS = st.one_of(
    st.builds(lambda at: Faults(close_after_bytes=at), st.integers(0, 2200)),
    st.builds(lambda at: Faults(reset_after_bytes=at), st.integers(0, 2200)),
    st.builds(lambda at: Faults(stall_after_bytes=at), st.integers(0, 2200)),
    st.builds(lambda size: Faults(drip=(size, 0.0)), st.integers(1, 40)),
    st.builds(lambda size, at: Faults(drip=(size, 0.0), close_after_bytes=at), st.integers(1, 9), st.integers(0, 2200)),
    st.just(Faults(split_headers=True)),
    st.just(Faults(join_frames=True)),
)


@settings(max_examples=examples(20))
@given(st.lists(SMALL_FAULTS, max_size=4), st.sampled_from([1008, 65536]))
def test_each_punch_stands_exactly_once_however_frames_are_cut(script: list[Faults], frame_size: int) -> None:
    found = all_read_through(terminal(log=SHORT, frame_size=frame_size), script, answer_seconds=0.05)

    assert found == Counter(told(SHORT))


def test_a_connection_cut_at_every_byte_is_a_typed_error_and_never_half_a_log() -> None:
    made = terminal(log=punches(4))
    with made.serve() as served:
        total = 0
        for at in range(10_000):
            made.faults = Faults(close_after_bytes=at)
            batches, error = read_until_it_fails(address_of(served), {})
            assert Reading(batches).told in ([], told(punches(4)))
            assert error is None or (isinstance(error, DeviceError) and error.advice), error
            total += error is not None
            if error is None:
                break

    assert total > 100
