"""The log, read from where we stopped once that is proven: nothing lost, nothing doubled, nothing guessed."""

import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_devices.domain.punches.punch import Cursor, Punch
from attendance_devices.exceptions import DeviceHungUp, ShortTransfer, UnknownLayout, ZeroCount
from attendance_devices.simulators.zkteco import Faults, Profile, SimulatedPunch, SimulatedUser, Terminal
from tests.builders.sampling import examples
from tests.drivers.contract import Reading, Told
from tests.drivers.zkteco.bench import (
    DRIVER,
    LAYOUTS,
    START,
    USERS,
    address_of,
    punches,
    read,
    read_once,
    read_until_it_fails,
    session_with,
    terminal,
    told,
)
from tests.drivers.zkteco.scripted import DATA, OK, PREPARE, READ, SIZES, polite, prepared, sizes, tcp_peer

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize("udp", [False, True], ids=["tcp", "udp"])
@pytest.mark.parametrize("frame_size", [1008, 65536])
@pytest.mark.parametrize("count", [1, 25, 300, 3000])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_read_at_every_length(layout: str, count: int, frame_size: int, udp: bool) -> None:
    log = punches(count)

    reading = read_once(terminal(layout, log=log, frame_size=frame_size), udp=udp)

    assert reading.told == told(log)
    assert not reading.bad
    assert reading.batches[0].shape == (
        f"{count} records of {8 if layout == '8prime' else layout} bytes (layout {layout})"
    )


TABLES = [("80 bytes", 80), ("92 bytes", 92), ("112 bytes", 112)]


@pytest.mark.parametrize("size_table", [table[1] for table in TABLES], ids=[table[0] for table in TABLES])
def test_every_known_table_of_sizes_is_read(size_table: int) -> None:
    with session_with(terminal(log=punches(30), size_table=size_table)) as session:
        status = session.status()
        assert Reading(list(session.batches({}, UTC))).told == told(punches(30))

    assert (status.records, status.users, status.record_capacity, status.user_capacity) == (30, 7, 100_000, 3000)


# Counts that lie


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_terminal_that_does_not_count_is_refused_and_not_guessed(layout: str) -> None:
    with pytest.raises(ZeroCount, match=r"127\.0\.0\.1:.* counts no punches and announces .* by hand"):
        read_once(terminal(layout, log=punches(30), size_table=4))


def test_a_count_of_zero_before_a_log_is_refused() -> None:
    made = terminal(log=punches(30))
    made.faults = Faults(wrong_count=0)
    with pytest.raises(ZeroCount):
        read_once(made)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_size_of_a_record_can_be_given_by_hand(layout: str) -> None:
    made = terminal(layout, log=punches(30), size_table=4)

    assert read_once(made, record_size=8 if layout == "8prime" else int(layout)).told == told(punches(30))


def test_a_size_by_hand_that_does_not_divide_the_log_is_refused() -> None:
    with pytest.raises(UnknownLayout, match="fit no known record"):
        read_once(terminal("49", log=punches(3)), record_size=40)


def test_eight_bytes_by_hand_of_records_that_are_none_are_refused() -> None:
    with pytest.raises(UnknownLayout, match="neither of the two known shapes"):
        read_once(terminal("40", log=punches(10)), record_size=8)


@pytest.mark.parametrize("count", [1, 19, 21, 29, 31, 60, 400])
@pytest.mark.parametrize("layout", ["40", "49", "16"])
def test_a_wrong_count_is_refused(layout: str, count: int) -> None:
    made = terminal(layout, log=punches(30))
    made.faults = Faults(wrong_count=count)
    with pytest.raises(UnknownLayout, match=r"127\.0\.0\.1:.*test_device"):
        read_once(made)


def test_a_terminal_that_stopped_counting_is_read_by_the_shape_of_last_time() -> None:
    made = terminal("16", log=punches(30))
    with made.serve() as served:
        cursor = read(address_of(served)).cursor
        made.set_punches(punches(40))
        made.faults = Faults(wrong_count=0)

        assert read(address_of(served), cursor).told == told(punches(40))[30:]


def test_a_punch_between_counting_and_reading_is_read_and_harms_nobody() -> None:
    for layout in LAYOUTS:
        made = terminal(layout, log=punches(20))
        made.faults = Faults(punch_during_read=1)
        reading = read_once(made)
        assert reading.told[:20] == told(punches(20)), layout
        assert (len(reading.punches), reading.bad) == (21, []), layout


def test_many_punches_between_counting_and_reading_are_refused_when_two_shapes_fit() -> None:
    made = terminal("8", log=punches(1))
    made.faults = Faults(punch_during_read=1)
    try:
        reading = read_once(made)
    except UnknownLayout:
        return
    assert reading.told[:1] == told(punches(1))


