"""Days in a row: each shift with those around it, as the rules want them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import TypeAlias

from attendance_devices.domain.days.pairing import DayPunch, PunchRole
from attendance_devices.domain.days.work_day import Around, WorkDay, work_day
from attendance_devices.domain.shifts.rule import ShiftRule, on_duty
from attendance_devices.domain.shifts.windows import ShiftsAround

Turn: TypeAlias = tuple[date, ShiftRule]
LEFT_OUT = frozenset({PunchRole.OTHER_DAY, PunchRole.OUTSIDE})
"""The roles of a punch that is not the day's own."""


def turns(first: date, chain: Sequence[Sequence[ShiftRule]]) -> list[tuple[date, ShiftsAround]]:
    """The shifts of the days from `first` on; the two first and the last of all only stand around the others."""
    dates = [first + timedelta(days=number) for number in range(len(chain))]
    row = [(day, rule) for day, rules in zip(dates, chain, strict=True) for rule in on_duty(day, rules)]
    return [
        (on[0], _three_days(eve, before, on, after))
        for eve, before, on, after in zip(row, row[1:], row[2:], row[3:], strict=False)
    ]


def _three_days(eve: Turn, before: Turn, on: Turn, after: Turn) -> ShiftsAround:
    return ShiftsAround(
        eve=eve[1],
        before=before[1],
        on=on[1],
        after=after[1],
        before_is_same_day=before[0] == on[0],
        after_is_same_day=after[0] == on[0],
    )


def week_of(
    first: date,
    chain: Sequence[Sequence[ShiftRule]],
    taps: Iterable[DayPunch],
    zone: tzinfo,
    now: datetime | None = None,
) -> list[WorkDay]:
    """Every shift of the days from `first` on, with all the punches there are."""
    all_taps = list(taps)
    around = Around(now=now)
    return [work_day(day, all_taps, three, zone, around=around) for day, three in turns(first, chain)]


def own(found: WorkDay) -> list[int]:
    """The keys of the punches that are the day's own."""
    return [use.tap.key for use in found.uses if use.role not in LEFT_OUT]
