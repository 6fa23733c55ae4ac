"""Which date it is at the site, and how far back the CRM is told."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from attendance_devices.services.devices.local_time import days_ago, first_day_posted, today
from tests.builders.crm import ZONE, setting


def test_the_date_is_that_of_the_site_s_own_zone() -> None:
    assert today() in {datetime.now(ZONE).date(), (datetime.now(ZONE) - timedelta(minutes=1)).date()}


@pytest.mark.parametrize(("days", "back"), [(0, 0), (0.5, 0), (1, 1), (31, 31)])
def test_part_of_a_day_is_no_day_back(days: float, back: int) -> None:
    assert days_ago(days) == today() - timedelta(days=back)


@pytest.mark.parametrize("days", [1e6, 1e12])
def test_further_back_than_dates_go_is_the_first_of_them(days: float) -> None:
    assert days_ago(days) == date.min


def test_the_crm_is_told_as_far_back_as_the_setting_says(settings: Any) -> None:
    assert first_day_posted() == today() - timedelta(days=31)
    settings.ATTENDANCE_DEVICES = setting(POST_DAYS=3)
    assert first_day_posted() == today() - timedelta(days=3)
