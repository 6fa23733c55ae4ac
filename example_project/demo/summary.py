"""What stands in the database after a run, as a few lines of text."""

from collections.abc import Iterator

from django.db.models import Count

from attendance_devices.models import DeviceUser, ESSLAttendanceLog, QuarantinedRecord
from example_project.hr.models import Attendance


def lines() -> Iterator[str]:
    """Rows by office, and what waits for a person."""
    rows = Attendance.objects.values_list("user__office__name").annotate(Count("pk")).order_by("user__office__name")
    total = sum(count for _, count in rows)
    yield f"{ESSLAttendanceLog.objects.count():,} punches stored, {total:,} rows in the CRM's own attendance table:"
    yield from (f"  {office or 'no office':<16}{count:>6,}" for office, count in rows)
    quarantined = QuarantinedRecord.objects.count()
    if quarantined:
        reasons = ", ".join(QuarantinedRecord.objects.values_list("reason", flat=True).distinct()[:3])
        yield f"Quarantined: {counted(quarantined, 'record')} ({reasons})."
    unmapped = DeviceUser.objects.filter(is_mapped=False)
    listed = [str(user) for user in unmapped.filter(on_device=True)]
    if listed:
        yield f"Waiting to be mapped, no key in the CRM: {', '.join(listed)}."
    strangers = [user.device_user_id for user in unmapped.filter(on_device=False)]
    if strangers:
        yield f"Punched, but no terminal lists them: id {', '.join(strangers)}."


def counted(number: int, noun: str) -> str:
    """``1 record``, ``2 records``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
