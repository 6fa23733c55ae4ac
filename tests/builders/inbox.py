"""Rows that wait in the inbox."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from attendance_devices.domain.review.items import Item
from attendance_devices.models import Acknowledgement, Device, ESSLAttendanceLog, ProcessedAttendance
from tests.builders.crm import MONDAY, employee
from tests.builders.day_rules import works
from tests.builders.failing_hosts import worked


def logs(where: Device, *rows: tuple[datetime, datetime, str], **more: Any) -> list[ESSLAttendanceLog]:
    """(instant that the clock claims, receipt, review) of each, in the order of the log."""
    return [
        ESSLAttendanceLog.objects.create(
            device=where,
            biometric_id="7",
            device_time=shown.astimezone(where.zone).replace(tzinfo=None),
            punch_time=shown,
            received_at=received,
            review=review,
            **more,
        )
        for shown, received, review in rows
    ]


def moment(minutes: int) -> datetime:
    return datetime(2024, 1, 8, 4, tzinfo=UTC) + timedelta(minutes=minutes)


def boss() -> Any:
    """Somebody who may do everything."""
    user = employee("", username="boss")
    user.is_superuser = True
    user.save()
    return user


def day_of(user: Any, day: date = MONDAY, **facts: Any) -> ProcessedAttendance:
    nothing = dict.fromkeys(("worked", "late", "early", "overtime"), timedelta(0))
    usual = {"punch_count": 1, "status": "present", "derived_at": datetime.now(UTC), "check_in": moment(0)}
    return ProcessedAttendance.objects.create(user=user, date=day, **nothing | usual | facts)


def seen_before(item: Item) -> Acknowledgement:
    return Acknowledgement.objects.create(
        key=item.key, cause=item.cause, by_name="boss", why="so it was", at=datetime.now(UTC)
    )


def early(clocks: tuple[str, ...] = ("05:00", "17:00"), **limits: Any) -> Any:
    """Somebody of the shift from nine to five whose check-in is long before it."""
    user = employee("7", username="asha")
    works(user, "day", "09:00", "17:00", **{"outlier_in_early_minutes": 60} | limits)
    return worked(MONDAY, user=user, clocks=clocks)
