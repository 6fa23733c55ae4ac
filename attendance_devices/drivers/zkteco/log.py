"""The log of a terminal, read from where we stopped, once the bytes before that prove to be the ones we know.

The cursor of this driver::

    layout    name of the record's shape
    position  how many records it covers
    overlap   how many of the last of them the digest is made of
    digest    SHA-256 of their bytes
    folds     what `FoldReader` needs to go on

A terminal that was cleared, or deleted its oldest records, has other bytes there; then all of it is read.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from attendance_devices.domain.punches.instants import FoldReader
from attendance_devices.domain.punches.punch import Batch, Cursor
from attendance_devices.drivers.zkteco.attendance import Decoder
from attendance_devices.drivers.zkteco.layouts import LAYOUTS, SENTINEL, Fit, Layout, eight_byte_layout, fits
from attendance_devices.drivers.zkteco.session import ATTLOG_RRQ, STEP, Connection, Prepared
from attendance_devices.exceptions import ShortTransfer, UnknownLayout, ZeroCount

LENGTH_FIELD = 4
OVERLAP = 32
"""Records. Their times alone make an accidental match impossible in practice."""
BATCH_RECORDS = 6_000
"""Records of one batch: few transactions, and little memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCounts:
    """What the terminal said it holds, before and after it prepared the data: a punch may have come between."""

    before: int | None
    after: int | None

    @property
    def known(self) -> list[int]:
        """Without what was not said, and without zero, which many firmwares say when they do not know."""
        return [count for count in (self.before, self.after) if count]


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A prepared log whose shape is known."""

    prepared: Prepared
    layout: Layout
    skip: int
    records: int

    def offset(self, record: int) -> int:
        """Where a record starts in the data set."""
        return LENGTH_FIELD + self.skip + record * self.layout.size


class LogReader:
    """Reads one log through an open connection."""

    def __init__(self, connection: Connection, zone: tzinfo, slots: Callable[[], Mapping[bytes | int, str]]) -> None:
        """:param slots: asks the terminal which id each slot has; only called where records name slots."""
        self.connection = connection
        self.zone = zone
        self.slots = slots
        self.step = STEP[connection.address.transport]

    def batches(self, cursor: Cursor, count: Callable[[], int | None], *, whole: bool) -> Iterator[Batch]:
        """What the cursor does not cover, or everything. :param count: asks how many records the terminal holds."""
        log, slots = self._prepared(count, str(cursor.get("layout", ""))), None
        if log is not None and log.layout.names_slot and (whole or self._has_news(log, cursor)):
            # The terminal holds one data set at a time: people first, and then the log anew.
            self.connection.free()
            slots = self.slots()
            log = self._prepared(count, log.layout.name)
        if log is None:
            yield Batch(punches=(), cursor={}, whole=True)
        else:
            known = b"" if whole else self._proven(log, cursor)
            yield from self._decoded(log, known, cursor, slots)
        self.connection.free()

    def _prepared(self, count: Callable[[], int | None], last_layout: str) -> Log | None:
        before = count()
        prepared = self.connection.prepare(ATTLOG_RRQ)
        return self._log(prepared, RecordCounts(before=before, after=count()), last_layout)

    def _has_news(self, log: Log, cursor: Cursor) -> bool:
        return cursor.get("position") != log.records or not self._proven(log, cursor)

    def _log(self, prepared: Prepared, counts: RecordCounts, last_layout: str) -> Log | None:
        """The shape of the log; None if it is empty. Raises `ZeroCount`, `UnknownLayout`, `ShortTransfer`."""
        body = prepared.size - LENGTH_FIELD
        subject = self.connection.subject
        if body <= 0:
            if len(counts.known) == 2:
                happened = f"it counts {counts.known[-1]} punches and announces none"
                raise ShortTransfer(subject, happened)
            return None
        announced = int.from_bytes(self.connection.read(prepared, 0, LENGTH_FIELD), "little")
        if announced != body:
            raise ShortTransfer(subject, f"it announced {body} bytes of punches, and then {announced}")
        if body == len(SENTINEL) and self.connection.read(prepared, LENGTH_FIELD, body) == SENTINEL:
            return None
        found = self._fits(body, counts, LAYOUTS.get(last_layout))
        named = [(fit, layout) for fit in found if (layout := self._layout(prepared, fit)) is not None]
        if len(named) != 1:
            what = " or ".join(f"{fit.records} of {fit.size} bytes" for fit in found) or "no known record"
            raise UnknownLayout(subject, f"its {body} bytes for {counts.known} punches fit {what}")
        fit, layout = named[0]
        return Log(prepared=prepared, layout=layout, skip=fit.skip, records=fit.records)

    def _fits(self, body: int, counts: RecordCounts, last: Layout | None) -> list[Fit]:
        by_hand = self.connection.address.record_size
        everything = fits(body, 0, body)
        if by_hand is not None:
            return [fit for fit in everything if fit.size == by_hand]
        if not counts.known:
            if last is None:
                raise ZeroCount(self.connection.subject, f"it counts no punches and announces {body} bytes of them")
            return [fit for fit in everything if fit.size == last.size]
        found = fits(body, min(counts.known), max(counts.known))
        same = [fit for fit in found if last is not None and fit.size == last.size]
        return same if len(same) == 1 else found

    def _layout(self, prepared: Prepared, fit: Fit) -> Layout | None:
        if fit.size == 8:
            sample = min(fit.records, self.step // 8) * 8
            layout = eight_byte_layout(self.connection.read(prepared, LENGTH_FIELD, sample))
            if layout is None:
                happened = f"its {fit.records} records of 8 bytes have neither of the two known shapes"
                raise UnknownLayout(self.connection.subject, happened)
            return layout
        if fit.skip or (fit.size == 49 and fit.records == 1):
            # One record of 40 bytes behind a sentinel is as long as one of 49.
            start = self.connection.read(prepared, LENGTH_FIELD, len(SENTINEL))
            return LAYOUTS[str(fit.size)] if (start == SENTINEL) is bool(fit.skip) else None
        return LAYOUTS[str(fit.size)]

    def _proven(self, log: Log, cursor: Cursor) -> bytes:
        """The bytes before the cursor's position, if they are the ones we know; empty if all must be read."""
        position, overlap = int(cursor.get("position", 0)), int(cursor.get("overlap", 0))
        if cursor.get("layout") != log.layout.name or not 0 < overlap <= position <= log.records:
            return b""
        found = self.connection.read(log.prepared, log.offset(position - overlap), overlap * log.layout.size)
        return found if _digest(found) == cursor.get("digest") else b""

    def _decoded(
        self, log: Log, recent: bytes, cursor: Cursor, slots: Mapping[bytes | int, str] | None
    ) -> Iterator[Batch]:
        """:param recent: the proven bytes before the first record to read; empty to read from the first."""
        position = int(cursor["position"]) if recent else 0
        whole, size = not recent, log.layout.size
        folds = FoldReader(self.zone, cursor.get("folds") if recent else None)
        decoder = Decoder(log.layout, self.zone, folds=folds, slots=slots)
        if position == log.records:
            yield Batch(punches=(), cursor=cursor)
        while position < log.records:
            records = min(BATCH_RECORDS, log.records - position)
            raw = self._read(log, position, records)
            punches, bad = decoder.feed(raw)
            position += records
            recent = (recent + raw)[-OVERLAP * size :]
            note = self._note(log, position, recent, folds)
            shape = f"{log.records} records of {size} bytes (layout {log.layout.name})"
            yield Batch(punches=punches, bad=bad, cursor=note, records=records, whole=whole, shape=shape)

    def _read(self, log: Log, first: int, records: int) -> bytes:
        start, end = log.offset(first), log.offset(first + records)
        steps = range(start, end, self.step)
        return b"".join(self.connection.read(log.prepared, at, min(self.step, end - at)) for at in steps)

    def _note(self, log: Log, position: int, recent: bytes, folds: FoldReader) -> dict[str, Any]:
        return {
            "layout": log.layout.name,
            "position": position,
            "overlap": len(recent) // log.layout.size,
            "digest": _digest(recent),
            "folds": folds.state,
        }


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
