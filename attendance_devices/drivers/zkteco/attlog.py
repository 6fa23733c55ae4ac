"""The log that a terminal writes to a USB stick: ``1_attlog.dat``, or its serial number before it.

One record a line, in the order of the log, columns between tabs, ids padded with blanks::

    columns
    6            id | time | number of the terminal | state | verify | work code      the vendor's SDK, class UDisk
    7 and more   id | time | state | verify | work code | what nobody needs           as terminals push it
    2 to 5       id | time                       what the others are, the sources say in ways that exclude each other

Black-and-white terminals put a line with their serial number before the records, and one with a check sum after them
(SDK); neither has a tab. Names are not read, so that their encoding does not matter; ids are text.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from functools import lru_cache
from itertools import chain

from attendance_devices.domain.punches.instants import FoldReader, day_changes
from attendance_devices.domain.punches.parse import code_of, id_of, shown_time, work_code_of
from attendance_devices.domain.punches.punch import BadRecord, Batch, Punch, PunchType
from attendance_devices.drivers.base import LogFile
from attendance_devices.drivers.zkteco.attendance import STATES
from attendance_devices.drivers.zkteco.lines import (
    LONGEST,
    PADDING,
    SNIFFED,
    TextLine,
    is_wide,
    known,
    numbered,
    settled,
    sniffed,
)

BATCH_LINES, BATCH_BYTES = 6_000, 1_000_000
BEHIND = 4
"""Columns behind the time in a line that names the number of the terminal."""
NAMED = re.compile(r"([0-9a-z]{7,})_attlog", re.IGNORECASE | re.ASCII)
"""Shorter ones are numbers that a person gave to the terminal."""
HEADER = re.compile(rb"S[A-Za-z ]*[:=]?\s*([0-9A-Za-z]+)")
FOOTER = re.compile(rb"C[A-Za-z ]*[:=]?\s*[0-9A-Za-z]*")
LONGEST_FRAME = 60
REMEMBERED = 20_000
"""Ids and days whose reading is remembered."""


class Attlog(LogFile):
    """One such file. It is read once, from its start."""

    def __init__(self, chunks: Iterable[bytes], name: str, zone: tzinfo, encoding: str = "") -> None:
        rest, first = iter(chunks), b""
        while len(first) < SNIFFED and (chunk := next(rest, None)) is not None:
            first += chunk
        self.chunks = chain((first,), rest)
        self.encoding = settled(known(encoding), first) if encoding else sniffed(first)
        named = NAMED.match(name)
        self._serial = named.group(1) if named else ""
        self._framed = False
        self._folds = FoldReader(zone)
        self._plain: datetime | None = None
        self._id = lru_cache(REMEMBERED)(self._read_id)
        self._repeats = lru_cache(REMEMBERED)(lambda day: day_changes(day, zone))

    @property
    def serial(self) -> str:
        """The serial number that its name or its first line says; empty if neither does."""
        return self._serial

    def batches(self) -> Iterator[Batch]:
        part: list[TextLine] = []
        size = 0
        for line in numbered(self.chunks, self.encoding):
            part.append(line)
            size += len(line.raw)
            if len(part) == BATCH_LINES or size >= BATCH_BYTES:
                yield self._batch(part)
                part, size = [], 0
        if part:
            yield self._batch(part)

    def _batch(self, lines: Iterable[TextLine]) -> Batch:
        punches, bad = [], []
        for line in lines:
            if self._is_frame(line):
                continue
            try:
                punches.append(self._punch(line))
            except ValueError as error:
                bad.append(BadRecord(raw=line.raw, reason=f"line {line.number}: {error}"))
        return Batch(punches=punches, bad=bad, records=len(punches) + len(bad))

    def _is_frame(self, line: TextLine) -> bool:
        """The serial number before the records, or the check sum after them?"""
        if len(line.raw) > LONGEST_FRAME or b"\t" in line.raw or (line.number > 1 and not self._framed):
            return False
        header = HEADER.fullmatch(line.raw) if line.number == 1 else None
        if header:
            self._framed = True
            self._serial = self._serial or header.group(1).decode("ascii")
        return bool(header or (self._framed and FOOTER.fullmatch(line.raw)))

    def _punch(self, line: TextLine) -> Punch:
        if line.is_piece:
            message = f"it is longer than {LONGEST:,} bytes"
            raise ValueError(message)
        who, *columns = line.raw.split(b"\t")
        if not columns:
            message = "there is no tab between an id and a time"
            raise ValueError(message)
        shown = shown_time(columns[0].decode("ascii", errors="replace"))
        state, verify, work = _codes(tuple(columns[1:]))
        key = STATES.get(state, PunchType.UNSAID) if state is not None else PunchType.UNSAID
        return Punch(self._id(who.strip(PADDING)), shown, self._fold(shown), key.value, state, verify, work)

    def _read_id(self, raw: bytes) -> str:
        try:
            return id_of(raw.decode("utf-8" if is_wide(self.encoding) else self.encoding))
        except UnicodeError:
            message = f"the id is no text in {self.encoding}; another encoding may be right"
            raise ValueError(message) from None

    def _fold(self, shown: datetime) -> int | None:
        """Most days repeat no hour: the reader of folds hears of the last record before one that does."""
        if not self._repeats(shown.date()):
            self._plain = shown
            return 0
        if self._plain is not None:
            self._folds.saw_plain(self._plain)
            self._plain = None
        return self._folds.fold(shown)


@lru_cache(1_000)
def _codes(columns: tuple[bytes, ...]) -> tuple[int | None, int | None, str]:
    """State, way to verify, and work code. :param columns: behind the time; a tab at the end makes one more."""
    texts = [column.strip(PADDING).decode("ascii", errors="replace") for column in columns[:5]]
    count = len(columns)
    if count == BEHIND + 1 and not texts[BEHIND]:
        count = BEHIND
    if count < BEHIND:
        return None, None, ""
    state, verify, work = texts[1:4] if count == BEHIND else texts[:3]
    return code_of(state, "state"), code_of(verify, "way to verify"), work_code_of(work)
