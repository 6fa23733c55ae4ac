"""The numbers of a day in words.

Covers: domain/display/times.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_devices.domain.days.arithmetic import MINUS, figures
from attendance_devices.domain.days.pairing import DayPunch
from attendance_devices.domain.days.work_day import WorkDay, work_day
from attendance_devices.domain.display.times import clock, length
from attendance_devices.domain.shifts.rule import Overtime, Pairing, ShiftRule
from attendance_devices.domain.shifts.windows import ShiftsAround
from tests.builders.plain_days import DAY, DUBLIN, KARACHI, MONDAY, NIGHT, PLAIN, judged, moment

SATURDAY = date(2024, 1, 13)
NUMBERS = ["worked", "break_time", "late", "early", "overtime"]


def words(day: WorkDay, name: str, zone: ZoneInfo = KARACHI) -> str:
    (found,) = [figure.words for figure in figures(day, zone) if figure.name == name]
    return found.replace(MINUS, "-")


@pytest.mark.parametrize(
    ("clocks", "name", "said"),
    [
        (("08:58:12", "18:36:05"), "worked", "9 h 37 min 53 s = 18:36:05 - 08:58:12"),
        (("08:58:12",), "worked", "0 s: check-in 08:58:12, and no check-out"),
        ((), "worked", "0 s: no punch counts"),
        (("08:58:12", "17:00"), "late", "0 s: 08:58:12 is not after the start 09:00:00"),
        (("09:04", "17:00"), "late", "0 s: 09:04:00 is 4 min after the start 09:00:00, within the grace of 10 min"),
        (("09:12:03", "17:00"), "late", "12 min 3 s = 09:12:03 - 09:00:00, more than the grace of 10 min"),
        ((), "late", "0 s: no check-in"),
        (("09:00", "16:30"), "early", "30 min = 17:00:00 - 16:30:00"),
        (("09:00", "17:30"), "early", "0 s: 17:30:00 is not before the end 17:00:00"),
        (("09:00",), "early", "0 s: no check-out"),
        (("09:00", "17:30"), "overtime", "30 min = 17:30:00 - 17:00:00"),
        (("09:00", "16:30"), "overtime", "0 s: 16:30:00 is not after the end 17:00:00"),
        (("09:00",), "overtime", "0 s: no check-out"),
    ],
)
def test_a_number_says_what_was_taken_from_what_or_why_it_is_nothing(
    clocks: tuple[str, ...], name: str, said: str
) -> None:
    assert words(judged(*clocks, rule=DAY), name) == said


BOTH_SIDES = replace(DAY, overtime=Overtime(before=True))


@pytest.mark.parametrize(
    ("rule", "clocks", "said"),
    [
        (DAY, ("17:01", "17:02"), "1 min = 17:02:00 - 17:01:00"),
        (BOTH_SIDES, ("08:00", "17:30"), "1 h 30 min = (09:00:00 - 08:00:00) + (17:30:00 - 17:00:00)"),
        (BOTH_SIDES, ("08:00", "16:30"), "1 h = 09:00:00 - 08:00:00"),
        (BOTH_SIDES, ("08:00", "08:30"), "30 min = 08:30:00 - 08:00:00"),
        (
            replace(BOTH_SIDES, round_to=timedelta(hours=1)),
            ("08:00", "17:30"),
            "2 h = (09:00:00 - 08:00:00) + (17:30:00 - 17:00:00) (1 h 30 min), plus 30 min by the rule of the shift",
        ),
    ],
    ids=["all of it after the end", "before and after", "before, and gone early", "gone before the start", "rounded"],
)
def test_overtime_names_the_stretches_that_count(rule: ShiftRule, clocks: tuple[str, ...], said: str) -> None:
    assert words(judged(*clocks, rule=rule), "overtime") == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("worked", "0 s: check-out 17:30:00, and no check-in"),
        ("late", "0 s: no check-in"),
        ("early", "0 s: 17:30:00 is not before the end 17:00:00"),
        ("overtime", "0 s: no check-in"),
    ],
)
def test_a_check_out_alone_is_a_punch_that_counts(name: str, said: str) -> None:
    tap = DayPunch(key=1, at=moment("17:30"), punch_type="out")
    rule = replace(DAY, pairing=Pairing.BY_STATE)
    assert words(work_day(MONDAY, [tap], ShiftsAround(before=rule, on=rule, after=rule), KARACHI), name) == said


@pytest.mark.parametrize("name", ["late", "early", "overtime"])
def test_nobody_is_held_against_hours_that_the_day_does_not_have(name: str) -> None:
    assert words(judged("09:30", "16:00", rule=PLAIN), name) == "0 s: the day has no hours to hold it against"
    off = judged("09:30", "16:00", rule=DAY, day=SATURDAY)
    assert words(off, name) == "0 s: Saturday is no working day of the shift"


def test_a_night_names_the_date_of_the_morning() -> None:
    night = judged("22:00", "+06:00", rule=NIGHT)
    assert words(night, "worked") == "8 h = 2024-01-09 06:00:00 - 22:00:00"


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2024, 10, 26), "9 h = 2024-10-27 06:00:00 - 22:00:00; the clocks went back 1 h in between"),
        (date(2024, 3, 30), "7 h = 2024-03-31 06:00:00 - 22:00:00; the clocks went forward 1 h in between"),
    ],
)
def test_a_night_on_which_the_clocks_change_says_so(day: date, said: str) -> None:
    assert words(judged("22:00", "+06:00", rule=NIGHT, day=day, zone=DUBLIN), "worked", DUBLIN) == said


def test_of_an_hour_that_comes_twice_the_name_of_the_time_tells_which() -> None:
    day = judged("00:30", "01:30", day=date(2024, 10, 27), zone=DUBLIN)
    assert words(day, "worked", DUBLIN) == "1 h = 01:30:00 IST - 00:30:00"


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        (
            {"worked": timedelta(hours=7, minutes=30)},
            "worked",
            "7 h 30 min = 17:00:00 - 09:00:00 (8 h), less 30 min by the rule of the shift",
        ),
        (
            {"worked": timedelta(hours=9)},
            "worked",
            "9 h = 17:00:00 - 09:00:00 (8 h), plus 1 h by the rule of the shift",
        ),
        ({"check_out": None}, "worked", "8 h by the rule of the shift"),
        (
            {"check_in": datetime(2024, 1, 8, 5, tzinfo=UTC)},
            "late",
            "0 s: 10:00:00 is 1 h after the start 09:00:00, which the shift allows",
        ),
        (
            {"check_out": datetime(2024, 1, 8, 11, tzinfo=UTC)},
            "early",
            "0 s: 16:00:00 is 1 h before the end 17:00:00, which the shift allows",
        ),
        (
            {"check_out": datetime(2024, 1, 8, 13, tzinfo=UTC)},
            "overtime",
            "0 s: 18:00:00 is 1 h after the end 17:00:00, which the shift allows",
        ),
    ],
)
def test_what_a_rule_took_off_or_added_is_never_passed_over(changes: dict[str, object], name: str, said: str) -> None:
    whole = judged("09:00", "17:00", rule=DAY)
    numbers = {key: value for key, value in changes.items() if key == "worked"}
    others = {key: value for key, value in changes.items() if key != "worked"}
    day = replace(whole, numbers=replace(whole.numbers, **numbers), **others)  # type: ignore[arg-type]
    assert words(day, name) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=1, microseconds=900_000), "1 s"),
        (timedelta(hours=9, seconds=5), "9 h 5 s"),
        (timedelta(days=2, minutes=1), "48 h 1 min"),
        (-timedelta(minutes=3), "3 min"),
    ],
)
def test_a_length_in_words(value: timedelta, said: str) -> None:
    assert length(value) == said


def test_a_clock_shows_the_date_only_where_it_is_another_one() -> None:
    moment = datetime(2024, 1, 8, 18, 59, tzinfo=UTC)
    assert clock(moment, MONDAY, KARACHI) == "23:59:00"
    assert clock(moment + timedelta(minutes=1), MONDAY, KARACHI) == "2024-01-09 00:00:00"


@given(
    minutes=st.lists(st.integers(0, 24 * 60 - 1), max_size=6),
    rule=st.sampled_from([PLAIN, DAY, NIGHT]),
    day=st.sampled_from([MONDAY, SATURDAY]),
)
def test_every_number_of_any_day_is_the_days_own_and_opens_its_words(minutes, rule, day) -> None:  # type: ignore[no-untyped-def]
    found = judged(*[f"{minute // 60:02}:{minute % 60:02}" for minute in minutes], rule=rule, day=day)
    said = figures(found, KARACHI)

    assert [figure.name for figure in said] == NUMBERS
    for figure in said:
        assert figure.value == getattr(found, figure.name)
        assert figure.words.startswith(length(figure.value))
        assert (" = " in figure.words) is bool(figure.value)
        assert "by the rule" not in figure.words, "first in, last out adds up without a rest"
