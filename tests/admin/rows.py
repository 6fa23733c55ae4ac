"""So many rows of every table that the admin lists, no two of them of the same person or device."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from attendance_devices import models
from tests.builders.crm import device, employee

NOW = datetime(2026, 5, 4, 4, tzinfo=UTC)


def fill(count: int, first: int = 0) -> None:
    """`count` more of each."""
    for number in range(first, first + count):
        _fill_one(number, device(f"Gate {number}", office=f"Office {number}"), employee(f"{number}"))


def _fill_one(number: int, gate: models.Device, user: Any) -> None:
    day = date(2020, 1, 1) + timedelta(days=number)
    shift = models.Shift.objects.create(name=f"Shift {number}", start="09:00", end="18:00")
    models.ShiftAssignment.objects.create(shift=shift, user=user, date_from=day)
    models.Holiday.objects.create(date=day, name="Holiday")
    models.DeviceUser.objects.create(device=gate, device_user_id=str(number), system_user=user)
    naive = datetime(2026, 5, 4, 9) + timedelta(minutes=number)
    log = models.ESSLAttendanceLog.objects.create(
        device=gate, biometric_id=str(number), device_time=naive, punch_time=NOW, received_at=NOW, user=user
    )
    models.Correction.objects.create(user=user, kind="void", log=log, device=gate, why="why", made_by=user, made_at=NOW)
    models.CorrectionRequest.objects.create(user=user, date=day, kind="void", log=log, zone="UTC", why="x", made_at=NOW)
    models.QuarantinedRecord.objects.create(
        device=gate, raw=b"\x01", digest=f"{number}", reason="no date", received_at=NOW
    )
    models.ProcessedAttendance.objects.create(
        user=user,
        date=day,
        worked=timedelta(),
        late=timedelta(),
        early=timedelta(),
        overtime=timedelta(),
        punch_count=1,
        derived_at=NOW,
    )
    models.SyncRun.objects.create(device=gate, started_at=NOW)
    models.Incident.objects.create(device=gate, kind="down", opened_at=NOW)
    models.AuditEntry.objects.create(verb="test", by=user, by_name="x", at=NOW, device=gate, outcome="done")
    models.Acknowledgement.objects.create(key=f"{number}", cause="c", by=user, by_name="x", why="y", at=NOW)
    models.Notice.objects.create(key=f"{number}")
    models.PendingDay.objects.create(user=user, date=day)
    models.SealedDay.objects.create(user=user, date=day, at=NOW, device=gate)
    models.ForgottenPunch.objects.create(device=gate, device_time=naive, mark="m", place=number)
    models.Heartbeat.objects.create(name=f"beat {number}", at=NOW)
    models.InstalledSchedule.objects.create(key=f"key {number}", when=NOW)
    models.Errand.objects.create(name=f"errand {number}")
