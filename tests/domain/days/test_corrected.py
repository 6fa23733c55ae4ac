"""What a person corrected about a punch, as the rule of a day sees it."""

from dataclasses import replace
from datetime import timedelta

from attendance_devices.domain.days.pairing import CorrectedBy, DayPunch, PunchRole
from attendance_devices.domain.days.work_day import Around, WorkDay, work_day
from attendance_devices.domain.shifts.windows import ShiftsAround
from tests.builders.ruled_days import DAY, moment
from tests.builders.shift_rules import KARACHI, MONDAY

DAYS = timedelta(days=1)
VOID = CorrectedBy(key=5, words="voided by boss: lent", is_void=True)
ADDED = CorrectedBy(key=6, words="added by boss: forgot")


def judged(*taps: DayPunch, margins: bool = False) -> WorkDay:
    hour = moment("10:00") - moment("09:00")
    rule = replace(DAY, margin_before=hour, margin_after=hour) if margins else DAY
    nobodys = "" if margins else "another day"
    three = ShiftsAround(before=rule, on=rule, after=rule)
    return work_day(MONDAY, taps, three, KARACHI, around=Around(claimed=lambda at: nobodys))


def tap(key: int, clock: str, amended: CorrectedBy | None = None, review: str = "") -> DayPunch:
    return DayPunch(key=key, at=moment(clock), amended=amended, review=review)


def test_a_voided_punch_is_left_out_whatever_else_is_said_of_it() -> None:
    found = judged(tap(1, "08:00", VOID, "future"), tap(2, "09:00"), tap(3, "17:00"))
    assert (found.check_in, found.punch_count) == (moment("09:00"), 2)
    assert (found.uses[0].role, found.uses[0].reason) == (PunchRole.VOIDED, "left out; voided by boss: lent")


def test_a_voided_punch_makes_no_double_tap_of_the_next() -> None:
    found = judged(tap(1, "09:00:00", VOID), tap(2, "09:00:20"), tap(3, "17:00"))
    assert [use.role for use in found.uses] == [PunchRole.VOIDED, PunchRole.CHECK_IN, PunchRole.CHECK_OUT]


def test_what_was_corrected_stands_behind_the_reason_and_changes_no_role() -> None:
    plain = judged(tap(1, "09:00"), tap(2, "17:00"))
    found = judged(tap(1, "09:00"), tap(2, "17:00", ADDED))
    assert [use.role for use in found.uses] == [use.role for use in plain.uses]
    assert found.uses[0].reason == plain.uses[0].reason
    assert found.uses[1].reason == f"{plain.uses[1].reason}; added by boss: forgot"


def test_of_another_day_it_is_that_and_outside_every_window_it_is_void() -> None:
    night = "23:00"
    assert (
        judged(DayPunch(key=1, at=moment("12:00", MONDAY + DAYS * 2), amended=VOID)).uses[0].role is PunchRole.OTHER_DAY
    )
    assert judged(tap(1, night), margins=True).uses[0].role is PunchRole.OUTSIDE
    assert judged(tap(1, night, ADDED), margins=True).uses[0].role is PunchRole.OUTSIDE
    assert judged(tap(1, night, VOID), margins=True).uses[0].role is PunchRole.VOIDED
