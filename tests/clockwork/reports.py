"""What a storm wants to know of the company, as `acts` is asked."""

from datetime import UTC, datetime, timedelta

from django.db.models import Count, F

from attendance_devices.models import Device, Errand, ESSLAttendanceLog, PendingDay, SyncRun
from attendance_devices.services.devices.due import CLAIM_LENGTH
from attendance_devices.services.workers.single_flight import QUEUED

LATE = timedelta(minutes=2)
"""A cluster looks for due schedules each half minute."""


def holders() -> list[int]:
    """The processes that read a terminal at this moment."""
    held = Device.objects.exclude(lease_holder="").values_list("lease_holder", flat=True)
    return sorted({int(text.split(":")[-2]) for text in held})


def stored() -> dict[str, int]:
    """Device -> punches stored."""
    logs = ESSLAttendanceLog.objects.order_by().values_list("device__name")
    return dict(logs.annotate(Count("pk")))


def runs() -> int:
    """How often a terminal was read, or tried."""
    return SyncRun.objects.count()


def late_schedules() -> list[str]:
    """Schedules that stopped."""
    from django_q.models import Schedule

    late = Schedule.objects.filter(next_run__lt=datetime.now(UTC) - LATE)
    return [f"{row.name}: due {row.next_run}" for row in late]


def waiting() -> dict[str, object]:
    """What keeps it from being quiet."""
    return {
        "days": PendingDay.objects.count(),
        "errands": list(Errand.objects.values()),
        "queued": list(Device.objects.filter(queued_until__isnull=False).values("name", "queued_until")),
        "now": datetime.now(UTC),
    }


def let_time_pass() -> None:
    """So much that what a cluster that was killed had taken from its queue is handed out again."""
    Device.objects.filter(queued_until__isnull=False).update(queued_until=F("queued_until") - CLAIM_LENGTH)
    Errand.objects.filter(queued_until__isnull=False).update(queued_until=F("queued_until") - QUEUED)
