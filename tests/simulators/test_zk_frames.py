"""The packets against bytes captured from real terminals."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_devices.simulators.zk_frames import (
    BadChecksumError,
    BadFrameError,
    Packet,
    checksum,
    length_behind,
    pack,
    scramble_key,
    unpack,
    wrap_tcp,
)
from tests.simulators.wire import slow_checksum


def _packet(command: int, session: int = 0, reply_id: int = 0, data: str = "") -> Packet:
    return Packet(command=command, session=session, reply_id=reply_id, data=bytes.fromhex(data))


# (TCP frame, what it means). Origins: pyzk's tests, zk-protocol, pyzk issue 41, js_zklib issue 53.
CAPTURED = {
    "host connects (pyzk's tests)": ("5050827d08000000e80317fc00000000", _packet(1000)),
    "terminal accepts (pyzk's tests)": ("5050827d08000000d007fffc2ffb0000", _packet(2000, 0xFB2F)),
    "host says goodbye (pyzk's tests)": ("5050827d08000000e903e6002ffb0100", _packet(1001, 0xFB2F, 1)),
    "terminal wants the key (pyzk's tests)": ("5050827d08000000d5075bb2cf450000", _packet(2005, 0x45CF)),
    "host sends key 12 (pyzk's tests)": (
        "5050827d0c0000004e044e2ccf450100614d323c",
        _packet(1102, 0x45CF, 1, "614d323c"),
    ),
    "host sends key 45 (pyzk's tests)": (
        "5050827d0c0000004e044db0cf45010061c9323c",
        _packet(1102, 0x45CF, 1, "61c9323c"),
    ),
    "pin width, an odd number of bytes (pyzk's tests)": (
        "5050827d09000000d007babb5c3c100009",
        _packet(2000, 0x3C5C, 16, "09"),
    ),
    "host asks for the users (pyzk's tests)": (
        "5050827d13000000df053ca6cf4514000109000500000000000000",
        _packet(1503, 0x45CF, 20, "0109000500000000000000"),
    ),
    "terminal announces 5 044 bytes (pyzk's tests)": (
        "5050827d15000000d007a7625c3c150000b4130000b4130000cdef2300",
        _packet(2000, 0x3C5C, 21, "00b4130000b4130000cdef2300"),
    ),
    "burst begins, frames of 1 008 (pyzk's tests)": (
        "5050827d10000000dc050da65c3c1600b4130000f0030000",
        _packet(1500, 0x3C5C, 22, "b4130000f0030000"),
    ),
    "last frame of a burst, index 5 (pyzk's tests)": (
        "5050827d0c000000dd0507fa0500160000000000",
        _packet(1501, 5, 22, "00000000"),
    ),
    "burst begins, frames of 65 536 (pyzk's tests)": (
        "5050827d10000000dc05477830641700941d000000000100",
        _packet(1500, 0x6430, 23, "941d000000000100"),
    ),
    "burst ends with its last index (pyzk's tests)": (
        "5050827d08000000d007fcf701003200",
        _packet(2000, 1, 50),
    ),
    "host frees the buffer (pyzk's tests)": ("5050827d08000000de05aebd5c3c1700", _packet(1502, 0x3C5C, 23)),
    "platform (pyzk's tests)": (
        "5050827d1d000000d007714cf38d0c007e506c6174666f726d3d5a454d3736305f54465400",
        Packet(command=2000, session=0x8DF3, reply_id=12, data=b"~Platform=ZEM760_TFT\0"),
    ),
    "state 2 in the session field (pyzk's tests)": ("5050827d08000000d007f6f702003700", _packet(2000, 2, 55)),
    "unknown command (pyzk issue 41, a D2)": (
        "5050827d08000000ffffb8823d7d0a00",
        _packet(0xFFFF, 0x7D3D, 10),
    ),
    "a live event, its code in the session field (zk-protocol)": (
        "5050827d28000000f401ac1201000000" + "393939313131333333".ljust(48, "0") + "0100120619112905",
        _packet(500, 1, 0, "393939313131333333".ljust(48, "0") + "0100120619112905"),
    ),
    "burst ends with its byte count (js_zklib issue 53, a K40)": (
        "5050827d08000000d007b1f77c000200",
        _packet(2000, 124, 2),
    ),
}


@pytest.mark.parametrize(("frame", "meaning"), CAPTURED.values(), ids=CAPTURED)
def test_a_captured_frame_is_packed_and_unpacked_to_the_byte(frame: str, meaning: Packet) -> None:
    raw = bytes.fromhex(frame)

    assert wrap_tcp(pack(meaning)) == raw
    assert length_behind(raw[:8]) == len(raw) - 8
    assert unpack(raw[8:]) == meaning


@pytest.mark.parametrize(
    ("key", "scrambled"),
    [(12, "614d323c"), (45, "61c9323c")],
    ids=["key 12 (pyzk's tests)", "key 45, which the terminal accepted (pyzk's tests)"],
)
def test_a_comm_key_is_scrambled_as_captured(key: int, scrambled: str) -> None:
    assert scramble_key(key, 0x45CF, 50).hex() == scrambled


@given(st.binary(max_size=300))
def test_the_checksum_is_the_sum_word_by_word(data: bytes) -> None:
    assert checksum(data) == slow_checksum(data)


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.binary(max_size=100))
def test_what_was_packed_is_unpacked(command: int, session: int, reply_id: int, data: bytes) -> None:
    sent = Packet(command=command, session=session, reply_id=reply_id, data=data)

    assert unpack(pack(sent)) == sent


def test_one_wrong_bit_is_refused() -> None:
    raw = bytearray(bytes.fromhex("e80317fc00000000"))
    raw[6] ^= 1

    with pytest.raises(BadChecksumError, match="command 1000"):
        unpack(bytes(raw))


def test_seven_bytes_are_no_packet() -> None:
    with pytest.raises(BadFrameError, match="too short"):
        unpack(b"1234567")


@pytest.mark.parametrize(
    "top",
    [b"PP\x83|" + struct.pack("<I", 8), b"PP\x82}" + struct.pack("<I", 7), b"PP\x82}" + b"\xff" * 4],
    ids=["the magic of encrypted firmware", "shorter than a header", "absurdly long"],
)
def test_a_wrong_tcp_top_is_refused(top: bytes) -> None:
    with pytest.raises(BadFrameError, match="no TCP top"):
        length_behind(top)
