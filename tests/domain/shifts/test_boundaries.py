"""Where each rule turns: the last case on this side, and the first on the other.

Both sides of a case differ by one second or one word, and give different answers: so each of them is known to reach
the line that it is there for.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from attendance_devices.domain.days.absences import Calendar
from attendance_devices.domain.days.status import clock
from attendance_devices.domain.days.work_day import WorkDay
from attendance_devices.domain.shifts.rule import (
    Breaks,
    OutlierLimits,
    Overtime,
    RoundMode,
    ShiftRule,
    follows,
    on_duty,
)
from tests.builders.ruled_days import DAY, GATES, HOUR, KEYS, MINUTE, NONE, PAUSED, SATURDAY, TURNS, judged, moment
from tests.builders.shift_rules import KARACHI, MONDAY, PLAIN

FRIDAY = date(2024, 1, 12)
NIGHT = ShiftRule(name="night", start=time(22), end=time(6), weekdays=frozenset(range(5)))
DAWN = ShiftRule(name="dawn", start=time(0, 30), end=time(8), margin_before=HOUR, margin_after=HOUR)
MARGINS = replace(DAY, margin_before=HOUR, margin_after=HOUR)
FIXED = replace(DAY, breaks=Breaks.FIXED, break_length=HOUR / 2, break_after=6 * HOUR)
TOLERANT = replace(DAY, overtime=Overtime(before=True, tolerance=10 * MINUTE))
EXACT_LIMITS = replace(DAY, outliers=OutlierLimits(longest=9 * HOUR))
ROUNDED = replace(DAY, round_to=15 * MINUTE)
WRITES = replace(DAY, auto_out_after=HOUR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Two days that a rule tells apart."""

    rule: ShiftRule
    this: str
    other: str
    says: Callable[[WorkDay], Any]
    answers: tuple[Any, Any]
    on: date = MONDAY


def ends(found: WorkDay) -> str:
    """Check-in, check-out and worked, to the second."""
    shown = [f"{at.astimezone(KARACHI):%H:%M:%S}" if at else "-" for at in (found.check_in, found.check_out)]
    return f"{shown[0]} {shown[1]} {clock(found.worked)}"


def count(found: WorkDay) -> int:
    return found.punch_count


def worked(found: WorkDay) -> timedelta:
    return found.worked


def late(found: WorkDay) -> timedelta:
    return found.late


def early(found: WorkDay) -> timedelta:
    return found.early


def overtime(found: WorkDay) -> timedelta:
    return found.overtime


def status(found: WorkDay) -> str:
    return str(found.status)


def reasons(found: WorkDay) -> list[str]:
    return list(found.outlier_reasons)


