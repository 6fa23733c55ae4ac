"""What a day's punches mean: tables of cases, and what holds for any punches."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_devices.domain.days.pairing import COUNTED, DayPunch, PunchRole
from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.days.work_day import WorkDay, work_day
from attendance_devices.domain.shifts.rule import Overtime, ShiftRule
from attendance_devices.domain.shifts.windows import ShiftsAround
from tests.builders.plain_days import DAY, DUBLIN, KARACHI, MONDAY, NIGHT, PLAIN, clocks, judged, moment

NEW_YORK = ZoneInfo("America/New_York")


def roles(found: WorkDay) -> list[PunchRole]:
    return [use.role for use in found.uses]


@pytest.mark.parametrize(
    ("clocks", "status", "worked", "count"),
    [
        (("09:00", "17:30"), DayStatus.PRESENT, timedelta(hours=8, minutes=30), 2),
        (("09:00", "12:00", "12:30", "17:00"), DayStatus.PRESENT, timedelta(hours=8), 4),
        (("09:00",), DayStatus.MISSING_CHECK_OUT, timedelta(0), 1),
        (("09:00", "09:00:59"), DayStatus.MISSING_CHECK_OUT, timedelta(0), 1),
        (("09:00", "09:01"), DayStatus.PRESENT, timedelta(minutes=1), 2),
        (("09:00", "09:00:40", "09:01:20", "17:00"), DayStatus.PRESENT, timedelta(hours=8), 3),
        ((), None, timedelta(0), 0),
        (("+09:00",), None, timedelta(0), 0),
    ],
    ids=[
        "in and out",
        "a break between them",
        "a single punch misses its check-out",
        "a double tap is a single punch",
        "a minute apart is no double tap",
        "taps are measured from the one that counted",
        "no punch is no day",
        "the punch of another day is no day",
    ],
)
def test_first_in_and_last_out(
    clocks: tuple[str, ...], status: DayStatus | None, worked: timedelta, count: int
) -> None:
    found = judged(*clocks)

    assert (found.status, found.worked, found.punch_count) == (status, worked, count)


def test_each_punch_has_a_role_and_a_reason_in_words() -> None:
    found = judged("09:00", "09:00:20", "13:00", "17:00", "+09:00")

    assert [(use.role, use.reason) for use in found.uses] == [
        (PunchRole.CHECK_IN, "first punch in the window"),
        (PunchRole.DOUBLE_TAP, "ignored: 20 s after the one before (double-tap window 60 s)"),
        (PunchRole.WITHIN, "inside the day (rule: first in / last out)"),
        (PunchRole.CHECK_OUT, "last punch in the window"),
        (PunchRole.OTHER_DAY, "outside this day's window; it belongs to another day"),
    ]


@pytest.mark.parametrize(
    ("clocks", "late", "early", "overtime", "status"),
    [
        (("08:50", "17:00"), 0, 0, 0, DayStatus.PRESENT),
        (("09:10", "17:00"), 0, 0, 0, DayStatus.PRESENT),
        (("09:11", "17:00"), 11, 0, 0, DayStatus.LATE),
        (("09:00", "16:45"), 0, 15, 0, DayStatus.PRESENT),
        (("09:00", "18:05"), 0, 0, 65, DayStatus.PRESENT),
        (("10:00",), 60, 0, 0, DayStatus.MISSING_CHECK_OUT),
    ],
    ids=[
        "in time",
        "within the grace",
        "late counts from the start, not from the grace",
        "early",
        "overtime",
        "late and no check-out",
    ],
)
def test_the_numbers_of_a_shift(
    clocks: tuple[str, ...], late: int, early: int, overtime: int, status: DayStatus
) -> None:
    found = judged(*clocks, rule=DAY)

    minutes = [round(length.total_seconds() / 60) for length in (found.late, found.early, found.overtime)]
    assert (minutes, found.status) == ([late, early, overtime], status)


def test_nobody_is_late_on_a_day_off_or_without_a_shift() -> None:
    sunday = judged("11:00", "12:00", rule=DAY, day=date(2024, 1, 7))
    plain = judged("11:00", "12:00")

    assert [(day.late, day.early, day.overtime, day.status) for day in (sunday, plain)] == [
        (timedelta(0), timedelta(0), timedelta(0), DayStatus.WORKED_DAY_OFF),
        (timedelta(0), timedelta(0), timedelta(0), DayStatus.PRESENT),
    ]


def test_a_night_shift_belongs_to_the_date_on_which_it_starts() -> None:
    found = judged("21:55", "+06:10", rule=NIGHT)

    assert (found.date, found.check_in, found.check_out) == (
        MONDAY,
        moment("21:55"),
        moment("06:10", MONDAY + timedelta(days=1)),
    )
    assert (found.worked, found.overtime) == (timedelta(hours=8, minutes=15), timedelta(minutes=10))


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2024, 11, 2), NEW_YORK, 9),
        (date(2024, 3, 9), NEW_YORK, 7),
        (date(2024, 10, 26), DUBLIN, 9),
        (date(2024, 3, 30), DUBLIN, 7),
        (date(2024, 6, 1), DUBLIN, 8),
    ],
)
def test_worked_is_elapsed_time_on_the_night_the_clock_changes(day: date, zone: ZoneInfo, hours: int) -> None:
    found = judged("22:00", "+06:00", rule=NIGHT, day=day, zone=zone)

    assert (found.worked, found.late, found.early, found.overtime) == (
        timedelta(hours=hours),
        timedelta(0),
        timedelta(0),
        timedelta(0),
    )


def test_a_shift_within_the_skipped_hour_pays_no_minute_twice() -> None:
    short = ShiftRule(name="short", start=time(1, 15), end=time(2), overtime=Overtime(before=True))
    found = judged("00:00", "04:00", rule=short, day=date(2024, 3, 31), zone=DUBLIN)

    assert found.shift.ends(found.date, DUBLIN) < found.shift.starts(found.date, DUBLIN)
    assert found.overtime == found.worked == timedelta(hours=3)


def test_the_four_punches_of_a_repeated_hour_are_in_the_order_in_which_they_happened() -> None:
    day = date(2024, 11, 3)
    passes = [("01:30", 0), ("01:59", 0), ("01:30", 1), ("01:45", 1)]
    taps = [
        DayPunch(key=key, at=moment(clock, day, NEW_YORK, fold)) for key, (clock, fold) in enumerate(passes, start=1)
    ]

    found = work_day(day, reversed(taps), ShiftsAround(before=PLAIN, on=PLAIN, after=PLAIN), NEW_YORK)

    assert [use.tap.key for use in found.uses] == [1, 2, 3, 4]
    assert found.worked == timedelta(hours=1, minutes=15)


def test_what_waits_for_a_person_does_not_count() -> None:
    found = judged("09:00", "17:00", review="future")

    assert roles(found) == [PunchRole.UNDER_REVIEW] * 2
    assert "future" in found.uses[0].reason
    assert (found.status, found.check_in, found.punch_count) == (None, None, 0)


def test_at_one_instant_on_two_terminals_the_name_decides_and_not_which_was_stored_first() -> None:
    both = [DayPunch(key=1, at=moment("09:00"), place="Back"), DayPunch(key=2, at=moment("09:00"), place="Front")]
    swapped = [DayPunch(key=2, at=moment("09:00"), place="Back"), DayPunch(key=1, at=moment("09:00"), place="Front")]

    places = []
    for taps in (both, swapped):
        found = work_day(MONDAY, taps, ShiftsAround(before=PLAIN, on=PLAIN, after=PLAIN), KARACHI)
        places.append(next(use.tap.place for use in found.uses if use.role is PunchRole.CHECK_IN))

    assert places == ["Back", "Back"]


rules = st.one_of(
    st.just(PLAIN), st.just(DAY), st.just(NIGHT), st.builds(ShiftRule, name=st.just("any"), start=clocks, end=clocks)
)
three_days = st.builds(ShiftsAround, before=rules, on=rules, after=rules)
zones = st.sampled_from([KARACHI, NEW_YORK, DUBLIN, ZoneInfo("Pacific/Chatham"), ZoneInfo("Africa/Cairo")])
dates = st.dates(date(2024, 1, 2), date(2024, 12, 30))
offsets = st.lists(st.integers(-40 * 3600, 64 * 3600), max_size=12)


def taps_of(day: date, seconds: list[int]) -> list[DayPunch]:
    base = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return [
        DayPunch(key=key, at=base + timedelta(seconds=offset), place=f"Gate {key % 2}")
        for key, offset in enumerate(seconds, start=1)
    ]


@given(day=dates, seconds=offsets, three=three_days, zone=zones, data=st.data())
def test_the_order_of_arrival_does_not_matter(
    day: date, seconds: list[int], three: ShiftsAround, zone: ZoneInfo, data: st.DataObject
) -> None:
    taps = taps_of(day, seconds)
    shuffled = data.draw(st.permutations(taps))

    assert work_day(day, taps, three, zone) == work_day(day, shuffled, three, zone)


@given(day=dates, seconds=offsets, three=three_days, zone=zones, far=st.integers(-40 * 3600, 64 * 3600))
def test_a_punch_outside_the_window_changes_nothing_but_the_list(
    day: date, seconds: list[int], three: ShiftsAround, zone: ZoneInfo, far: int
) -> None:
    taps = taps_of(day, seconds)
    found = work_day(day, taps, three, zone)
    base = datetime(day.year, day.month, day.day, tzinfo=UTC)
    stranger = DayPunch(key=999, at=base + timedelta(seconds=far))
    more = work_day(day, [*taps, stranger], three, zone)

    if stranger.at in found.window:
        assert PunchRole.OTHER_DAY not in {use.role for use in more.uses if use.tap is stranger}
    else:
        assert tuple(use for use in more.uses if use.tap is not stranger) == found.uses
        assert (more.check_in, more.check_out, more.worked) == (found.check_in, found.check_out, found.worked)
        assert (more.status, more.punch_count, more.late) == (found.status, found.punch_count, found.late)


@given(day=dates, seconds=offsets, three=three_days, zone=zones)
def test_the_numbers_of_any_day_hold_together(
    day: date, seconds: list[int], three: ShiftsAround, zone: ZoneInfo
) -> None:
    found = work_day(day, taps_of(day, seconds), three, zone)
    counted = [use for use in found.uses if use.role in COUNTED]

    assert len(found.uses) == len(seconds)
    assert found.punch_count == len(counted)
    assert timedelta(0) <= found.worked <= found.window.end - found.window.start
    assert (found.status is None) == (not counted)
    ends = [use.role for use in found.uses if use.role in (PunchRole.CHECK_IN, PunchRole.CHECK_OUT)]
    assert len(ends) == len(set(ends)) == min(len(counted), 2)
    assert (found.status is DayStatus.MISSING_CHECK_OUT) == (ends == [PunchRole.CHECK_IN])
    assert (found.status is DayStatus.MISSING_CHECK_IN) == (ends == [PunchRole.CHECK_OUT])
    assert (found.check_in is not None, found.check_out is not None) == (
        PunchRole.CHECK_IN in ends,
        PunchRole.CHECK_OUT in ends,
    )
