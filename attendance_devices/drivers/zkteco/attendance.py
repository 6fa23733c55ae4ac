"""Log records become punches: one linear pass, and what is no date or no id is handed out as it came."""

import struct
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

from attendance_devices.domain.punches.instants import FoldReader, day_changes
from attendance_devices.domain.punches.punch import BadRecord, Punch, PunchType
from attendance_devices.drivers.zkteco.layouts import Layout

DAY = 86_400
STATES = {
    0: PunchType.IN,
    1: PunchType.OUT,
    2: PunchType.BREAK_OUT,
    3: PunchType.BREAK_IN,
    4: PunchType.OVERTIME_IN,
    5: PunchType.OVERTIME_OUT,
}


class _Types(dict[int, str]):
    """State -> the key pressed; what a terminal does not say is empty."""

    def __missing__(self, state: int) -> str:
        self[state] = str(STATES.get(state, PunchType.UNSAID).value)
        return self[state]


class _Ids(dict[bytes | int, str]):
    """What a record calls the person -> the id as text; each decoded once."""

    def __missing__(self, who: bytes | int) -> str:
        text = str(who) if isinstance(who, int) else id_text(who)
        self[who] = text
        return text


class _Slots(dict[bytes | int, str]):
    """Slot -> the id that the terminal's list gives it; an empty slot keeps a name that no id can have."""

    def __missing__(self, slot: bytes | int) -> str:
        self[slot] = f"slot:{slot!r}"
        return self[slot]


class _Seconds(dict[int, timedelta]):
    """Second of the day -> its duration; adding the two is the fastest way to a time."""

    def __missing__(self, second: int) -> timedelta:
        self[second] = timedelta(seconds=second)
        return self[second]


class _DateDecoder(dict[int, datetime]):
    """Day number of a time -> its midnight. Months have 31 days, so some days do not exist."""

    def __missing__(self, day: int) -> datetime:
        months, of_month = divmod(day, 31)
        year, month = 2000 + months // 12, months % 12 + 1
        try:
            self[day] = datetime(year, month, of_month + 1)  # noqa: DTZ001 - a terminal's clock has no zone
        except ValueError:
            message = f"{of_month + 1:02d}.{month:02d}.{year} is no date"
            raise ValueError(message) from None
        return self[day]


def day_number(shown: datetime) -> int:
    """The terminal's number of a day: months of 31 days since 2000."""
    return ((shown.year - 2000) * 12 + shown.month - 1) * 31 + shown.day - 1


def id_text(who: bytes) -> str:
    """The id up to its first NUL. Raises `ValueError` for what is no text, or nothing."""
    try:
        text = who.split(b"\0", 1)[0].decode("utf-8")
    except UnicodeDecodeError:
        message = "the id is not text"
        raise ValueError(message) from None
    if not text or not text.isprintable():
        message = "the id is empty" if not text else "the id holds control characters"
        raise ValueError(message)
    return text


class Decoder:
    """Decodes a log stretch by stretch, in its order. Pure: the zone and the terminal's list are arguments."""

    def __init__(
        self, layout: Layout, zone: tzinfo, *, folds: FoldReader, slots: Mapping[bytes | int, str] | None = None
    ) -> None:
        self.layout = layout
        self.zone = zone
        self.folds = folds
        self.ids: dict[bytes | int, str] = _Slots(slots or {}) if layout.names_slot else _Ids()
        self.days = _DateDecoder()
        self.seconds = _Seconds()
        self.types = _Types()
        self.plain_days: set[int] = set()
        self.repeating_days: set[int] = set()

    def feed(self, raw: bytes) -> tuple[list[Punch], list[BadRecord]]:
        """The punches of a whole number of records, and the records that are none."""
        punches: list[Punch] = []
        bad: list[BadRecord] = []
        ids, days, seconds, types, plain = self.ids, self.days, self.seconds, self.types, self.plain_days
        slotted = self.layout.names_slot
        add, new = punches.append, tuple.__new__
        for who, verify, at, state, work in self.layout.rows(raw):
            try:
                person = ids[who]
                day = at // DAY
                shown = days[day] + seconds[at % DAY]
            except ValueError as error:
                start = (len(punches) + len(bad)) * self.layout.size
                bad.append(BadRecord(raw=raw[start : start + self.layout.size], reason=str(error)))
                continue
            fold = 0 if day in plain else self._fold(day, shown, punches)
            slot = who if slotted else None
            add(new(Punch, (person, shown, fold, types[state], state, verify, str(work) if work else "", slot)))
        self._tell_of_last(punches)
        return punches, bad

    def _fold(self, day: int, shown: datetime, before: list[Punch]) -> int | None:
        if day not in self.repeating_days:
            if not day_changes(shown.date(), self.zone):
                self.plain_days.add(day)
                return 0
            self.repeating_days.add(day)
        self._tell_of_last(before)
        return self.folds.fold(shown)

    def _tell_of_last(self, punches: list[Punch]) -> None:
        """Plain days pass without a call for each record: the fold reader hears of the last one when it matters."""
        if punches and day_number(punches[-1].device_time) in self.plain_days:
            self.folds.saw_plain(punches[-1].device_time)


def decoded_time(stamp: int) -> datetime:
    """The naive time of an encoded one: ``((y*12 + month-1)*31 + day-1)*86400 + seconds`` since 2000.

    Raises `ValueError` for a day that does not exist.
    """
    return _DateDecoder()[stamp // DAY] + timedelta(seconds=stamp % DAY)


def encoded_time(shown: datetime) -> int:
    """A naive time of the years 2000 to 2099 as terminals write it; see `decoded_time`."""
    return day_number(shown) * DAY + shown.hour * 3600 + shown.minute * 60 + shown.second


def clock(data: bytes) -> datetime | None:
    """The naive time in the answer to "what time is it?"; None if it is none."""
    if len(data) < 4:
        return None
    try:
        return decoded_time(struct.unpack_from("<I", data)[0])
    except ValueError:
        return None
