"""Pack and unpack ZK packets: header, ones' complement checksum, TCP top.

All integers are little-endian::

    ZK packet:  u16 command | u16 checksum | u16 session | u16 reply_id | data...
    UDP:        one ZK packet per datagram
    TCP:        50 50 82 7D | u32 length of the ZK packet (8 + data) | ZK packet
"""

import struct
from dataclasses import dataclass
from enum import IntEnum

TCP_TOP = bytes.fromhex("5050827d")
TCP_TOP_SIZE = 8
HEADER_SIZE = 8
# No known client sends more than a face template; a longer "length" is a stream that lost its framing.
LONGEST_REQUEST = 1 << 20


class Command(IntEnum):
    """Every request and answer code the simulated terminal knows by name."""

    USER_WRQ = 8
    USERTEMP_RRQ = 9
    OPTIONS_RRQ = 11
    OPTIONS_WRQ = 12
    ATTLOG_RRQ = 13
    CLEAR_DATA = 14
    CLEAR_ATTLOG = 15
    DELETE_USER = 18
    DELETE_USERTEMP = 19
    UNLOCK = 31
    GET_FREE_SIZES = 50
    STARTVERIFY = 60
    CANCELCAPTURE = 62
    STATE_RRQ = 64
    GET_PINWIDTH = 69
    DELETE_USERTEMP_BY_ID = 134
    GET_TIME = 201
    SET_TIME = 202
    REG_EVENT = 500
    CONNECT = 1000
    EXIT = 1001
    ENABLEDEVICE = 1002
    DISABLEDEVICE = 1003
    RESTART = 1004
    REFRESHDATA = 1013
    REFRESHOPTION = 1014
    TESTVOICE = 1017
    GET_VERSION = 1100
    AUTH = 1102
    PREPARE_DATA = 1500
    DATA = 1501
    FREE_DATA = 1502
    PREPARE_BUFFER = 1503
    READ_BUFFER = 1504
    ACK_OK = 2000
    ACK_ERROR = 2001
    ACK_UNAUTH = 2005
    ENCRYPTED_ONLY = 6001
    ATTLOG_TIME_RRQ = 10004
    ACK_UNKNOWN = 0xFFFF


class BadFrameError(ValueError):
    """Bytes that are no ZK packet."""


class BadChecksumError(BadFrameError):
    """A packet whose checksum does not fit its bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Packet:
    """One ZK packet, as it means."""

    command: int
    """Request or answer code."""
    session: int = 0
    """The session; in bursts the chunk index, in events the event code."""
    reply_id: int = 0
    """The request's counter, echoed by the terminal."""
    data: bytes = b""
    """Everything behind the header."""


def checksum(packet: bytes) -> int:
    """The ones' complement of the end-around-carry sum of all 16-bit words, the checksum field being 0.

    Held by every captured frame. 65536 is 1 modulo 65535, so the folded sum of the words is the whole packet,
    read as one little-endian number, modulo 65535; an odd last byte is padded with 0 by itself.
    """
    number = int.from_bytes(packet, "little")
    folded = number % 0xFFFF or (0xFFFF if number else 0)
    return ~folded & 0xFFFF


def pack(packet: Packet) -> bytes:
    """The packet's bytes, as one UDP datagram carries them."""
    tail = struct.pack("<HH", packet.session & 0xFFFF, packet.reply_id & 0xFFFF) + packet.data
    blank = struct.pack("<HH", packet.command, 0) + tail
    return struct.pack("<HH", packet.command, checksum(blank)) + tail


def unpack(raw: bytes) -> Packet:
    """The packet in these bytes; raises `BadFrameError` or `BadChecksumError`, never guesses."""
    if len(raw) < HEADER_SIZE:
        message = f"{len(raw)} bytes are too short for a ZK packet"
        raise BadFrameError(message)
    command, claimed, session, reply_id = struct.unpack_from("<HHHH", raw)
    expected = checksum(raw[:2] + b"\0\0" + raw[4:])
    if claimed != expected:
        message = f"command {command}: checksum {claimed:04x}, expected {expected:04x}"
        raise BadChecksumError(message)
    return Packet(command=command, session=session, reply_id=reply_id, data=raw[HEADER_SIZE:])


def wrap_tcp(raw: bytes) -> bytes:
    """A packed packet behind its TCP top."""
    return TCP_TOP + struct.pack("<I", len(raw)) + raw


def length_behind(top: bytes) -> int:
    """How many bytes follow this TCP top; raises `BadFrameError` when it is none."""
    magic, length = top[:4], struct.unpack_from("<I", top, 4)[0]
    if magic != TCP_TOP or not HEADER_SIZE <= length <= LONGEST_REQUEST:
        message = f"no TCP top of a ZK packet: {top.hex()}"
        raise BadFrameError(message)
    return int(length)


def scramble_key(key: int, session: int, ticks: int = 50) -> bytes:
    """The four bytes that AUTH carries for a comm key in a session.

    Bit-reversed key plus session, XOR "ZKSO", halves swapped, XOR ticks; byte 2 tells the ticks themselves.
    Checked against two keys that a real terminal accepted.
    """
    reversed_key = int(f"{key & 0xFFFFFFFF:032b}"[::-1], 2)
    mixed = struct.pack("<I", (reversed_key + session) & 0xFFFFFFFF)
    veiled = [byte ^ mask for byte, mask in zip(mixed, b"ZKSO", strict=True)]
    return bytes((veiled[2] ^ ticks, veiled[3] ^ ticks, ticks, veiled[1] ^ ticks))
