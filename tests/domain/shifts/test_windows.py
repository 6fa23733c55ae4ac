"""Margins: which shift takes a punch, and which punch is taken by none."""

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_devices.domain.shifts.rule import ShiftRule, on_duty
from attendance_devices.domain.shifts.windows import ShiftsAround, ShiftWindow, shift_window
from tests.builders.consecutive_days import turns
from tests.builders.shift_rules import KARACHI, MONDAY, PLAIN, ZONES, local

HOUR = timedelta(hours=1)


def shift(
    start: str, end: str, before: float | None = None, after: float | None = None, name: str = "any"
) -> ShiftRule:
    return ShiftRule(
        name=name,
        start=time.fromisoformat(start),
        end=time.fromisoformat(end),
        margin_before=None if before is None else before * HOUR,
        margin_after=None if after is None else after * HOUR,
    )


DAY = shift("09:00", "17:00", 1, 2)
NIGHT = shift("22:00", "06:00", 1, 3)


@pytest.mark.parametrize(
    ("before", "on", "after", "start", "end"),
    [
        (DAY, DAY, DAY, (0, "08:00"), (0, "19:00")),
        (NIGHT, NIGHT, NIGHT, (0, "21:00"), (1, "09:00")),
        (shift("09:00", "17:00"), shift("09:00", "17:00", 1), shift("09:00", "17:00"), (0, "08:00"), (1, "01:00")),
        (DAY, shift("00:30", "08:00", 1, 1), DAY, (-1, "23:30"), (0, "09:00")),
        (PLAIN, shift("00:30", "08:00", 1, 1), PLAIN, (-1, "23:30"), (0, "09:00")),
        (shift("14:00", "22:00", 1, 12), shift("06:00", "14:00", 1, 1), DAY, (0, "02:00"), (0, "15:00")),
        (PLAIN, NIGHT, PLAIN, (0, "21:00"), (1, "09:00")),
        (NIGHT, PLAIN, PLAIN, (0, "09:00"), (1, "00:00")),
        (PLAIN, PLAIN, shift("00:30", "08:00", 1, 1), (0, "00:00"), (0, "23:30")),
        (PLAIN, shift("09:00", "17:00", 1, 10), PLAIN, (0, "08:00"), (1, "03:00")),
        (PLAIN, shift("09:00", "17:00", None, 20), shift("09:00", "17:00"), (0, "00:00"), (1, "09:00")),
        (shift("20:00", "10:00", 1, 1), DAY, DAY, (0, "10:00"), (0, "19:00")),
    ],
    ids=[
        "a margin before and after a day shift",
        "a margin before and after a night",
        "the side without a margin reaches to the middle of the free time",
        "a shift at half past midnight takes the punch of the evening before",
        "and so it does after a plain calendar day",
        "where margins of two dates overlap the free time is halved",
        "a night among days without a shift",
        "a plain calendar day begins where the night's margin ends",
        "and ends where the margin of an early shift begins",
        "an open end reaches into a day without a shift",
        "and never into the shift that follows",
        "shifts that overlap give way at the end of the earlier",
    ],
)
def test_a_margin_says_how_far_a_shift_reaches(
    before: ShiftRule, on: ShiftRule, after: ShiftRule, start: tuple[int, str], end: tuple[int, str]
) -> None:
    found = shift_window(MONDAY, ShiftsAround(before=before, on=on, after=after), KARACHI)

    assert found.start == local(MONDAY + timedelta(days=start[0]), start[1])
    assert found.end == local(MONDAY + timedelta(days=end[0]), end[1])


@pytest.mark.parametrize(
    ("margin", "boundaries"), [(None, ("12:15", "12:15")), (0.1, ("12:06", "12:24")), (2, ("12:00", "12:00"))]
)
def test_two_shifts_of_one_day_share_no_punch(margin: float | None, boundaries: tuple[str, str]) -> None:
    early, late = shift("08:00", "12:00", 1, margin), shift("12:30", "16:30", margin, 1)
    first = shift_window(MONDAY, ShiftsAround(before=late, on=early, after=late, after_is_same_day=True), KARACHI)
    second = shift_window(MONDAY, ShiftsAround(before=early, on=late, after=early, before_is_same_day=True), KARACHI)

    assert (first.end, second.start) == (local(MONDAY, boundaries[0]), local(MONDAY, boundaries[1]))
    assert (first.start, second.end) == (local(MONDAY, "07:00"), local(MONDAY, "17:30"))


