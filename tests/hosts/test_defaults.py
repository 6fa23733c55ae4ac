"""A column that holds its model's default says nothing: an open row made by hand is filled whole."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from attendance_devices.models import ProcessedAttendance
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.posting.post import post
from tests.builders.crm import MONDAY, ZONE, at, device, employee, mapped, punched
from tests.hosts.shapes.models import FlagSheet

pytestmark = pytest.mark.django_db
SHEET = {
    "ATTENDANCE_MODEL": "shapes.FlagSheet",
    "CHECK_IN_FIELD": "came",
    "CHECK_OUT_FIELD": "went",
    "EXTRA_FIELDS": {"is_sign_out": "check_out", "hours_worked": "worked"},
}


def shown(clock: str) -> datetime:
    return at(clock).replace(tzinfo=ZONE)


@pytest.fixture
def asha(settings: Any) -> Any:
    settings.ATTENDANCE_DEVICES = SHEET
    where, who = device(), employee("7")
    mapped(where, "7", who)
    punched(where, ("7", at("09:00")), ("7", at("17:00")))
    derive_pending()
    return who


def told() -> Any:
    return post(since=date(2024, 1, 1))


def sheet() -> tuple[Any, ...]:
    return FlagSheet.objects.values_list("came", "went", "is_sign_out", "hours_worked").get()


def test_an_open_row_made_by_hand_gets_its_flag_and_its_hours_too(asha: Any) -> None:
    FlagSheet.objects.create(user=asha, date=MONDAY, came=shown("08:30"))
    assert told().changed == 1
    assert sheet() == (shown("08:30"), shown("17:00"), True, Decimal("8.00"))


def test_what_somebody_chose_otherwise_than_the_default_stays(asha: Any) -> None:
    FlagSheet.objects.create(user=asha, date=MONDAY, came=shown("08:30"), hours_worked=4)
    told()
    assert sheet() == (shown("08:30"), shown("17:00"), True, Decimal("4.00"))


@pytest.mark.usefixtures("asha")
def test_a_person_who_sets_our_row_back_to_the_default_has_edited_it() -> None:
    assert told().created == 1
    FlagSheet.objects.update(is_sign_out=False)
    ProcessedAttendance.objects.update(posting_state="new")
    assert told().kept == 1
    assert sheet()[2] is False
