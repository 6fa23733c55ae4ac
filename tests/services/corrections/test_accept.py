"""What a person accepted counts from then on."""

from datetime import datetime, timedelta

import pytest

from attendance_devices.models import ESSLAttendanceLog, ProcessedAttendance
from attendance_devices.services.corrections.accept import accept_punches
from attendance_devices.services.days.derive import derive_pending
from tests.builders.crm import ZONE, device, employee, mapped, punched

pytestmark = pytest.mark.django_db


def test_a_punch_ahead_of_its_time_is_not_derived_until_somebody_accepts_it() -> None:
    gate = device()
    mapped(gate, "7", employee("7"))
    ahead = datetime.now(ZONE).replace(tzinfo=None, microsecond=0) + timedelta(minutes=30)
    punched(gate, ("7", ahead))
    derive_pending()
    assert not ProcessedAttendance.objects.exists()

    (accepted,) = accept_punches(ESSLAttendanceLog.objects.values_list("pk", flat=True))

    assert accepted.review == "future"
    derive_pending()
    assert ProcessedAttendance.objects.get().check_in == ESSLAttendanceLog.objects.get().punch_time
    assert ESSLAttendanceLog.objects.get().device_time == ahead, "what the terminal said never changes"


def test_what_was_never_in_doubt_is_left_alone() -> None:
    gate = device()
    punched(gate, ("7", datetime(2024, 1, 8, 9)))
    assert accept_punches(ESSLAttendanceLog.objects.values_list("pk", flat=True)) == []
