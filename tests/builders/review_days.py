"""Days that wait in the inbox."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from attendance_devices.domain.review.days import DayFacts

KARACHI = ZoneInfo("Asia/Karachi")


NINE = datetime(2024, 1, 8, 4, tzinfo=UTC)


FIVE = datetime(2024, 1, 8, 12, 30, tzinfo=UTC)


DAY = DayFacts(
    who="Asha Nair (asha)",
    employee="3",
    date=date(2024, 1, 8),
    shift="",
    device="Gate",
    zone=KARACHI,
    status="present",
    check_in=NINE,
    check_out=FIVE,
    worked=timedelta(hours=8, minutes=30),
    derived_at=FIVE,
    cause="c",
)