def test_a_race_is_settled_by_the_shape_of_last_time() -> None:
    made = terminal("16", log=punches(1))
    with made.serve() as served:
        cursor = read(address_of(served)).cursor
        made.faults = Faults(punch_during_read=1)

        assert len(read(address_of(served), cursor).punches) == 1


def test_six_records_of_49_bytes_are_read() -> None:
    assert read_once(terminal("49", log=punches(6))).told == told(punches(6))


def test_more_announced_than_delivered_gives_no_row() -> None:
    made = terminal(log=punches(100))
    made.faults = Faults(wrong_announced=40)
    with pytest.raises(ShortTransfer, match=r"127\.0\.0\.1:.*announced 4040 bytes of punches, and then 4000"):
        read_once(made)


def test_a_count_without_a_log_is_a_short_transfer_and_not_an_empty_log() -> None:
    script = polite({SIZES: [(OK, 0, sizes(0, 5))], PREPARE: [(DATA, 0, bytes(4))]})
    with tcp_peer(script) as served, pytest.raises(ShortTransfer, match="counts 5 punches and announces none"):
        read(address_of(served))


def test_a_negative_count_is_no_count() -> None:
    script = polite({SIZES: [(OK, 0, sizes(0, -1))], PREPARE: [(OK, 0, prepared(84))], READ: [(DATA, 0, b"P\0\0\0")]})
    with tcp_peer(script) as served:
        with DRIVER.session(address_of(served)) as session:
            assert session.status().records is None
        with pytest.raises(ZeroCount):
            read(address_of(served))


# The sentinel


@pytest.mark.parametrize("count", [0, 1, 30, 2000])
def test_nine_bytes_in_front_of_the_records_are_no_record(count: int) -> None:
    made = terminal(log=punches(count), sentinel=True)
    with made.serve() as served:
        first = read(address_of(served))
        assert first.told == told(punches(count))
        made.set_punches(punches(count + 5))
        assert read(address_of(served), first.cursor).told == told(punches(count + 5))[count:]


def test_nine_other_bytes_are_refused() -> None:
    script = polite({SIZES: [(OK, 0, sizes(0, 1))], PREPARE: [(DATA, 0, struct.pack("<I", 9) + bytes(9))]})
    with tcp_peer(script) as served, pytest.raises(UnknownLayout):
        read(address_of(served))


@pytest.mark.parametrize("count", [1, 2])
def test_a_first_record_that_looks_like_a_sentinel_is_not_taken_for_one(count: int) -> None:
    log = [SimulatedPunch(user_id="55", at=START, uid=0x32FF)] * count

    assert read_once(terminal(log=log)).told == told(log)


# Eight bytes


def test_two_shapes_of_eight_bytes_in_one_log_are_refused() -> None:
    one, other = terminal("8", log=punches(50)), terminal("8prime", log=punches(50))
    mixed = Terminal(profile=Profile(record_layout="8"), users=USERS, raw_log=one.log_bytes() + other.log_bytes())

    with pytest.raises(UnknownLayout, match="neither of the two known shapes"):
        read_once(mixed)


def test_a_recycled_slot_gets_the_name_of_the_day_and_stays_known_by_its_slot() -> None:
    made = terminal("8", log=punches(7))
    with made.serve() as served:
        before = read(address_of(served), whole=True).punches
        made.users = [SimulatedUser(user_id="NEW", uid=1), *USERS[1:6]]
        after = read(address_of(served), whole=True).punches

    assert [punch.biometric_id for punch in after] == ["NEW", *(punch.biometric_id for punch in before[1:6]), "slot:7"]
    assert [punch.slot for punch in after] == [punch.slot for punch in before]


@pytest.mark.parametrize("layout", ["8", "8prime"])
def test_a_long_log_of_slots_is_read_although_people_share_the_terminals_buffer(layout: str) -> None:
    made = terminal(layout, log=punches(9000), user_size=28)
    with made.serve() as served:
        first = read(address_of(served))
        made.set_punches(punches(9500))
        second = read(address_of(served), first.cursor)

    assert first.told + second.told == told(punches(9500))


def test_people_are_only_asked_for_when_a_slot_has_news() -> None:
    made = terminal("8", log=punches(50))
    with made.serve() as served:
        cursor = read(address_of(served)).cursor
        before = len(made.journal)
        read(address_of(served), cursor)

    assert not [data for command, data in made.journal[before:] if command == PREPARE and data[1] == 9]


def test_a_log_of_slots_that_is_cleared_while_people_are_read_is_an_empty_log() -> None:
    made = terminal("8", log=punches(50))
    with session_with(made) as session:
        people = session.enrolments

        def cleared() -> object:
            made.clear_log()
            return people()

        session.enrolments = cleared  # type: ignore[method-assign,assignment]
        assert Reading(list(session.batches({}, UTC))).told == []


