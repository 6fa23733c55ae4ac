"""A host without an attendance table inherits ours, names it, and is done."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.hosts.current import current_host
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.hosts.rows import bulk
from tests.builders.host_days import MONDAY, day, remembered
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


@pytest.mark.parametrize("people", [1, 3])
def test_its_stamps_are_those_of_a_save_whether_rows_are_written_alone_or_together(
    people: int, django_user_model: Any
) -> None:
    rows = [day(django_user_model.objects.create(username=f"asma-{number}")) for number in range(people)]
    host = current_host()
    before = timezone.now()
    made = host.write_rows(host.plan_rows(rows))
    between = timezone.now()
    changes = [remembered(row, done, status="late") for row, done in zip(rows, made, strict=True)]
    host.write_rows(host.plan_rows(changes))
    assert isinstance(host, DeclaredHost)
    assert bulk.is_safe(host._shape)
    for row in Attendance.objects.all():
        assert before <= row.created_at <= between <= row.updated_at <= timezone.now()
        assert row.status == "late"
    assert Attendance.objects.count() == people
