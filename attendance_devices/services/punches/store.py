"""A batch of punches against what is stored: what is new, and how it is written, in one transaction with the cursor."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from attendance_devices import conf
from attendance_devices.domain.punches.instants import instant, review
from attendance_devices.domain.punches.punch import BadRecord, Batch, Punch
from attendance_devices.exceptions import CursorTaken, ZoneChanged
from attendance_devices.models import Device, DeviceUser, ESSLAttendanceLog, QuarantinedRecord
from attendance_devices.services.punches.pending_days import ROWS_PER_INSERT, note_touched_days
from attendance_devices.services.punches.sealed_days import flag_late
from attendance_devices.services.punches.tombstones import DeletedPunches, deleted_punches_of

LONGEST_GAP = timedelta(days=7)
MOST_STRETCHES = 20
REASON = 200
"""Characters that the column holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """How and when punches reached us."""

    source: str
    received_at: datetime
    """Aware."""
    latest: datetime
    """The last instant that is believed: the receipt, and how far ahead of ours a terminal's clock may run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SortedBatch:
    """A batch, sorted into what is new and what is known. Nothing is written yet."""

    logs: Sequence[ESSLAttendanceLog]
    quarantine: Sequence[QuarantinedRecord]
    known: int
    unlisted: Sequence[str] = ()
    """Ids that punched and that no device user stands for yet."""

    @property
    def flagged(self) -> int:
        """How many of the new punches wait for a person."""
        return sum(1 for log in self.logs if log.review)


@dataclass(slots=True)
class _StoredPunches:
    """What is stored already in the stretches of time that a batch touches."""

    keys: set[tuple[str, datetime, int]] = field(default_factory=set)
    slots: set[tuple[int, datetime, int]] = field(default_factory=set)
    forgotten: DeletedPunches = field(default_factory=DeletedPunches)

    def meets(self, punch: Punch) -> bool:
        """Is this punch stored, or already seen in this batch? Remembers it."""
        who, shown, fold = punch.biometric_id, punch.device_time, punch.fold
        folds = (0, 1) if fold is None else (fold,)
        if any((who, shown, either) in self.keys for either in folds):
            return True
        if punch.slot is not None and any((punch.slot, shown, either) in self.slots for either in folds):
            return True
        if self.forgotten.holds(punch):
            return True
        self.keys.add((who, shown, fold or 0))
        if punch.slot is not None:
            self.slots.add((punch.slot, shown, fold or 0))
        return False


def receipt_now(source: str) -> Receipt:
    """A receipt of this moment."""
    now = datetime.now(UTC)
    tolerance = timedelta(minutes=conf.load().future_tolerance_minutes)
    return Receipt(source=source, received_at=now, latest=now + tolerance)


def sort(device: Device, batch: Batch, receipt: Receipt) -> SortedBatch:
    """Compare with what is stored, in a constant number of queries. Writes nothing."""
    known = _stored(device, [punch.device_time for punch in batch.punches])
    people = _mapped_users(device) if batch.punches else {}
    zone = device.zone
    logs = [_log(device, punch, receipt, zone=zone) for punch in batch.punches if not known.meets(punch)]
    for log in logs:
        log.user_id = people.get(log.biometric_id)
    flag_late(logs)
    quarantine = _new_bad(device, batch.bad, receipt)
    return SortedBatch(
        logs=logs,
        quarantine=quarantine,
        known=len(batch.punches) + len(batch.bad) - len(logs) - len(quarantine),
        unlisted=sorted({log.biometric_id for log in logs} - people.keys()),
    )


def store(device: Device, batch: Batch, receipt: Receipt) -> SortedBatch:
    """Write what is new, the days it touches, and the cursor: all or nothing. Raises `CursorTaken`."""
    with transaction.atomic():
        move_cursor(device, batch.cursor)
        return _insert(device, sort(device, batch, receipt))


def store_without_cursor(device: Device, batch: Batch, receipt: Receipt) -> SortedBatch:
    """Write what is new of a batch that covers nothing of the terminal's log: the cursor stays where it is.

    Whoever reads the terminal at this moment waits for it, and then goes on. Raises `ZoneChanged`.
    """
    with transaction.atomic():
        Device.objects.filter(pk=device.pk).update(cursor_serial=F("cursor_serial"))
        _recheck_locked(device)
        return _insert(device, sort(device, batch, receipt))


def _recheck_locked(device: Device) -> None:
    """Behind the lock: what a clean-up or a person changed since the device was loaded."""
    zone = device.timezone
    device.refresh_from_db(fields=["timezone", "forgets_with"])
    if device.timezone != zone:
        raise ZoneChanged(device.name, f"its time zone was changed from {zone} to {device.timezone} meanwhile")


def _insert(device: Device, found: SortedBatch) -> SortedBatch:
    DeviceUser.objects.bulk_create(
        [DeviceUser(device=device, device_user_id=who, on_device=False) for who in found.unlisted]
    )
    ESSLAttendanceLog.objects.bulk_create(found.logs, batch_size=ROWS_PER_INSERT)
    QuarantinedRecord.objects.bulk_create(found.quarantine, batch_size=ROWS_PER_INSERT)
    note_touched_days((log.user_id, log.device_time) for log in found.logs if log.user_id is not None)
    return found


def move_cursor(device: Device, cursor: Mapping[str, Any]) -> None:
    """Save the cursor, which also locks the device's row: whoever else stores its punches waits, and then refuses."""
    changed = Device.objects.filter(pk=device.pk, cursor_serial=device.cursor_serial).update(
        cursor=dict(cursor), cursor_serial=F("cursor_serial") + 1
    )
    if not changed:
        raise CursorTaken(device.name, "another process stored a part of its log at the same time")
    device.cursor_serial += 1
    device.cursor = dict(cursor)