# Bad records


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_31st_of_february_between_two_good_ones_costs_one_record(layout: str) -> None:
    wrong = SimulatedPunch(user_id="100", raw_time=((26 * 12 + 1) * 31 + 30) * 86_400)
    first, last = punches(2)
    made = terminal(layout, log=[first, wrong, last])

    reading = read_once(made)

    assert reading.told == told([first, last])
    assert [record.reason for record in reading.bad] == ["31.02.2026 is no date"]
    assert reading.bad[0].raw in made.log_bytes()
    assert reading.records == 3


def test_a_bad_record_is_covered_by_the_cursor_like_a_good_one() -> None:
    made = terminal(log=punches(40))
    made.append_raw(b"\xff" * 40)
    with made.serve() as served:
        first = read(address_of(served))
        assert (len(first.punches), len(first.bad)) == (40, 1)
        assert read(address_of(served), first.cursor).records == 0


# What the clock does

STRANGE_LOGS: list[tuple[str, list[Told]]] = [
    ("set back an hour", [Told("100", START), Told("101", START - timedelta(hours=1)), Told("100", START)]),
    ("2099 and then real ones", [Told("100", datetime(2099, 1, 1)), Told("100", START), Told("101", START)]),
    ("a dead battery", [Told("100", START), Told("100", datetime(2000, 1, 1)), Told("100", datetime(2000, 1, 1, 1))]),
    ("two people in a second", [Told("100", START), Told("101", START), Told("102", START)]),
    ("a pressed finger twice in a second", [Told("100", START), Told("100", START)]),
    ("odd ids", [Told(who, START) for who in ("0042", "A b", "=1+1", "X" * 24, " 7", "é")]),
]


@pytest.mark.parametrize("log", [c[1] for c in STRANGE_LOGS], ids=[c[0] for c in STRANGE_LOGS])
def test_no_marker_of_time_decides_what_is_new(log: list[Told]) -> None:
    recorded = [SimulatedPunch(user_id=who, at=at) for who, at in log]
    made = terminal(log=punches(50))
    with made.serve() as served:
        for split in range(len(log) + 1):
            made.set_punches([*punches(50), *recorded[:split]])
            cursor = read(address_of(served)).cursor
            made.set_punches([*punches(50), *recorded])
            assert read(address_of(served), cursor).told == log[split:]


# Splits

AUTUMN = datetime(2024, 11, 3)
FOLDED = [(0, 50), (1, 30), (1, 59), (1, 30), (1, 45), (2, 15)]
AUTUMN_LOG = [SimulatedPunch(user_id="100", at=AUTUMN.replace(hour=h, minute=m)) for h, m in FOLDED]


def test_the_autumn_hour_is_read_the_same_at_any_split() -> None:
    expected = read_once(terminal(log=AUTUMN_LOG), zone=NEW_YORK).punches
    assert [punch.fold for punch in expected] == [0, 0, 0, 1, 1, 0]
    for split in range(len(AUTUMN_LOG) + 1):
        made = terminal(log=AUTUMN_LOG[:split])
        with made.serve() as served:
            first = read(address_of(served), zone=NEW_YORK)
            made.set_punches(AUTUMN_LOG)
            assert first.punches + read(address_of(served), first.cursor, zone=NEW_YORK).punches == expected


class Kept:
    """What a store would hold: each punch once, an unknown fold meeting any."""

    def __init__(self) -> None:
        self.rows: Counter[tuple[str, datetime, int]] = Counter()

    @property
    def told(self) -> Counter[Told]:
        """The same without the folds."""
        return Counter(Told(who, at) for who, at, _ in self.rows)

    def take(self, found: Sequence[Punch]) -> None:
        for punch in found:
            folds = (0, 1) if punch.fold is None else (punch.fold,)
            if not any((punch.biometric_id, punch.device_time, fold) in self.rows for fold in folds):
                self.rows[punch.biometric_id, punch.device_time, punch.fold or 0] += 1


MINUTES = st.integers(-90, 150).map(lambda minute: AUTUMN + timedelta(hours=1, minutes=minute))
ENTRIES = st.one_of(
    st.builds(Told, st.sampled_from(["100", "101"]), MINUTES),
    st.sampled_from([Told("100", datetime(2099, 1, 1)), Told("101", datetime(2000, 1, 1)), Told("=7", START)]),
)


