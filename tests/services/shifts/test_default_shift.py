"""Whoever has no shift of their own: the hours of the settings, or a plain day, by punches and rows."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from attendance_devices.models import ProcessedAttendance
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.explanations.explain import explain
from attendance_devices.services.posting.post import post
from tests.builders.crm import MONDAY, at, crm_rows, days, device, employee, mapped, punched, setting
from tests.builders.staff import LONG_AGO, called, gate, known, read, spelled, statuses

pytestmark = pytest.mark.django_db
ONE_DAY = timedelta(days=1)
OFFICE = {"WORK_START_TIME": "09:00", "WORK_END_TIME": "18:00"}
NIGHT = {"WORK_START_TIME": "22:00", "WORK_END_TIME": "06:00"}
OVERNIGHT = NIGHT | {"OVERNIGHT_SHIFT": True, "OVERNIGHT_SHIFT_BUFFER_HOURS": 2}
Rows = list[tuple[int, str, str, str]]
CASES: Mapping[str, tuple[dict[str, Any], str, Rows]] = {
    "hours": (OFFICE, "0 09:00, 0 18:00", [(0, "default", "9:00:00", "present")]),
    "late after the start": (OFFICE, "0 09:00:01, 0 18:00", [(0, "default", "8:59:59", "late")]),
    "late after the grace": (
        OFFICE | {"LATE_GRACE_MINUTES": 10},
        "0 09:10, 0 18:00, 1 09:10:01, 1 18:00",
        [(0, "default", "8:50:00", "present"), (1, "default", "8:49:59", "late")],
    ),
    "hours over midnight belong to the date of the start": (
        NIGHT,
        "0 22:00, 1 06:00, 1 22:00, 2 13:59:59",
        [(0, "default", "8:00:00", "present"), (1, "default", "15:59:59", "present")],
    ),
    "the buffer holds the punches after the end": (
        OVERNIGHT,
        "0 22:00, 1 07:59:59",
        [(0, "default", "9:59:59", "present")],
    ),
    "and no others": (OVERNIGHT, "0 22:00, 1 08:00", [(0, "default", "0:00:00", "missing_check_out")]),
    "without hours the buffer is where the day begins": (
        {"OVERNIGHT_SHIFT": True},
        "0 20:00, 1 03:59:59, 1 04:00, 1 12:00",
        [(0, "", "7:59:59", "present"), (1, "", "8:00:00", "present")],
    ),
    "a boundary of one's own": (
        {"DAY_BOUNDARY": "06:00"},
        "0 06:00, 1 05:59:59, 1 06:00",
        [(0, "", "23:59:59", "present"), (1, "", "0:00:00", "missing_check_out")],
    ),
    "nothing set: from midnight to midnight": (
        {},
        "0 00:00, 0 23:59:59, 1 00:00",
        [(0, "", "23:59:59", "present"), (1, "", "0:00:00", "missing_check_out")],
    ),
    "a double tap": (
        {"DOUBLE_TAP_SECONDS": 300},
        "0 09:00, 0 09:04:59, 1 09:00, 1 09:05",
        [(0, "", "0:00:00", "missing_check_out"), (1, "", "0:05:00", "present")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_settings_make_the_day(settings: Any, name: str) -> None:
    given, punches, expected = CASES[name]
    settings.ATTENDANCE_DEVICES = setting(**given)
    gate, asha = device(), employee("7")
    mapped(gate, "7", asha)
    stored = [text.split() for text in punches.split(", ")]
    punched(gate, *[("7", at(clock, MONDAY + int(number) * ONE_DAY)) for number, clock in stored])

    derive_pending()

    rows = ProcessedAttendance.objects.exclude(status="no_data").order_by("date")
    assert [((row.date - MONDAY).days, row.shift, str(row.worked), row.status) for row in rows] == expected


def test_a_punch_after_the_buffer_and_before_the_next_night_is_named(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(**OVERNIGHT)
    gate, asha = device(), employee("7")
    mapped(gate, "7", asha)
    noon = [at(clock, MONDAY + ONE_DAY) for clock in ("08:00", "13:59:59", "14:00")]
    punched(gate, ("7", at("22:00")), *[("7", when) for when in noon])

    derive_pending()

    assert [len(explain(asha.pk, MONDAY + number * ONE_DAY).unassigned) for number in (0, 1)] == [2, 2]
    rows = ProcessedAttendance.objects.order_by("date").values_list("date", "punch_count")
    assert list(rows) == [(MONDAY, 1), (MONDAY + ONE_DAY, 1)]


WEEK = OFFICE | {"WORK_DAYS": ["mon", "tue", "wed", "thu", "fri"]}
SUNDAY = MONDAY + 6 * ONE_DAY


def a_silent_week(settings: Any, given: dict[str, Any]) -> Any:
    """An employee whom a gate knows, and who did not come from Monday to Sunday; the gate was read to the end."""
    settings.ATTENDANCE_DEVICES = spelled() | given
    where = gate()
    asha = known("7", where)
    derive_pending()
    read(where, until="23:59", day=SUNDAY + ONE_DAY)
    called(MONDAY, SUNDAY)
    return asha


def test_nobody_is_absent_by_hours_whose_weekdays_are_not_named(settings: Any) -> None:
    asha = a_silent_week(settings, OFFICE)
    assert statuses(asha, days(7)) == [""] * 7
    assert post(since=LONG_AGO).created == 1, "the day on which the person came"
    assert [day for _, day, _, _ in crm_rows()] == [LONG_AGO]


def test_absent_is_said_on_the_named_weekdays_and_a_weekend_is_off(settings: Any) -> None:
    asha = a_silent_week(settings, WEEK)
    assert statuses(asha, days(7)) == ["absent"] * 5 + ["day_off"] * 2
    post(since=LONG_AGO)
    assert SUNDAY not in [day for _, day, _, _ in crm_rows()], "the CRM has no word for a day off"


def test_who_works_on_a_sunday_is_not_late_on_a_day_off(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(**WEEK)
    where, asha = device(), employee("7")
    mapped(where, "7", asha)
    punched(where, ("7", at("11:00", SUNDAY)), ("7", at("15:00", SUNDAY)))
    derive_pending()
    (row,) = ProcessedAttendance.objects.filter(date=SUNDAY)
    assert (row.status, row.late, row.early) == ("worked_day_off", timedelta(0), timedelta(0))


def test_why_says_that_the_weekdays_are_not_named(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(**OFFICE)
    where, asha = device(), employee("7")
    mapped(where, "7", asha)
    punched(where, ("7", at("09:00")))
    derive_pending()
    assert "WORK_DAYS" in explain(asha.pk, MONDAY).shift_choice.words
