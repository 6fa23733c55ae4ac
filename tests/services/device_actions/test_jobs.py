"""What a person asks of a terminal: asked for once, done once, and told how it ended, whatever happens meanwhile.

Covers: services/device_actions/actions, services/device_actions/launch, services/workers/queue.
"""

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import connection

from attendance_devices import tasks
from attendance_devices.domain.devices.jobs import JobKind, JobState
from attendance_devices.models import AuditEntry, Device, ESSLAttendanceLog, Heartbeat, PendingDay, SyncRun
from attendance_devices.services.device_actions import jobs
from attendance_devices.services.device_actions import launch as launching
from attendance_devices.services.device_actions.actions import JobBudget
from attendance_devices.services.device_actions.jobs import find_job, jobs_of, plan_of, request_job, run_job
from attendance_devices.services.device_actions.launch import launch_jobs
from attendance_devices.services.workers.leases import leased
from attendance_devices.simulators.zkteco import Faults
from tests.builders.crm import MONDAY, at, device, employee, on_the_wall, people, taps, terminal, unplugged
from tests.builders.shared_database import shared_database, until

pytestmark = pytest.mark.django_db
OrmQ: Any = apps.get_model("django_q", "OrmQ")
ROOT = Path(__file__).parents[3]
PURSE = JobBudget(seconds=20, enqueue_days=lambda: None)


def operator(*rights: str) -> Any:
    user = get_user_model().objects.create_user(username="operator", password="x")
    user.user_permissions.set(Permission.objects.filter(codename__in=rights or ("collect_punches", "write_to_device")))
    return user


def a_worker() -> None:
    """A task of the queue began just now."""
    Heartbeat.objects.create(name="work", at=datetime.now(UTC))


def outcomes(kind: JobKind) -> list[str]:
    return list(AuditEntry.objects.filter(verb=kind).order_by("pk").values_list("outcome", flat=True))


def later(amount: timedelta) -> None:
    """As if it had been asked for, and taken, so long ago."""
    for entry in AuditEntry.objects.all():
        if "until" in entry.details:
            moved = datetime.fromisoformat(entry.details["until"]) - amount
            entry.details |= {"until": moved.isoformat()}
        entry.at -= amount
        entry.save()


def test_a_poll_is_waiting_then_done_and_its_end_says_what_came() -> None:
    by = operator()
    with on_the_wall(terminal(people(("7", "Asha")), taps(("7", at("09:00")), ("7", at("17:00"))))) as gate:
        job, is_new = request_job(JobKind.POLL, gate, by=by)
        assert (job.state, is_new, job.asked_by) == (JobState.WAITING, True, "operator")

        done = run_job(job.key, PURSE)

    assert done is not None
    assert (done.state, done.words) == (JobState.DONE, "The whole log was read: 2 new, 0 known, 0 unreadable.")
    assert ESSLAttendanceLog.objects.count() == 2
    assert [one.key for one in jobs_of([gate.pk])] == [job.key]
    assert outcomes(JobKind.POLL) == ["begun", "begun", "done"]


def test_what_was_asked_for_and_is_not_over_is_not_asked_for_twice() -> None:
    gate, by = device(), operator()
    first, _ = request_job(JobKind.POLL, gate, by=by)
    again, is_new = request_job(JobKind.POLL, gate, by=by)
    other, is_other_new = request_job(JobKind.TEST, gate, by=by)
    assert (again.key, is_new) == (first.key, False)
    assert (other.key != first.key, is_other_new) == (True, True)


def test_a_job_is_done_once_however_often_the_queue_hands_it_out() -> None:
    by = operator()
    with on_the_wall(terminal()) as gate:
        job, _ = request_job(JobKind.POLL, gate, by=by)
        assert run_job(job.key, PURSE) is not None
        assert run_job(job.key, PURSE) is None
    assert SyncRun.objects.count() == 1
    assert run_job(987_654, PURSE) is None


def test_a_job_that_no_worker_took_is_lost_and_a_worker_that_comes_later_leaves_it_alone() -> None:
    by = operator()
    with on_the_wall(terminal()) as gate:
        job, _ = request_job(JobKind.POLL, gate, by=by)
        later(jobs.IN_QUEUE)
        found = find_job(job.key)
        assert found is not None and found.state is JobState.LOST
        assert "No worker took it" in found.words
        assert run_job(job.key, PURSE) is None
        assert request_job(JobKind.POLL, gate, by=by)[1], "it may be asked for again"
    assert SyncRun.objects.count() == 0


def test_a_worker_that_hangs_is_lost_after_its_deadline_and_not_under_way_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate, by = device(), operator()
    job, _ = request_job(JobKind.POLL, gate, by=by)
    assert jobs._try_take(job.key, timedelta(seconds=30)) is not None
    found = find_job(job.key)
    assert found is not None and found.state is JobState.RUNNING
    later(timedelta(seconds=31))
    found = find_job(job.key)
    assert found is not None and (found.state, found.is_open) == (JobState.LOST, False)
    assert "gone, or hangs" in found.words


