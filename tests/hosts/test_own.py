"""A host without an attendance table inherits ours, names it, and is done."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import call_command

from attendance_devices.domain.posting import PostAction
from attendance_devices.hosts.current import current_host
from tests.hosts.days import MONDAY, day
from tests.hosts.own.models import Attendance

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def inherited(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = {
        "ATTENDANCE_MODEL": "own.Attendance",
        "STATUS_FIELD": "status",
        "STATUS_VALUES": {"present": "present", "late": "late", "missing_check_out": "incomplete"},
    }


def test_the_field_names_are_those_that_the_settings_expect(django_user_model: Any) -> None:
    call_command("check")
    user = django_user_model.objects.create(username="asma")
    host = current_host()
    (outcome,) = host.write_rows(host.plan_rows([day(user)]))
    row = Attendance.objects.get()
    assert outcome.action is PostAction.CREATE
    assert (row.user, row.date, row.status) == (user, MONDAY, "present")
    assert str(row) == f"asma {MONDAY} present"


def test_its_times_are_exact_instants(django_user_model: Any) -> None:
    user = django_user_model.objects.create(username="asma")
    came, went = datetime(2024, 11, 3, 5, 30, tzinfo=UTC), datetime(2024, 11, 3, 6, 30, tzinfo=UTC)
    host = current_host()
    host.write_rows(host.plan_rows([day(user, date=date(2024, 11, 3), check_in=came, check_out=went)]))
    row = Attendance.objects.get()
    assert (row.check_in, row.check_out) == (came, went)
