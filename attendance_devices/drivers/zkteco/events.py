"""Live events: what a terminal says at the moment somebody punches. The shape is told by the length alone.

::

    10, 14           u16 slot    | u8 verify | u8 state | yy mm dd hh mm ss       (14: four bytes more)
    12               u32 user id | u8 verify | u8 state | yy mm dd hh mm ss
    32, 36, 37, 52   24s user id | u8 verify | u8 state | yy mm dd hh mm ss       (4, 5 or 20 bytes more)

12 and 32 bytes are captured; the others are known from clients of the field. An event is never stored: the log says
what happened. So one that cannot be read is as good a reason to look there as any other.
"""

import struct
from datetime import datetime

from attendance_devices.domain.punches.punch import Hint
from attendance_devices.drivers.zkteco.attendance import id_text

BY_SLOT, BY_NUMBER, BY_TEXT = struct.Struct("<2x2x6s"), struct.Struct("<I2x6s"), struct.Struct("<24s2x6s")
TEXT_SIZES = (32, 36, 37, 52)


def hint(data: bytes) -> Hint:
    """What the data of an event says, as far as it can be read."""
    if len(data) in (10, 14):
        (clock,) = BY_SLOT.unpack_from(data)
        return Hint(at=_time(clock))
    if len(data) == 12:
        number, clock = BY_NUMBER.unpack(data)
        return Hint(who=str(number), at=_time(clock))
    if len(data) in TEXT_SIZES:
        who, clock = BY_TEXT.unpack_from(data)
        return Hint(who=_who(who), at=_time(clock))
    return Hint()


def _who(field: bytes) -> str:
    try:
        return id_text(field)
    except ValueError:
        return ""


def _time(clock: bytes) -> datetime | None:
    year, month, day, hour, minute, second = clock
    try:
        return datetime(2000 + year, month, day, hour, minute, second)  # noqa: DTZ001 - a terminal's clock has no zone
    except ValueError:
        return None