MORNING, NOON, EVENING = (
    shift("08:00", "12:00", name="a"),
    shift("12:00", "16:00", name="b"),
    shift("18:00", "02:00", name="c"),
)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ((EVENING, MORNING, NOON), ("a", "b", "c")),
        ((MORNING, shift("11:00", "15:00", name="b")), ("a",)),
        ((MORNING, ShiftRule(name="b", start=time(13), end=time(17), weekdays=frozenset({5}))), ("a",)),
        ((ShiftRule(name="b", start=time(13), end=time(17), weekdays=frozenset({5})),), ("b",)),
        ((PLAIN,), ("",)),
    ],
    ids=[
        "in their order",
        "nobody works two at once",
        "who is not due gives way to who is",
        "on a day off it stands for all",
        "a calendar day",
    ],
)
def test_the_shifts_that_one_person_can_work_on_a_day(given: Sequence[ShiftRule], kept: Sequence[str]) -> None:
    assert tuple(rule.name for rule in on_duty(MONDAY, given)) == kept


clocks = st.times().map(lambda clock: clock.replace(microsecond=0))
margins = st.one_of(st.none(), st.timedeltas(timedelta(0), timedelta(hours=24)))
rules = st.one_of(
    st.builds(ShiftRule, day_boundary=clocks),
    st.builds(ShiftRule, name=st.just("any"), start=clocks, end=clocks, margin_before=margins, margin_after=margins),
)


@given(
    day=st.dates(date(2020, 1, 1), date(2030, 12, 30)),
    chain=st.lists(st.lists(rules, min_size=1, max_size=3), min_size=8, max_size=8),
    zone=st.sampled_from(ZONES),
)
def test_windows_never_overlap_whatever_the_shifts_and_margins(
    day: date, chain: list[list[ShiftRule]], zone: ZoneInfo
) -> None:
    windows = windows_of(day, chain, zone)

    assert all(one.start <= one.end for one in windows)
    assert all(one.end <= other.start for one, other in itertools.pairwise(windows))


def windows_of(day: date, chain: Sequence[Sequence[ShiftRule]], zone: ZoneInfo) -> list[ShiftWindow]:
    return [shift_window(on, three, zone) for on, three in turns(day, chain)]


def test_the_margin_of_an_early_shift_stops_where_the_night_before_the_day_off_does() -> None:
    night, early = shift("22:00", "13:00"), shift("00:30", "08:00", 12)
    off = ShiftsAround(eve=PLAIN, before=night, on=PLAIN, after=early)
    then = ShiftsAround(eve=night, before=PLAIN, on=early, after=PLAIN)

    plain, shifted = shift_window(MONDAY, off, KARACHI), shift_window(MONDAY + timedelta(days=1), then, KARACHI)

    assert plain.start == plain.end == shifted.start == local(MONDAY, "18:30")


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_a_year_of_nights_leaves_no_instant_to_two_days(zone: ZoneInfo) -> None:
    three = ShiftsAround(before=NIGHT, on=NIGHT, after=NIGHT)
    windows = [shift_window(date(2024, 1, 1) + timedelta(days=number), three, zone) for number in range(366)]

    lengths = {one.end - one.start for one in windows}
    changes = {
        datetime(2024, 1, 1, tzinfo=UTC).astimezone(zone).utcoffset(),
        datetime(2024, 7, 1, tzinfo=UTC).astimezone(zone).utcoffset(),
    }
    assert lengths == ({11 * HOUR, 12 * HOUR, 13 * HOUR} if len(changes) > 1 else {12 * HOUR})
    assert all(one.end <= other.start for one, other in itertools.pairwise(windows))