def _mapped_users(device: Device) -> dict[str, Any]:
    return dict(DeviceUser.objects.filter(device=device).values_list("device_user_id", "system_user_id"))


def _log(device: Device, punch: Punch, receipt: Receipt, *, zone: tzinfo) -> ESSLAttendanceLog:
    fold = punch.fold or 0
    at = instant(punch.device_time, zone, fold)
    return ESSLAttendanceLog(
        device_id=device.pk,
        biometric_id=punch.biometric_id,
        device_time=punch.device_time,
        fold=fold,
        punch_time=at,
        punch_type=punch.punch_type,
        raw_status=punch.raw_status,
        verify_mode=punch.verify_mode,
        work_code=punch.work_code,
        slot=punch.slot,
        source=receipt.source,
        received_at=receipt.received_at,
        review=review(punch.device_time, at, zone, latest=receipt.latest).value,
    )


def _stored(device: Device, times: Sequence[datetime]) -> _StoredPunches:
    known = _StoredPunches()
    if not times:
        return known
    inside = Q()
    for start, end in time_ranges(times):
        inside |= Q(device_time__range=(start, end))
    rows = ESSLAttendanceLog.objects.filter(inside, device=device)
    for who, shown, fold, slot in rows.values_list("biometric_id", "device_time", "fold", "slot"):
        known.keys.add((who, shown, fold))
        if slot is not None:
            known.slots.add((slot, shown, fold))
    known.forgotten = deleted_punches_of(device, inside)
    return known


def time_ranges(times: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """The times as few stretches, so that one record of 2099 does not make a query read everything."""
    ordered = sorted(set(times))
    found = [[ordered[0], ordered[0]]]
    for moment in ordered[1:]:
        if moment - found[-1][1] > LONGEST_GAP and len(found) < MOST_STRETCHES:
            found.append([moment, moment])
        else:
            found[-1][1] = moment
    return [(start, end) for start, end in found]


def _new_bad(device: Device, bad: Sequence[BadRecord], receipt: Receipt) -> list[QuarantinedRecord]:
    if not bad:
        return []
    by_digest = {hashlib.sha256(record.raw).hexdigest(): record for record in bad}
    stored = set(
        QuarantinedRecord.objects.filter(device=device, digest__in=list(by_digest)).values_list("digest", flat=True)
    )
    return [
        QuarantinedRecord(
            device=device,
            raw=record.raw,
            digest=digest,
            reason=record.reason[:REASON],
            source=receipt.source,
            received_at=receipt.received_at,
        )
        for digest, record in by_digest.items()
        if digest not in stored
    ]
