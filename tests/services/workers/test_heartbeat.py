"""Is the clock going, and what is said if not?"""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.models import Heartbeat, InstalledSchedule
from attendance_devices.services.workers.heartbeat import BeatSource, beat, pulse, task_started

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def beaten(name: BeatSource, ago: timedelta) -> None:
    Heartbeat.objects.update_or_create(name=name, defaults={"at": datetime.now(UTC) - ago})


def installed(ago: timedelta) -> None:
    InstalledSchedule.objects.create(key="poll", when=datetime.now(UTC) - ago)


def test_a_beat_is_one_row_however_often() -> None:
    beat(BeatSource.TICK, "first")
    beat(BeatSource.TICK, "second")
    assert Heartbeat.objects.get().note == "second"
    assert pulse().is_alive
    assert pulse().words.startswith("The clock goes: 0 s ago")


def test_many_tasks_beat_seldom() -> None:
    task_started()
    first = Heartbeat.objects.get().at
    with CaptureQueriesContext(connection) as queries:
        task_started()
    assert Heartbeat.objects.get().at == first
    assert len(queries) == 1
    beaten(BeatSource.WORK, MINUTE)
    task_started()
    assert Heartbeat.objects.get().at > first


def test_a_mark_of_the_future_is_set_right_by_the_next_task() -> None:
    beaten(BeatSource.WORK, -60 * MINUTE)
    assert not pulse().is_alive
    task_started()
    assert pulse().is_alive


@pytest.mark.parametrize(
    ("since_install", "tick", "work", "alive", "said"),
    [
        pytest.param(None, None, None, True, "never started", id="nothing is installed"),
        pytest.param(1, None, None, True, "has not ticked yet", id="installed just now"),
        pytest.param(11, None, None, False, "never ticked. Is qcluster running?", id="installed, and no cluster"),
        pytest.param(99, 1, None, True, "The clock goes: 60 s", id="it ticks"),
        pytest.param(99, 11, 1, True, "The clock goes", id="workers are busy with slow terminals"),
        pytest.param(99, 11, 12, False, "stands still since", id="nothing happened for long"),
        pytest.param(None, 11, None, False, "stands still since", id="schedules made by hand, and nothing happened"),
    ],
)
def test_how_it_stands(since_install: int | None, tick: int | None, work: int | None, alive: bool, said: str) -> None:
    if since_install is not None:
        installed(since_install * MINUTE)
    if tick is not None:
        beaten(BeatSource.TICK, tick * MINUTE)
    if work is not None:
        beaten(BeatSource.WORK, work * MINUTE)
    found = pulse()
    assert found.is_alive is alive
    assert said in found.words
    assert (found.installed is None) is (since_install is None)
    assert (found.tick is None) is (tick is None)
    assert (found.age is None) is (tick is None and work is None)
