"""A device was said to hang in the wrong zone: what its clock said stays, and the instants follow."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from attendance_devices import conf
from attendance_devices.domain.clocks import FoldReader, instant, is_repeated, review
from attendance_devices.models import Device, ESSLAttendanceLog
from attendance_devices.services.amend import touched_by_zone
from attendance_devices.services.map_users import lock_devices
from attendance_devices.services.storing import remember_days

CHUNK = 2_000
"""Rows of one statement."""


def rezone(device: Device) -> int:
    """Reckon the instants of all its punches anew, in the zone that it has now. Returns how many moved.

    Their order as stored is the order of the terminal's log, which tells the passes of a repeated hour apart.
    """
    zone, tolerance = device.zone, timedelta(minutes=conf.load().future_tolerance_minutes)
    folds = FoldReader(zone)
    moved = 0
    with transaction.atomic():
        lock_devices({device.pk})
        # Whoever reads the terminal at this moment reckons in the old zone: its cursor is refused, and it begins anew.
        Device.objects.filter(pk=device.pk).update(cursor_serial=F("cursor_serial") + 1)
        for logs in _chunks(device):
            changed = [log for log in logs if _moved(log, folds, zone, tolerance)]
            ESSLAttendanceLog.objects.bulk_update(changed, ["fold", "punch_time", "review"], batch_size=500)
            remember_days((log.user_id, log.device_time) for log in changed if log.user_id is not None)
            moved += len(changed)
        remember_days(touched_by_zone(device))
    return moved


def _moved(log: ESSLAttendanceLog, folds: FoldReader, zone: ZoneInfo, tolerance: timedelta) -> bool:
    fold = folds.fold(log.device_time)
    if is_repeated(log.device_time, zone):
        log.fold = fold or 0
    at = instant(log.device_time, zone, log.fold)
    if at == log.punch_time:
        return False
    log.punch_time = at
    log.review = review(log.device_time, at, zone, latest=log.received_at + tolerance).value
    return True


def _chunks(device: Device) -> Iterator[list[ESSLAttendanceLog]]:
    last = 0
    while logs := list(ESSLAttendanceLog.objects.filter(device=device, pk__gt=last).order_by("pk")[:CHUNK]):
        yield logs
        last = logs[-1].pk
