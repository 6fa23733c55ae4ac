"""What the CRM is told of a day whose status it has no word for."""

from typing import Any

import pytest

from attendance_devices.models import ProcessedAttendance
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.posting.post import post
from tests.builders.crm import MONDAY, at, crm_row, punched, setting
from tests.builders.day_rules import somebody, works

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("spelled", "expected"),
    [({}, "Present"), ({"half_day": "Late"}, "Late")],
    ids=["a status without a word is the nearest", "unless the CRM has one"],
)
def test_what_the_crm_is_told_of_half_a_day(settings: Any, spelled: dict[str, str], expected: str) -> None:
    values = {"present": "Present", "late": "Late", "missing_check_out": "Incomplete"}
    settings.ATTENDANCE_DEVICES = setting(STATUS_VALUES=values | spelled)
    gate, asha = somebody()
    works(asha, "day", "09:00", "17:00", half_day_minutes=240)
    punched(gate, ("7", at("09:00")), ("7", at("12:00")))
    derive_pending()

    assert (post(since=MONDAY).created, ProcessedAttendance.objects.get().status) == (1, "half_day")
    assert crm_row(asha).status == expected
