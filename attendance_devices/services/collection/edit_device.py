"""A person adds a terminal or says how it is reached: what a poll wrote meanwhile stays, and the punches follow."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from heapq import merge
from operator import itemgetter
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from attendance_devices import conf
from attendance_devices.domain.punches.instants import FoldReader, Review, instant, is_repeated, review
from attendance_devices.models import Device, ESSLAttendanceLog, ForgottenPunch
from attendance_devices.models.logs import Source
from attendance_devices.services.access.audit_log import note
from attendance_devices.services.devices.due import make_due_now
from attendance_devices.services.punches.applied_corrections import days_touched_by_zone
from attendance_devices.services.punches.pending_days import note_touched_days
from attendance_devices.services.workers.locks import lock_devices


def save_device(device: Device, changed: Collection[str], *, by: Any) -> int:
    """Save it, and have it tried soon. A corrected zone moves the instants of its punches: returns how many.

    :param changed: names of the fields that a person changed; the others are left alone, unless the row is new.
    """
    with transaction.atomic():
        if device.pk is None:
            device.save()
            note("add device", by=by, device=device)
            return 0
        device.save(update_fields=list(changed))
        make_due_now([device.pk])
        moved = apply_time_zone(device) if "timezone" in changed else 0
        if changed:
            note("change device", by=by, device=device, words=", ".join(changed), details={"moved": moved})
        return moved


CHUNK = 2_000
"""Rows of one statement."""
StoredRecord: TypeAlias = tuple[int, datetime, ESSLAttendanceLog | None]
"""Its place in the log, what the clock showed, and the punch; None if that is no longer kept."""


def apply_time_zone(device: Device) -> int:
    """Reckon the instants of all its punches anew, in the zone that it has now. Returns how many moved.

    Their order as stored is the order of the terminal's log, which tells the passes of a repeated hour apart. What came
    in a file was stored later, and only what was new in it: it has an order of its own, and a second pass stays one.
    """
    zone, tolerance = device.zone, timedelta(minutes=conf.load().future_tolerance_minutes)
    folds, of_files = FoldReader(zone), FoldReader(zone)
    moved = 0
    with transaction.atomic():
        lock_devices({device.pk})
        # Whoever reads the terminal at this moment reckons in the old zone: its cursor is refused, and it begins anew.
        Device.objects.filter(pk=device.pk).update(cursor_serial=F("cursor_serial") + 1)
        for records in _chunks(device):
            changed = [log for log, fold in _with_folds(records, folds, of_files) if _moved(log, fold, zone, tolerance)]
            ESSLAttendanceLog.objects.bulk_update(changed, ["fold", "punch_time", "review"], batch_size=500)
            note_touched_days((log.user_id, log.device_time) for log in changed if log.user_id is not None)
            moved += len(changed)
        note_touched_days(days_touched_by_zone(device))
    return moved


def _with_folds(
    records: Iterable[StoredRecord], folds: FoldReader, of_files: FoldReader
) -> Iterator[tuple[ESSLAttendanceLog, int | None]]:
    for _, shown, log in records:
        if log is not None and log.source == Source.FILE:
            yield log, log.fold or of_files.fold(shown)
            continue
        fold = folds.fold(shown)
        if log is not None:
            yield log, fold


def _moved(log: ESSLAttendanceLog, fold: int | None, zone: ZoneInfo, tolerance: timedelta) -> bool:
    if is_repeated(log.device_time, zone):
        log.fold = fold or 0
    at = instant(log.device_time, zone, log.fold)
    if at == log.punch_time:
        return False
    log.punch_time = at
    if log.review != Review.SEALED_DAY:
        log.review = review(log.device_time, at, zone, latest=log.received_at + tolerance).value
    return True


def _chunks(device: Device) -> Iterator[list[StoredRecord]]:
    """In the order of the log. What is no longer kept still tells in which pass of a repeated hour the rest were."""
    last = 0
    logs, gone = ESSLAttendanceLog.objects.filter(device=device), ForgottenPunch.objects.filter(device=device)
    while True:
        stored: list[StoredRecord] = [
            (log.pk, log.device_time, log) for log in logs.filter(pk__gt=last).order_by("pk")[:CHUNK]
        ]
        if not stored:
            return
        end = stored[-1][0]
        between = gone.filter(place__gt=last, place__lt=end).order_by("place").values_list("place", "device_time")
        yield list(merge(stored, ((place, shown, None) for place, shown in between.iterator()), key=itemgetter(0)))
        last = end