def test_what_a_clock_that_was_wrong_says_is_not_believed() -> None:
    gate, by = device(), operator()
    job, _ = request_job(JobKind.POLL, gate, by=by)
    later(-timedelta(days=400))
    found = find_job(job.key)
    assert found is not None and found.state is JobState.LOST


def test_a_test_tells_each_step_and_names_nobody_in_the_trail() -> None:
    by = operator()
    with on_the_wall(terminal(people(("7", "Asha Nair")), taps(("7", at("09:00"))))) as gate:
        done = run_job(request_job(JobKind.TEST, gate, by=by)[0].key, PURSE)
    assert done is not None and done.is_good and done.words == "All well."
    steps = {step.name: step.found for step in done.steps}
    assert (steps["password"], steps["people"]) == ("accepted", "1 listed")
    assert "Asha" not in str(AuditEntry.objects.order_by("-pk").first().details)


def test_a_dead_terminal_is_told_with_what_to_do_next() -> None:
    gate, by = unplugged(), operator()
    poll = run_job(request_job(JobKind.POLL, gate, by=by)[0].key, PURSE)
    test = run_job(request_job(JobKind.TEST, gate, by=by)[0].key, PURSE)
    assert poll is not None and poll.state is JobState.FAILED and "Check the port" in poll.words
    assert test is not None and test.state is JobState.FAILED
    assert "Check the port" in test.steps[-1].next_step


def test_a_terminal_that_somebody_reads_is_left_to_that_one() -> None:
    by = operator()
    with on_the_wall(terminal()) as gate, leased(gate.pk, timedelta(minutes=1)):
        poll = run_job(request_job(JobKind.POLL, gate, by=by)[0].key, PURSE)
        test = run_job(request_job(JobKind.TEST, gate, by=by)[0].key, PURSE)
    assert poll is not None and (poll.state, "Another process" in poll.words) == (JobState.DONE, True)
    assert test is not None and (test.state, "another process" in test.words) == (JobState.FAILED, True)


def test_a_clock_is_looked_at_and_then_set_and_both_are_in_the_trail() -> None:
    by = operator()
    machine = terminal()
    with on_the_wall(machine) as gate:
        machine.now = machine.now - timedelta(minutes=5)
        look = run_job(request_job(JobKind.LOOK, gate, by=by)[0].key, PURSE)
        assert look is not None and "would be set to" in look.words
        assert plan_of(gate.pk, look.key) == look
        assert plan_of(gate.pk + 1, look.key) is None
        assert not [command for command, _ in machine.journal if command == 202], "nothing was set yet"

        done = run_job(request_job(JobKind.CLOCK, gate, by=by)[0].key, PURSE)

        assert done is not None and (done.state, "is right now" in done.words) == (JobState.DONE, True)
        later(jobs.PLAN_HOLDS + timedelta(seconds=1))
        assert plan_of(gate.pk, look.key) is None, "what was seen then may not be so now"
    assert AuditEntry.objects.filter(verb="set_clock", by=by).count() == 2


@pytest.mark.parametrize("kind", list(JobKind))
def test_each_job_has_its_right(kind: JobKind) -> None:
    gate, by = device(), operator("view_device")
    with pytest.raises(PermissionDenied):
        request_job(kind, gate, by=by)
    assert not AuditEntry.objects.exists()


def test_a_right_that_was_taken_away_while_it_waits_is_asked_for_again() -> None:
    machine, by = terminal(), operator()
    with on_the_wall(machine) as gate:
        machine.now = machine.now - timedelta(minutes=5)
        job, _ = request_job(JobKind.CLOCK, gate, by=by)
        by.user_permissions.clear()
        done = run_job(job.key, PURSE)
        orphan, _ = request_job(JobKind.CLOCK, gate, by=get_user_model().objects.get(pk=_again(by).pk))
        by.delete()
        nobody = run_job(orphan.key, PURSE)
        assert not [command for command, _ in machine.journal if command == 202]
    assert done is not None and done.state is JobState.REFUSED
    assert nobody is not None and nobody.state is JobState.REFUSED


def _again(by: Any) -> Any:
    by.user_permissions.set(Permission.objects.filter(codename="write_to_device"))
    return by


def test_a_defect_of_ours_is_an_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> Any:
        raise LookupError("a defect")

    monkeypatch.setattr(jobs, "run_job_action", broken)
    gate, by = device(), operator()
    done = run_job(request_job(JobKind.POLL, gate, by=by)[0].key, PURSE)
    assert done is not None and done.state is JobState.FAILED
    assert "unexpected LookupError: a defect" in done.words


