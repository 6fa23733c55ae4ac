"""A round by cron runs the river and tells people; what cannot be told stops nothing, and is said."""

from typing import Any

import pytest

from attendance_devices.models import Incident
from attendance_devices.services.scheduling.cron import run_once_by_cron
from tests.builders.crm import MONDAY, setting, unplugged
from tests.builders.mail_server import OnStrike, backend

pytestmark = pytest.mark.django_db
WISH: dict[str, Any] = {"fetch": True, "map_people": True, "create": False, "since": MONDAY}


def test_a_mail_that_cannot_be_sent_is_an_error_of_the_round_and_its_rows_stand(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(DEVICE_EMAIL_RECIPIENTS=["it@example.com"], DEVICE_DOWN_FAILURES=1)
    settings.EMAIL_BACKEND = backend(OnStrike)

    found = run_once_by_cron([unplugged()], **WISH)

    assert Incident.objects.count() == 1
    (error,) = found.errors
    assert error.startswith("the mail about terminals: unexpected ConnectionRefusedError: the post office is closed")
    assert error in found.failures
