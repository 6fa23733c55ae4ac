"""The encoders against records captured from real terminals."""

import struct
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_devices.simulators.zk_profile import RecordLayout, SimulatedPunch, SimulatedUser
from attendance_devices.simulators.zk_records import (
    RECORD_SIZES,
    TIME_OFFSETS,
    decode_time,
    encode_event,
    encode_parts,
    encode_punch,
    encode_sizes,
    encode_time,
    encode_user,
    read_user,
)

F19 = SimulatedPunch(user_id="999111333", at=datetime(2018, 6, 25, 17, 50, 35))
FACE = SimulatedPunch(user_id="10036", at=datetime(2021, 10, 24, 13, 42, 16), verify=15)
SIXTEEN = SimulatedPunch(user_id="21", at=datetime(2018, 6, 6, 7, 31, 56), verify=0)
ZEM500 = SimulatedPunch(user_id="7", at=datetime(2016, 1, 1, 19, 2))

# (layout, uid, punch, the captured record)
CAPTURED = {
    "40 bytes of an F19 (zk-protocol)": (
        "40",
        13,
        F19,
        "0d00" + "393939313131333333".ljust(48, "0") + "016bb3682300" + "00000000ff000000",
    ),
    "16 bytes of 6.60 firmware (js_zklib issue 50)": ("16", 21, SIXTEEN, "15000000ec154f23" + "00" * 8),
    "8 bytes with flags of a ZEM500 (pyzk issue 99)": ("8prime", 7, ZEM500, "07002800a8eba71e"),
}


@pytest.mark.parametrize(("layout", "uid", "punch", "record"), CAPTURED.values(), ids=CAPTURED)
def test_a_captured_record_is_encoded_to_the_byte(
    layout: RecordLayout, uid: int, punch: SimulatedPunch, record: str
) -> None:
    assert encode_punch(punch, layout, uid).hex() == record


def test_a_captured_face_record_holds_but_for_its_eight_last_bytes() -> None:
    # pyzk issue 139: this terminal leaves the tail at zero.
    captured = "0100" + "3130303336".ljust(48, "0") + "0fb8ebc92900"

    assert encode_punch(FACE, "40", 1).hex()[:64] == captured


@pytest.mark.parametrize("layout", RECORD_SIZES)
def test_every_layout_has_its_size_and_keeps_the_time_where_reads_by_time_look(layout: RecordLayout) -> None:
    record = encode_punch(ZEM500, layout, 7)

    assert len(record) == RECORD_SIZES[layout]
    assert record[TIME_OFFSETS[layout] :][:4].hex() == "a8eba71e"


def test_the_eight_byte_record_says_slot_how_when_and_direction() -> None:
    # Vendor manual, struct AttLog.
    punch = SimulatedPunch(user_id="x", at=datetime(2016, 1, 1, 19, 2), verify=2, state=1)

    assert encode_punch(punch, "8", 300).hex() == "2c01" + "02" + "a8eba71e" + "01"


def test_the_sixteen_byte_record_puts_the_state_before_the_way_and_has_a_work_code() -> None:
    # Vendor manual, struct ExtendAttLog.
    punch = SimulatedPunch(user_id="21", at=datetime(2018, 6, 6, 7, 31, 56), verify=15, state=1, work_code=9)

    assert encode_punch(punch, "16").hex() == "15000000ec154f23" + "010f0000" + "09000000"


@pytest.mark.parametrize("layout", ["16"])
def test_a_user_id_of_letters_is_refused_where_only_numbers_fit(layout: RecordLayout) -> None:
    punch = SimulatedPunch(user_id="A7", at=datetime(2026, 1, 1))

    with pytest.raises(ValueError, match="use 40-byte records"):
        encode_punch(punch, layout)


def test_a_raw_time_wins_over_the_date() -> None:
    punch = SimulatedPunch(user_id="7", at=datetime(2026, 1, 1), raw_time=0xFFFFFFFF)

    assert encode_punch(punch, "16")[4:8] == b"\xff" * 4


def test_a_punch_without_any_time_is_refused() -> None:
    with pytest.raises(ValueError, match="needs `at` or `raw_time`"):
        encode_punch(SimulatedPunch(user_id="7"), "40")


# Captured (pyzk issue 41 thread and zk-protocol): the time of the records above, as a number.
def test_the_time_is_counted_in_months_of_31_days() -> None:
    assert encode_time(datetime(2018, 6, 25, 17, 50, 35)) == 0x2368B36B
    assert encode_parts((2026, 2, 31)) == encode_parts((2026, 3, 1)) - 86_400


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31, 23, 59, 59)))
def test_a_time_that_was_encoded_is_decoded(at: datetime) -> None:
    assert decode_time(encode_time(at)) == at.replace(microsecond=0)


