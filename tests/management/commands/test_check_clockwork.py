"""``check_clockwork`` as cron or systemd runs it."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone

from attendance_devices.models import Heartbeat
from tests.builders.crm import nothing_is_written

pytestmark = pytest.mark.django_db


def ran(*options: str) -> str:
    out = StringIO()
    with nothing_is_written():
        call_command("check_clockwork", *options, stdout=out)
    return out.getvalue()


def test_a_clock_that_was_never_started_is_no_alarm() -> None:
    assert "The clock was never started." in ran()


def test_a_clock_that_goes_is_well() -> None:
    Heartbeat.objects.create(name="tick", at=datetime.now(UTC))
    assert ran().startswith("The clock goes: ")
    assert json.loads(ran("--format=json"))["alive"] is True


def test_a_clock_that_stands_still_ends_with_one() -> None:
    Heartbeat.objects.create(name="tick", at=datetime.now(UTC) - timedelta(minutes=11))
    with pytest.raises(CommandError, match=r"The clock stands still since 2.* Is qcluster running") as caught:
        ran()
    assert caught.value.returncode == 1


def test_a_schedule_in_the_far_future_is_brought_back() -> None:
    call_command("install_schedules", stdout=StringIO())
    rows = apps.get_model("django_q", "Schedule").objects
    rows.filter(func__endswith="poll_due").update(next_run=timezone.now() + timedelta(hours=2))
    out = StringIO()
    call_command("check_clockwork", "--mend", stdout=out)
    assert "attendance_devices poll was in the far future and runs now." in out.getvalue()


def test_a_schedule_that_stops_all_others_is_named() -> None:
    Heartbeat.objects.create(name="tick", at=datetime.now(UTC))
    apps.get_model("django_q", "Schedule").objects.create(name="bad", func="host.f", args="oops(")
    with pytest.raises(CommandError, match=r"\(bad\) cannot be read"):
        ran()
