"""Shifts and zones for the tests of the rules."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from attendance_devices.domain.shifts.rule import ShiftRule

KARACHI = ZoneInfo("Asia/Karachi")


ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/Dublin",
        "America/New_York",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "Pacific/Chatham",
        "Africa/Cairo",
    )
]


MONDAY = date(2024, 1, 8)


PLAIN = ShiftRule()


def local(day: date, clock: str, zone: ZoneInfo = KARACHI) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=zone)