SECOND = timedelta(seconds=1)
CASES: Mapping[str, Turn] = {
    # Windows.
    "a margin before holds its first instant": Turn(
        rule=MARGINS, this="07:59:59 09:00", other="08:00:00 09:00", says=count, answers=(1, 2)
    ),
    "a margin after does not hold its last": Turn(
        rule=MARGINS, this="09:00 18:00:00", other="09:00 17:59:59", says=count, answers=(1, 2)
    ),
    "a shift at half past midnight takes the punch of half past eleven": Turn(
        rule=DAWN, this="-23:29:59 08:00", other="-23:30:00 08:00", says=worked, answers=(NONE, 8.5 * HOUR)
    ),
    "a plain day begins at its boundary": Turn(
        rule=ShiftRule(day_boundary=time(4)), this="03:59:59 09:00", other="04:00 09:00", says=count, answers=(1, 2)
    ),
    "and ends at the next": Turn(
        rule=ShiftRule(day_boundary=time(4)), this="09:00 +04:00", other="09:00 +03:59:59", says=count, answers=(1, 2)
    ),
    "back-to-back shifts round the clock give way at the end": Turn(
        rule=ShiftRule(name="guard", start=time(8), end=time(8)),
        this="08:00 +08:00",
        other="08:00 +07:59:59",
        says=worked,
        answers=(NONE, 24 * HOUR - SECOND),
    ),
    "a night shift of Friday ends on a Saturday that is free": Turn(
        rule=replace(NIGHT, weekdays=frozenset({4})),
        this="22:00 +14:00",
        other="22:00 +13:59:59",
        says=count,
        answers=(1, 2),
        on=FRIDAY,
    ),
    # Pairs.
    "59 seconds are a double tap, 60 are none": Turn(
        rule=DAY, this="09:00 09:00:59", other="09:00 09:01", says=count, answers=(1, 2)
    ),
    "and so at the end": Turn(
        rule=DAY,
        this="09:00 17:00 17:00:59",
        other="09:00 17:00 17:01:00",
        says=ends,
        answers=("09:00:00 17:00:00 8:00:00", "09:00:00 17:01:00 8:01:00"),
    ),
    "a double tap of the key that ends work moves nothing, a later one does": Turn(
        rule=KEYS,
        this="09:00=in 17:00=out 17:00:59=out",
        other="09:00=in 17:00=out 17:01=out",
        says=ends,
        answers=("09:00:00 17:00:00 8:00:00", "09:00:00 17:01:00 8:01:00"),
    ),
    "a shift may have a longer double tap": Turn(
        rule=replace(TURNS, double_tap=10 * MINUTE),
        this="09:00 09:09:59 17:00",
        other="09:00 09:10:00 17:00",
        says=ends,
        answers=("09:00:00 17:00:00 8:00:00", "09:00:00 - 0:10:00"),
    ),
    "and none at all": Turn(
        rule=replace(DAY, double_tap=NONE), this="09:00", other="09:00 09:00", says=count, answers=(1, 2)
    ),
    "what the key says counts by the key only": Turn(
        rule=KEYS,
        this="09:00=in 17:00=in",
        other="09:00=in 17:00=out",
        says=status,
        answers=("missing_check_out", "present"),
    ),
    "where people pass counts by the gate only": Turn(
        rule=GATES,
        this="09:00>in 17:00>in",
        other="09:00>in 17:00>out",
        says=status,
        answers=("missing_check_out", "present"),
    ),
    "an in after the last out opens the day again": Turn(
        rule=KEYS,
        this="09:00=in 12:00=out",
        other="09:00=in 12:00=out 13:00=in",
        says=ends,
        answers=("09:00:00 12:00:00 3:00:00", "09:00:00 - 3:00:00"),
    ),
    "a break that is paid has no keys": Turn(
        rule=TURNS,
        this="09:00 12:00=break_out 13:00=break_in",
        other="09:00 12:00=break_out 13:00=break_in 17:00",
        says=ends,
        answers=("09:00:00 - 3:00:00", "09:00:00 17:00:00 7:00:00"),
    ),
    "where breaks have keys, those of work still mean nothing but by the key": Turn(
        rule=replace(TURNS, breaks=Breaks.PUNCHED),
        this="09:00=out 09:00:30=in 17:00=in",
        other="09:00=out 12:00=in 13:00=in 17:00=out",
        says=worked,
        answers=(8 * HOUR, 7 * HOUR),
    ),
    "and where people pass means nothing but by the gate": Turn(
        rule=TURNS,
        this="09:00>out 09:00:30>in 17:00>in",
        other="09:00>out 12:00>in 13:00>in 17:00>out",
        says=worked,
        answers=(8 * HOUR, 7 * HOUR),
    ),
    # Numbers.
    "a fixed break is taken off beyond its length of work": Turn(
        rule=FIXED,
        this="09:00 15:00:00",
        other="09:00 15:00:01",
        says=worked,
        answers=(6 * HOUR, 5.5 * HOUR + SECOND),
    ),
    "a break by its keys ends with any other punch": Turn(
        rule=PAUSED,
        this="09:00 12:00=break_out 13:00 13:30=break_in 17:00",
        other="09:00 12:00=break_out 13:00=break_in 13:30=break_in 17:00",
        says=worked,
        answers=(8 * HOUR, 7 * HOUR),
    ),
    "the first of two break-outs begins it": Turn(
        rule=PAUSED,
        this="09:00 12:30=break_out 13:00=break_in 17:00",
        other="09:00 12:00=break_out 12:30=break_out 13:00=break_in 17:00",
        says=worked,
        answers=(7.5 * HOUR, 7 * HOUR),
    ),
    "a break before the paid time is not taken off": Turn(
        rule=replace(PAUSED, paid_from_start=True),
        this="08:00 08:30=break_out 09:00=break_in 17:00",
        other="08:00 08:30=break_out 09:00:01=break_in 17:00",
        says=worked,
        answers=(8 * HOUR, 8 * HOUR - SECOND),
    ),
    "grace": Turn(
        rule=replace(DAY, grace=10 * MINUTE),
        this="09:10:00 17:00",
        other="09:10:01 17:00",
        says=late,
        answers=(NONE, 10 * MINUTE + SECOND),
    ),
    "without a grace a second is late": Turn(
        rule=DAY, this="09:00:00 17:00", other="09:00:01 17:00", says=status, answers=("present", "late")
    ),
    "grace before the end": Turn(
        rule=replace(DAY, early_grace=10 * MINUTE),
        this="09:00 16:50:00",
        other="09:00 16:49:59",
        says=early,
        answers=(NONE, 10 * MINUTE + SECOND),
    ),
    "overtime after the tolerance counts whole": Turn(
        rule=TOLERANT,
        this="09:00 17:10:00",
        other="09:00 17:10:01",
        says=overtime,
        answers=(NONE, 10 * MINUTE + SECOND),
    ),
    "and so before the start": Turn(
        rule=TOLERANT,
        this="08:50:00 17:00",
        other="08:49:59 17:00",
        says=overtime,
        answers=(NONE, 10 * MINUTE + SECOND),
    ),
    "the least overtime is of both sides together": Turn(
        rule=replace(DAY, overtime=Overtime(before=True, minimum=HOUR / 2)),
        this="08:50 17:19:59",
        other="08:50 17:20:00",
        says=overtime,
        answers=(NONE, HOUR / 2),
    ),
    "paid from the start": Turn(
        rule=replace(DAY, paid_from_start=True),
        this="08:00 09:00:00",
        other="08:00 09:00:01",
        says=worked,
        answers=(NONE, SECOND),
    ),
    "but not before somebody came": Turn(
        rule=replace(DAY, paid_from_start=True),
        this="08:00 17:00",
        other="09:00:01 17:00",
        says=worked,
        answers=(8 * HOUR, 8 * HOUR - SECOND),
    ),
    "half a step is rounded up to the nearest": Turn(
        rule=ROUNDED, this="09:00 16:52:29", other="09:00 16:52:30", says=worked, answers=(7.75 * HOUR, 8 * HOUR)
    ),
    "rounded down": Turn(
        rule=replace(ROUNDED, round_mode=RoundMode.DOWN),
        this="09:00 16:59:59",
        other="09:00 17:00:00",
        says=worked,
        answers=(7.75 * HOUR, 8 * HOUR),
    ),
    "rounded up": Turn(
        rule=replace(ROUNDED, round_mode=RoundMode.UP),
        this="09:00 17:00:00",
        other="09:00 17:00:01",
        says=worked,
        answers=(8 * HOUR, 8.25 * HOUR),
    ),
    "overtime is rounded too": Turn(
        rule=ROUNDED, this="09:00 17:07:29", other="09:00 17:07:30", says=overtime, answers=(NONE, HOUR / 4)
    ),
    # Statuses.
    "half a day": Turn(
        rule=replace(DAY, half_day_below=4 * HOUR),
        this="09:00 13:00:00",
        other="09:00 12:59:59",
        says=status,
        answers=("present", "half_day"),
    ),
    "absent": Turn(
        rule=replace(DAY, half_day_below=4 * HOUR, absent_below=2 * HOUR),
        this="09:00 11:00:00",
        other="09:00 10:59:59",
        says=status,
        answers=("half_day", "absent"),
    ),
    # Days to look at: exactly the limit is none, a second more is one.
    "two hours early in": Turn(
        rule=DAY,
        this="07:00:00 17:00",
        other="06:59:59 17:00",
        says=reasons,
        answers=([], ["check-in 2:00:01 before the start, more than 2:00:00"]),
    ),
    "two hours late in": Turn(
        rule=DAY,
        this="11:00:00 17:00",
        other="11:00:01 17:00",
        says=reasons,
        answers=([], ["check-in 2:00:01 after the start, more than 2:00:00"]),
    ),
    "two hours early out": Turn(
        rule=DAY,
        this="09:00 15:00:00",
        other="09:00 14:59:59",
        says=reasons,
        answers=([], ["check-out 2:00:01 before the end, more than 2:00:00"]),
    ),
    "three hours late out": Turn(
        rule=DAY,
        this="09:00 20:00:00",
        other="09:00 20:00:01",
        says=reasons,
        answers=([], ["check-out 3:00:01 after the end, more than 3:00:00"]),
    ),
    "sixteen hours": Turn(
        rule=PLAIN,
        this="06:00 22:00:00",
        other="06:00 22:00:01",
        says=reasons,
        answers=([], ["16:00:01 from check-in to check-out, more than 16:00:00"]),
    ),
    "a length of its own": Turn(
        rule=EXACT_LIMITS,
        this="09:00 18:00:00",
        other="09:00 18:00:01",
        says=reasons,
        answers=([], ["9:00:01 from check-in to check-out, more than 9:00:00"]),
    ),
    # Automatic check-outs.
    "it is not written for who came when it was due": Turn(
        rule=WRITES,
        this="18:00:00",
        other="17:59:59",
        says=ends,
        answers=("18:00:00 - 0:00:00", "17:59:59 18:00:00 0:00:01"),
    ),
    "at a time of the clock it is the first after the start of the shift": Turn(
        rule=replace(DAY, auto_out_at=time(9)),
        this="08:30 17:00",
        other="08:30",
        says=ends,
        answers=("08:30:00 17:00:00 8:30:00", "08:30:00 - 0:00:00"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_rule_turns_exactly_here(name: str) -> None:
    case = CASES[name]
    found = tuple(case.says(judged(punches, case.rule, case.on)) for punches in (case.this, case.other))

    assert found == case.answers
    assert case.answers[0] != case.answers[1], "both sides would take the same branch"


FULL = "09:00 17:00"
MATTERS: Mapping[str, tuple[ShiftRule, str]] = {
    "name": (DAY, FULL),
    "start": (DAY, FULL),
    "end": (DAY, FULL),
    "weekdays": (replace(DAY, weekdays=frozenset({6})), "09:01 17:00"),
    "day_boundary": (ShiftRule(day_boundary=time(10)), FULL),
    "margin_before": (MARGINS, "07:59 17:00"),
    "margin_after": (MARGINS, "09:00 18:01"),
    "double_tap": (replace(DAY, double_tap=2 * MINUTE), "09:00 09:01"),
    "pairing": (TURNS, "09:00 12:00 13:00"),
    "worked_from": (TURNS, "09:00 12:00 13:00 17:00"),
    "paid_from_start": (replace(DAY, paid_from_start=True), "08:00 17:00"),
    "breaks": (replace(FIXED, break_after=NONE), FULL),
    "break_length": (replace(FIXED, break_after=NONE), FULL),
    "break_after": (FIXED, "09:00 15:00"),
    "grace": (replace(DAY, grace=HOUR), "09:30 17:00"),
    "early_grace": (replace(DAY, early_grace=HOUR), "09:00 16:30"),
    "overtime.before": (replace(DAY, overtime=Overtime(before=True)), "08:00 17:00"),
    "overtime.after": (replace(DAY, overtime=Overtime(after=False)), "09:00 18:00"),
    "overtime.tolerance": (TOLERANT, "09:00 17:10"),
    "overtime.minimum": (replace(DAY, overtime=Overtime(minimum=HOUR)), "09:00 17:59"),
    "round_to": (ROUNDED, "09:00 17:01"),
    "round_mode": (replace(ROUNDED, round_mode=RoundMode.UP), "09:00 17:01"),
    "half_day_below": (replace(DAY, half_day_below=4 * HOUR), "09:00 12:00"),
    "absent_below": (replace(DAY, absent_below=2 * HOUR), "09:00 10:00"),
    "auto_out_after": (WRITES, "09:00"),
    "auto_out_at": (replace(DAY, auto_out_at=time(17)), "09:00"),
    **{
        f"outliers.{name}": (replace(DAY, outliers=replace(OutlierLimits(), **{name: limit})), punches)
        for name, limit, punches in (
            ("check_in_early", HOUR, "07:30 17:00"),
            ("check_in_late", HOUR, "10:30 17:00"),
            ("check_out_early", HOUR, "09:00 15:30"),
            ("check_out_late", HOUR, "09:00 18:30"),
            ("longest", HOUR, FULL),
        )
    },
}


def plainer(rule: ShiftRule, name: str) -> ShiftRule:
    """The rule with one field as it comes."""
    outer, _, inner = name.partition(".")
    if inner:
        kind = {"overtime": Overtime(), "outliers": OutlierLimits()}[outer]
        return replace(rule, **{outer: replace(getattr(rule, outer), **{inner: getattr(kind, inner)})})
    return replace(rule, **{outer: getattr(ShiftRule(), outer)})


@pytest.mark.parametrize("name", MATTERS)
def test_each_field_of_a_rule_matters(name: str) -> None:
    rule, punches = MATTERS[name]
    found, without = judged(punches, rule), judged(punches, plainer(rule, name))

    assert plainer(rule, name) != rule
    assert replace(found, shift=PLAIN) != replace(without, shift=PLAIN) or name == "name"


def test_a_rule_as_it_comes_forgives_nothing_takes_nothing_off_and_writes_nothing() -> None:
    rule = ShiftRule(name="any", start=time(9), end=time(17))
    fixed, exact = replace(rule, breaks=Breaks.FIXED), replace(rule, breaks=Breaks.FIXED, break_length=MINUTE)

    assert (judged("09:00:01 16:59:59", rule).late, judged("09:00 16:59:59", rule).early) == (SECOND, SECOND)
    assert (judged("09:00 17:00:01", rule).overtime, judged("08:00 17:00", rule).overtime) == (SECOND, NONE)
    assert (judged("09:00 09:01", rule).status, judged("09:00", rule).check_out) == ("present", None)
    assert (judged("09:00 09:02", fixed).worked, judged("09:00 09:02", exact).worked) == (2 * MINUTE, MINUTE)
    assert rule.weekdays == frozenset(range(7))
    assert rule.double_tap == MINUTE
    *lengths, speed = (getattr(rule.outliers, field.name) for field in fields(OutlierLimits))
    assert [length / HOUR for length in lengths] == [2, 2, 2, 3, 16]
    assert speed == 150


def test_no_field_of_a_rule_is_left_out() -> None:
    named = {
        f"{field.name}.{inner.name}" if inner else field.name
        for field in fields(ShiftRule)
        for inner in (fields(field.default_factory) if field.default_factory is not MISSING else [None])  # type: ignore
    }
    # A speed takes places, and whether weekdays are known matters without a punch: test_travel, test_absences.
    assert named - {"outliers.speed", "weekdays_known"} == set(MATTERS)


@pytest.mark.parametrize("weekday", range(7))
@pytest.mark.parametrize("weekdays", [frozenset(range(5)), frozenset({5}), frozenset(range(7))], ids=str)
def test_a_shift_is_due_on_its_working_weekdays(weekday: int, weekdays: frozenset[int]) -> None:
    rule = replace(NIGHT, weekdays=weekdays)

    assert rule.is_due(MONDAY + timedelta(days=weekday)) == (weekday in weekdays)


@pytest.mark.parametrize(
    ("start", "end", "on", "hours"),
    [
        ("09:00", "17:00", MONDAY, 8),
        ("22:00", "06:00", MONDAY + timedelta(days=1), 8),
        ("08:00", "08:00", MONDAY + timedelta(days=1), 24),
        ("08:00", "08:01", MONDAY, 1 / 60),
        ("00:00", "00:00", MONDAY + timedelta(days=1), 24),
    ],
)
def test_an_end_at_or_before_the_start_is_on_the_next_day(start: str, end: str, on: date, hours: float) -> None:
    rule = ShiftRule(name="any", start=time.fromisoformat(start), end=time.fromisoformat(end))

    assert rule.ends(MONDAY, KARACHI) == datetime.combine(on, time.fromisoformat(end), tzinfo=KARACHI)
    assert rule.ends(MONDAY, KARACHI) - rule.starts(MONDAY, KARACHI) == hours * HOUR


def of(start: int, end: int, name: str = "any") -> ShiftRule:
    return ShiftRule(name=name, start=time(start), end=time(end))


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        (of(8, 12), of(12, 16), True),
        (of(8, 12), of(11, 16), False),
        (of(8, 12), of(22, 6), True),
        (of(22, 6), of(8, 12), False),
        (of(8, 8), of(9, 12), False),
        (PLAIN, of(9, 12), False),
        (of(9, 12), PLAIN, False),
        (of(8, 12), ShiftRule(start=time(13)), False),
        (ShiftRule(start=time(5)), of(9, 12), False),
        (of(8, 8), of(8, 8), False),
        (ShiftRule(end=time(5)), of(9, 12), False),
        (of(8, 12), ShiftRule(end=time(18)), False),
    ],
)
def test_a_shift_follows_one_that_is_over_on_the_same_date(
    earlier: ShiftRule, later: ShiftRule, expected: bool
) -> None:
    assert follows(earlier, later) is expected


def test_shifts_of_one_day_stand_in_the_order_of_their_hours() -> None:
    names = [rule.name for rule in on_duty(MONDAY, [of(13, 17, "c"), of(8, 12, "a"), of(12, 13, "b")])]
    longer = [rule.name for rule in on_duty(MONDAY, [of(8, 17, "long"), of(8, 12, "short")])]
    same = [rule.name for rule in on_duty(MONDAY, [of(8, 12, "b"), of(8, 12, "a")])]

    assert (names, longer, same) == (["a", "b", "c"], ["short"], ["a"])


@pytest.mark.parametrize(
    ("holiday", "on", "punches", "expected"),
    [
        ("", SATURDAY, "06:30 20:30", "worked_day_off"),
        ("Eid", SATURDAY, "06:30 20:30", "worked_holiday"),
        ("Eid", MONDAY, "06:30 20:30", "worked_holiday"),
        ("Eid", MONDAY, "09:30", "missing_check_out"),
        ("", SATURDAY, "09:30", "missing_check_out"),
        ("Eid", MONDAY, "09:30 09:31", "worked_holiday"),
        ("", SATURDAY, "09:30 09:31", "worked_day_off"),
        ("", MONDAY, "09:30 09:31", "absent"),
    ],
)
def test_what_is_missing_comes_before_a_holiday_and_a_holiday_before_a_day_off(
    holiday: str, on: date, punches: str, expected: str
) -> None:
    rule = replace(DAY, absent_below=HOUR, overtime=Overtime(before=True))
    found = judged(punches, rule, on, calendar=Calendar(holiday=holiday))

    assert found.status == expected
    if expected != "absent":
        assert (found.late, found.early, found.overtime, found.outlier_reasons) == (NONE, NONE, NONE, ())


def test_a_plain_day_knows_no_day_off() -> None:
    assert judged(FULL, PLAIN, SATURDAY).status == "present"


def test_a_check_out_that_writes_itself_is_due_to_the_second() -> None:
    before, due = (judged("09:00", WRITES, now=moment(now)) for now in ("17:59:59", "18:00:00"))

    assert (before.check_out, before.auto_out_due, before.is_auto_out) == (None, moment("18:00"), False)
    assert (due.check_out, due.auto_out_due, due.is_auto_out) == (moment("18:00"), None, True)


def test_a_check_out_never_writes_itself_at_the_end_of_the_window() -> None:
    rules = [replace(DAY, margin_after=HOUR + more, auto_out_after=HOUR) for more in (NONE, SECOND)]

    assert [judged("09:00", rule).check_out for rule in rules] == [None, moment("18:00")]


@pytest.mark.parametrize("rule", [PLAIN, ShiftRule(auto_out_after=HOUR)], ids=["no rule", "no end to count from"])
def test_a_day_without_hours_has_no_end_to_count_from(rule: ShiftRule) -> None:
    assert judged("09:00", rule).check_out is None
    assert rule.auto_out(MONDAY, KARACHI) is None
