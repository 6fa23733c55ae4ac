"""Accept flagged punches as they are."""

from collections.abc import Iterable

from django.db import transaction

from attendance_devices.domain.punches.instants import Review
from attendance_devices.models import ESSLAttendanceLog
from attendance_devices.services.punches.pending_days import note_touched_days
from attendance_devices.services.workers.locks import lock_devices


def accept_punches(logs: Iterable[int]) -> list[ESSLAttendanceLog]:
    """Take the mark off these punches (keys), and have their days derived. Returns those that were marked."""
    with transaction.atomic():
        marked = list(ESSLAttendanceLog.objects.filter(pk__in=list(logs)).exclude(review=Review.NONE))
        lock_devices({log.device_id for log in marked})
        ESSLAttendanceLog.objects.filter(pk__in=[log.pk for log in marked]).update(review=Review.NONE)
        counting = [log for log in marked if log.user_id is not None and log.review != Review.SEALED_DAY]
        note_touched_days((log.user_id, log.device_time) for log in counting)
    return marked
