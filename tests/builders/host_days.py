"""Days of work as the tests of hosts write them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from attendance_devices.domain.posting.host_row import HostRow, RowOutcome

MONDAY = date(2026, 1, 5)


def day(employee: Any, when: date = MONDAY, **facts: Any) -> HostRow:
    """A day from four to thirteen o'clock UTC."""
    start = datetime(when.year, when.month, when.day, 4, tzinfo=UTC)
    usual: dict[str, Any] = {
        "key": 1,
        "employee": str(getattr(employee, "pk", employee)),
        "date": when,
        "check_in": start,
        "check_out": start + timedelta(hours=9),
        "worked": timedelta(hours=9),
        "status": "present",
        "device": "Gate",
    }
    return HostRow(**usual | facts)


def remembered(row: HostRow, outcome: RowOutcome, **facts: Any) -> HostRow:
    """The same day, derived again after it was posted."""
    return replace(row, host_pk=outcome.host_pk, posted=outcome.posted, **facts)
