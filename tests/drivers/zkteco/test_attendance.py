"""One linear pass over the log: what a record says, and nothing lost that says nothing."""

import struct
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_devices.domain.punches.instants import FoldReader
from attendance_devices.domain.punches.punch import BadRecord, Punch, PunchType
from attendance_devices.drivers.zkteco.attendance import Decoder, clock, day_number, decoded_time, id_text
from attendance_devices.drivers.zkteco.layouts import L8, L8PRIME, L16, L40, LAYOUTS, Layout
from attendance_devices.simulators.zk_profile import SimulatedPunch
from attendance_devices.simulators.zk_records import encode_parts, encode_punch
from tests.builders.sampling import examples

NEW_YORK = ZoneInfo("America/New_York")
START = datetime(2026, 1, 5, 9)


def decoder(layout: Layout = L40, zone: ZoneInfo | None = None, slots: dict[bytes | int, str] | None = None) -> Decoder:
    return Decoder(layout, zone or UTC, folds=FoldReader(zone or UTC), slots=slots)


def encoded(*punches: SimulatedPunch, layout: Layout = L40) -> bytes:
    return b"".join(encode_punch(punch, layout.name, punch.uid or 0) for punch in punches)  # type: ignore[arg-type]


CAPTURED = [
    (
        "a finger on an F19",
        L40,
        "0d00" + b"999111333".ljust(24, b"\0").hex() + "016bb368230000000000ff000000",
        Punch("999111333", datetime(2018, 6, 25, 17, 50, 35), 0, "in", 0, 1),
    ),
    (
        "a face",
        L40,
        "0100" + b"10036".ljust(24, b"\0").hex() + "0fb8ebc929000000000000000000",
        Punch("10036", datetime(2021, 10, 24, 13, 42, 16), 0, "in", 0, 15),
    ),
    ("16 bytes", L16, "15000000ec154f230000000000000000", Punch("21", datetime(2018, 6, 6, 7, 31, 56), 0, "in", 0, 0)),
    (
        "8 bytes with flags",
        L8PRIME,
        "07002800a8eba71e",
        Punch("700", datetime(2016, 1, 1, 19, 2), 0, "in", 0, 1, "", 7),
    ),
]


@pytest.mark.parametrize(("layout", "raw", "expected"), [c[1:] for c in CAPTURED], ids=[c[0] for c in CAPTURED])
def test_captured_records_say_what_their_owners_saw(layout: Layout, raw: str, expected: Punch) -> None:
    assert decoder(layout, slots={7: "700"}).feed(bytes.fromhex(raw)) == ([expected], [])


STATES = [
    (0, PunchType.IN),
    (1, PunchType.OUT),
    (2, PunchType.BREAK_OUT),
    (3, PunchType.BREAK_IN),
    (4, PunchType.OVERTIME_IN),
    (5, PunchType.OVERTIME_OUT),
    (255, PunchType.UNSAID),
    (77, PunchType.UNSAID),
]


@pytest.mark.parametrize(("state", "expected"), STATES, ids=[f"state {state}" for state, _ in STATES])
def test_the_key_pressed_is_put_in_words_and_kept_as_coded(state: int, expected: PunchType) -> None:
    ((punch,), _) = decoder().feed(encoded(SimulatedPunch(user_id="1", at=START, state=state)))

    assert (punch.punch_type, punch.raw_status) == (expected, state)
    assert type(punch.punch_type) is str


IDS = [
    ("leading zeros", b"00042", "00042"),
    ("letters", b"ab-C7", "ab-C7"),
    ("spaces are part of it", b" 4 2 ", " 4 2 "),
    ("what stands behind a NUL is not", b"42\x00junk", "42"),
    ("a formula is only text", b"=1+1", "=1+1"),
    ("full 24 characters", b"X" * 24, "X" * 24),
    ("letters of other scripts", "प्रिया".encode(), "प्रिया"),
]


@pytest.mark.parametrize(("raw", "expected"), [c[1:] for c in IDS], ids=[c[0] for c in IDS])
def test_an_id_is_kept_as_the_terminal_has_it(raw: bytes, expected: str) -> None:
    record = struct.pack("<H24sBIB8x", 1, raw, 1, encode_parts((2026, 1, 5)), 0)

    assert decoder().feed(record)[0][0].biometric_id == expected
    assert id_text(raw) == expected


