"""Is every record of a terminal stored? The whole log is read, and each record is looked for among the stored ones."""

import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from django.db.models import Q

from attendance_devices.domain.punches.punch import Batch, Punch
from attendance_devices.drivers.base import Session
from attendance_devices.exceptions import NotProven
from attendance_devices.models import Device, ESSLAttendanceLog
from attendance_devices.services.punches.store import time_ranges
from attendance_devices.services.punches.tombstones import DeletedPunches, deleted_punches_of

MOST_NAMED = 5
UNREADABLE = "See the quarantined records in the admin. If they are worth nothing, clear its log in its own menu."
Key: TypeAlias = tuple[str | int, datetime]
"""The id or the slot, and what the clock showed."""


@dataclass(slots=True)
class _Stored:
    """What is stored around the times of a batch: passes of a repeated hour by who and when."""

    by_id: dict[Key, set[int]] = field(default_factory=dict)
    by_slot: dict[Key, set[int]] = field(default_factory=dict)
    without_slot: dict[Key, set[int]] = field(default_factory=dict)
    forgotten: DeletedPunches = field(default_factory=DeletedPunches)
    """Stored once, and no longer kept: a retention said so."""

    def folds(self, punch: Punch) -> set[int]:
        """The passes in which this punch is stored. A slot may have had another id, and an id another slot."""
        named = (punch.biometric_id, punch.device_time)
        if punch.slot is None:
            return self.by_id.get(named, set())
        return self.by_slot.get((punch.slot, punch.device_time), set()) | self.without_slot.get(named, set())


@dataclass(slots=True)
class ProofResult:
    """A log, held against what is stored."""

    device: Device
    records: int = 0
    counted: int | None = None
    """What the terminal says it holds, asked after the log was read."""
    unstored: int = 0
    unreadable: int = 0
    named: list[str] = field(default_factory=list)
    """The first few that stand in the way."""
    seconds: float = 0.0
    seconds_passes: set[Key] = field(default_factory=set)
    unsure: dict[Key, set[int]] = field(default_factory=dict)
    content: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def add(self, batch: Batch) -> None:
        """Hold a stretch of the log against what is stored."""
        stored = _stored(self.device, [punch.device_time for punch in batch.punches])
        for punch in batch.punches:
            self.content.update(repr(punch).encode())
            if not stored.forgotten.holds(punch):
                self._judge(punch, stored.folds(punch))
        for record in batch.bad:
            self.content.update(record.raw)
            self.unreadable += 1
            self._name(f"a record that cannot be read ({record.reason})")
        self.records += len(batch.punches) + len(batch.bad)

    def _judge(self, punch: Punch, folds: set[int]) -> None:
        key = (punch.biometric_id if punch.slot is None else punch.slot, punch.device_time)
        if punch.fold == 1:
            self.seconds_passes.add(key)
        if punch.fold is None and folds:
            self.unsure[key] = folds
        elif punch.fold not in folds:
            self._miss(punch.biometric_id, punch.device_time)

    def finish(self, counted: int | None, seconds: float) -> None:
        """The log was read. A stored second pass cannot stand for two records."""
        self.counted, self.seconds = counted, seconds
        for (who, shown), folds in self.unsure.items():
            if (who, shown) in self.seconds_passes and folds == {1}:
                self._miss(who, shown)

    def demand(self) -> None:
        """Raises `NotProven` unless every record that the terminal holds was read, and is stored."""
        if self.unstored or self.unreadable:
            parts = ((self.unstored, "not stored"), (self.unreadable, "unreadable"))
            what = " and ".join(f"{_records(number)} {kind}" for number, kind in parts if number)
            more = ", ..." if self.unstored + self.unreadable > len(self.named) else ""
            step = "" if self.unstored else UNREADABLE
            raise NotProven(self.device.name, f"refused: {what}: {', '.join(self.named)}{more}", next_step=step)
        if self.counted is None:
            step = "Clear its log in its own menu, once you are sure: the app cannot be."
            happened = "refused: it does not say how many records it holds, so that nothing can be proven"
            raise NotProven(self.device.name, happened, next_step=step)
        if self.counted != self.records:
            step = "If somebody is just punching, try again. If it miscounts, clear its log in its own menu."
            happened = f"refused: it counts {self.counted:,} records, and {self.records:,} could be read"
            raise NotProven(self.device.name, happened, next_step=step)

    def _miss(self, who: str | int, shown: datetime) -> None:
        self.unstored += 1
        self._name(f"{who} at {shown:%Y-%m-%d %H:%M:%S}")

    def _name(self, words: str) -> None:
        if len(self.named) < MOST_NAMED:
            self.named.append(words)


def prove_log_stored(device: Device, session: Session) -> ProofResult:
    """Read the whole log and look for each of its records. Writes nothing."""
    proof, began = ProofResult(device), time.monotonic()
    for batch in session.batches(device.cursor, device.zone, whole=True):
        proof.add(batch)
    proof.finish(session.status().records, time.monotonic() - began)
    return proof


def _stored(device: Device, times: Sequence[datetime]) -> _Stored:
    found = _Stored()
    if not times:
        return found
    inside = Q()
    for start, end in time_ranges(times):
        inside |= Q(device_time__range=(start, end))
    rows = ESSLAttendanceLog.objects.filter(inside, device=device)
    _fill(found, rows.values_list("biometric_id", "device_time", "fold", "slot"))
    found.forgotten = deleted_punches_of(device, inside)
    return found


def _fill(found: _Stored, rows: Iterable[tuple[str, datetime, int, int | None]]) -> None:
    for who, shown, fold, slot in rows:
        found.by_id.setdefault((who, shown), set()).add(fold)
        if slot is None:
            found.without_slot.setdefault((who, shown), set()).add(fold)
        else:
            found.by_slot.setdefault((slot, shown), set()).add(fold)


def _records(number: int) -> str:
    return "1 record is" if number == 1 else f"{number:,} records are"
