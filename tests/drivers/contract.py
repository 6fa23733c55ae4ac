"""What every driver must do, whatever its vendor. A vendor's tests inherit `DriverContract` and bring a terminal."""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import ClassVar, NamedTuple

import pytest

from attendance_devices.domain.devices.device import DeviceAddress, DeviceIdentity, DeviceStatus
from attendance_devices.domain.punches.punch import BadRecord, Batch, Cursor, Hint, Punch
from attendance_devices.drivers.base import Driver, Ear, Session
from attendance_devices.exceptions import DeviceError, Unsupported

START = datetime(2026, 1, 5, 9)


WRITES: list[tuple[str, Callable[[Session], object], str]] = [
    ("supports_set_clock", lambda session: session.set_clock(START), "cannot set the terminal's clock"),
    ("supports_clear_log", lambda session: session.clear_log(), "cannot clear the terminal's log"),
    ("supports_clear_log", lambda session: session.disable(), "cannot keep people from punching"),
    ("supports_clear_log", lambda session: session.enable(), "cannot let people punch again"),
    ("supports_restart", lambda session: session.restart(), "cannot restart the terminal"),
]
"""The flag of a write, the order, and what is said where it is not supported."""


class Told(NamedTuple):
    """What a terminal's log says, in the order of the log."""

    who: str
    at: datetime


class Bench(ABC):
    """A terminal that answers at `address`."""

    address: DeviceAddress

    @abstractmethod
    def set_log(self, log: Sequence[Told]) -> None:
        """The log holds these and no others."""

    def punch(self, entry: Told) -> None:
        """Somebody punches now. Only for terminals that can say so at once."""
        raise NotImplementedError

    def listeners(self) -> int:
        """How many sessions it tells of punches at this moment."""
        return 0

    @abstractmethod
    def was_only_read(self) -> bool:
        """Did nobody disable, clear or write it, nor leave anything changed?"""


class Reading(NamedTuple):
    """Everything that one call of `batches` gave."""

    batches: list[Batch]

    @property
    def punches(self) -> list[Punch]:
        return [punch for batch in self.batches for punch in batch.punches]

    @property
    def told(self) -> list[Told]:
        return [Told(punch.biometric_id, punch.device_time) for punch in self.punches]

    @property
    def bad(self) -> list[BadRecord]:
        return [record for batch in self.batches for record in batch.bad]

    @property
    def records(self) -> int:
        return sum(batch.records for batch in self.batches)

    @property
    def cursor(self) -> Cursor:
        """As it comes back from the database."""
        found: Cursor = json.loads(json.dumps(dict(self.batches[-1].cursor)))
        return found


def patiently(ear: Ear, seconds: float = 10) -> list[Hint]:
    """The next hints, waited for as a daemon does: in short waits, for a slow machine too."""
    end = time.monotonic() + seconds
    found: list[Hint] = []
    while not found and time.monotonic() < end:
        found = list(ear.wait(0.5))
    return found


def entries(count: int, *, first: int = 0) -> list[Told]:
    """A log of so many punches, one a minute, of seven people."""
    return [Told(str(100 + i % 7), START + timedelta(minutes=i)) for i in range(first, first + count)]