BAD_IDS = [
    ("empty", b"", "the id is empty"),
    ("nothing before the NUL", b"\x0042", "the id is empty"),
    ("no text", b"\xff\xfe", "the id is not text"),
    ("control characters", b"4\n2", "the id holds control characters"),
]


@pytest.mark.parametrize(("raw", "reason"), [c[1:] for c in BAD_IDS], ids=[c[0] for c in BAD_IDS])
def test_a_record_without_a_readable_id_is_handed_out_as_it_came(raw: bytes, reason: str) -> None:
    record = struct.pack("<H24sBIB8x", 1, raw, 1, encode_parts((2026, 1, 5)), 0)

    assert decoder().feed(record) == ([], [BadRecord(raw=record, reason=reason)])


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_a_date_that_no_calendar_has_costs_its_own_record_only(layout: Layout) -> None:
    good = SimulatedPunch(user_id="1", at=START, uid=1)
    wrong = SimulatedPunch(user_id="1", raw_time=encode_parts((2026, 2, 31), (8, 0, 0)), uid=1)
    raw = encoded(good, wrong, good, layout=layout)

    punches, bad = decoder(layout, slots={1: "1"}).feed(raw)

    assert [punch.device_time for punch in punches] == [START, START]
    assert bad == [BadRecord(raw=raw[layout.size : 2 * layout.size], reason="31.02.2026 is no date")]


def test_several_bad_records_are_each_cut_at_their_own_place() -> None:
    wrong = [SimulatedPunch(user_id=str(i), raw_time=encode_parts((2026, 2, 30 + i % 2))) for i in range(4)]
    good = SimulatedPunch(user_id="9", at=START)
    raw = encoded(wrong[0], good, wrong[1], wrong[2], good, wrong[3])

    _, bad = decoder().feed(raw)

    assert [record.raw for record in bad] == [raw[i * 40 : i * 40 + 40] for i in (0, 2, 3, 5)]


def test_a_work_code_is_text_and_none_is_empty() -> None:
    raw = encoded(SimulatedPunch(user_id="1", at=START, work_code=7), SimulatedPunch(user_id="1", at=START), layout=L16)

    assert [punch.work_code for punch in decoder(L16).feed(raw)[0]] == ["7", ""]


def test_a_slot_gets_the_id_that_the_list_gives_it_and_an_unlisted_one_its_own_name() -> None:
    raw = encoded(*(SimulatedPunch(user_id="1", at=START, uid=uid) for uid in (3, 4)), layout=L8)

    punches, _ = decoder(L8, slots={3: "E-3"}).feed(raw)

    assert [(punch.biometric_id, punch.slot) for punch in punches] == [("E-3", 3), ("slot:4", 4)]


def test_records_that_name_an_id_have_no_slot() -> None:
    ((punch,), _) = decoder().feed(encoded(SimulatedPunch(user_id="1", at=START, uid=9)))

    assert punch.slot is None


def test_two_people_in_the_same_second_are_two_punches() -> None:
    raw = encoded(SimulatedPunch(user_id="1", at=START), SimulatedPunch(user_id="2", at=START))

    assert [punch.biometric_id for punch in decoder().feed(raw)[0]] == ["1", "2"]


TIMES = [
    ("the first second there is", 0, datetime(2000, 1, 1)),
    ("captured", 0x2368B36B, datetime(2018, 6, 25, 17, 50, 35)),
    ("a leap day", encode_parts((2024, 2, 29)), datetime(2024, 2, 29)),
    ("a clock that jumped", encode_parts((2099, 12, 31), (23, 59, 59)), datetime(2099, 12, 31, 23, 59, 59)),
]


@pytest.mark.parametrize(("stamp", "expected"), [c[1:] for c in TIMES], ids=[c[0] for c in TIMES])
def test_a_time_is_decoded(stamp: int, expected: datetime) -> None:
    assert decoded_time(stamp) == expected
    assert clock(struct.pack("<I", stamp)) == expected


NO_TIMES = [("too short", b"\0\0"), ("no date", struct.pack("<I", encode_parts((2023, 2, 29)))), ("empty", b"")]