@settings(max_examples=examples(20))
@given(st.lists(ENTRIES, min_size=1, max_size=60), st.data())
def test_any_reads_of_a_growing_log_store_what_one_read_would(log: list[Told], data: st.DataObject) -> None:
    recorded = [SimulatedPunch(user_id=who, at=at) for who, at in log]
    at_once, in_parts = Kept(), Kept()
    made = terminal(log=recorded)
    with made.serve() as served:
        at_once.take(read(address_of(served), zone=NEW_YORK).punches)
        steps = data.draw(st.lists(st.tuples(st.integers(0, len(log)), st.booleans()), max_size=4))
        cursor: Cursor = {}
        for end, whole in [*sorted(steps), (len(log), False)]:
            made.set_punches(recorded[:end])
            reading = read(address_of(served), cursor, zone=NEW_YORK, whole=whole)
            in_parts.take(reading.punches)
            cursor = reading.cursor

    assert in_parts.rows == at_once.rows


@settings(max_examples=examples(20))
@given(st.lists(ENTRIES, min_size=1, max_size=80), st.data())
def test_a_log_that_loses_its_oldest_records_between_reads_loses_no_punch(log: list[Told], data: st.DataObject) -> None:
    recorded = [SimulatedPunch(user_id=who, at=at) for who, at in log]
    at_once, in_parts = Kept(), Kept()
    made = terminal(log=recorded)
    with made.serve() as served:
        at_once.take(read(address_of(served), zone=NEW_YORK).punches)
        cursor: Cursor = {}
        start = end = 0
        while end < len(log):
            start = data.draw(st.integers(start, end))
            end = data.draw(st.integers(end + 1, len(log)))
            made.set_punches(recorded[start:end])
            reading = read(address_of(served), cursor, zone=NEW_YORK, whole=data.draw(st.booleans()))
            in_parts.take(reading.punches)
            cursor = reading.cursor

    # What lost the records before it may not know its fold any more; it is there, and no more often than it was.
    assert set(in_parts.told) == set(at_once.told)
    assert in_parts.told <= at_once.told


# The cursor

CURSORS: list[tuple[str, dict[str, object]]] = [
    ("another layout", {"layout": "16"}),
    ("beyond the end", {"position": 10_000}),
    ("no overlap", {"overlap": 0}),
    ("an overlap before the first record", {"overlap": 60}),
    ("another digest", {"digest": "0" * 64}),
    ("moved by one", {"position": 49}),
]


@pytest.mark.parametrize("change", [c[1] for c in CURSORS], ids=[c[0] for c in CURSORS])
def test_a_cursor_that_is_not_proven_costs_a_whole_read(change: dict[str, object]) -> None:
    made = terminal(log=punches(50))
    with made.serve() as served:
        cursor = {**read(address_of(served)).cursor, **change}
        made.set_punches(punches(55))
        reading = read(address_of(served), cursor)

    assert reading.told == told(punches(55))
    assert all(batch.whole for batch in reading.batches)


def test_a_proven_cursor_costs_the_new_records_and_a_short_overlap() -> None:
    made = terminal(log=punches(9000))
    with made.serve() as served:
        cursor = read(address_of(served)).cursor
        made.set_punches(punches(9010))
        before = made.bytes_sent
        reading = read(address_of(served), cursor)
        sent = made.bytes_sent - before

    assert reading.told == told(punches(9010))[9000:]
    assert not reading.batches[0].whole
    assert sent < 42 * 40 + 1500


def test_records_that_are_all_the_same_do_not_fool_the_proof() -> None:
    same = [SimulatedPunch(user_id="100", at=START)] * 40
    made = terminal(log=[*same, *punches(5)])
    with made.serve() as served:
        made.set_punches(same)
        cursor = read(address_of(served)).cursor
        made.set_punches([*same[:35], *punches(9, first=100)])
        found = read(address_of(served), cursor).told

    assert set(told(punches(9, first=100))) <= set(found)


def test_a_log_is_read_with_little_memory() -> None:
    import tracemalloc

    log = punches(1)
    made = Terminal(profile=Profile(log_capacity=200_000), users=USERS, raw_log=terminal(log=log).log_bytes() * 60_000)
    with session_with(made) as session:
        batches = session.batches({}, UTC)
        next(batches)
        tracemalloc.start()
        for batch in batches:
            assert len(batch.punches) <= 6000
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert peak < 12_000_000


def test_the_batches_of_a_failed_read_stand_and_their_cursor_goes_on() -> None:
    made = terminal(log=punches(9000))
    with made.serve() as served:
        made.faults = Faults(close_after_bytes=300_000, limited=1)
        batches, error = read_until_it_fails(address_of(served), {})
        assert isinstance(error, DeviceHungUp)
        got = Reading(batches)
        rest = read(address_of(served), got.cursor)

    assert got.told + rest.told == told(punches(9000))
    assert got.records == 6000


def test_a_second_terminal_at_the_same_cursor_is_read_whole() -> None:
    one, other = terminal(log=punches(50)), terminal(log=[replace(p, user_id="105") for p in punches(60)])
    with one.serve() as first, other.serve() as second:
        cursor = read(address_of(first)).cursor

        assert len(read(address_of(second), cursor).punches) == 60
