"""What holds for any punches and any shifts over several days."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from attendance_devices.domain.days.arithmetic import figures
from attendance_devices.domain.days.pairing import COUNTED, DayPunch, PunchRole
from attendance_devices.domain.days.work_day import WorkDay, work_day
from attendance_devices.domain.display.times import length
from attendance_devices.domain.shifts.rule import Breaks, Overtime, Pairing, RoundMode, ShiftRule, WorkedFrom
from attendance_devices.domain.shifts.windows import ShiftsAround
from tests.builders.consecutive_days import own, week_of
from tests.builders.shift_rules import ZONES

NONE = timedelta(0)
MINUTE = timedelta(minutes=1)
DAYS = 8
lengths = st.integers(0, 600).map(lambda minutes: minutes * MINUTE)
exact = st.just(NONE)
maybe = st.one_of(st.none(), lengths)
quarters = st.integers(0, 95).map(lambda number: time(number // 4, number % 4 * 15))
plain = st.builds(ShiftRule, day_boundary=quarters)


def shifts(margins: Any = maybe, round_to: Any = exact) -> Any:
    """Rules with hours, and every switch that they have."""
    return st.builds(
        ShiftRule,
        name=st.sampled_from("abc"),
        start=quarters,
        end=quarters,
        weekdays=st.sets(st.integers(0, 6), min_size=1).map(frozenset),
        margin_before=margins,
        margin_after=margins,
        pairing=st.sampled_from(Pairing),
        worked_from=st.sampled_from(WorkedFrom),
        paid_from_start=st.booleans(),
        breaks=st.sampled_from(Breaks),
        break_length=lengths,
        break_after=lengths,
        grace=lengths,
        early_grace=lengths,
        overtime=st.builds(Overtime, before=st.booleans(), after=st.booleans(), tolerance=lengths, minimum=lengths),
        round_to=round_to,
        round_mode=st.sampled_from(RoundMode),
        half_day_below=lengths,
        absent_below=lengths,
        auto_out_after=maybe,
        auto_out_at=st.one_of(st.none(), quarters),
    )


def chains(rules: Any) -> Any:
    """A few rules, and which of them the days have: a week has several, a day up to three."""
    pools = st.lists(rules, min_size=1, max_size=3)
    days = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True), min_size=DAYS, max_size=DAYS)
    return st.tuples(pools, days).map(
        lambda drawn: [[drawn[0][number % len(drawn[0])] for number in numbers] for numbers in drawn[1]]
    )


dates = st.one_of(
    st.dates(date(2024, 1, 1), date(2025, 12, 20)),
    # Weeks in which some zone changes its clock.
    st.sampled_from([date(2024, month, day) for month, day in ((3, 7), (3, 28), (4, 3), (4, 22), (9, 25), (10, 28))]),
)
zones = st.sampled_from(ZONES)
punch = st.tuples(
    st.integers(0, DAYS * 1440).map(lambda minutes: minutes * 60),
    st.integers(0, 59),
    st.sampled_from(["", "in", "out", "break_out", "break_in", "overtime_in", "overtime_out"]),
    st.sampled_from(["both", "in", "out"]),
)
punches = st.lists(punch, max_size=16)


def taps_of(first: date, given: Sequence[tuple[int, int, str, str]]) -> list[DayPunch]:
    base = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return [
        DayPunch(key=key, at=base + timedelta(seconds=whole + more), place=facing, punch_type=state, facing=facing)
        for key, (whole, more, state, facing) in enumerate(given, start=1)
    ]


def said(found: WorkDay) -> WorkDay:
    """Everything but the list of punches, which names those of other days too."""
    return replace(found, uses=())


@given(first=dates, chain=chains(st.one_of(plain, shifts())), given=punches, zone=zones)
def test_no_punch_is_in_two_days_or_two_shifts(first: date, chain: Any, given: Any, zone: ZoneInfo) -> None:
    found = week_of(first, chain, taps_of(first, given), zone)
    keys = [key for day in found for key in own(day)]

    assert len(keys) == len(set(keys))


@given(first=dates, chain=chains(st.one_of(plain, shifts(margins=st.none()))), given=punches, zone=zones)
def test_without_margins_every_punch_is_in_exactly_one(first: date, chain: Any, given: Any, zone: ZoneInfo) -> None:
    taps = taps_of(first, given)
    found = week_of(first, chain, taps, zone)
    covered = {tap.key for tap in taps if found[0].window.start <= tap.at < found[-1].window.end}

    assert sorted(key for day in found for key in own(day)) == sorted(covered)


@given(first=dates, chain=chains(shifts()), given=punches, zone=zones)
def test_the_numbers_keep_within_the_window(first: date, chain: Any, given: Any, zone: ZoneInfo) -> None:
    for found in week_of(first, chain, taps_of(first, given), zone):
        span = found.window.end - found.window.start
        moments = [moment for moment in (found.check_in, found.check_out) if moment]
        assert all(moment in found.window for moment in moments)
        assert moments == sorted(moments)
        assert NONE <= found.break_time <= found.worked + found.break_time <= span
        assert min(found.late, found.early, found.overtime) >= NONE
        assert found.overtime <= (moments[-1] - moments[0] if len(moments) == 2 else NONE)
        assert found.is_auto_out <= (found.check_out is not None)
        assert found.auto_out_due is None or found.check_out is None


@given(first=dates, chain=chains(shifts(round_to=lengths)), given=punches, zone=zones)
def test_rounding_moves_a_number_by_less_than_its_step(first: date, chain: Any, given: Any, zone: ZoneInfo) -> None:
    exact = [[replace(rule, round_to=NONE) for rule in rules] for rules in chain]
    taps = taps_of(first, given)
    for found, whole in zip(week_of(first, chain, taps, zone), week_of(first, exact, taps, zone), strict=True):
        step, mode = found.shift.round_to, found.shift.round_mode
        assert found.break_time == whole.break_time
        for one, other in ((found.worked, whole.worked), (found.overtime, whole.overtime)):
            assert one == other if not step else one % step == NONE
            assert abs(one - other) * (2 if mode is RoundMode.NEAREST else 1) <= step
            assert mode is not RoundMode.UP or one >= other
            assert mode is not RoundMode.DOWN or one <= other


@given(first=dates, chain=chains(st.one_of(plain, shifts())), given=punches, more=punch, zone=zones)
def test_a_punch_more_or_less_changes_no_day_but_its_own(
    first: date, chain: Any, given: Any, more: Any, zone: ZoneInfo
) -> None:
    *taps, extra = taps_of(first, [*given, more])
    without, having = week_of(first, chain, taps, zone), week_of(first, chain, [*taps, extra], zone)

    for before, after in zip(without, having, strict=True):
        if extra.at not in after.window:
            assert said(before) == said(after)
            assert [use for use in after.uses if use.tap is not extra] == list(before.uses)
            assert [use.role for use in after.uses if use.tap is extra] == [PunchRole.OTHER_DAY]


@given(first=dates, chain=chains(st.one_of(plain, shifts())), given=punches, zone=zones, data=st.data())
def test_neither_the_order_of_arrival_nor_that_of_the_store_matters(
    first: date, chain: Any, given: Any, zone: ZoneInfo, data: st.DataObject
) -> None:
    taps = taps_of(first, given)
    others = [replace(tap, key=number) for number, tap in enumerate(data.draw(st.permutations(taps)), start=100)]
    found, again = week_of(first, chain, taps, zone), week_of(first, chain, others, zone)

    assert [said(day) for day in found] == [said(day) for day in again]
    for one, other in zip(found, again, strict=True):
        assert [(use.role, use.reason, use.tap.at) for use in one.uses] == [
            (use.role, use.reason, use.tap.at) for use in other.uses
        ]


@given(first=dates, rule=shifts(), given=punches, zone=zones, which=st.integers(0, 15), delay=st.integers(1, 59))
def test_a_repeat_of_a_punch_that_counts_changes_nothing(
    first: date, rule: ShiftRule, given: Any, zone: ZoneInfo, which: int, delay: int
) -> None:
    three, day = ShiftsAround(before=rule, on=rule, after=rule), first + timedelta(days=3)
    taps = taps_of(first, given)
    found = work_day(day, taps, three, zone)
    counted = [use.tap for use in found.uses if use.role in COUNTED]
    if not counted:
        return
    tap = counted[which % len(counted)]
    repeat = replace(tap, key=99, at=tap.at + timedelta(seconds=delay))
    if any(tap.at <= other.at <= repeat.at for other in counted if other is not tap):
        return
    again = work_day(day, [*taps, repeat], three, zone)

    assert said(again) == said(found)
    role = next(use.role for use in again.uses if use.tap is repeat)
    assert role is (PunchRole.DOUBLE_TAP if repeat.at in found.window else PunchRole.OTHER_DAY)


@given(
    first=dates,
    rule=shifts(),
    minutes=st.lists(st.integers(0, 1440), max_size=8, unique_by=lambda minute: minute // 3),
    seconds=st.integers(-59, 59),
    which=st.integers(0, 7),
    zone=zones,
)
def test_a_stuttering_finger_moves_worked_time_by_less_than_the_double_tap(
    first: date, rule: ShiftRule, minutes: list[int], seconds: int, which: int, zone: ZoneInfo
) -> None:
    rule = replace(rule, break_length=NONE, breaks=Breaks.PAID, auto_out_after=None, auto_out_at=None)
    three = ShiftsAround(before=rule, on=rule, after=rule)
    start = work_day(first, [], three, zone).window.start
    spaced = sorted(minute // 3 * 4 + 1 for minute in minutes)
    taps = [DayPunch(key=key, at=start + minute * MINUTE) for key, minute in enumerate(spaced)]
    extra = [replace(tap, key=99, at=tap.at + timedelta(seconds=seconds)) for tap in taps[which : which + 1]]
    found, again = (work_day(first, some, three, zone) for some in (taps, [*taps, *extra]))

    assert again.punch_count == found.punch_count
    assert abs(again.worked - found.worked) < rule.double_tap


@given(first=dates, rule=shifts(round_to=lengths), given=punches, zone=zones)
def test_every_number_in_words_is_the_days_own(first: date, rule: ShiftRule, given: Any, zone: ZoneInfo) -> None:
    three, day = ShiftsAround(before=rule, on=rule, after=rule), first + timedelta(days=3)
    found = work_day(day, taps_of(first, given), three, zone)
    shown = figures(found, zone)

    assert [figure.name for figure in shown] == ["worked", "break_time", "late", "early", "overtime"]
    for figure in shown:
        assert figure.value == getattr(found, figure.name)
        assert figure.words.startswith(length(figure.value))