class DriverContract(ABC):
    """Inherit it in a class called Test…, and give it a driver and its terminals."""

    driver: Driver
    long_log: ClassVar[int] = 20_000
    """Records that no driver should hold in memory at once."""
    most_at_once: ClassVar[int] = 10_000
    """Records of one batch."""

    @abstractmethod
    def bench(self, log: Sequence[Told]) -> AbstractContextManager[Bench]:
        """A terminal with this log, served."""

    @abstractmethod
    def dead_address(self) -> DeviceAddress:
        """Where nothing listens."""

    def read(self, bench: Bench, cursor: Cursor | None = None, *, whole: bool = False) -> Reading:
        with self.driver.session(bench.address) as session:
            return Reading(list(session.batches(cursor or {}, UTC, whole=whole)))

    def test_an_empty_cursor_reads_the_whole_log_in_its_order(self) -> None:
        log = entries(500)
        with self.bench(log) as bench:
            reading = self.read(bench)

        assert reading.told == log
        assert reading.records == len(log)
        assert not reading.bad
        assert all(batch.whole for batch in reading.batches)

    def test_an_empty_log_gives_no_punch_and_no_error(self) -> None:
        with self.bench([]) as bench:
            reading = self.read(bench)

        assert reading.told == []
        assert reading.records == 0

    def test_nothing_new_gives_nothing_and_keeps_the_cursor(self) -> None:
        with self.bench(entries(90)) as bench:
            first = self.read(bench)
            second = self.read(bench, first.cursor)

        assert second.told == []
        assert second.cursor == first.cursor

    def test_reading_goes_on_from_any_cursor(self) -> None:
        log = entries(60)
        with self.bench([]) as bench:
            for before in (0, 1, 2, 31, 32, 33, 59):
                bench.set_log(log[:before])
                cursor = self.read(bench).cursor
                bench.set_log(log)
                assert self.read(bench, cursor).told == log[before:], f"from {before}"

    def test_every_batch_carries_a_cursor_to_go_on_from(self) -> None:
        log = entries(self.long_log)
        with self.bench(log) as bench:
            done = 0
            for batch in self.read(bench).batches:
                done += len(batch.punches)
                cursor = json.loads(json.dumps(dict(batch.cursor)))
                assert self.read(bench, cursor).told == log[done:]

    def test_whole_reads_all_again_whatever_the_cursor_says(self) -> None:
        log = entries(200)
        with self.bench(log) as bench:
            cursor = self.read(bench).cursor
            again = self.read(bench, cursor, whole=True)

        assert again.told == log
        assert all(batch.whole for batch in again.batches)

    def test_a_log_that_was_cleared_is_read_from_its_first_record(self) -> None:
        for count in (40, 100, 250):
            new = entries(count, first=1000)
            with self.bench(entries(100)) as bench:
                cursor = self.read(bench).cursor
                bench.set_log(new)
                assert self.read(bench, cursor).told == new, f"{count} new ones"

    def test_the_cursor_survives_json(self) -> None:
        with self.bench(entries(70)) as bench:
            for batch in self.read(bench).batches:
                assert json.loads(json.dumps(dict(batch.cursor))) == dict(batch.cursor)

    def test_a_long_log_comes_in_batches_of_bounded_size(self) -> None:
        log = entries(self.long_log)
        with self.bench(log) as bench:
            reading = self.read(bench)

        assert reading.told == log
        assert max(batch.records for batch in reading.batches) <= self.most_at_once

    def test_reading_leaves_the_terminal_as_it_was_found(self) -> None:
        with self.bench(entries(300)) as bench:
            with self.driver.session(bench.address) as session:
                session.identity()
                session.status()
                session.enrolments()
                reading = Reading(list(session.batches({}, UTC)))
            self.read(bench, reading.cursor)
            self.read(bench, whole=True)

            assert bench.was_only_read()

    def test_identity_and_status_are_told(self) -> None:
        with self.bench(entries(12)) as bench, self.driver.session(bench.address) as session:
            assert isinstance(session.identity(), DeviceIdentity)
            status = session.status()

        assert isinstance(status, DeviceStatus)
        assert status.records == 12
        assert status.clock is None or status.clock.tzinfo is None

    def test_an_unreachable_terminal_is_a_typed_error_that_names_it(self) -> None:
        address = self.dead_address()
        with pytest.raises(DeviceError) as caught, self.driver.session(address):
            pass

        assert address.host in str(caught.value)
        assert caught.value.advice

    def test_what_it_cannot_do_is_a_typed_unsupported(self) -> None:
        with self.bench([]) as bench, self.driver.session(bench.address) as session:
            for flag, order, word in WRITES:
                if not getattr(self.driver, flag):
                    with pytest.raises(Unsupported) as caught:
                        order(session)
                    assert word in str(caught.value)
            assert bench.was_only_read()

    def test_a_clock_that_can_be_set_shows_the_time_it_was_set_to(self) -> None:
        if not self.driver.supports_set_clock:
            return
        with self.bench([]) as bench, self.driver.session(bench.address) as session:
            for moment in (START, datetime(2000, 1, 31, 0, 0, 0), datetime(2099, 12, 31, 12, 30, 30)):
                session.set_clock(moment)
                shown = session.clock()
                assert shown is not None and moment <= shown < moment + timedelta(minutes=1)

    def test_a_log_that_can_be_cleared_is_empty_then_and_an_old_cursor_reads_the_new_one(self) -> None:
        if not self.driver.supports_clear_log:
            return
        with self.bench(entries(100)) as bench:
            cursor = self.read(bench).cursor
            with self.driver.session(bench.address) as session:
                session.disable()
                session.clear_log()
                session.enable()
                assert session.status().records == 0
            assert self.read(bench, cursor).told == []
            bench.set_log(entries(120, first=200))
            assert self.read(bench, cursor).told == entries(120, first=200)

    def test_a_terminal_that_can_be_restarted_is_found_again(self) -> None:
        if not self.driver.supports_restart:
            return
        with self.bench(entries(3)) as bench:
            with self.driver.session(bench.address) as session:
                session.restart()
            assert self.read(bench).told == entries(3)

    def test_what_cannot_say_that_somebody_punches_is_a_typed_unsupported(self) -> None:
        if self.driver.supports_live:
            return
        with self.bench([]) as bench, self.driver.session(bench.address) as session:
            with pytest.raises(Unsupported, match="polled"), session.listen():
                pass
            assert bench.was_only_read()

    def test_a_punch_is_hinted_and_stands_in_the_log_that_the_same_session_reads(self) -> None:
        if not self.driver.supports_live:
            return
        log = entries(40)
        with self.bench(log[:30]) as bench, self.driver.session(bench.address) as session, session.listen() as ear:
            cursor = Reading(list(session.batches({}, UTC))).cursor
            read = []
            for entry in log[30:]:
                bench.punch(entry)
                assert patiently(ear)
                reading = Reading(list(session.batches(cursor, UTC)))
                read, cursor = read + reading.told, reading.cursor

        assert read == log[30:]

    def test_a_punch_that_comes_while_the_log_is_read_is_hinted_afterwards(self) -> None:
        if not self.driver.supports_live:
            return
        log = entries(self.long_log + 1)
        with self.bench(log[:-1]) as bench, self.driver.session(bench.address) as session, session.listen() as ear:
            batches = session.batches({}, UTC)
            first = next(batches)
            bench.punch(log[-1])
            reading = Reading([first, *batches])
            assert patiently(ear)
            assert reading.told + Reading(list(session.batches(reading.cursor, UTC))).told == log

    def test_a_wait_for_nothing_is_bounded(self) -> None:
        if not self.driver.supports_live:
            return
        with self.bench(entries(3)) as bench, self.driver.session(bench.address) as session, session.listen() as ear:
            assert list(ear.wait(0.01)) == []

    def test_whoever_listened_leaves_the_terminal_as_it_was_found(self) -> None:
        def fails() -> None:
            with self.driver.session(bench.address) as session, session.listen():
                assert bench.listeners() == 1
                raise RuntimeError("inside")

        if not self.driver.supports_live:
            return
        with self.bench(entries(3)) as bench:
            with self.driver.session(bench.address) as session:
                with session.listen():
                    assert bench.listeners() == 1
                assert bench.listeners() == 0
                assert session.status().records == 3
            with pytest.raises(RuntimeError, match="inside"):
                fails()
            assert bench.listeners() == 0
            assert bench.was_only_read()

    def test_a_session_is_closed_after_an_error_inside_it(self) -> None:
        def fails() -> None:
            with self.driver.session(bench.address) as session:
                assert isinstance(session, Session)
                raise RuntimeError("inside")

        with self.bench(entries(5)) as bench:
            with pytest.raises(RuntimeError, match="inside"):
                fails()
            assert self.read(bench).told == entries(5)

    def test_a_reader_that_stops_early_leaves_nothing_behind(self) -> None:
        log = entries(self.long_log)
        with self.bench(log) as bench:
            with self.driver.session(bench.address) as session:
                first = next(iter(session.batches({}, UTC)))
            rest = self.read(bench, first.cursor)

        assert Reading([first]).told + rest.told == log