@pytest.mark.parametrize("data", [c[1] for c in NO_TIMES], ids=[c[0] for c in NO_TIMES])
def test_a_clock_that_shows_no_time_is_none(data: bytes) -> None:
    assert clock(data) is None


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)))
def test_the_number_of_a_day_is_the_one_in_its_time(at: datetime) -> None:
    at = at.replace(microsecond=0)
    stamp = encode_parts((at.year, at.month, at.day), (at.hour, at.minute, at.second))

    assert decoded_time(stamp) == at
    assert day_number(at) == stamp // 86_400


@settings(max_examples=examples(75))
@given(st.sampled_from(list(LAYOUTS.values())), st.binary(max_size=1000), st.sampled_from([UTC, NEW_YORK]))
def test_arbitrary_bytes_become_rows_or_bad_records_and_nothing_is_lost(
    layout: Layout, noise: bytes, zone: ZoneInfo
) -> None:
    raw = noise[: len(noise) // layout.size * layout.size]

    punches, bad = decoder(layout, zone).feed(raw)

    assert len(punches) + len(bad) == len(raw) // layout.size
    assert not Counter(record.raw for record in bad) - Counter(
        raw[at : at + layout.size] for at in range(0, len(raw), layout.size)
    )
    for punch in punches:
        assert 2000 <= punch.device_time.year <= 2136
        assert punch.device_time.tzinfo is None
        assert punch.biometric_id
        assert punch.biometric_id.isprintable()
        assert punch.fold in (0, 1, None)
        assert punch.punch_type in list(PunchType)


AUTUMN = datetime(2024, 11, 3)
MOMENTS = st.one_of(
    st.integers(-180, 240).map(lambda minute: AUTUMN + timedelta(hours=1, minutes=minute)),
    st.sampled_from([START, datetime(2099, 1, 1), datetime(2000, 1, 1), datetime(2023, 11, 5, 1, 30)]),
)
RECORDS = st.one_of(
    MOMENTS.map(lambda at: encoded(SimulatedPunch(user_id="1", at=at))),
    MOMENTS.map(lambda at: encoded(SimulatedPunch(user_id="", at=at))),
    st.just(encoded(SimulatedPunch(user_id="1", raw_time=encode_parts((2024, 2, 31))))),
)


@settings(max_examples=examples(100))
@given(st.lists(RECORDS, max_size=14), st.data())
def test_any_split_of_a_log_gives_the_same_folds(records: list[bytes], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(records)), max_size=4)))
    expected = decoder(zone=NEW_YORK).feed(b"".join(records))[0]

    got: list[Punch] = []
    state: dict[str, str] = {}
    for start, end in zip([0, *cuts], [*cuts, len(records)], strict=True):
        folds = FoldReader(NEW_YORK, state)
        got += Decoder(L40, NEW_YORK, folds=folds).feed(b"".join(records[start:end]))[0]
        state = folds.state

    assert got == expected


@settings(max_examples=examples(100))
@given(st.lists(MOMENTS, max_size=14), st.integers(0, 14))
def test_a_log_that_lost_its_oldest_records_never_says_the_opposite(moments: list[datetime], lost: int) -> None:
    raw = encoded(*(SimulatedPunch(user_id="1", at=at) for at in moments))
    before = [punch.fold for punch in decoder(zone=NEW_YORK).feed(raw)[0]][lost:]
    after = [punch.fold for punch in decoder(zone=NEW_YORK).feed(raw[lost * 40 :])[0]]

    assert all(late in (early, None) for early, late in zip(before, after, strict=True))


def test_the_second_pass_of_the_autumn_hour_is_seen_in_the_order_of_the_log() -> None:
    shown = [(0, 50), (1, 30), (1, 59), (1, 30), (1, 45), (2, 10)]
    raw = encoded(*(SimulatedPunch(user_id="1", at=AUTUMN.replace(hour=h, minute=m)) for h, m in shown))

    assert [punch.fold for punch in decoder(zone=NEW_YORK).feed(raw)[0]] == [0, 0, 0, 1, 1, 0]


def test_a_log_that_starts_inside_the_hour_does_not_pretend_to_know() -> None:
    shown = [(1, 30), (1, 59), (1, 30), (1, 45)]
    raw = encoded(*(SimulatedPunch(user_id="1", at=AUTUMN.replace(hour=h, minute=m)) for h, m in shown))

    assert [punch.fold for punch in decoder(zone=NEW_YORK).feed(raw)[0]] == [None, None, 1, 1]
