"""The days that a person touched are brought up to date by a worker, or at once, or are told to wait."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps

from attendance_devices.models import Heartbeat, PendingDay, ProcessedAttendance
from attendance_devices.services.pipeline import follow_up
from attendance_devices.services.pipeline.follow_up import bring_days_up_to_date
from tests.builders.crm import at, days, device, employee, mapped, punched

pytestmark = pytest.mark.django_db
OrmQ: Any = apps.get_model("django_q", "OrmQ")


def touched(count: int) -> None:
    gate = device()
    mapped(gate, "7", employee("7"))
    punched(gate, *[("7", at("09:00", day)) for day in days(count)])


def test_nothing_is_said_where_nothing_waits() -> None:
    assert bring_days_up_to_date() == ""


def test_without_a_worker_a_few_days_are_derived_at_once() -> None:
    touched(3)
    assert bring_days_up_to_date() == "3 days were derived."
    assert (ProcessedAttendance.objects.count(), PendingDay.objects.count()) == (3, 0)


def test_many_days_are_left_to_the_next_run_and_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow_up, "FEW_DAYS", 2)
    touched(3)
    assert "More than 2 days wait" in bring_days_up_to_date()
    assert PendingDay.objects.count() == 3


def test_with_a_worker_they_are_its_work(django_capture_on_commit_callbacks: Any) -> None:
    Heartbeat.objects.create(name="work", at=datetime.now(UTC))
    touched(1)
    with django_capture_on_commit_callbacks(execute=True):
        assert bring_days_up_to_date() == "A worker brings the days up to date."
    assert OrmQ.objects.get().task["func"].endswith("derive_and_post")


def test_what_fails_is_told_and_the_days_still_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Any:
        raise LookupError("a defect")

    monkeypatch.setattr(follow_up, "derive_and_post", broken)
    touched(1)
    assert "unexpected LookupError" in bring_days_up_to_date()
    assert PendingDay.objects.count() == 1
