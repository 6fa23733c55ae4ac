"""Five shapes of record: the same meaning in each, and none of them guessed."""

import struct
from datetime import datetime, timedelta

import pytest

from attendance_devices.drivers.zkteco.layouts import (
    L8,
    L8PRIME,
    L16,
    L40,
    L49,
    LAYOUTS,
    SENTINEL,
    Fit,
    Layout,
    eight_byte_layout,
    fits,
)
from attendance_devices.simulators.zk_profile import SimulatedPunch
from attendance_devices.simulators.zk_records import encode_punch

AT = datetime(2026, 3, 7, 18, 30, 5)
STAMP = ((26 * 12 + 2) * 31 + 6) * 86_400 + 18 * 3600 + 30 * 60 + 5


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_state_and_verify_mean_the_same_in_each_layout(layout: Layout) -> None:
    punch = SimulatedPunch(user_id="21", at=AT, verify=2, state=5, uid=21)
    ((who, verify, at, state, work),) = layout.rows(encode_punch(punch, layout.name, uid=21))  # type: ignore[arg-type]

    assert int(who if isinstance(who, int) else who.rstrip(b"\0")) == 21
    assert (verify, at, state, bool(work)) == (2, STAMP, 5, False)


CAPTURED: list[tuple[str, Layout, str, tuple[object, ...]]] = [
    (
        "40 bytes of an F19",
        L40,
        "0d00" + b"999111333".ljust(24, b"\0").hex() + "016bb368230000000000ff000000",
        (b"999111333".ljust(24, b"\0"), 1, 0x2368B36B, 0, b""),
    ),
    (
        "40 bytes of a face terminal",
        L40,
        "0100" + b"10036".ljust(24, b"\0").hex() + "0fb8ebc929000000000000000000",
        (b"10036".ljust(24, b"\0"), 15, 0x29C9EBB8, 0, b""),
    ),
    ("16 bytes", L16, "15000000ec154f23000000000000" + "0000", (21, 0, 0x234F15EC, 0, 0)),
    ("8 bytes with flags of a ZEM500", L8PRIME, "07002800a8eba71e", (7, 1, 0x1EA7EBA8, 0, 0)),
]


@pytest.mark.parametrize(("layout", "raw", "row"), [c[1:] for c in CAPTURED], ids=[c[0] for c in CAPTURED])
def test_captured_records_are_cut_into_their_fields(layout: Layout, raw: str, row: tuple[object, ...]) -> None:
    assert len(bytes.fromhex(raw)) == layout.size
    assert list(layout.rows(bytes.fromhex(raw))) == [row]


def test_the_work_code_of_16_bytes_is_kept() -> None:
    raw = struct.pack("<IIBBHI", 5, STAMP, 1, 1, 0, 4711)

    assert list(L16.rows(raw)) == [(5, 1, STAMP, 1, 4711)]


FITS: list[tuple[str, int, int, int, list[Fit]]] = [
    ("forty by forty", 800, 20, 20, [Fit(size=40, skip=0, records=20)]),
    ("six of 49", 294, 6, 6, [Fit(size=49, skip=0, records=6)]),
    ("twenty counted and 21 sent", 336, 20, 21, [Fit(size=16, skip=0, records=21)]),
    ("a sentinel in front", 809, 20, 20, [Fit(size=40, skip=9, records=20)]),
    ("a count that fits nothing", 800, 19, 19, []),
    ("no whole number of records", 801, 20, 20, []),
    ("two ways", 16, 1, 2, [Fit(size=8, skip=0, records=2), Fit(size=16, skip=0, records=1)]),
    ("only a sentinel", 9, 0, 9, []),
]


@pytest.mark.parametrize(("body", "lowest", "highest", "expected"), [c[1:] for c in FITS], ids=[c[0] for c in FITS])
def test_a_body_is_cut_by_exact_division(body: int, lowest: int, highest: int, expected: list[Fit]) -> None:
    assert fits(body, lowest, highest) == expected


def test_the_sentinel_is_nine_bytes() -> None:
    assert SENTINEL.hex() == "ff3235350000000000"
    assert L49.size == 49


def _log(layout: Layout, count: int, *, year: int = 2026) -> bytes:
    punches = (
        SimulatedPunch(user_id="1", uid=i % 300, at=datetime(year, 1, 5) + timedelta(minutes=7 * i), verify=i % 4)
        for i in range(count)
    )
    return b"".join(encode_punch(punch, layout.name, punch.uid or 0) for punch in punches)  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [1, 2, 3, 500])
@pytest.mark.parametrize("year", [2000, 2015, 2026, 2063, 2099])
@pytest.mark.parametrize("layout", [L8, L8PRIME], ids=["8", "8prime"])
def test_the_two_shapes_of_eight_bytes_are_told_apart(layout: Layout, year: int, count: int) -> None:
    if (year, count) == (2000, 1):
        count = 12
    assert eight_byte_layout(_log(layout, count, year=year)) is layout


@pytest.mark.parametrize("layout", [L8, L8PRIME], ids=["8", "8prime"])
def test_a_broken_record_does_not_tip_the_scale(layout: Layout) -> None:
    assert eight_byte_layout(_log(layout, 30) + b"\xff" * 8 + b"\0" * 8) is layout


UNCLEAR = [
    ("nothing", b""),
    ("zeros", bytes(80)),
    ("noise", bytes(range(100, 180))),
    ("half and half", _log(L8, 20) + _log(L8PRIME, 20)),
    ("16-byte records with the count doubled", _log(L16, 30)),
    ("16-byte records of a clock that was reset", _log(L16, 30, year=2000)),
    ("40-byte records", _log(L40, 30)),
]


@pytest.mark.parametrize("raw", [c[1] for c in UNCLEAR], ids=[c[0] for c in UNCLEAR])
def test_what_is_not_plainly_one_shape_is_none(raw: bytes) -> None:
    assert eight_byte_layout(raw) is None
