"""``install_schedules`` as a person runs it."""

import json
from datetime import datetime
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import modify_settings

from attendance_devices import schedules
from tests.builders.crm import nothing_is_written

pytestmark = pytest.mark.django_db


def ran(*options: str) -> str:
    out = StringIO()
    call_command("install_schedules", *options, stdout=out)
    return out.getvalue()


def test_it_makes_them_once_and_shows_them() -> None:
    count = len(schedules.SCHEDULES)
    first = ran().splitlines()
    assert first[-1].startswith(f"{count} schedules created.")
    assert ran().splitlines()[-1].startswith("0 schedules created.")
    with nothing_is_written():
        lines = ran("--show").splitlines()
    assert len(lines) == count
    assert lines[0].startswith("poll    every 1 min     installed; next run 2")
    assert lines[0].endswith("; it hands out the terminals whose turn it is")


def test_one_that_was_deleted_says_how_it_comes_back() -> None:
    ran()
    rows = apps.get_model("django_q", "Schedule").objects
    rows.filter(func__endswith="sweep").delete()
    rows.filter(func__endswith="poll_due").update(minutes=3)
    told = ran("--show")
    assert "sweep   every 60 min    deleted by a person" in told
    assert "It stays deleted; install_schedules --again sweep makes it again." in told
    assert "poll    every 1 min     changed by a person" in told
    assert "        minutes is 3, not 1" in told
    assert "1 schedule created." in ran("--again", "sweep")


def test_they_are_taken_away() -> None:
    ran()
    assert ran("--remove").splitlines()[-1] == f"{len(schedules.SCHEDULES)} schedules removed."
    assert "not installed" in ran("--show")


def test_a_row_that_stops_all_others_is_shown() -> None:
    apps.get_model("django_q", "Schedule").objects.create(name="bad", func="host.f", args="oops(")
    assert "(bad) cannot be read" in ran("--show")
    told = json.loads(ran("--show", "--format=json"))
    assert "(bad) cannot be read" in told["blocked"][0]


def test_for_machines() -> None:
    told = json.loads(ran("--format=json"))
    assert told["done"].startswith(f"{len(schedules.SCHEDULES)} schedules created.")
    tick = told["schedules"][0]
    assert (tick["key"], tick["function"], tick["state"]) == ("poll", "attendance_devices.tasks.poll_due", "installed")
    assert datetime.fromisoformat(tick["next_run"]).utcoffset() is not None


def test_without_a_queue_it_is_wrong_usage_with_a_way_out() -> None:
    with modify_settings(INSTALLED_APPS={"remove": "django_q"}), pytest.raises(CommandError) as caught:
        ran()
    assert caught.value.returncode == 2
    assert "by cron: */5 * * * *" in str(caught.value)
