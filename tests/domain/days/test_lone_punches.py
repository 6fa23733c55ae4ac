"""A lone punch is the end of the shift that it is nearer to, once the hours are over; and odd numbers of punches."""

from dataclasses import replace
from datetime import timedelta

import pytest

from attendance_devices.domain.days.absences import Calendar
from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.shifts.rule import Pairing, ShiftRule, WorkedFrom
from tests.builders.ruled_days import DAY, NONE, SATURDAY, judged, moment

EVENING = "17:05"


def ends(punches: str, rule: ShiftRule = DAY, **around: object) -> tuple[str, bool, bool, timedelta]:
    """Status, is there a check-in, is there a check-out, and how late."""
    found = judged(punches, rule, **around)  # type: ignore[arg-type]
    return str(found.status), found.check_in is not None, found.check_out is not None, found.late


@pytest.mark.parametrize("clock", ["13:00:01", "16:59", EVENING, "20:00"])
def test_a_lone_punch_nearer_to_the_end_lacks_a_check_in_and_is_not_late(clock: str) -> None:
    assert ends(clock) == (DayStatus.MISSING_CHECK_IN, False, True, NONE)


@pytest.mark.parametrize(("clock", "late"), [("08:30", 0), ("09:00", 0), ("11:00", 2), ("13:00", 4)])
def test_a_lone_punch_nearer_to_the_start_lacks_a_check_out(clock: str, late: int) -> None:
    assert ends(clock) == (DayStatus.MISSING_CHECK_OUT, True, False, timedelta(hours=late))


def test_while_the_shift_goes_on_a_lone_punch_is_of_somebody_who_came() -> None:
    assert ends("14:00", now=moment("15:00")) == (DayStatus.MISSING_CHECK_OUT, True, False, timedelta(hours=5))


def test_such_a_day_is_judged_again_when_the_shift_is_over() -> None:
    found = judged("14:00", DAY, now=moment("15:00"))
    assert found.auto_out_due == moment("17:00")
    assert judged("10:00", DAY, now=moment("15:00")).auto_out_due is None, "it stays a check-in"
    assert judged("14:00", DAY, now=moment("17:00")).auto_out_due is None


def test_a_second_punch_makes_the_first_the_check_in_that_it_was() -> None:
    assert ends("14:00 18:00") == (DayStatus.LATE, True, True, timedelta(hours=5))


def test_without_hours_a_lone_punch_begins_the_day() -> None:
    assert ends(EVENING, ShiftRule())[:3] == (DayStatus.MISSING_CHECK_OUT, True, False)


def test_on_a_day_off_hours_say_nothing() -> None:
    rule = replace(DAY, weekdays=frozenset(range(5)))
    assert judged(EVENING, rule, SATURDAY).status is DayStatus.MISSING_CHECK_OUT
    off = {"calendar": Calendar(is_working=False)}
    assert ends(EVENING, **off)[0] == DayStatus.MISSING_CHECK_OUT


def test_where_a_rule_writes_check_outs_people_punch_only_as_they_come() -> None:
    rule = replace(DAY, auto_out_after=timedelta(hours=2))
    assert ends("14:00", rule)[:3] == (DayStatus.LATE, True, True)


PAIRS = replace(DAY, worked_from=WorkedFrom.PAIRS)


def test_odd_punches_whose_pairs_are_summed_are_flagged_and_count_as_before() -> None:
    found = judged("09:00 12:00 17:00", PAIRS)
    assert found.worked == timedelta(hours=3)
    assert "odd_punches|count=3" in found.outlier_reasons


@pytest.mark.parametrize(
    ("punches", "rule"),
    [
        ("09:00 12:00 13:00 17:00", PAIRS),
        ("09:00", PAIRS),
        ("09:00 12:00 17:00", DAY),
        ("09:00 12:00 17:00", replace(PAIRS, pairing=Pairing.ALTERNATING)),
    ],
    ids=["even", "one end only", "from first to last", "by turns, which lacks a check-out"],
)
def test_others_are_not_flagged_as_odd(punches: str, rule: ShiftRule) -> None:
    assert not any(reason.startswith("odd") for reason in judged(punches, rule).outlier_reasons)
