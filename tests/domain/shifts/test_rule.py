"""Windows: where one day gives way to the next."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_devices.domain.shifts.rule import ShiftRule
from attendance_devices.domain.shifts.windows import ShiftsAround, ShiftWindow, shift_window
from tests.builders.shift_rules import KARACHI, MONDAY, PLAIN, ZONES, local

NEW_YORK = ZoneInfo("America/New_York")
DAY = ShiftRule(name="day", start=time(9), end=time(17))
NIGHT = ShiftRule(name="night", start=time(22), end=time(6))

clocks = st.times().map(lambda clock: clock.replace(microsecond=0))
rules = st.one_of(
    st.builds(ShiftRule, day_boundary=clocks),
    st.builds(ShiftRule, name=st.just("any"), start=clocks, end=clocks),
)


@pytest.mark.parametrize(
    ("before", "on", "after", "start", "end"),
    [
        (PLAIN, PLAIN, PLAIN, (0, "00:00"), (1, "00:00")),
        (ShiftRule(day_boundary=time(4)),) * 3 + ((0, "04:00"), (1, "04:00")),
        (DAY, DAY, DAY, (0, "01:00"), (1, "01:00")),
        (NIGHT, NIGHT, NIGHT, (0, "14:00"), (1, "14:00")),
        (NIGHT, DAY, NIGHT, (0, "07:30"), (1, "07:30")),
        (DAY, NIGHT, DAY, (0, "07:30"), (1, "07:30")),
        (PLAIN, DAY, PLAIN, (0, "00:00"), (1, "00:00")),
        (PLAIN, NIGHT, PLAIN, (0, "00:00"), (1, "15:00")),
        (ShiftRule(day_boundary=time(4)), ShiftRule(start=time(3), end=time(12)), PLAIN, (0, "03:00"), (1, "00:00")),
        (ShiftRule(start=time(20), end=time(19)), DAY, DAY, (0, "17:00"), (1, "01:00")),
    ],
    ids=[
        "calendar days from midnight to midnight",
        "calendar days from their own boundary",
        "day shifts give way in the middle of the night",
        "night shifts give way in the afternoon",
        "a day shift after and before a night",
        "a night shift after and before a day",
        "a shift among days without one",
        "a night shift among days without one",
        "an early shift after a day with a late boundary",
        "a shift that is not over when the next one has ended",
    ],
)
def test_a_window_reaches_to_the_middle_of_the_free_time(
    before: ShiftRule, on: ShiftRule, after: ShiftRule, start: tuple[int, str], end: tuple[int, str]
) -> None:
    found = shift_window(MONDAY, ShiftsAround(before=before, on=on, after=after), KARACHI)

    assert found.start == local(MONDAY + timedelta(days=start[0]), start[1])
    assert found.end == local(MONDAY + timedelta(days=end[0]), end[1])


@given(
    day=st.dates(date(2020, 1, 1), date(2030, 12, 30)),
    chain=st.lists(rules, min_size=6, max_size=6),
    zone=st.sampled_from(ZONES),
    offset=st.integers(-30 * 3600, 54 * 3600),
)
def test_a_punch_belongs_to_exactly_one_day_whatever_the_shifts(
    day: date, chain: list[ShiftRule], zone: ZoneInfo, offset: int
) -> None:
    at = datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC) + timedelta(seconds=offset)
    around = [day + timedelta(days=number) for number in range(-2, 4)]
    rules_of = dict(zip(around, chain, strict=True))

    windows = [
        shift_window(
            on,
            ShiftsAround(
                before=rules_of.get(on - timedelta(days=1), PLAIN),
                on=rules_of[on],
                after=rules_of.get(on + timedelta(days=1), PLAIN),
            ),
            zone,
        )
        for on in around
    ]

    assert all(one.end == other.start for one, other in itertools.pairwise(windows))
    assert all(one.start <= one.end for one in windows)
    if windows[0].start <= at < windows[-1].end:
        assert sum(at in one for one in windows) == 1


def test_the_windows_of_a_traveller_touch_where_the_zones_change() -> None:
    same = ShiftsAround(before=PLAIN, on=PLAIN, after=PLAIN)
    leaving = shift_window(MONDAY, same, KARACHI, NEW_YORK)
    arriving = shift_window(MONDAY + timedelta(days=1), same, NEW_YORK)

    assert leaving.start == local(MONDAY, "00:00")
    assert leaving.end == arriving.start == local(MONDAY + timedelta(days=1), "00:00", NEW_YORK)


def test_a_window_holds_its_start_and_not_its_end() -> None:
    found = ShiftWindow(start=local(MONDAY, "00:00"), end=local(MONDAY, "12:00"))

    assert found.start in found
    assert found.end not in found


@pytest.mark.parametrize(("day", "hours"), [(date(2024, 3, 10), 23), (date(2024, 11, 3), 25), (date(2024, 6, 1), 24)])
def test_a_calendar_day_is_as_long_as_its_night_makes_it(day: date, hours: int) -> None:
    found = shift_window(day, ShiftsAround(before=PLAIN, on=PLAIN, after=PLAIN), NEW_YORK)

    assert found.end - found.start == timedelta(hours=hours)


@pytest.mark.parametrize(("day", "hours"), [(date(2024, 3, 9), 7), (date(2024, 11, 2), 9), (date(2024, 6, 1), 8)])
def test_a_night_shift_is_an_hour_shorter_or_longer_when_the_clock_changes(day: date, hours: int) -> None:
    assert NIGHT.ends(day, NEW_YORK) - NIGHT.starts(day, NEW_YORK) == timedelta(hours=hours)


def test_a_shift_without_an_end_is_a_calendar_day() -> None:
    half = ShiftRule(start=time(9))

    assert not half.has_hours
    assert half.ends(MONDAY, KARACHI) == local(MONDAY + timedelta(days=1), "00:00")


def test_equal_rules_have_one_hash_and_rules_that_share_hours_are_told_apart_all_the_same() -> None:
    rule = ShiftRule(name="Day", start=time(9), end=time(17))
    strict = ShiftRule(name="Day", start=time(9), end=time(17), grace=timedelta(minutes=5))

    assert hash(rule) == hash(ShiftRule(name="Day", start=time(9), end=time(17)))
    assert {rule: "mild", strict: "strict"} == {strict: "strict", rule: "mild"}
    assert len({rule, strict}) == 2
