"""The weeks around every clock change of two years in six zones: stored logs, derived days, rows."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet

from attendance_devices.domain.punches.punch import Batch, Punch
from attendance_devices.models import Device, ESSLAttendanceLog, ProcessedAttendance, Shift, ShiftAssignment
from attendance_devices.models.logs import Source
from attendance_devices.services.days.derive import DERIVED_FIELDS, derive, derive_pending
from attendance_devices.services.explanations.explain import explain
from attendance_devices.services.punches.store import receipt_now, store
from tests.builders.clock_changes import HOUR, LONG_NIGHTS, SHORT_NIGHTS, SIX, instant_of, night_length
from tests.builders.crm import days, device, employee, mapped

pytestmark = pytest.mark.django_db
ONE_DAY = timedelta(days=1)
NONE = timedelta(0)
SHIFTS = {
    "day": ("09:00", "17:00"),
    "night": ("22:00", "06:00"),
    "early": ("08:00", "12:00"),
    "late": ("12:30", "16:30"),
}
WORKERS = {"1": ("day",), "2": ("night",), "3": ("early", "late")}
QUIET = (date(2024, 3, 30), date(2024, 10, 26), date(2025, 3, 29), date(2025, 10, 25))
"""For zones that never change their clocks."""


def weeks(zone: str) -> Iterator[date]:
    """The days around each change."""
    for change in sorted([*LONG_NIGHTS.get(zone, ()), *SHORT_NIGHTS.get(zone, ())]) or QUIET:
        yield from days(7, change - 3 * ONE_DAY)


def shown_at(day: date, shift: str) -> tuple[datetime, datetime]:
    """What the terminal's clock shows at the start and at the end."""
    start, end = (datetime.combine(day, time.fromisoformat(clock)) for clock in SHIFTS[shift])
    return start, end if end > start else end + ONE_DAY


def hire(door: Device) -> dict[str, Any]:
    """Three workers, and their shifts."""
    staff = {key: employee(key) for key in WORKERS}
    for key, user in staff.items():
        mapped(door, key, user)
        for name in WORKERS[key]:
            start, end = (time.fromisoformat(clock) for clock in SHIFTS[name])
            shift = Shift.objects.create(name=name, start=start, end=end, weekdays="0123456")
            ShiftAssignment.objects.create(shift=shift, user=user, date_from=date(2024, 1, 1))
    return staff


def store_all(door: Device, punches: Sequence[Punch]) -> None:
    """As one poll does it."""
    door.refresh_from_db()
    store(door, Batch(punches=punches, cursor={}), receipt_now(Source.POLL))


def work_of(dates: Iterable[date]) -> list[Punch]:
    """Everybody is on time at both ends."""
    return [
        Punch(biometric_id=key, device_time=shown)
        for day in dates
        for key, names in WORKERS.items()
        for name in names
        for shown in shown_at(day, name)
    ]


def spoken() -> QuerySet[ProcessedAttendance]:
    """The days with punches; what is said of the morning after the last night does not matter here."""
    return ProcessedAttendance.objects.exclude(status="no_data")


def rows() -> list[dict[str, Any]]:
    """Everything that is derived, in order."""
    return list(spoken().order_by("user", "date", "check_in").values("user", "date", *DERIVED_FIELDS))


@pytest.mark.parametrize("zone", SIX)
def test_every_row_around_a_change_is_right_and_comes_back_when_deleted(zone: str) -> None:
    door = device(timezone=zone)
    staff = hire(door)
    dates = list(weeks(zone))
    store_all(door, work_of(dates))
    assert not ESSLAttendanceLog.objects.exclude(review="").exists()

    derive_pending()

    found = {(row.user_id, row.date, row.shift): row for row in spoken()}
    assert set(found) == {
        (staff[key].pk, day, name) for day in dates for key, names in WORKERS.items() for name in names
    }
    for (_, day, name), row in found.items():
        start, end = (instant_of(zone, at.date(), at.time().isoformat()) for at in shown_at(day, name))
        worked = night_length(zone, day) if name == "night" else {"day": 8, "early": 4, "late": 4}[name] * HOUR
        assert (row.check_in, row.check_out, row.worked) == (start, end, worked)
        assert (row.late, row.early, row.overtime, row.status, row.punch_count) == (NONE, NONE, NONE, "present", 2)
        assert row.is_outlier is False
    before = rows()
    ProcessedAttendance.objects.all().delete()
    derive({(user, day) for user, day, _ in found})
    assert rows() == before


@pytest.mark.parametrize("zone", SIX)
def test_windows_of_stored_days_touch_and_hold_each_punch_once(zone: str) -> None:
    door = device(timezone=zone)
    staff = hire(door)
    week = list(weeks(zone))[2:6]
    store_all(door, work_of(week))

    for user in staff.values():
        found = [work for day in days(6, week[0] - ONE_DAY) for work in explain(user.pk, day).work_days]
        assert all(one.window.end == other.window.start for one, other in itertools.pairwise(found))
        for log in ESSLAttendanceLog.objects.filter(user=user):
            assert sum(log.punch_time in work.window for work in found) == 1


@pytest.mark.parametrize("zone", sorted(LONG_NIGHTS))
def test_the_same_time_twice_in_one_night_is_an_hour_of_work(zone: str) -> None:
    door = device(timezone=zone)
    asha = employee("1")
    mapped(door, "1", asha)
    for night in LONG_NIGHTS[zone]:
        shown = twice(zone, night)
        store_all(door, [Punch(biometric_id="1", device_time=shown, fold=fold) for fold in (0, 1)])

    derive_pending()

    found = [(row.date, row.worked, row.punch_count) for row in ProcessedAttendance.objects.order_by("date")]
    assert found == [(twice(zone, night).date(), HOUR, 2) for night in LONG_NIGHTS[zone]]


def twice(zone: str, night: date) -> datetime:
    """A time that the clock there shows twice that night."""
    clocks = {"Europe/Dublin": 1, "America/New_York": 1, "Pacific/Chatham": 3, "Africa/Cairo": 23}
    day = night if zone == "Africa/Cairo" else night + ONE_DAY
    return datetime.combine(day, time(clocks[zone], 15))


@pytest.mark.parametrize("zone", sorted(SHORT_NIGHTS))
def test_a_morning_that_arrives_days_after_its_night_completes_it(zone: str) -> None:
    door = device(timezone=zone)
    hire(door)
    nights = [change + number * ONE_DAY for change in SHORT_NIGHTS[zone] for number in (-1, 0, 1)]
    ends = [shown_at(night, "night") for night in nights]
    store_all(door, [Punch(biometric_id="2", device_time=start) for start, _ in reversed(ends)])
    derive_pending()
    assert {row.status for row in ProcessedAttendance.objects.all()} == {"missing_check_out"}

    for _, end in reversed(ends):
        store_all(door, [Punch(biometric_id="2", device_time=end)])
        derive_pending()

    found = spoken().order_by("date").values_list("date", "worked", "check_in")
    assert list(found) == [(night, night_length(zone, night), instant_of(zone, night, "22:00")) for night in nights]