def test_a_date_no_calendar_has_cannot_be_decoded() -> None:
    with pytest.raises(ValueError, match="day"):
        decode_time(encode_parts((2026, 2, 31)))


NUEVO = SimulatedUser(user_id="11224488", uid=14, name="Nuevo", privilege=6, password="123456", card=6543)


def test_a_72_byte_user_stands_as_in_the_captured_user_write() -> None:
    record = encode_user(NUEVO, 72)

    # pyzk's tests: uid, privilege and password; name; card, group 1; user id at offset 48.
    assert record[:9].hex() == "0e0006313233343536"
    assert record[11:16] == b"Nuevo"
    assert record[35:40].hex() == "8f19000001"
    assert record[48:57] == b"11224488\0"
    assert len(record) == 72


def test_a_28_byte_user_has_room_for_eight_bytes_of_name() -> None:
    long_name = SimulatedUser(user_id="12", uid=3, name="Priyadarshini", password="123456")

    record = encode_user(long_name, 28)

    assert record.hex() == "0300" + "00" + b"12345".hex() + b"Priyadar".hex() + "00" * 8 + "0c000000"


@pytest.mark.parametrize("size", [28, 72])
def test_a_user_that_was_written_is_read_back(size: int) -> None:
    user = SimulatedUser(user_id="12", uid=3, name="Priya", privilege=14, password="1234", card=77)

    assert read_user(encode_user(user, size)) == user


def test_a_user_of_any_other_length_is_refused() -> None:
    with pytest.raises(ValueError, match="28 or 72 bytes, not 30"):
        read_user(b"\0" * 30)


@pytest.mark.parametrize(
    ("encoding", "name", "cut"),
    [
        ("utf-8", "محمد عبد الرحمن الأنصاري", 24),
        ("gbk", "张伟" * 20, 24),
        ("utf-8", "a" + "é" * 20, 24),
    ],
    ids=["an Arabic name in UTF-8", "a Chinese name in GBK", "a cut in the middle of a character"],
)
def test_a_name_is_cut_at_its_bytes(encoding: str, name: str, cut: int) -> None:
    record = encode_user(SimulatedUser(user_id="1", uid=1, name=name), 72, encoding)

    assert record[11:35] == name.encode(encoding)[:cut]


def test_the_size_table_stands_as_in_a_captured_k20() -> None:
    table = encode_sizes({4: 2, 8: 7, 14: 500, 15: 500, 16: 50_000}, 80)

    assert len(table) == 80
    assert table[16:20].hex() == "02000000"
    assert table[32:36].hex() == "07000000"
    assert table[56:68].hex() == "f4010000f401000050c30000"


def test_the_size_table_of_an_f18_has_its_free_places() -> None:
    # pyzk pull request 111: records 58 of 100 000, 99 942 free.
    table = struct.unpack("<23i", encode_sizes({4: 3, 8: 58, 16: 100_000, 19: 99_942}, 92))

    assert (table[4], table[8], table[16], table[19]) == (3, 58, 100_000, 99_942)


# (size, uid, punch, captured data)
EVENTS = {
    "32 bytes, a finger (zk-protocol)": (
        32,
        SimulatedPunch(user_id="999111333", at=datetime(2018, 6, 25, 17, 41, 5)),
        "393939313131333333".ljust(48, "0") + "0100120619112905",
    ),
    "32 bytes, a face (zk-protocol)": (
        32,
        SimulatedPunch(user_id="1140064", at=datetime(2018, 11, 29, 12, 55, 3), verify=15),
        "31313430303634".ljust(48, "0") + "0f00120b1d0c3703",
    ),
    "12 bytes (zk-protocol)": (
        12,
        SimulatedPunch(user_id="4822257", at=datetime(2018, 12, 7, 19, 9, 6), verify=0),
        "f19449000000120c07130906",
    ),
}


@pytest.mark.parametrize(("size", "punch", "data"), EVENTS.values(), ids=EVENTS)
def test_a_captured_event_is_encoded_to_the_byte(size: int, punch: SimulatedPunch, data: str) -> None:
    assert encode_event(punch, size).hex() == data


@pytest.mark.parametrize("size", [10, 12, 14, 32, 36, 37, 52])
def test_every_event_has_its_size(size: int) -> None:
    event = encode_event(ZEM500, size, 7)

    assert len(event) == size
    assert event[0] in {7, ord("7")}


def test_an_event_needs_a_date() -> None:
    with pytest.raises(ValueError, match="give `at`"):
        encode_event(SimulatedPunch(user_id="7", raw_time=1), 32)
