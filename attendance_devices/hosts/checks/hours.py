"""Mistakes in what the settings say about hours and days."""

from collections.abc import Iterator

from attendance_devices.conf import Settings
from attendance_devices.hosts.checks.faults import Fault, line_to_paste

WEEK = ["mon", "tue", "wed", "thu", "fri"]


def judge_hours(given: Settings) -> Iterator[Fault]:
    """Judge hours without days, and days without hours."""
    has_hours = given.work_start_time is not None and given.work_end_time is not None
    if has_hours and given.work_days is None:
        message = (
            "ATTENDANCE_DEVICES names hours (WORK_START_TIME, WORK_END_TIME) and no working days: by these hours "
            "nobody is called absent on any day."
        )
        hint = (
            f"Write {line_to_paste('WORK_DAYS', repr(WEEK))} with the days of your company, or assign shifts. Silence "
            "W030 if absences are not wanted."
        )
        yield Fault(code="W030", message=message, hint=hint)
    if not has_hours and given.work_days is not None:
        message = (
            "ATTENDANCE_DEVICES['WORK_DAYS'] says nothing without hours: who has no hours is never late or absent."
        )
        hint = f"Write {line_to_paste('WORK_START_TIME', repr('09:00'))} and WORK_END_TIME too, or assign shifts."
        yield Fault(code="W031", message=message, hint=hint)
