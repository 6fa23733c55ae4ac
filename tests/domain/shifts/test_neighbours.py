"""Where one shift gives way to the next: over midnight, with margins, and beside days off."""

import itertools
from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from attendance_devices.domain.days.pairing import DayPunch
from attendance_devices.domain.days.work_day import WorkDay, work_day
from attendance_devices.domain.shifts.rule import ShiftRule
from attendance_devices.domain.shifts.windows import ShiftsAround, shift_window
from tests.builders.shift_rules import KARACHI, MONDAY, local

HOUR = timedelta(hours=1)
ONE_DAY = timedelta(days=1)
MARGINS = {"margin_before": HOUR, "margin_after": HOUR}
NIGHT = ShiftRule(name="night", start=time(19), end=time(7), **MARGINS)
MORNING = ShiftRule(name="day", start=time(8), end=time(19), **MARGINS)
DUTY = ShiftRule(name="duty", start=time(8), end=time(8), weekdays=frozenset({0, 2, 4}))
"""Twenty-four hours on Monday, Wednesday and Friday."""


def day_of(week: dict[int, ShiftRule], number: int, *punches: tuple[int, str]) -> WorkDay:
    """The day so many days after Monday, of somebody with these shifts: day number -> shift."""
    taps = [
        DayPunch(key=key, at=local(MONDAY + there * ONE_DAY, clock)) for key, (there, clock) in enumerate(punches, 1)
    ]
    return work_day(MONDAY + number * ONE_DAY, taps, around(week, number), KARACHI)


def around(week: dict[int, ShiftRule], number: int) -> ShiftsAround:
    eve, before, on, after = (week.get(one, week[0]) for one in range(number - 2, number + 2))
    return ShiftsAround(eve=eve, before=before, on=on, after=after)


def ends(found: WorkDay) -> tuple[str | None, str | None]:
    shown = [at and f"{at.astimezone(KARACHI):%d %H:%M}" for at in (found.check_in, found.check_out)]
    return shown[0], shown[1]


def test_the_gap_between_a_night_and_the_next_dates_shift_is_halved_where_both_margins_reach_over_it() -> None:
    week = {0: NIGHT, 1: MORNING, 2: MORNING, -1: NIGHT, -2: NIGHT, 3: MORNING}
    punches = ((0, "19:00"), (1, "07:20"), (1, "07:40"), (1, "19:00"))
    assert ends(day_of(week, 0, *punches)) == ("08 19:00", "09 07:20")
    assert ends(day_of(week, 1, *punches)) == ("09 07:40", "09 19:00")
    assert shift_window(MONDAY, around(week, 0), KARACHI).end == local(MONDAY + ONE_DAY, "07:30")


def test_two_shifts_of_one_date_give_way_at_the_end_of_the_earlier() -> None:
    early = ShiftRule(name="early", start=time(8), end=time(12), **MARGINS)
    late = ShiftRule(name="late", start=time(13), end=time(17), **MARGINS)
    rules = ShiftsAround(before=late, on=early, after=late, after_is_same_day=True)
    assert shift_window(MONDAY, rules, KARACHI).end == local(MONDAY, "12:00")
    rules = ShiftsAround(before=early, on=late, after=early, before_is_same_day=True)
    assert shift_window(MONDAY, rules, KARACHI).start == local(MONDAY, "12:00")


@pytest.mark.parametrize("rule", [DUTY, replace(DUTY, **MARGINS)], ids=["without margins", "with margins"])
def test_a_duty_of_a_day_and_a_night_is_not_cut_by_hours_of_the_days_off_beside_it(rule: ShiftRule) -> None:
    week = {0: rule}
    punches = ((0, "07:55"), (1, "08:05"))
    assert ends(day_of(week, 0, *punches)) == ("08 07:55", "09 08:05")
    assert day_of(week, -1, *punches).status is None, "nobody came on Sunday"
    assert day_of(week, 1, *punches).status is None, "and on Tuesday nobody began to work"


def test_a_day_off_that_ends_before_the_shift_begins_is_a_neighbour_as_before() -> None:
    office = ShiftRule(name="office", start=time(9), end=time(17), weekdays=frozenset(range(5)))
    friday, saturday = MONDAY + 4 * ONE_DAY, MONDAY + 5 * ONE_DAY
    week = ShiftsAround(eve=office, before=office, on=office, after=office)
    assert shift_window(friday, week, KARACHI).end == local(saturday, "01:00")
    assert shift_window(saturday, week, KARACHI).start == local(saturday, "01:00")


@pytest.mark.parametrize("margins", [{}, MARGINS], ids=["without margins", "with margins"])
@pytest.mark.parametrize("weekdays", [{0, 2, 4}, {0, 1, 4}, {5}, set(range(7))], ids=str)
@pytest.mark.parametrize("hours", [(8, 8), (20, 20), (19, 7), (6, 18)], ids=str)
def test_no_window_overlaps_the_next(margins: dict[str, timedelta], weekdays: set[int], hours: tuple[int, int]) -> None:
    start, end = (time(hour) for hour in hours)
    rule = ShiftRule(name="any", start=start, end=end, weekdays=frozenset(weekdays), **margins)
    week = ShiftsAround(eve=rule, before=rule, on=rule, after=rule)
    days: list[date] = [MONDAY + number * ONE_DAY for number in range(15)]
    windows = [shift_window(day, week, KARACHI) for day in days]
    assert all(one.start < one.end for one in windows)
    assert all(one.end <= other.start for one, other in itertools.pairwise(windows))
