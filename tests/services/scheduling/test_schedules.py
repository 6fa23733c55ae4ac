"""Schedules are made once; what a person changes or deletes stays so."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.apps import apps
from django.test import modify_settings
from django.utils import timezone

from attendance_devices.exceptions import QueueMissing
from attendance_devices.models import Heartbeat, InstalledSchedule
from attendance_devices.services.scheduling.schedules import (
    DeclaredSchedule,
    ScheduleState,
    blocking_rows,
    install,
    remove,
    repair,
    schedule_statuses,
)
from attendance_devices.services.workers.heartbeat import BeatSource, pulse

pytestmark = pytest.mark.django_db
TICK = DeclaredSchedule(key="poll", task="poll_due", minutes=1, words="ticks")
NIGHT = DeclaredSchedule(key="clean", task="clean_up", at=time(2), words="cleans")
BOTH = [TICK, NIGHT]
Schedule: Any = apps.get_model("django_q", "Schedule")


def states() -> dict[str, ScheduleState]:
    return {one.planned.key: one.state for one in schedule_statuses(BOTH)}


def test_what_is_missing_is_made_once() -> None:
    assert states() == {"poll": ScheduleState.MISSING, "clean": ScheduleState.MISSING}
    assert install(BOTH) == BOTH
    assert install(BOTH) == []
    assert states() == {"poll": ScheduleState.INSTALLED, "clean": ScheduleState.INSTALLED}
    tick = Schedule.objects.get(func="attendance_devices.tasks.poll_due")
    assert (tick.name, tick.minutes, tick.repeats) == ("attendance_devices poll", 1, -1)
    assert tick.next_run <= timezone.now()


def test_the_first_night_is_the_next_one_on_the_clock_of_the_site() -> None:
    install([NIGHT])
    (one,) = schedule_statuses([NIGHT])
    assert one.next_run is not None
    assert one.next_run.astimezone(timezone.get_default_timezone()).time() == time(2)
    assert timedelta(0) < one.next_run - datetime.now(UTC) <= timedelta(hours=25)


def test_a_schedule_that_is_new_in_a_later_version_is_added() -> None:
    install([TICK])
    assert install(BOTH) == [NIGHT]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"minutes": 10}, "minutes is 10, not 1"),
        ({"repeats": 0}, "repeats is 0, not -1"),
        ({"name": "ours"}, "name is 'ours', not 'attendance_devices poll'"),
        ({"kwargs": "x=1"}, "kwargs is 'x=1', not None"),
        ({"cluster": "slow"}, "cluster is 'slow', not None"),
    ],
)
def test_what_a_person_changed_stays_and_is_told(change: dict[str, Any], said: str) -> None:
    install(BOTH)
    Schedule.objects.filter(func=TICK.func).update(**change)
    assert install(BOTH) == []
    one, _ = schedule_statuses(BOTH)
    assert (one.state, list(one.changes)) == (ScheduleState.CHANGED, [said])


def test_another_hour_of_the_night_is_a_change() -> None:
    install(BOTH)
    row = Schedule.objects.get(func=NIGHT.func)
    row.next_run += timedelta(hours=1, minutes=30)
    row.save()
    _, one = schedule_statuses(BOTH)
    assert (one.state, list(one.changes)) == (ScheduleState.CHANGED, ["it runs at 03:30, not at 02:00"])


def test_a_schedule_that_runs_on_and_on_is_no_change() -> None:
    install(BOTH)
    for row in Schedule.objects.all():
        row.next_run = row.calculate_next_run()
        row.save()
    assert set(states().values()) == {ScheduleState.INSTALLED}


def test_what_a_person_deleted_stays_deleted_until_it_is_wanted_again() -> None:
    install(BOTH)
    Schedule.objects.filter(func=TICK.func).delete()
    assert install(BOTH) == []
    assert states() == {"poll": ScheduleState.DELETED, "clean": ScheduleState.INSTALLED}
    assert install(BOTH, again=["poll", "clean"]) == [TICK]
    assert states()["poll"] is ScheduleState.INSTALLED
    assert Schedule.objects.count() == 2


def test_a_schedule_that_a_person_made_by_hand_is_not_made_twice_nor_taken_away() -> None:
    Schedule.objects.create(name="mine", func=TICK.func, schedule_type="I", minutes=2)
    assert install(BOTH) == [NIGHT]
    assert states() == {"poll": ScheduleState.BY_HAND, "clean": ScheduleState.INSTALLED}
    assert remove() == 1
    assert Schedule.objects.get().name == "mine"


def test_only_ours_are_taken_away_and_then_they_can_be_made_anew() -> None:
    Schedule.objects.create(name="the host's", func="host.tasks.report", schedule_type="D")
    install(BOTH)
    Schedule.objects.filter(func=NIGHT.func).update(func="host.tasks.mine_now")
    assert remove() == 1
    assert sorted(Schedule.objects.values_list("func", flat=True)) == ["host.tasks.mine_now", "host.tasks.report"]
    assert not InstalledSchedule.objects.exists()
    assert install(BOTH) == BOTH


def test_whoever_takes_them_away_and_uses_cron_is_not_told_that_the_clock_stands_still() -> None:
    install(BOTH)
    Heartbeat.objects.create(name=BeatSource.TICK, at=datetime.now(UTC) - timedelta(days=3))
    Heartbeat.objects.create(name="duty clean", at=datetime.now(UTC))
    assert not pulse().is_alive

    remove()

    assert pulse().is_alive
    assert [row.name for row in Heartbeat.objects.all()] == ["duty clean"]


@pytest.mark.parametrize("hours", [-1.5, 0, 0.5, 2, 24 * 400])
def test_a_schedule_that_a_clock_set_back_left_in_the_far_future_comes_back(hours: float) -> None:
    install(BOTH)
    Schedule.objects.create(name="the host's", func="host.f", next_run=timezone.now() + timedelta(days=700))
    before = {row.func: row.next_run for row in Schedule.objects.all()}
    for row in Schedule.objects.exclude(func="host.f"):
        row.next_run += timedelta(hours=hours)
        row.save()
    tick_moved, night_moved = hours > 0, hours > 25
    mended = repair()
    assert ("attendance_devices poll" in mended) is tick_moved
    assert ("attendance_devices clean" in mended) or not night_moved
    rows = {row.func: row.next_run for row in Schedule.objects.all()}
    assert rows[TICK.func] - timezone.now() <= timedelta(minutes=2)
    assert rows[NIGHT.func] - timezone.now() <= timedelta(hours=25)
    assert rows["host.f"] == before["host.f"]
    assert repair() == []


def test_without_a_queue_it_says_what_to_do_instead() -> None:
    with modify_settings(INSTALLED_APPS={"remove": "django_q"}):
        for verb in (lambda: install(BOTH), remove, lambda: schedule_statuses(BOTH)):
            with pytest.raises(QueueMissing, match=r"Add 'django_q' to INSTALLED_APPS.* or do without, by cron"):
                verb()
        assert blocking_rows() == []
        assert repair() == []


def look() -> None:
    """As a cluster does twice a minute, but over the connection of the test, which it would close."""
    from django_q import scheduler as of_django_q

    with patch.object(of_django_q, "close_old_django_connections"):
        of_django_q.scheduler()


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"args": "1, oops"}, id="arguments that are no literals"),
        pytest.param({"args": "1,, 2"}, id="arguments that are no Python"),
        pytest.param({"kwargs": "5"}, id="keywords that are a number"),
        pytest.param({"kwargs": "{'q_options': 5}"}, id="options that are a number"),
        pytest.param({"schedule_type": "ZZ"}, id="an interval that nobody knows"),
    ],
)
def test_a_row_at_which_the_scheduler_stops_is_named(facts: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    bad = Schedule.objects.create(name="bad one", func="host.f", **{"schedule_type": "D"} | facts)
    Schedule.objects.update(next_run=timezone.now() - timedelta(minutes=1))
    (said,) = blocking_rows()
    assert said.startswith(f"Schedule {bad.pk} (bad one) cannot be read (")
    assert "No schedule runs until it is corrected" in said

    look()
    assert apps.get_model("django_q", "OrmQ").objects.count() == 0, "django-q2 really stops at it"
    Schedule.objects.update(repeats=0)
    assert blocking_rows() == []


@pytest.mark.parametrize(
    "facts", [{"args": "1, 'x'"}, {"kwargs": "x=1, y='z'"}, {"kwargs": "{'x': 1}"}, {"kwargs": "(("}]
)
def test_a_row_that_the_scheduler_can_read_is_not_named(facts: dict[str, Any]) -> None:
    install([TICK])
    Schedule.objects.update(**facts, next_run=timezone.now() - timedelta(minutes=1))
    assert blocking_rows() == []
    look()
    assert apps.get_model("django_q", "OrmQ").objects.count() == 1
