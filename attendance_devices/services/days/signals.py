"""Send a signal for each day whose rows changed."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from attendance_devices.domain.days.status import DayStatus
from attendance_devices.models import ProcessedAttendance
from attendance_devices.signals import announce, day_derived

Rows = Iterable[ProcessedAttendance]


def announce_days(changed: Rows, removed: Rows, same: Rows) -> None:
    """Once for each day, with all the rows that stand."""
    if not day_derived.has_listeners(ProcessedAttendance):
        return
    changed = list(changed)
    stand: dict[tuple[Any, date], list[ProcessedAttendance]] = {
        (row.user_id, row.date): [] for row in (*changed, *removed)
    }
    for row in (*changed, *same):
        if (row.user_id, row.date) in stand and row.status != DayStatus.WITHDRAWN:
            stand[row.user_id, row.date].append(row)
    for (user, day), days in stand.items():
        announce(day_derived, ProcessedAttendance, user=user, date=day, days=tuple(days))
