"""A cluster of this machine that begins no task while others do."""

import multiprocessing
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.models import Heartbeat
from attendance_devices.services.workers import cluster_health
from attendance_devices.services.workers.cluster_health import PREFIX, own_mark, stalled_clusters
from attendance_devices.services.workers.heartbeat import BeatSource, beat, task_started
from attendance_devices.services.workers.leases import machine_name
from tests.builders.shared_database import until

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
NOW = datetime.now(UTC)


@pytest.fixture
def in_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a worker process of a cluster whose sentinel is this process."""
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: SimpleNamespace(pid=os.getpid()))


def marked(note: str, minutes: float) -> None:
    Heartbeat.objects.create(name=f"{PREFIX}{note[-20:]}", at=NOW - minutes * MINUTE, note=note)


def here(began: str = "") -> str:
    """The note of a cluster of this machine that is there, or was."""
    return f"{machine_name()}:{os.getpid()}:{began or cluster_health._process_start(os.getpid())}"


def test_a_worker_leaves_the_mark_of_its_cluster_and_seldom(in_a_worker: None) -> None:
    task_started()
    mark = own_mark()
    assert mark is not None
    assert Heartbeat.objects.get(name=mark.name).note == here()
    with CaptureQueriesContext(connection) as queries:
        task_started()
    assert len(queries) == 1
    Heartbeat.objects.update(at=NOW - 2 * MINUTE)
    task_started()
    assert set(Heartbeat.objects.filter(at__gt=NOW - MINUTE).values_list("name", flat=True)) == {"work", mark.name}


def test_a_process_that_is_nobody_s_worker_leaves_none() -> None:
    assert own_mark() is None
    task_started()
    assert list(Heartbeat.objects.values_list("name", flat=True)) == ["work"]


@pytest.mark.parametrize(
    ("note", "minutes", "is_told"),
    [
        pytest.param(here(), 41, True, id="it is there and does nothing"),
        pytest.param(here(), 39, False, id="two clusters, and twenty minutes for each"),
        pytest.param(here("1"), 41, False, id="another process has its number now"),
        pytest.param(f"{machine_name()}:999999999:1", 41, False, id="it is gone"),
        pytest.param("elsewhere/pid:[1]:1:1", 41, False, id="of another machine nobody knows"),
        pytest.param(here(), 60 * 24 * 8, False, id="not for ever"),
    ],
)
def test_who_is_told_of(note: str, minutes: float, is_told: bool) -> None:
    marked("elsewhere/pid:[1]:7:1", 0)
    marked(note, minutes)
    found = stalled_clusters(NOW)
    assert len(found) == is_told
    assert all(f"The cluster of process {os.getpid()} on this machine" in words for words in found)


def test_while_nobody_does_anything_no_cluster_is_blamed() -> None:
    marked(here(), 600)
    assert stalled_clusters(None) == []
    assert stalled_clusters(NOW - 590 * MINUTE) == []


def test_after_a_standstill_all_clusters_begin_anew(in_a_worker: None) -> None:
    marked(f"{machine_name()}:1:1", 60)
    beat(BeatSource.WORK)
    Heartbeat.objects.filter(name=BeatSource.WORK).update(at=NOW - 60 * MINUTE)
    task_started()
    assert Heartbeat.objects.filter(name__startswith=PREFIX).count() == 1, "its own"


def test_a_dead_process_that_nobody_has_buried_is_gone() -> None:
    with subprocess.Popen(["true"]) as child:
        until(lambda: not cluster_health._process_start(child.pid), "it has ended")
        assert Path(f"/proc/{child.pid}").exists()
