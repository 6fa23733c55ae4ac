"""Encode what a ZKTeco terminal stores: times, attendance records, users, size tables, live events.

Nothing here decodes punches: encoders and decoders share no code, so that both cannot be wrong together.
"""

import struct
from datetime import datetime

from attendance_devices.simulators.zk_profile import RecordLayout, SimulatedPunch, SimulatedUser

SENTINEL = bytes.fromhex("ff3235350000000000")
RECORD_SIZES: dict[RecordLayout, int] = {"8": 8, "8prime": 8, "16": 16, "40": 40, "49": 49}
# Where the encoded time stands in a record, for reads between two times.
TIME_OFFSETS: dict[RecordLayout, int] = {"8": 3, "8prime": 4, "16": 4, "40": 27, "49": 27}
# Captured: the last eight bytes of a 40-byte record of a TFT terminal (F19).
TAIL_40 = bytes.fromhex("00000000ff000000")
LONG_TIME = 0x20


def encode_parts(date: tuple[int, int, int], time: tuple[int, int, int] = (0, 0, 0)) -> int:
    """Encode (year, month, day) and (hour, minute, second), impossible dates included.

    The terminal counts months of 31 days from the year 2000, so 31 February has a number of its own.
    """
    year, month, day = date
    hour, minute, second = time
    days = (year % 100) * 372 + (month - 1) * 31 + day - 1
    return days * 86_400 + hour * 3_600 + minute * 60 + second


def encode_time(at: datetime) -> int:
    """A naive wall-clock time as the terminal's unsigned 32 bits."""
    return encode_parts((at.year, at.month, at.day), (at.hour, at.minute, at.second))


def decode_time(raw: int) -> datetime:
    """The naive wall clock that SET_TIME sets; raises ValueError for a date no calendar has."""
    days, seconds = divmod(raw, 86_400)
    months, day = divmod(days, 31)
    year, month = divmod(months, 12)
    return datetime(2000 + year, month + 1, day + 1, seconds // 3600, seconds // 60 % 60, seconds % 60)  # noqa: DTZ001 - terminals know no zone


def punch_time(punch: SimulatedPunch) -> int:
    """The encoded time of a punch: `raw_time` if given, else `at`."""
    if punch.raw_time is not None:
        return punch.raw_time & 0xFFFFFFFF
    if punch.at is None:
        message = f"The punch of user {punch.user_id} needs `at` or `raw_time`."
        raise ValueError(message)
    return encode_time(punch.at)


def encode_punch(punch: SimulatedPunch, layout: RecordLayout, uid: int = 0) -> bytes:
    """One attendance record; `uid` is the person's slot, 0 when there is none."""
    time = punch_time(punch)
    if layout == "8":
        return struct.pack("<HBIB", uid, punch.verify, time, punch.state)
    if layout == "8prime":
        # Vendor manual: bits 0-2 state, bits 3-4 verify, bit 5 "the time is written out".
        flags = LONG_TIME | (punch.verify & 3) << 3 | punch.state & 7
        return struct.pack("<HBBI", uid, flags, 0, time)
    if layout == "16":
        number = number_of(punch.user_id)
        return struct.pack("<IIBBHI", number, time, punch.state, punch.verify, 0, punch.work_code)
    head = struct.pack("<H24sBIB", uid, punch.user_id.encode(), punch.verify, time, punch.state)
    return head + (TAIL_40 if layout == "40" else bytes(17))


def number_of(user_id: str) -> int:
    """A user id as the number that small layouts store; raises ValueError telling what to change."""
    if not user_id.isdecimal():
        message = f"User id {user_id!r} is no number: use 40-byte records and 72-byte users for it."
        raise ValueError(message)
    return int(user_id) & 0xFFFFFFFF


def encode_user(user: SimulatedUser, size: int, encoding: str = "utf-8") -> bytes:
    """One user record of 28 or 72 bytes; the name is cut at 8 or 24 bytes, wherever that falls."""
    name = user.name.encode(encoding, errors="replace")
    password = user.password.encode()
    if size == 28:
        number = number_of(user.user_id)
        return struct.pack("<HB5s8sIxBhI", user.uid, user.privilege, password, name, user.card, 0, 0, number)
    head = struct.pack("<HB8s24sI", user.uid, user.privilege, password, name, user.card)
    # Group 1, no time zone of its own: as in the captured USER_WRQ.
    return head + struct.pack("<BHHHH9s15s", 1, 0, 0, 0, 0, user.user_id.encode(), b"")


def read_user(record: bytes, encoding: str = "utf-8") -> SimulatedUser:
    """The user a client wrote, in 28 or 72 bytes; raises ValueError for any other length."""
    if len(record) == 28:
        uid, privilege, password, name, card, _, _, number = struct.unpack("<HB5s8sIxBhI", record)
        user_id = str(number)
    elif len(record) == 72:
        uid, privilege, password, name, card = struct.unpack_from("<HB8s24sI", record)
        user_id = _text(record[48:72])
    else:
        message = f"A user record has 28 or 72 bytes, not {len(record)}."
        raise ValueError(message)
    return SimulatedUser(
        user_id=user_id,
        uid=uid,
        name=_text(name, encoding),
        privilege=privilege,
        password=_text(password),
        card=card,
    )


def _text(field: bytes, encoding: str = "utf-8") -> str:
    return field.split(b"\0", 1)[0].decode(encoding, errors="replace")


def encode_sizes(counts: dict[int, int], size: int) -> bytes:
    """The GET_FREE_SIZES table of `size` bytes from {index of the 32-bit integer: value}."""
    return b"".join(struct.pack("<i", counts.get(index, 0)) for index in range(size // 4))


def encode_event(punch: SimulatedPunch, size: int, uid: int = 0) -> bytes:
    """The data of a live event: who, verify, state, and the naive time as six bytes yy mm dd hh mm ss."""
    if punch.at is None:
        message = "A live event needs the time as a date: give `at`."
        raise ValueError(message)
    at = punch.at
    time = bytes((at.year % 100, at.month, at.day, at.hour, at.minute, at.second))
    how = struct.pack("<BB6s", punch.verify & 0xFF, punch.state & 0xFF, time)
    if size in {10, 14}:
        who = struct.pack("<H", uid)
    elif size == 12:
        who = struct.pack("<I", number_of(punch.user_id))
    else:
        who = struct.pack("<24s", punch.user_id.encode())
    return (who + how).ljust(size, b"\0")
