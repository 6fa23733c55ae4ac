"""What lines store becomes days, and rows of the CRM."""

from datetime import timedelta
from typing import Any

import pytest

from attendance_devices.services.live.processor import derive_and_post_new
from tests.builders.crm import crm_rows, device, employee, mapped, punched, setting
from tests.builders.live import clock

pytestmark = pytest.mark.django_db


def test_the_crm_is_told_at_once_as_far_back_as_the_clock_tells_it(settings: Any) -> None:
    gate = device()
    mapped(gate, "7", employee("7"))
    punched(gate, *(("7", clock() - timedelta(days=days)) for days in (40, 20, 1)))

    derive_and_post_new()
    assert len(crm_rows()) == 2
    settings.ATTENDANCE_DEVICES = setting(POST_DAYS=60)
    derive_and_post_new()
    assert len(crm_rows()) == 3
