"""Which clock the times in the CRM's columns are of, where the terminals' clocks are not those of ``TIME_ZONE``."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from attendance_devices.checks import check_clocks
from attendance_devices.models import Device, ProcessedAttendance
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.posting.post import post
from tests.builders.crm import MONDAY, at, device, employee, mapped, punched
from tests.hosts.shapes.models import ClockSheet, Visit

pytestmark = pytest.mark.django_db
KOLKATA = "Asia/Kolkata"
SHEET = {
    "ATTENDANCE_MODEL": "shapes.ClockSheet",
    "CHECK_IN_FIELD": "came",
    "CHECK_OUT_FIELD": "went",
    "EXTRA_FIELDS": {"said": "check_in"},
}
VISIT = {
    "ATTENDANCE_MODEL": "shapes.Visit",
    "DATE_FIELD": "",
    "CHECK_IN_FIELD": "came_at",
    "CHECK_OUT_FIELD": "went_at",
}


@pytest.fixture(autouse=True)
def site(settings: Any) -> Any:
    """As ``startproject`` leaves it."""
    settings.TIME_ZONE, settings.USE_TZ = "UTC", True
    return settings


def a_day(*clocks: str, zone: str = KOLKATA) -> Any:
    """Somebody's punches of one day, derived; the terminal's clock is of this zone."""
    where, asha = device(timezone=zone), employee("7")
    mapped(where, "7", asha)
    punched(where, *[("7", at(clock)) for clock in clocks])
    derive_pending()
    return asha


def told() -> Any:
    return post(since=date(2024, 1, 1))


def sheets() -> list[tuple[date, time | None, time | None, str]]:
    return list(ClockSheet.objects.order_by("date").values_list("date", "came", "went", "said"))


def test_columns_without_a_zone_get_date_and_times_of_the_terminals_clock(site: Any) -> None:
    site.ATTENDANCE_DEVICES = SHEET
    a_day("02:10", "21:57")
    assert told().created == 1
    assert sheets() == [(MONDAY, time(2, 10), time(21, 57), "2024-01-08 02:10:00")]


def test_they_are_not_taken_for_an_edit_and_a_second_post_changes_nothing(site: Any) -> None:
    site.ATTENDANCE_DEVICES = SHEET
    asha = a_day("02:10", "21:57")
    told()
    punched(Device.objects.get(), ("7", at("22:30")))
    derive_pending()
    assert told().changed == 1
    ProcessedAttendance.objects.update(posting_state="new")
    assert told().unchanged == 1
    assert sheets() == [(MONDAY, time(2, 10), time(22, 30), "2024-01-08 02:10:00")]
    assert ProcessedAttendance.objects.get(user=asha, date=MONDAY).time_zone == KOLKATA


def test_a_person_who_travels_has_each_day_by_the_clock_of_that_day(site: Any) -> None:
    site.ATTENDANCE_DEVICES = SHEET
    asha = a_day("09:00", "18:00")
    york = device("York", timezone="America/New_York")
    mapped(york, "7", asha)
    tuesday = date(2024, 1, 9)
    punched(york, ("7", at("08:00", tuesday)), ("7", at("20:30", tuesday)))
    derive_pending()
    told()
    assert [row[:3] for row in sheets()] == [(MONDAY, time(9), time(18)), (tuesday, time(8), time(20, 30))]


def test_times_by_the_site_are_refused_where_they_would_be_of_another_date(site: Any) -> None:
    site.ATTENDANCE_DEVICES = SHEET | {"COLUMN_TIME_ZONE": "site"}
    a_day("02:10", "21:57")
    found = told()
    assert (found.created, found.failed, sheets()) == (0, 1, [])
    assert "COLUMN_TIME_ZONE" in found.errors[0]


def test_times_by_the_site_are_written_where_somebody_asked_for_them(site: Any) -> None:
    site.ATTENDANCE_DEVICES = SHEET | {"COLUMN_TIME_ZONE": "site"}
    a_day("09:00", "18:00")
    assert told().created == 1
    assert sheets() == [(MONDAY, time(3, 30), time(12, 30), "2024-01-08 03:30:00")]


def test_instants_stay_instants_and_their_day_is_that_of_the_terminals_clock(site: Any) -> None:
    site.ATTENDANCE_DEVICES = VISIT
    a_day("02:10", "21:57")
    assert told().created == 1
    zone = ZoneInfo(KOLKATA)
    came, went = (datetime.combine(MONDAY, time.fromisoformat(clock), tzinfo=zone) for clock in ("02:10", "21:57"))
    assert list(Visit.objects.values_list("came_at", "went_at")) == [(came, went)]
    ProcessedAttendance.objects.update(posting_state="new")
    assert told().unchanged == 1, "the row is of the same day as ours, though UTC calls it another"


def test_a_check_warns_of_columns_without_a_zone_and_terminals_elsewhere(site: Any) -> None:
    site.ATTENDANCE_DEVICES = SHEET
    assert check_clocks(None, databases=["default"]) == []
    device("Pune", timezone=KOLKATA)
    (message,) = check_clocks(None, databases=["default"])
    assert message.id == "attendance_devices.W032"
    assert "came, went, said of shapes.ClockSheet hold no time zone" in message.msg
    assert "Asia/Kolkata" in message.msg and "UTC" in message.msg
    assert check_clocks(None) == [], "without a database nothing is asked"
    site.ATTENDANCE_DEVICES = VISIT
    assert check_clocks(None, databases=["default"]) == []


def test_a_row_of_somebody_elses_on_that_day_is_found_by_the_terminals_clock(site: Any) -> None:
    site.ATTENDANCE_DEVICES = VISIT
    asha = a_day("02:10", "21:57")
    Visit.objects.create(user=asha, came_at=datetime(2024, 1, 7, 20, 40, tzinfo=UTC))
    found = told()
    assert (found.created, found.changed, Visit.objects.count()) == (0, 1, 1)
