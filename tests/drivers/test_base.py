"""The contract itself: vendor-neutral, kept by a driver of a few lines, and broken by each driver that breaks it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, tzinfo
from typing import Any

import pytest

from attendance_devices.domain.devices.device import DeviceAddress
from attendance_devices.domain.punches.punch import Batch, Cursor
from attendance_devices.drivers.base import Driver, Session
from attendance_devices.exceptions import Unsupported
from tests.builders.memory_driver import LOGS, MemoryDriver, MemorySession
from tests.drivers.contract import WRITES, Bench, DriverContract, Told


class MemoryBench(Bench):
    """A terminal of memory."""

    def __init__(self, name: str, log: Sequence[Told]) -> None:
        self.address = DeviceAddress(host=name)
        self.set_log(log)

    def set_log(self, log: Sequence[Told]) -> None:
        self.expected = list(log)
        LOGS[self.address.host] = list(log)

    def was_only_read(self) -> bool:
        return LOGS[self.address.host] == self.expected


class TestMemory(DriverContract):
    """A driver of a few lines keeps the contract."""

    driver: Driver = MemoryDriver()

    @contextmanager
    def bench(self, log: Sequence[Told]) -> Iterator[Bench]:
        bench = MemoryBench("memory", log)
        try:
            yield bench
        finally:
            LOGS.pop("memory")

    def dead_address(self) -> DeviceAddress:
        return DeviceAddress(host="forgotten")


class _Doubling(MemorySession):
    def batches(self, cursor: Cursor, zone: tzinfo, *, whole: bool = False) -> Iterator[Batch]:
        return super().batches({}, zone, whole=whole)


class _Losing(MemorySession):
    def batches(self, cursor: Cursor, zone: tzinfo, *, whole: bool = False) -> Iterator[Batch]:
        return (
            Batch(punches=batch.punches[1:], cursor=batch.cursor, records=batch.records, whole=batch.whole)
            for batch in super().batches(cursor, zone, whole=whole)
        )


class _Trusting(MemorySession):
    def _mark(self, log: list[Told], position: int) -> str:
        return "always"


class _Forgetful(MemorySession):
    def batches(self, cursor: Cursor, zone: tzinfo, *, whole: bool = False) -> Iterator[Batch]:
        return super().batches(cursor, zone)


class _Greedy(MemorySession):
    most = 1_000_000


class _Clearing(MemorySession):
    def batches(self, cursor: Cursor, zone: tzinfo, *, whole: bool = False) -> Iterator[Batch]:
        yield from super().batches(cursor, zone, whole=whole)
        self.log.clear()


class _Speechless(MemorySession):
    def set_clock(self, shown: datetime) -> None:
        del shown


class _Listening(MemorySession):
    def listen(self) -> Any:
        return nullcontext()


class _Binary(MemorySession):
    def batches(self, cursor: Cursor, zone: tzinfo, *, whole: bool = False) -> Iterator[Batch]:
        for batch in super().batches(cursor, zone, whole=whole):
            yield Batch(punches=batch.punches, cursor={"at": (1, 2)}, records=batch.records, whole=batch.whole)


BROKEN: list[tuple[str, type[MemorySession], str]] = [
    ("doubles", _Doubling, "test_reading_goes_on_from_any_cursor"),
    ("never says nothing new", _Doubling, "test_nothing_new_gives_nothing_and_keeps_the_cursor"),
    ("loses", _Losing, "test_an_empty_cursor_reads_the_whole_log_in_its_order"),
    ("does not prove the cursor", _Trusting, "test_a_log_that_was_cleared_is_read_from_its_first_record"),
    ("forgets to read all", _Forgetful, "test_whole_reads_all_again_whatever_the_cursor_says"),
    ("holds all in memory", _Greedy, "test_a_long_log_comes_in_batches_of_bounded_size"),
    ("clears", _Clearing, "test_reading_leaves_the_terminal_as_it_was_found"),
    ("pretends to set the clock", _Speechless, "test_what_it_cannot_do_is_a_typed_unsupported"),
    (
        "pretends to listen",
        _Listening,
        "test_what_cannot_say_that_somebody_punches_is_a_typed_unsupported",
    ),
    ("keeps a cursor that is no JSON", _Binary, "test_the_cursor_survives_json"),
]


@pytest.mark.parametrize(("made", "test"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_driver_that_breaks_the_contract_fails_its_suite(made: type[MemorySession], test: str) -> None:
    suite: Any = TestMemory()
    suite.driver = MemoryDriver()
    suite.driver.made = made

    with pytest.raises((AssertionError, KeyError, pytest.fail.Exception)):
        getattr(suite, test)()


def test_a_driver_can_do_nothing_beyond_reading_unless_it_says_so() -> None:
    flags = [name for name in dir(Driver) if name.startswith("supports_")]

    assert len(flags) == 7
    assert not any(getattr(MemoryDriver, flag) for flag in flags)


def test_listening_is_unsupported_by_default_and_says_so() -> None:
    LOGS["deaf"] = []

    with pytest.raises(Unsupported, match=r"cannot say when somebody punches.*polled"):
        MemorySession(DeviceAddress(host="deaf")).listen()


@pytest.mark.parametrize(("order", "said"), [case[1:] for case in WRITES], ids=[case[2] for case in WRITES])
def test_every_write_is_unsupported_by_default_and_says_so(order: Callable[[Session], object], said: str) -> None:
    LOGS["plain"] = []
    with pytest.raises(Unsupported, match=said):
        order(MemorySession(DeviceAddress(host="plain")))


def test_a_file_is_unsupported_by_default_and_says_so() -> None:
    with pytest.raises(Unsupported, match=r"1_attlog\.dat: terminals of this vendor write no file that can be read"):
        MemoryDriver().log_file([b""], name="1_attlog.dat", zone=UTC)


def test_the_clock_is_that_of_the_status_unless_a_driver_knows_a_shorter_way() -> None:
    LOGS["plain"] = []
    assert MemorySession(DeviceAddress(host="plain")).clock() is None
