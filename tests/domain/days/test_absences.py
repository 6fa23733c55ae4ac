"""A day without a punch: absent only when nobody can have missed the person."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from attendance_devices.domain.days.absences import Calendar, Employment, NoPunchStatus, Reading, status_without_punch
from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.shifts.rule import ShiftRule
from attendance_devices.domain.shifts.windows import ShiftsAround, ShiftWindow, shift_window

KARACHI, NEW_YORK = ZoneInfo("Asia/Karachi"), ZoneInfo("America/New_York")
MONDAY, SUNDAY = date(2024, 1, 8), date(2024, 1, 7)
WEEKDAYS = frozenset(range(5))
DAY = ShiftRule(name="day", start=time(9), end=time(17), weekdays=WEEKDAYS)
NIGHT = ShiftRule(name="night", start=time(22), end=time(6))
PLAIN = ShiftRule()


def at(clock: str, day: date = MONDAY, zone: ZoneInfo = KARACHI) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=zone).astimezone(UTC)


def gate(name: str = "Gate 1", until: datetime | None = None, **facts: Any) -> Reading:
    usual = {"since": at("08:00", date(2023, 1, 1)), "until": until or at("20:00"), "zone": KARACHI}
    return Reading(place=name, **usual | facts)


def silent(
    calendar: Calendar,
    rule: ShiftRule = DAY,
    day: date = MONDAY,
    *,
    now: datetime | None = None,
    zone: ZoneInfo = KARACHI,
) -> NoPunchStatus | None:
    span = shift_window(day, ShiftsAround(before=rule, on=rule, after=rule, eve=rule), zone)
    return status_without_punch(day, rule, zone, calendar, span=span, now=now or at("00:00", day + timedelta(days=30)))


def known(*watch: Reading, **facts: Any) -> Calendar:
    return Calendar(watch=watch, **{"known_since": date(2023, 1, 1)} | facts)


def said(calendar: Calendar, rule: ShiftRule = DAY, day: date = MONDAY, **more: Any) -> tuple[str, str]:
    found = silent(calendar, rule, day, **more)
    assert found is not None
    return found.status.value, found.reason


class TestAbsent:
    def test_only_when_every_terminal_was_read_past_the_end(self) -> None:
        both = known(gate(), gate("Gate 2", at("17:00")))
        assert said(both) == ("absent", "not seen by Gate 1, Gate 2, read past the end of the shift")

    def test_a_second_before_the_end_is_not_past_it(self) -> None:
        assert said(known(gate(), gate("Gate 2", at("16:59:59"))))[0] == "no_data"

    def test_the_silent_terminal_is_named_with_its_last_word(self) -> None:
        assert said(known(gate(), gate("Gate 2", at("10:42")))) == ("no_data", "Gate 2 silent since 10:42")

    def test_all_silent_terminals_are_named_and_another_day_is_said(self) -> None:
        watch = (gate(until=at("18:00", SUNDAY)), gate("Gate 2", at("10:42")), replace(gate("Gate 3"), until=None))
        reason = "Gate 1 silent since 2024-01-07 18:00; Gate 2 silent since 10:42; Gate 3 was never read"
        assert said(known(*watch)) == ("no_data", reason)

    def test_the_time_is_that_of_the_terminals_own_clock(self) -> None:
        far = gate("Gate 2", at("10:42", zone=NEW_YORK), zone=NEW_YORK)
        assert said(known(far), zone=NEW_YORK) == ("no_data", "Gate 2 silent since 10:42")

    @pytest.mark.parametrize(("clock", "status"), [("08:59:59", None), ("16:59:59", None), ("17:00", "absent")])
    def test_nothing_is_said_before_the_shift_is_over(self, clock: str, status: str | None) -> None:
        found = silent(known(gate()), now=at(clock))
        assert (found.status.value if found else None) == status

    def test_a_night_is_over_in_the_morning(self) -> None:
        tuesday = MONDAY + timedelta(days=1)
        read = known(gate(until=at("05:59", tuesday)))
        assert silent(read, NIGHT, now=at("05:59", tuesday)) is None
        assert said(read, NIGHT, now=at("06:00", tuesday)) == ("no_data", "Gate 1 silent since 2024-01-09 05:59")
        assert said(known(gate(until=at("06:00", tuesday))), NIGHT)[0] == "absent"

    @pytest.mark.parametrize(("day", "ends"), [(date(2024, 3, 9), 10), (date(2024, 11, 2), 11), (MONDAY, 11)])
    def test_a_night_ends_when_the_clock_on_the_wall_says_so(self, day: date, ends: int) -> None:
        last = datetime.combine(day + timedelta(days=1), time(ends), tzinfo=UTC)
        early = known(gate(until=last - timedelta(seconds=1), zone=NEW_YORK))
        assert said(early, NIGHT, day, zone=NEW_YORK)[0] == "no_data"
        assert said(known(gate(until=last, zone=NEW_YORK)), NIGHT, day, zone=NEW_YORK)[0] == "absent"

    def test_a_terminal_that_tells_since_later_could_not_have_seen_the_person(self) -> None:
        new = gate("Gate 2", at("10:00"), since=at("09:00", MONDAY + timedelta(days=9)))
        assert said(known(gate(), new)) == ("absent", "not seen by Gate 1, read past the end of the shift")

    @pytest.mark.parametrize("watch", [(), (gate(since=None),), (gate(since=at("09:00", date(2024, 2, 1))),)])
    def test_without_a_terminal_that_told_anything_nothing_is_said(self, watch: tuple[Reading, ...]) -> None:
        assert silent(known(*watch)) is None
        assert silent(known(*watch, leave="sick")) is None
        assert silent(known(*watch, holiday="Eid")) is None


class TestAPunchThatWaits:
    @pytest.mark.parametrize(
        ("received", "status"),
        [
            (at("09:30"), "no_data"),
            (at("23:00"), "no_data"),
            (at("00:59"), "absent"),
            (at("01:00", MONDAY + timedelta(days=2)), "absent"),
        ],
    )
    def test_blocks_an_absence_of_the_day_it_may_be_of(self, received: datetime, status: str) -> None:
        assert said(known(gate(), doubtful=(received,)))[0] == status

    def test_the_first_of_them_is_named(self) -> None:
        waiting = known(gate(), doubtful=(at("12:00"), at("09:30")))
        assert said(waiting)[1] == "a punch received 2024-01-08 09:30 waits for a person's look"

    def test_a_silent_terminal_is_named_first(self) -> None:
        waiting = known(gate(until=at("10:42")), doubtful=(at("09:30"),))
        assert said(waiting)[1] == "Gate 1 silent since 10:42"


class TestNothingIsSaid:
    def test_of_whom_nobody_knows_or_knew_yet(self) -> None:
        assert silent(known(gate(), known_since=None)) is None
        assert silent(known(gate(), known_since=MONDAY + timedelta(days=1), leave="sick")) is None
        assert said(known(gate(), known_since=MONDAY))[0] == "absent"

    def test_of_whom_was_not_employed(self) -> None:
        assert silent(known(gate(), outside="left on 2024-01-01", leave="sick", holiday="Eid")) is None

    def test_of_hours_whose_weekdays_nobody_named(self) -> None:
        rule = replace(DAY, weekdays_known=False)
        assert silent(known(gate()), rule) is None
        assert silent(known(gate(until=None)), rule) is None

    def test_of_such_hours_but_on_a_day_that_the_crm_calls_a_working_day(self) -> None:
        assert said(known(gate(), is_working=True), replace(DAY, weekdays_known=False))[0] == "absent"

    def test_of_a_plain_day(self) -> None:
        assert silent(known(gate(until=at("12:00", MONDAY + timedelta(days=3)))), PLAIN) is None

    @pytest.mark.parametrize("facts", [{"leave": "sick"}, {"holiday": "Eid"}, {"is_working": False}, {}])
    @pytest.mark.parametrize("rule", [DAY, PLAIN])
    def test_of_a_day_to_come(self, rule: ShiftRule, facts: dict[str, Any]) -> None:
        before = rule.starts(MONDAY, KARACHI) - timedelta(seconds=1)
        assert silent(known(gate(), **facts), rule, now=before) is None


class TestOff:
    def test_a_leave_goes_before_everything(self) -> None:
        calendar = known(gate(until=at("10:00")), leave="Sick leave", holiday="Eid", is_working=False)
        assert said(calendar) == ("on_leave", "Sick leave")
        assert said(calendar, PLAIN) == ("on_leave", "Sick leave")

    @pytest.mark.parametrize("rule", [DAY, PLAIN])
    def test_a_holiday_is_said_from_the_start_of_the_day(self, rule: ShiftRule) -> None:
        found = said(known(gate(until=at("00:00")), holiday="Eid"), rule, now=rule.starts(MONDAY, KARACHI))
        assert found == ("holiday", "Eid")

    def test_a_weekday_that_the_shift_does_not_name(self) -> None:
        assert said(known(gate()), day=SUNDAY) == ("day_off", "Sunday is no working day of the shift")
        assert said(known(gate(), holiday="Eid"), day=SUNDAY) == ("holiday", "Eid")

    def test_the_crm_goes_before_weekdays_and_holidays(self) -> None:
        assert said(known(gate(), is_working=False)) == ("day_off", "the CRM says that it is no working day")
        assert said(known(gate(), is_working=True, holiday="Eid"))[0] == "absent"
        assert said(known(gate(), is_working=True), day=SUNDAY)[0] == "absent"
        assert said(known(gate(), is_working=False, holiday="Eid")) == ("holiday", "Eid")

    def test_a_plain_day_that_the_crm_calls_a_working_day_is_absent_when_it_is_over(self) -> None:
        calendar = known(gate(until=at("00:00", MONDAY + timedelta(days=1))), is_working=True)
        assert said(calendar, PLAIN)[0] == "absent"
        assert silent(calendar, PLAIN, now=at("23:59")) is None
        assert said(known(gate(until=at("23:59")), is_working=True), PLAIN)[0] == "no_data"


def test_both_days_of_employment_are_included() -> None:
    whole = Employment(joined=MONDAY, left=MONDAY)
    assert whole.outside(MONDAY) == ""
    assert whole.outside(SUNDAY) == "joined on 2024-01-08"
    assert whole.outside(date(2024, 1, 9)) == "left on 2024-01-08"
    assert Employment().outside(date.min) == Employment().outside(date.max) == ""


def test_every_status_of_silence_is_reached() -> None:
    span = ShiftWindow(start=at("00:00"), end=at("23:00"))
    cases = [
        known(gate()),
        known(gate(until=at("10:00"))),
        known(gate(), leave="x"),
        known(gate(), holiday="x"),
        known(gate(), is_working=False),
    ]
    found = [status_without_punch(MONDAY, DAY, KARACHI, case, span=span, now=at("23:00")) for case in cases]
    assert [one.status for one in found if one] == [
        DayStatus.ABSENT,
        DayStatus.NO_DATA,
        DayStatus.ON_LEAVE,
        DayStatus.HOLIDAY,
        DayStatus.DAY_OFF,
    ]
