"""A company at work for a month: its people, their shifts, and all that its terminals said."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from attendance_devices.drivers.zkteco.log import BATCH_RECORDS
from benchmarks.databases import empty

FIRST_DAY = date(2025, 3, 3)
ONE_DAY = timedelta(days=1)
NIGHT = ("21:55", "02:00", "02:30", "06:05")
DAY = ("08:55", "13:00", "13:30", "18:05")
TWICE = ("05:55", "10:05", "15:55", "20:05")
HOURS = {
    "Day": ("09:00", "18:00"),
    "Night": ("22:00", "06:00"),
    "Morning": ("06:00", "10:00"),
    "Evening": ("16:00", "20:00"),
}
MIXED = ((DAY, ("Day",)), (NIGHT, ("Night",)), (TWICE, ("Morning", "Evening")), (DAY, ()))
"""What each fourth person punches, and the shifts that they work; the last of the four has none."""
PLAIN = ((DAY, ()),)
Kind = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]


def found(kind: Kind, *, people: int, days: int) -> Any:
    """Its terminal. Every punch is stored and mapped, nothing is derived. The tables were emptied before."""
    from attendance_devices.models import Device, ESSLAttendanceLog

    empty()
    empty("hr")
    gate = Device.objects.create(name="Gate", address="192.0.2.1", timezone="Asia/Karachi")
    users = _staff(people)
    _assign(kind, users)
    logs = sorted(_logs(kind, users, gate, days), key=lambda log: log.device_time)
    ESSLAttendanceLog.objects.bulk_create(logs, batch_size=2_000)
    return gate


def touch_all() -> None:
    """Note every day as to be derived, as an import of the whole log does: in the order of time, read by read."""
    from attendance_devices.models import ESSLAttendanceLog, PendingDay, ProcessedAttendance
    from attendance_devices.services.punches.pending_days import note_touched_days

    for model in (PendingDay, ProcessedAttendance):
        model.objects.all().delete()
    said = list(ESSLAttendanceLog.objects.order_by("device_time").values_list("user_id", "device_time"))
    for start in range(0, len(said), BATCH_RECORDS):
        note_touched_days(said[start : start + BATCH_RECORDS])


def late_punch(gate: Any) -> None:
    """One person's punch of the first day reaches us only now."""
    from attendance_devices.domain.punches.punch import Batch, Punch
    from attendance_devices.models import DeviceUser, ESSLAttendanceLog
    from attendance_devices.services.punches.store import receipt_now, store

    first = ESSLAttendanceLog.objects.order_by("device_time", "pk").first()
    assert first is not None
    DeviceUser.objects.create(device=gate, device_user_id="late", system_user=first.user)
    shown = datetime.combine(FIRST_DAY, time(20, 17))
    gate.refresh_from_db()
    store(gate, Batch(punches=[Punch(biometric_id="late", device_time=shown)], cursor={}), receipt_now("poll"))


def _staff(people: int) -> list[Any]:
    from django.contrib.auth import get_user_model

    users = get_user_model().objects
    users.bulk_create([users.model(username=f"person-{number}") for number in range(people)], batch_size=500)
    return list(users.order_by("pk"))


def _assign(kind: Kind, users: list[Any]) -> None:
    from attendance_devices.models import Shift, ShiftAssignment

    named = {name for _, names in kind for name in names}
    shifts = {name: Shift.objects.create(name=name, start=HOURS[name][0], end=HOURS[name][1]) for name in sorted(named)}
    ShiftAssignment.objects.bulk_create(
        [
            ShiftAssignment(user=user, shift=shifts[name], date_from=FIRST_DAY - ONE_DAY)
            for number, user in enumerate(users)
            for name in kind[number % len(kind)][1]
        ],
        batch_size=500,
    )


def _logs(kind: Kind, users: list[Any], gate: Any, days: int) -> Iterator[Any]:
    from attendance_devices.models import ESSLAttendanceLog

    now, zone = datetime.now(UTC), gate.zone
    keys = count(1_000)
    for number, user in enumerate(users):
        key, clocks = str(next(keys)), kind[number % len(kind)][0]
        for day, clock in ((FIRST_DAY + offset * ONE_DAY, clock) for offset in range(days) for clock in clocks):
            # Night workers come home the next day.
            shown = datetime.combine(day + ONE_DAY * (clock < clocks[0]), time.fromisoformat(clock))
            shown += timedelta(seconds=(number * 37 + day.day * 101) % 900)
            yield ESSLAttendanceLog(
                device=gate,
                biometric_id=key,
                user=user,
                device_time=shown,
                punch_time=shown.replace(tzinfo=zone).astimezone(UTC),
                received_at=now,
            )
