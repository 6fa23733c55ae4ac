"""A day on a line: everything lies where it was, within the line, in per cent."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_devices.domain.days.pairing import DayPunch
from attendance_devices.domain.days.timeline import draw_timeline
from attendance_devices.domain.days.work_day import Around, WorkDay, work_day
from attendance_devices.domain.shifts.rule import ShiftRule
from attendance_devices.domain.shifts.windows import ShiftsAround

KARACHI = ZoneInfo("Asia/Karachi")
DAY = date(2026, 5, 4)
OFFICE = ShiftRule(name="Office", start=time(9), end=time(18))
NIGHT = ShiftRule(name="Night", start=time(22), end=time(6))
PLAIN = ShiftRule()


def day(rule: ShiftRule, *clocks: str, zone: ZoneInfo = KARACHI, on: date = DAY) -> WorkDay:
    taps = [
        DayPunch(key=number, at=datetime.fromisoformat(f"{on} {clock}").replace(tzinfo=zone), place="Gate")
        for number, clock in enumerate(clocks, start=1)
    ]
    return work_day(on, taps, ShiftsAround(before=rule, on=rule, after=rule), zone, around=Around())


def per_cent(text: str) -> float:
    assert text.endswith("%")
    return float(text[:-1])


def test_the_line_runs_from_full_hour_to_full_hour_around_all_that_happened() -> None:
    line = draw_timeline([day(OFFICE, "08:58:12", "12:00:00", "18:36:05")], KARACHI)
    assert (line.first, line.last) == ("08:00", "20:00")
    assert [span.slug for span in line.spans] == ["window", "shift", "worked"]
    _, shift, worked = line.spans
    assert (shift.start, shift.width) == ("8.33%", "75.00%")
    assert per_cent(worked.start) == pytest.approx(100 * (58 + 12 / 60) / 720, abs=0.01)
    assert [tap.words for tap in line.taps] == ["08:58", "12:00", "18:36"]
    assert [hour.words for hour in line.hours] == ["08:00", "10:00", "12:00", "14:00", "16:00", "18:00", "20:00"]


def test_a_punch_that_does_not_count_is_drawn_as_one() -> None:
    line = draw_timeline([day(OFFICE, "09:00:00", "09:00:30", "18:00:00")], KARACHI)
    assert [tap.counts for tap in line.taps] == [True, False, True]


def test_a_silent_day_shows_the_hours_that_somebody_was_expected() -> None:
    line = draw_timeline([day(OFFICE)], KARACHI)
    assert (line.first, line.last, line.taps) == ("08:00", "19:00", [])
    assert [span.slug for span in line.spans] == ["window", "shift"]


def test_a_plain_day_without_anything_is_its_window() -> None:
    line = draw_timeline([day(PLAIN)], KARACHI)
    assert (line.first, line.last) == ("00:00", "00:00")
    assert len(line.hours) == 9


def test_a_night_goes_on_over_midnight() -> None:
    line = draw_timeline([day(NIGHT, "21:55:00")], KARACHI)
    assert (line.first, line.last) == ("21:00", "07:00")


def test_two_shifts_lie_on_one_line() -> None:
    early, late = (ShiftRule(start=time(hour), end=time(hour + 4)) for hour in (8, 14))
    around = {"before": OFFICE, "after": late, "after_is_same_day": True}
    tap = DayPunch(key=1, at=datetime(2026, 5, 4, 8, tzinfo=KARACHI))
    days = [
        work_day(DAY, [tap], ShiftsAround(on=early, **around), KARACHI),  # type: ignore[arg-type]
        work_day(DAY, [tap], ShiftsAround(before=early, on=late, after=OFFICE, before_is_same_day=True), KARACHI),
    ]
    line = draw_timeline(days, KARACHI)
    assert [span.slug for span in line.spans] == ["window", "window", "shift", "shift"]
    assert len(line.taps) == 1, "it is the other shift's, and drawn once"


@pytest.mark.parametrize("on", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_night_on_which_clocks_change_has_its_hours_in_order(on: date) -> None:
    zone = ZoneInfo("Europe/Berlin")
    line = draw_timeline([day(NIGHT, "22:00:00", zone=zone, on=on - timedelta(days=1))], zone)
    places = [per_cent(hour.x) for hour in line.hours]
    assert places == sorted(places) and places[0] == 0


@given(st.lists(st.times().map(lambda one: f"{one:%H:%M:%S}"), max_size=6), st.sampled_from([OFFICE, NIGHT, PLAIN]))
def test_nothing_ever_lies_beside_the_line(clocks: list[str], rule: ShiftRule) -> None:
    line = draw_timeline([day(rule, *clocks)], ZoneInfo("Asia/Kathmandu"))
    for span in line.spans:
        assert 0 <= per_cent(span.start) <= 100
        assert per_cent(span.start) + per_cent(span.width) <= 100.02
    assert all(0 <= per_cent(mark.x) <= 100 for mark in (*line.taps, *line.hours))
    assert 2 <= len(line.hours) <= 10
    assert line.hours[0].x == "0.00%"
