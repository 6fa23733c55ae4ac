"""The shapes of a log record, and which of them a log has: by exact division and by content, never by a guess.

========  ============================================================  ====================================
bytes     fields (little-endian)                                        found on
========  ============================================================  ====================================
40        u16 slot, 24 s id, u8 verify, u32 time, u8 state, 8 unknown   most TFT terminals, by TCP
49        the same 32 bytes, then 17 unknown                            visible-light models
16        u32 id, u32 time, u8 state, u8 verify, u16 -, u32 work code   vendor manual: struct ExtendAttLog
8         u16 slot, u8 verify, u32 time, u8 state                       vendor manual: struct AttLog
8 prime   u16 slot, u8 flags, u8 zero, u32 time                         ZEM500, MA300 (captured)
========  ============================================================  ====================================
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

Row: TypeAlias = tuple[bytes | int, int, int, int, bytes | int]
"""who (id bytes, id number or slot), verify, time, state, work code (a number, or nothing)."""
SENTINEL = b"\xff255\x00\x00\x00\x00\x00"
"""Nine bytes that some firmware puts before its 40-byte records."""
STATES = frozenset({0, 1, 2, 3, 4, 5, 255})
LONG_TIME = 0x20
LARGEST_VERIFY = 0x20


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One shape of record."""

    name: str
    size: int
    rows: Callable[[bytes], Iterator[Row]]
    """The records of a whole number of them, in one common order of fields."""
    names_slot: bool = False
    """Does a record name only the slot of the person?"""


def _rows_40(raw: bytes) -> Iterator[Row]:
    return struct.iter_unpack("<2x24sBIB0s8x", raw)


def _rows_49(raw: bytes) -> Iterator[Row]:
    return struct.iter_unpack("<2x24sBIB0s17x", raw)


def _rows_16(raw: bytes) -> Iterator[Row]:
    return ((who, verify, at, state, work) for who, at, state, verify, work in struct.iter_unpack("<IIBB2xI", raw))


def _rows_8(raw: bytes) -> Iterator[Row]:
    return struct.iter_unpack("<HBIB0s", raw)


def _rows_8prime(raw: bytes) -> Iterator[Row]:
    return ((slot, flags >> 3 & 3, at, flags & 7, 0) for slot, flags, at in struct.iter_unpack("<HBxI", raw))


L40 = Layout(name="40", size=40, rows=_rows_40)
L49 = Layout(name="49", size=49, rows=_rows_49)
L16 = Layout(name="16", size=16, rows=_rows_16)
L8 = Layout(name="8", size=8, rows=_rows_8, names_slot=True)
L8PRIME = Layout(name="8prime", size=8, rows=_rows_8prime, names_slot=True)
LAYOUTS = {layout.name: layout for layout in (L40, L49, L16, L8, L8PRIME)}
SIZES = (8, 16, 40, 49)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """One way in which a log may be cut into records."""

    size: int
    skip: int
    """Bytes before the first record."""
    records: int


def fits(body: int, lowest: int, highest: int) -> list[Fit]:
    """All cuts of `body` bytes into a number of records between the two counts, both included."""
    plain = [Fit(size=size, skip=0, records=body // size) for size in SIZES if body % size == 0]
    behind_sentinel = body - len(SENTINEL)
    if behind_sentinel > 0 and behind_sentinel % 40 == 0:
        plain.append(Fit(size=40, skip=len(SENTINEL), records=behind_sentinel // 40))
    return [fit for fit in plain if lowest <= fit.records <= highest]


def eight_byte_layout(raw: bytes) -> Layout | None:
    """Which of the two 8-byte shapes these records have; None if that is not plain.

    In 8 prime the fourth byte is zero and the flags say "long time"; in 8 the last byte is a state and a verify code
    is small; and a time is not zero in either. No record has both signs, so a broken record or two cannot tip the
    scale.
    """
    prime = sum(
        1 for flags, zero, at in struct.iter_unpack("<2xBBI", raw) if at and zero == 0 and flags & 0xE0 == LONG_TIME
    )
    plain = sum(
        1
        for verify, at, state in struct.iter_unpack("<2xBIB", raw)
        if at and verify < LARGEST_VERIFY and state in STATES
    )
    for mine, other, layout in ((prime, plain, L8PRIME), (plain, prime, L8)):
        if mine * 2 > len(raw) // 8 and mine > 10 * other:
            return layout
    return None
