"""These tests run in both CRMs, but for the kills and the spelling, which know the tables of the first."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import pytest
import time_machine
from django.conf import settings

from tests.builders.crm import MONDAY, ZONE

FIRST_CRM = [
    "pipeline/test_kills.py",
    "posting/test_words_of_the_crm.py",
    "device_actions/test_kills_while_clearing.py",
]
collect_ignore = FIRST_CRM if settings.AUTH_USER_MODEL == "profile_crm.Member" else []


@pytest.fixture
def soon_after() -> Iterator[None]:
    """Two weeks after the days of these tests: the roll is called up to today, and years of it say nothing more."""
    with time_machine.travel(datetime.combine(MONDAY + timedelta(days=14), time(12), ZONE), tick=True):
        yield
