"""Days judged by plain shifts."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from attendance_devices.domain.days.pairing import DayPunch
from attendance_devices.domain.days.work_day import WorkDay, work_day
from attendance_devices.domain.shifts.rule import ShiftRule
from attendance_devices.domain.shifts.windows import ShiftsAround

KARACHI = ZoneInfo("Asia/Karachi")


DUBLIN = ZoneInfo("Europe/Dublin")


MONDAY = date(2024, 1, 8)


PLAIN = ShiftRule()


WORKWEEK = frozenset(range(5))


DAY = ShiftRule(name="day", start=time(9), end=time(17), weekdays=WORKWEEK, grace=timedelta(minutes=10))


NIGHT = ShiftRule(name="night", start=time(22), end=time(6))


def moment(clock: str, day: date = MONDAY, zone: ZoneInfo = KARACHI, fold: int = 0) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=zone).replace(fold=fold).astimezone(UTC)


def judged(
    *clocks: str, rule: ShiftRule = PLAIN, day: date = MONDAY, zone: ZoneInfo = KARACHI, review: str = ""
) -> WorkDay:
    """The day of somebody who punched at these times; "+06:00" is the morning after."""
    taps = [
        DayPunch(
            key=key,
            at=moment(clock.lstrip("+"), day + timedelta(days=clock.startswith("+")), zone),
            place="Gate",
            review=review,
        )
        for key, clock in enumerate(clocks, start=1)
    ]
    return work_day(day, taps, ShiftsAround(before=rule, on=rule, after=rule), zone)


clocks = st.times().map(lambda clock: clock.replace(microsecond=0))