def test_with_a_worker_it_is_put_into_the_queue_and_the_worker_does_it(
    django_capture_on_commit_callbacks: Any,
) -> None:
    by = operator()
    a_worker()
    with on_the_wall(terminal(people(("7", "Asha")), taps(("7", at("09:00"))))) as gate:
        with django_capture_on_commit_callbacks(execute=True):
            launched = launch_jobs(JobKind.POLL, [gate], by=by)
            again = launch_jobs(JobKind.POLL, [gate], by=by)
        assert (launched.by_worker, [job.state for job in launched.jobs]) == (True, [JobState.WAITING])
        assert ([job.key for job in again.already], again.jobs) == ([launched.jobs[0].key], [])
        (row,) = OrmQ.objects.all()
        assert (row.task["func"], row.task["args"]) == ("attendance_devices.tasks.do_job", (launched.jobs[0].key,))

        said = tasks.do_job(*row.task["args"])

    assert said["said"].startswith("done: The whole log was read: 1 new")
    assert tasks.do_job(*row.task["args"])["said"] == "not wanted any more"


def test_without_a_worker_it_is_done_at_once_with_the_days(settings: Any) -> None:
    by, asha = operator(), employee("7", "Asha")
    with on_the_wall(terminal(people(("7", "Asha")), taps(("7", at("09:00")), ("7", at("17:00"))))) as gate:
        launched = launch_jobs(JobKind.POLL, [gate], by=by)
    assert (launched.by_worker, [job.state for job in launched.jobs]) == (False, [JobState.DONE])
    assert launched.days == "1 day was derived."
    assert not PendingDay.objects.exists()
    assert asha.pk and MONDAY
    assert OrmQ.objects.count() == 0


def test_a_worker_that_began_nothing_for_long_is_not_waited_for() -> None:
    by = operator()
    Heartbeat.objects.create(name="work", at=datetime.now(UTC) - timedelta(minutes=4))
    Heartbeat.objects.create(name="tick", at=datetime.now(UTC))
    with on_the_wall(terminal()) as gate:
        assert not launch_jobs(JobKind.POLL, [gate], by=by).by_worker


def test_without_a_worker_nobody_waits_for_more_terminals_than_there_is_time_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(launching, "HERE_SECONDS", 1.0)
    monkeypatch.setattr(launching, "SHORTEST", 0.75)
    by = operator()
    with (
        on_the_wall(terminal(faults=Faults(stall_after_bytes=0)), "Slow") as slow,
        on_the_wall(terminal(), "Well") as well,
    ):
        launched = launch_jobs(JobKind.POLL, [slow, well], by=by)
    assert [job.state for job in launched.jobs] == [JobState.FAILED]
    assert launched.late == ["Well"]
    assert not AuditEntry.objects.filter(device=well).exists(), "what was not begun leaves nothing"


def test_a_queue_that_takes_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> None:
        raise ConnectionError("the broker is away")

    monkeypatch.setattr(launching, "enqueue", broken)
    a_worker()
    (job,) = launch_jobs(JobKind.POLL, [device()], by=operator()).jobs
    assert job.state is JobState.FAILED
    assert "the broker is away" in job.words


VICTIM = """
import os, signal, sys, django
django.setup()
from attendance_devices.services.device_actions import jobs
def killed(*args):
    os.kill(os.getpid(), signal.SIGKILL)
jobs.run_job_action = killed
from attendance_devices.services.device_actions.actions import JobBudget
jobs.run_job(int(sys.argv[1]), JobBudget(seconds=200, enqueue_days=lambda: None))
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_is_seen_at_once_and_its_job_is_never_done_again(tmp_path: Path) -> None:
    gate, by = device(), operator()
    job, _ = request_job(JobKind.POLL, gate, by=by)
    with shared_database(tmp_path) as environment:
        found = subprocess.run(
            [sys.executable, "-c", VICTIM, str(job.key)],
            env=environment | {"PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            capture_output=True,
            timeout=60,
        )
        assert found.returncode == -9, found.stderr.decode()
        lost = find_job(job.key)
        assert lost is not None and lost.state is JobState.LOST
        assert "gone, or hangs" in lost.words
        assert run_job(job.key, PURSE) is None
        assert request_job(JobKind.POLL, gate, by=by)[1]
    assert os.getpid()


@pytest.mark.django_db(transaction=True)
def test_of_two_clicks_at_the_same_moment_one_starts_it(tmp_path: Path) -> None:
    gate, by = device(), operator()
    answers: list[bool] = []
    gun = threading.Barrier(6)

    def click() -> None:
        gun.wait()
        try:
            answers.append(request_job(JobKind.POLL, Device.objects.get(pk=gate.pk), by=by)[1])
        finally:
            connection.close()

    with shared_database(tmp_path):
        threads = [threading.Thread(target=click) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        until(lambda: len(answers) == 6, "six answers")
        assert sorted(answers) == [False] * 5 + [True]
        assert AuditEntry.objects.filter(verb=JobKind.POLL).count() == 1


def test_a_terminal_that_is_switched_off_is_not_polled_and_may_be_tested() -> None:
    by = operator()
    with on_the_wall(terminal(), is_active=False) as gate:
        poll = run_job(request_job(JobKind.POLL, gate, by=by)[0].key, PURSE)
        test = run_job(request_job(JobKind.TEST, gate, by=by)[0].key, PURSE)
    assert poll is not None and (poll.state, "switched off" in poll.words) == (JobState.REFUSED, True)
    assert test is not None and test.state is JobState.DONE
