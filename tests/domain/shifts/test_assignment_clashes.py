"""Which assignments go before which, and which two cannot both be."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_devices.domain.shifts.assignments import ShiftOnDates, Unit, first_clash
from attendance_devices.domain.shifts.rule import EVERY_DAY, ShiftRule

MONDAY = date(2024, 1, 8)
ONE_DAY = timedelta(days=1)


def assigned(
    hours: str, first: date = MONDAY, last: date | None = None, weekdays: frozenset[int] = EVERY_DAY
) -> ShiftOnDates:
    """``assigned("22:00-06:00")``."""
    start, end = (time.fromisoformat(clock) for clock in hours.split("-"))
    return ShiftOnDates(rule=ShiftRule(start=start, end=end, weekdays=weekdays), date_from=first, date_until=last)


def days(*numbers: int) -> frozenset[int]:
    return frozenset(numbers)


class TestClash:
    def test_two_at_the_same_hours(self) -> None:
        assert first_clash(assigned("09:00-17:00"), assigned("16:59-20:00", MONDAY + ONE_DAY)) == MONDAY + ONE_DAY

    def test_one_may_start_when_the_other_ends(self) -> None:
        assert first_clash(assigned("06:00-14:00"), assigned("14:00-22:00")) is None
        assert first_clash(assigned("22:00-06:00"), assigned("06:00-14:00")) is None
        assert first_clash(assigned("06:00-06:00"), assigned("06:00-06:00", MONDAY + ONE_DAY)) is not None

    def test_a_night_runs_into_the_next_morning(self) -> None:
        night, dawn = assigned("22:00-06:00"), assigned("05:00-09:00")
        assert first_clash(night, dawn) == MONDAY
        assert first_clash(dawn, night) == MONDAY + ONE_DAY

    def test_a_night_of_sunday_runs_into_monday(self) -> None:
        night = assigned("22:00-06:00", weekdays=days(6))
        assert first_clash(night, assigned("05:00-09:00", weekdays=days(0))) == MONDAY + 6 * ONE_DAY
        assert first_clash(night, assigned("05:00-09:00", weekdays=days(1, 2, 3, 4, 5, 6))) is None

    def test_different_weekdays_never_meet(self) -> None:
        assert first_clash(assigned("09:00-17:00", weekdays=days(0)), assigned("09:00-17:00", weekdays=days(1))) is None

    def test_ranges_that_follow_one_another_meet_over_midnight_only(self) -> None:
        night = assigned("22:00-06:00", last=MONDAY)
        assert first_clash(night, assigned("05:00-09:00", MONDAY + ONE_DAY)) == MONDAY
        assert first_clash(night, assigned("06:00-09:00", MONDAY + ONE_DAY)) is None
        assert first_clash(night, assigned("05:00-09:00", MONDAY + 2 * ONE_DAY)) is None
        assert first_clash(assigned("09:00-17:00", last=MONDAY), assigned("09:00-17:00", MONDAY + ONE_DAY)) is None

    @pytest.mark.parametrize("last", [None, date.max, date.max - ONE_DAY])
    def test_the_ends_of_the_calendar_do_no_harm(self, last: date | None) -> None:
        one, other = assigned("22:00-06:00", date.min, last), assigned("05:00-09:00", date.min, last)
        assert first_clash(one, other) == date.min
        assert first_clash(other, one) == date.min + ONE_DAY
        late = assigned("22:00-06:00", date.max - ONE_DAY, date.max)
        assert first_clash(late, assigned("05:00-09:00", date.max, date.max)) == date.max - ONE_DAY
        assert first_clash(late, assigned("09:00-17:00", date.max, date.max)) is None

    def test_a_plain_day_takes_the_whole_day(self) -> None:
        plain = ShiftOnDates(rule=ShiftRule(), date_from=MONDAY, date_until=MONDAY)
        assert first_clash(plain, assigned("22:00-23:00", MONDAY, MONDAY)) == MONDAY
        assert first_clash(plain, assigned("00:00-01:00", MONDAY + ONE_DAY)) is None


CLOCKS = st.sampled_from([time(0), time(1), time(5), time(6), time(9), time(14), time(22), time(23, 59)])
SPANS = st.tuples(st.integers(0, 20), st.none() | st.integers(0, 20))


@st.composite
def assignments(draw: st.DrawFn) -> ShiftOnDates:
    first, length = draw(SPANS)
    rule = ShiftRule(start=draw(CLOCKS), end=draw(CLOCKS), weekdays=draw(st.frozensets(st.integers(0, 6))))
    since = MONDAY + first * ONE_DAY
    return ShiftOnDates(rule=rule, date_from=since, date_until=None if length is None else since + length * ONE_DAY)


def turns(one: ShiftOnDates) -> list[tuple[date, datetime, datetime]]:
    """Each turn of two months, with its start and end on a plain clock."""
    found = []
    for number in range(60):
        day = MONDAY + number * ONE_DAY
        if one.date_from <= day <= (one.date_until or day) and day.weekday() in one.rule.weekdays:
            assert one.rule.start is not None
            assert one.rule.end is not None
            start = datetime.combine(day, one.rule.start)
            end = datetime.combine(day, one.rule.end)
            found.append((day, start, end if end > start else end + ONE_DAY))
    return found


@given(assignments(), assignments())
def test_it_agrees_with_a_search_through_all_days(one: ShiftOnDates, other: ShiftOnDates) -> None:
    met = {day for day, a, b in turns(one) for _, c, d in turns(other) if a < d and c < b}
    day = first_clash(one, other)
    assert (day in met) if met else (day is None)
    assert (first_clash(other, one) is None) is (day is None)


@pytest.mark.parametrize(
    ("here", "member", "covers"),
    [
        (Unit(), Unit(), True),
        (Unit(), Unit(office="Lahore", department="Sales"), True),
        (Unit(office="Lahore"), Unit(office="Lahore", department="Sales"), True),
        (Unit(office="Lahore"), Unit(office="Karachi", department="Sales"), False),
        (Unit(office="Lahore"), Unit(department="Sales"), False),
        (Unit(department="Sales"), Unit(office="Lahore", department="Sales"), True),
        (Unit(office="Lahore", department="Sales"), Unit(office="Lahore"), False),
        (Unit(office="Lahore"), Unit(office="lahore"), False),
        (Unit(office="Lahore"), Unit(office="Lahore "), False),
    ],
)
def test_an_empty_name_is_no_condition_and_every_other_is_exact(here: Unit, member: Unit, covers: bool) -> None:
    assert here.covers(member) is covers
