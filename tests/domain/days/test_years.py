"""Two years of work in six zones: every clock change, by day, by night, in two shifts and without any."""

import functools
import itertools
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from attendance_devices.domain.days.pairing import DayPunch
from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.days.work_day import WorkDay, work_day
from attendance_devices.domain.shifts.rule import ShiftRule
from attendance_devices.domain.shifts.windows import ShiftsAround
from tests.builders.clock_changes import HOUR, LONG_NIGHTS, SHORT_NIGHTS, SIX, all_days, instant_of, night_length
from tests.builders.consecutive_days import own, turns

ONE_DAY = timedelta(days=1)
NONE = timedelta(0)
MINUTE = timedelta(minutes=1)
LATE, OVER = timedelta(minutes=3, seconds=7), timedelta(minutes=5, seconds=11)
"""Everybody comes so much after the start, and goes so much after the end."""
WORKERS: Mapping[str, Sequence[ShiftRule]] = {
    "day": [ShiftRule(name="day", start=time(9), end=time(17))],
    "night": [ShiftRule(name="night", start=time(22), end=time(6))],
    "night with margins": [
        ShiftRule(name="night", start=time(22), end=time(6), margin_before=HOUR, margin_after=2 * HOUR)
    ],
    "dawn": [ShiftRule(name="dawn", start=time(0, 30), end=time(8, 30))],
    "two": [
        ShiftRule(name="early", start=time(8), end=time(12)),
        ShiftRule(name="late", start=time(12, 30), end=time(16, 30)),
    ],
}
Turn = tuple[date, ShiftsAround]


@functools.cache
def hours_of(zone: str, day: date, rule: ShiftRule) -> tuple[datetime, datetime]:
    """When the shift started and ended there, by the table."""
    assert rule.start is not None and rule.end is not None
    last = day + ONE_DAY if rule.end <= rule.start else day
    return instant_of(zone, day, rule.start.isoformat()), instant_of(zone, last, rule.end.isoformat())


def two_years(rules: Sequence[ShiftRule]) -> list[Turn]:
    """Every shift of both years, with those around it."""
    days = list(all_days(date(2023, 12, 30), date(2026, 1, 1)))
    chain = turns(days[0], [list(rules)] * len(days))
    return [(day, three) for day, three in chain if day.year in (2024, 2025)]


def punched(zone: str, shifts: Sequence[Turn]) -> dict[date, list[DayPunch]]:
    """Two punches for every shift, by the date of the shift."""
    keys = itertools.count()
    found: dict[date, list[DayPunch]] = {}
    for day, three in shifts:
        start, end = hours_of(zone, day, three.on)
        found.setdefault(day, []).extend(DayPunch(key=next(keys), at=at) for at in (start + LATE, end + OVER))
    return found


@functools.cache
def worked_out(zone: str, worker: str) -> list[WorkDay]:
    """Each shift with the punches of its own day and of those around it."""
    shifts = two_years(WORKERS[worker])
    taps, where = punched(zone, shifts), ZoneInfo(zone)
    return [
        work_day(day, [tap for n in (-1, 0, 1) for tap in taps.get(day + n * ONE_DAY, [])], three, where)
        for day, three in shifts
    ]


@pytest.mark.parametrize("zone", SIX)
@pytest.mark.parametrize("worker", WORKERS)
def test_every_shift_of_two_years_is_right(worker: str, zone: str) -> None:
    rules = WORKERS[worker]
    found = worked_out(zone, worker)

    assert len(found) == 731 * len(rules)
    for number, day in enumerate(found):
        start, end = hours_of(zone, day.date, day.shift)
        assert (day.check_in, day.check_out) == (start + LATE, end + OVER)
        assert day.worked == end - start + OVER - LATE
        assert (day.late, day.early, day.overtime, day.status) == (LATE, NONE, OVER, DayStatus.LATE)
        assert own(day) == [2 * number, 2 * number + 1], "each punch in exactly one shift"
    gaps = {other.window.start - one.window.end for one, other in itertools.pairwise(found)}
    assert gaps == {NONE if rules[0].margin_after is None else 13 * HOUR}, "windows touch, but for margins"


@pytest.mark.parametrize("zone", SIX)
def test_the_night_of_the_change_is_an_hour_longer_or_shorter_and_no_other_is(zone: str) -> None:
    nights = worked_out(zone, "night")

    changed = {day.date: day.worked - 8 * HOUR - OVER + LATE for day in nights}
    assert {day: more for day, more in changed.items() if more} == {
        **dict.fromkeys(LONG_NIGHTS.get(zone, ()), HOUR),
        **dict.fromkeys(SHORT_NIGHTS.get(zone, ()), -HOUR),
    }
    assert all(day.worked == night_length(zone, day.date) + OVER - LATE for day in nights)


@pytest.mark.parametrize("zone", SIX)
def test_calendar_days_of_two_years_have_no_gap_and_are_as_long_as_they_were(zone: str) -> None:
    days = worked_plain(zone)

    assert all(one.window.end == other.window.start for one, other in itertools.pairwise(days))
    assert all(day.window.start == instant_of(zone, day.date, "00:00") for day in days)
    lengths = [day.window.end - day.window.start for day in days]
    changes = len(LONG_NIGHTS.get(zone, ()))
    assert [lengths.count(hours * HOUR) for hours in (23, 24, 25)] == [changes, 731 - 2 * changes, changes]
    assert [day.worked for day in days] == [length - 2 * MINUTE for length in lengths]


def worked_plain(zone: str) -> list[WorkDay]:
    """Somebody who punches a minute after each day begins, and a minute before it ends."""
    shifts, where = two_years([ShiftRule()]), ZoneInfo(zone)
    edges = [instant_of(zone, day, "00:00") for day in [*(day for day, _ in shifts), date(2026, 1, 1)]]
    found = []
    for number, (day, three) in enumerate(shifts):
        near = edges[max(0, number - 1) : number + 3]
        taps = [DayPunch(key=key, at=at + side * MINUTE) for key, at in enumerate(near) for side in (-1, 1)]
        found.append(work_day(day, taps, three, where))
    return found


@pytest.mark.parametrize("zone", SIX)
def test_a_margin_is_elapsed_time_also_in_the_night_of_the_change(zone: str) -> None:
    (night,) = WORKERS["night with margins"]
    found = worked_out(zone, "night with margins")

    for one in found:
        start, end = hours_of(zone, one.date, night)
        assert (one.window.start, one.window.end) == (start - HOUR, end + 2 * HOUR)


@pytest.mark.parametrize("zone", SIX)
def test_a_forgotten_check_out_costs_its_own_day_and_turns_no_other(zone: str) -> None:
    shifts, where = two_years(WORKERS["night"])[80:120], ZoneInfo(zone)
    taps = [tap for found in punched(zone, shifts).values() for tap in found]
    forgotten = taps[:21] + taps[22:]
    for number, (day, three) in enumerate(shifts):
        whole, less = (work_day(day, some, three, where) for some in (taps, forgotten))
        if number == 10:
            assert (less.status, less.check_out, less.worked) == (DayStatus.MISSING_CHECK_OUT, None, NONE)
        else:
            assert (less.check_in, less.check_out, less.worked) == (whole.check_in, whole.check_out, whole.worked)
