"""Every rule of a shift: pairs, breaks, numbers, statuses, outliers, automatic check-outs.

Covers: domain/days/numbers, domain/days/pairing, domain/days/status.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_devices.domain.days.absences import Calendar
from attendance_devices.domain.days.pairing import COUNTED, DayPunch, PunchRole
from attendance_devices.domain.days.status import SILENT, DayStatus, clock
from attendance_devices.domain.days.work_day import WorkDay, work_day
from attendance_devices.domain.shifts.rule import (
    Breaks,
    OutlierLimits,
    Overtime,
    Pairing,
    RoundMode,
    ShiftRule,
    WorkedFrom,
)
from attendance_devices.domain.shifts.windows import ShiftsAround
from tests.builders.ruled_days import (
    DAY,
    GATES,
    HOUR,
    KEYS,
    MINUTE,
    NONE,
    PAUSED,
    SATURDAY,
    TURNS,
    judged,
    moment,
    punches,
)
from tests.builders.shift_rules import KARACHI, MONDAY, ZONES


def short(found: WorkDay) -> str:
    """Check-in, check-out and worked time, on the clock."""
    ends = [f"{at.astimezone(KARACHI):%H:%M}" if at else "-" for at in (found.check_in, found.check_out)]
    return f"{ends[0]} {ends[1]} {clock(found.worked)[:-3]}"


PAIRS: Mapping[str, tuple[ShiftRule, str, str]] = {
    "first in and last out, whatever key was pressed": (DAY, "09:00=out 12:00=in 17:00=in", "09:00 17:00 8:00"),
    "first in and last out, worked from pairs": (
        replace(DAY, worked_from=WorkedFrom.PAIRS),
        "09:00 12:00 13:00 17:00",
        "09:00 17:00 7:00",
    ),
    "an odd punch is no pair": (replace(DAY, worked_from=WorkedFrom.PAIRS), "09:00 12:00 17:00", "09:00 17:00 3:00"),
    "by turns": (TURNS, "09:00 12:00 13:00 17:00", "09:00 17:00 7:00"),
    "by turns, worked from first to last": (
        replace(TURNS, worked_from=WorkedFrom.SPAN),
        "09:00 12:00 13:00 17:00",
        "09:00 17:00 8:00",
    ),
    "by turns, the last check-out forgotten": (TURNS, "09:00 12:00 13:00", "09:00 - 3:00"),
    "by the key": (KEYS, "09:00=in 12:00=out 13:00=in 17:00=out", "09:00 17:00 7:00"),
    "overtime keys are in and out too": (KEYS, "09:00=overtime_in 17:00=overtime_out", "09:00 17:00 8:00"),
    "of two ins the first stands": (KEYS, "09:00=in 10:00=in 17:00=out", "09:00 17:00 8:00"),
    "a later out moves the check-out": (KEYS, "09:00=in 16:00=out 17:00=out", "09:00 17:00 8:00"),
    "an out without an in before it is no pair": (KEYS, "08:00=out 09:00=in 17:00=out", "09:00 17:00 8:00"),
    "outs alone": (KEYS, "16:00=out 17:00=out", "- 17:00 0:00"),
    "a key that says nothing is whatever comes next": (KEYS, "09:00 12:00 13:00=in 17:00", "09:00 17:00 7:00"),
    "a break key is neither in nor out": (
        KEYS,
        "09:00=in 12:00=break_out 13:00=break_in 17:00=out",
        "09:00 17:00 8:00",
    ),
    "a day of break keys alone is a day": (KEYS, "12:00=break_out 13:00=break_in", "12:00 13:00 1:00"),
    "by the gate, whatever key was pressed": (
        GATES,
        "09:00>in=out 12:00>out 13:00>in 17:00>out=in",
        "09:00 17:00 7:00",
    ),
    "by the gate, where a break key means nothing": (
        GATES,
        "09:00>in 12:00>out=break_out 13:00>in=break_in 17:00>out",
        "09:00 17:00 7:00",
    ),
    "a gate for both is whatever comes next": (GATES, "09:00 17:00>out", "09:00 17:00 8:00"),
    "in and out within a minute are two": (KEYS, "09:00=in 17:00=in 17:00:30=out", "09:00 17:00 8:00"),
    "a double tap is one": (TURNS, "09:00 09:00:30 17:00", "09:00 17:00 8:00"),
}


@pytest.mark.parametrize("name", PAIRS)
def test_check_in_check_out_and_worked(name: str) -> None:
    rule, punches, expected = PAIRS[name]
    assert short(judged(punches, rule)) == expected


NUMBERS: Mapping[str, tuple[ShiftRule, str, dict[str, timedelta]]] = {
    "a paid break": (DAY, "09:00 17:00", {"worked": 8 * HOUR, "break_time": NONE}),
    "a fixed break": (
        replace(DAY, breaks=Breaks.FIXED, break_length=HOUR / 2, break_after=6 * HOUR),
        "09:00 17:00",
        {"worked": 7.5 * HOUR, "break_time": HOUR / 2},
    ),
    "no fixed break for a short day": (
        replace(DAY, breaks=Breaks.FIXED, break_length=HOUR / 2, break_after=6 * HOUR),
        "09:00 15:00",
        {"worked": 6 * HOUR, "break_time": NONE},
    ),
    "a break is never longer than the work": (
        replace(DAY, breaks=Breaks.FIXED, break_length=HOUR),
        "09:00 09:30",
        {"worked": NONE, "break_time": HOUR / 2},
    ),
    "a break by its keys": (
        PAUSED,
        "09:00 12:00=break_out 12:40=break_in 17:00",
        {"worked": 8 * HOUR - 40 * MINUTE, "break_time": 40 * MINUTE},
    ),
    "a break that nobody came back from is not taken off": (
        PAUSED,
        "09:00 12:00=break_out 17:00",
        {"worked": 8 * HOUR, "break_time": NONE},
    ),
    "a break outside of the pairs is not taken off twice": (
        replace(KEYS, breaks=Breaks.PUNCHED),
        "09:00=in 12:00=out 12:10=break_out 12:40=break_in 13:00=in 17:00=out",
        {"worked": 7 * HOUR, "break_time": NONE},
    ),
    "late counts from the start": (replace(DAY, grace=5 * MINUTE), "09:06 17:00", {"late": 6 * MINUTE}),
    "late within the grace": (replace(DAY, grace=5 * MINUTE), "09:05 17:00", {"late": NONE}),
    "early counts from the end": (replace(DAY, early_grace=5 * MINUTE), "09:00 16:54", {"early": 6 * MINUTE}),
    "early within the grace": (replace(DAY, early_grace=5 * MINUTE), "09:00 16:55", {"early": NONE}),
    "overtime before the start does not count unless asked for": (DAY, "08:00 17:30", {"overtime": HOUR / 2}),
    "overtime before and after": (
        replace(DAY, overtime=Overtime(before=True)),
        "08:00 17:30",
        {"overtime": 1.5 * HOUR},
    ),
    "no overtime at all": (replace(DAY, overtime=Overtime(after=False)), "08:00 19:00", {"overtime": NONE}),
    "overtime within the tolerance": (
        replace(DAY, overtime=Overtime(before=True, tolerance=10 * MINUTE)),
        "08:50 17:11",
        {"overtime": 11 * MINUTE},
    ),
    "less overtime than the minimum": (
        replace(DAY, overtime=Overtime(minimum=HOUR / 2)),
        "09:00 17:29",
        {"overtime": NONE},
    ),
    "just the minimum": (
        replace(DAY, overtime=Overtime(minimum=HOUR / 2)),
        "09:00 17:30",
        {"overtime": HOUR / 2},
    ),
    "paid only from the start": (
        replace(DAY, paid_from_start=True, overtime=Overtime(before=True)),
        "08:00 17:00",
        {"worked": 8 * HOUR, "overtime": NONE},
    ),
    "gone before the paid time began": (replace(DAY, paid_from_start=True), "08:00 08:30", {"worked": NONE}),
    "all of a day after the end is no more overtime than it lasted": (DAY, "18:00 19:00", {"overtime": HOUR}),
    "to the second": (DAY, "09:00:01 16:59:59", {"worked": 8 * HOUR - timedelta(seconds=2)}),
    "rounded to the nearest": (replace(DAY, round_to=15 * MINUTE), "09:00 16:53", {"worked": 8 * HOUR}),
    "rounded down": (
        replace(DAY, round_to=15 * MINUTE, round_mode=RoundMode.DOWN),
        "09:00 17:14",
        {"worked": 8 * HOUR, "overtime": NONE},
    ),
    "rounded up": (
        replace(DAY, round_to=15 * MINUTE, round_mode=RoundMode.UP),
        "09:00 17:01",
        {"worked": 8.25 * HOUR, "overtime": 15 * MINUTE},
    ),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_the_numbers_of_a_rule(name: str) -> None:
    rule, punches, expected = NUMBERS[name]
    found = judged(punches, rule)
    assert {key: getattr(found, key) for key in expected} == expected


GRADED = replace(DAY, half_day_below=5 * HOUR, absent_below=2 * HOUR)
STATUSES: Mapping[DayStatus, tuple[ShiftRule, str, date, str]] = {
    DayStatus.PRESENT: (GRADED, "09:00 14:00", MONDAY, ""),
    DayStatus.LATE: (GRADED, "09:01 17:00", MONDAY, ""),
    DayStatus.HALF_DAY: (GRADED, "09:01 13:59", MONDAY, ""),
    DayStatus.ABSENT: (GRADED, "09:00 10:59", MONDAY, ""),
    DayStatus.WORKED_DAY_OFF: (GRADED, "09:00 10:00", SATURDAY, ""),
    DayStatus.WORKED_HOLIDAY: (GRADED, "10:00 11:00", MONDAY, "New Year"),
    DayStatus.MISSING_CHECK_OUT: (GRADED, "09:00", MONDAY, ""),
    DayStatus.MISSING_CHECK_IN: (KEYS, "17:00=out", MONDAY, ""),
}


@pytest.mark.parametrize("expected", sorted(set(DayStatus) - SILENT))
def test_each_status_has_its_day(expected: DayStatus) -> None:
    rule, punches, day, holiday = STATUSES[expected]
    found = judged(punches, rule, day, calendar=Calendar(holiday=holiday))
    assert found.status is expected
    if holiday or day == SATURDAY:
        assert (found.late, found.early, found.overtime, found.outlier_reasons) == (NONE, NONE, NONE, ())


ROLES: Mapping[PunchRole, tuple[str, dict[str, Any]]] = {
    PunchRole.CHECK_IN: ("09:00=in 17:00=out", {}),
    PunchRole.CHECK_OUT: ("17:00=out", {}),
    PunchRole.WITHIN: ("09:00=in 10:00=in 17:00=out", {}),
    PunchRole.NO_PAIR: ("08:00=out 09:00=in", {}),
    PunchRole.DOUBLE_TAP: ("09:00=in 09:00:01=in", {}),
    PunchRole.OTHER_DAY: ("05:00=in", {}),
    PunchRole.OUTSIDE: ("05:00=in", {"claimed": lambda moment: ""}),
}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_its_punch_and_every_punch_is_named(role: PunchRole) -> None:
    punches, around = ROLES[role]
    found = judged(punches, replace(KEYS, margin_before=2 * HOUR), **around)
    assert role in [use.role for use in found.uses]
    assert len(found.uses) == len(punches.split())


def test_the_reason_of_a_role_names_the_rule() -> None:
    found = judged("08:00=out 09:00=in 17:00=out", KEYS)

    assert [use.reason for use in found.uses] == [
        "an out without an in before it",
        "first in (rule: by the key pressed)",
        "last out (rule: by the key pressed)",
    ]


def test_a_punch_in_no_window_is_named_and_changes_nothing() -> None:
    rule = replace(DAY, margin_before=HOUR, margin_after=HOUR)
    found = judged("07:59:59 09:00 17:00 18:00", rule, claimed=lambda moment: "")

    assert [use.role for use in found.uses] == [
        PunchRole.OUTSIDE,
        PunchRole.CHECK_IN,
        PunchRole.CHECK_OUT,
        PunchRole.OUTSIDE,
    ]
    assert "outside every window" in found.uses[0].reason
    assert found.punch_count == 2


@pytest.mark.parametrize(
    ("punches", "limits", "words"),
    [
        ("06:59 17:00", OutlierLimits(), ["check-in 2:01:00 before the start, more than 2:00:00"]),
        ("11:01 17:00", OutlierLimits(), ["check-in 2:01:00 after the start, more than 2:00:00"]),
        ("09:00 14:59", OutlierLimits(), ["check-out 2:01:00 before the end, more than 2:00:00"]),
        ("09:00 20:01", OutlierLimits(), ["check-out 3:01:00 after the end, more than 3:00:00"]),
        ("09:00 19:00", OutlierLimits(longest=9 * HOUR), ["10:00:00 from check-in to check-out, more than 9:00:00"]),
        ("07:00 20:00", OutlierLimits(), []),
        ("12:00", OutlierLimits(), ["check-in 3:00:00 after the start, more than 2:00:00"]),
        ("05:00 23:00", OutlierLimits(**dict.fromkeys(OutlierLimits.__slots__)), []),
    ],
    ids=[
        "in early",
        "in late",
        "out early",
        "out late",
        "long",
        "at the limits",
        "a single punch",
        "without any limit",
    ],
)
def test_a_day_to_look_at_says_why(punches: str, limits: OutlierLimits, words: list[str]) -> None:
    assert list(judged(punches, replace(DAY, outliers=limits)).outlier_reasons) == words


TOLERANT = replace(DAY, auto_out_after=HOUR)


@pytest.mark.parametrize(
    ("rule", "punches", "now", "expected", "due"),
    [
        (TOLERANT, "09:00", "18:00", "09:00 18:00 9:00", None),
        (TOLERANT, "09:00", "17:59", "09:00 - 0:00", "18:00"),
        (TOLERANT, "09:00 17:30", "23:00", "09:00 17:30 8:30", None),
        (TOLERANT, "18:30", "23:00", "18:30 - 0:00", None),
        (replace(DAY, auto_out_at=time(17, 15)), "09:00", "23:00", "09:00 17:15 8:15", None),
        (replace(TURNS, auto_out_after=NONE), "09:00 12:00 13:00", "23:00", "09:00 17:00 7:00", None),
        (ShiftRule(auto_out_at=time(20)), "09:00", "23:00", "09:00 20:00 11:00", None),
        (replace(DAY, margin_after=HOUR / 2, auto_out_after=HOUR), "09:00", "23:00", "09:00 - 0:00", None),
        (DAY, "09:00", "23:00", "09:00 - 0:00", None),
    ],
    ids=[
        "a tolerance after the end",
        "not before it is due",
        "not if there is one",
        "not for who came after it",
        "at a fixed time",
        "closes the last pair",
        "at a fixed time without a shift",
        "not outside the window",
        "never unless asked for",
    ],
)
def test_a_check_out_that_writes_itself(
    rule: ShiftRule, punches: str, now: str, expected: str, due: str | None
) -> None:
    found = judged(punches, rule, now=moment(now))

    assert short(found) == expected
    assert found.auto_out_due == (moment(due) if due else None)
    assert found.is_auto_out == (found.check_out is not None and found.uses[-1].tap.at != found.check_out)
    assert (found.status is DayStatus.MISSING_CHECK_OUT) == (found.check_out is None)


def test_an_automatic_check_out_after_midnight_is_on_the_day_after() -> None:
    night = ShiftRule(name="night", start=time(22), end=time(6), auto_out_at=time(7))

    assert judged("22:00", night).check_out == moment("07:00", MONDAY + timedelta(days=1))


clocks = st.times().map(lambda shown: shown.replace(microsecond=0))
lengths = st.timedeltas(timedelta(0), timedelta(hours=10))
maybe = st.one_of(st.none(), lengths)
shifts = st.builds(
    ShiftRule,
    name=st.just("any"),
    start=st.one_of(st.none(), clocks),
    end=clocks,
    margin_before=maybe,
    margin_after=maybe,
    pairing=st.sampled_from(Pairing),
    worked_from=st.sampled_from(WorkedFrom),
    paid_from_start=st.booleans(),
    breaks=st.sampled_from(Breaks),
    break_length=lengths,
    overtime=st.builds(Overtime, before=st.booleans(), tolerance=lengths),
    half_day_below=lengths,
    auto_out_after=maybe,
)
dates = st.dates(date(2024, 1, 2), date(2024, 12, 30))
zones = st.sampled_from(ZONES)


def taps_of(day: date, given: list[tuple[int, str, str]]) -> list[DayPunch]:
    base = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return [
        DayPunch(key=key, at=base + timedelta(seconds=offset), punch_type=state, facing=facing)
        for key, (offset, state, facing) in enumerate(given, start=1)
    ]


@given(day=dates, given=punches, before=shifts, on=shifts, after=shifts, zone=zones, data=st.data())
def test_what_holds_for_any_punches_and_shifts(
    day: date,
    given: list[tuple[int, str, str]],
    before: ShiftRule,
    on: ShiftRule,
    after: ShiftRule,
    zone: ZoneInfo,
    data: st.DataObject,
) -> None:
    three, taps = ShiftsAround(before=before, on=on, after=after), taps_of(day, given)
    found = work_day(day, taps, three, zone)
    inside = [tap for tap in taps if tap.at in found.window]
    alone = work_day(day, data.draw(st.permutations(inside)), three, zone)

    assert NONE <= found.worked + found.break_time <= found.window.end - found.window.start
    assert min(found.late, found.early, found.overtime, found.break_time) >= NONE
    assert len(found.uses) == len(taps)
    assert found.punch_count == sum(use.role in COUNTED for use in found.uses)
    assert (found.status is None) == (found.punch_count == 0)
    assert replace(alone, uses=()) == replace(found, uses=())
    assert {use.tap.key: use.role for use in alone.uses}.items() <= {
        use.tap.key: use.role for use in found.uses
    }.items()


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_a_year_of_nights_is_worked_in_elapsed_time(zone: ZoneInfo) -> None:
    night = ShiftRule(name="night", start=time(22), end=time(6), margin_before=HOUR, margin_after=HOUR)
    three = ShiftsAround(before=night, on=night, after=night)
    worked = []
    for number in range(366):
        day = date(2024, 1, 1) + timedelta(days=number)
        ends = (night.starts(day, zone), night.ends(day, zone))
        found = work_day(day, [DayPunch(key=key, at=at) for key, at in enumerate(ends)], three, zone)
        assert (found.late, found.early, found.overtime) == (NONE, NONE, NONE)
        worked.append(found.worked)

    changes = ZoneInfo(str(zone)) not in (ZoneInfo("Asia/Kolkata"), ZoneInfo("Asia/Kathmandu"))
    assert [worked.count(hours * HOUR) for hours in (7, 8, 9)] == ([1, 364, 1] if changes else [0, 366, 0])


@pytest.mark.parametrize(
    ("worked_from", "worked", "overtime"),
    [(WorkedFrom.PAIRS, 3.5 * HOUR, 0.5 * HOUR), (WorkedFrom.SPAN, 11.5 * HOUR, 3.5 * HOUR)],
    ids=["the evening pair alone", "all from the end to the last punch"],
)
def test_overtime_is_of_the_time_that_counts_as_worked(
    worked_from: WorkedFrom, worked: timedelta, overtime: timedelta
) -> None:
    rule = ShiftRule(name="any", start=time(9), end=time(17), worked_from=worked_from)
    found = judged("09:00 12:00 20:00 20:30", rule)

    assert (found.worked, found.overtime) == (worked, overtime)
