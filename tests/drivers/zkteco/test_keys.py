"""The comm key, scrambled as captured sessions have it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_devices.drivers.zkteco.keys import scrambled

CAPTURED = [
    ("key 12 of a session that a terminal accepted", 12, 0x45CF, "614d323c"),
    ("key 45 of a session that a terminal accepted", 45, 0x45CF, "61c9323c"),
]


@pytest.mark.parametrize(("key", "session", "expected"), [c[1:] for c in CAPTURED], ids=[c[0] for c in CAPTURED])
def test_a_key_is_scrambled_as_captured(key: int, session: int, expected: str) -> None:
    assert scrambled(key, session).hex() == expected


def test_the_ticks_stand_in_the_third_byte_and_veil_the_others() -> None:
    other = scrambled(12, 0x45CF, ticks=7)

    assert other[2] == 7
    assert bytes(byte ^ 7 ^ 50 for byte in (other[0], other[1], other[3])) == bytes.fromhex("614d3c")


@pytest.mark.parametrize("session", [0x8FFF, 0x9000, 0xFFFF])
def test_a_legal_key_of_six_digits_does_not_overflow(session: int) -> None:
    # 983039 reversed is fff70000 hex: the sum runs over 32 bits in some sessions, and the terminal lets it.
    assert len(scrambled(983039, session)) == 4


def test_a_sum_over_32_bits_loses_its_carry_and_nothing_else() -> None:
    # ffffffff + 45cf = 1_0000_45ce; the two halves are 45ce and 0000: 53 4f veiled, and 4b ^ 45.
    assert scrambled(0xFFFFFFFF, 0x45CF) == bytes((0x53 ^ 50, 0x4F ^ 50, 50, 0x4B ^ 0x45 ^ 50))


@given(st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFF), st.integers(0, 255))
def test_any_key_in_any_session_makes_four_bytes(key: int, session: int, ticks: int) -> None:
    assert len(scrambled(key, session, ticks)) == 4


@given(st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFF), st.integers(0, 0xFF))
def test_the_low_byte_of_a_session_has_no_effect_unless_it_carries(key: int, low: int, high: int) -> None:
    lowest_of_key = int(f"{key:032b}"[::-1], 2) & 0xFF
    low = min(low, 0xFF - lowest_of_key)

    assert scrambled(key, high << 8 | low) == scrambled(key, high << 8)
