"""Real clusters read real terminals, and what is done to them loses and doubles nothing."""

import os
import signal
from pathlib import Path

import pytest

from attendance_devices.schedules import SCHEDULES
from attendance_devices.simulators.zkteco import Faults
from tests.clockwork import acts
from tests.clockwork.harness import Cluster, Company, OnTheWall, answers, company, said, wall, yesterday
from tests.clockwork.redis import REDIS

ON_POSTGRES = pytest.mark.skipif(not answers(5432), reason="no PostgreSQL on this machine")
PATIENT = {"ANSWER_SECONDS": 90, "POLL_MINUTES": 1440}
"""Nobody gives up, and nobody's next turn comes while a test runs."""
LATE = Faults(late_answer=90, late_command=1503, limited=1)
"""The first who asks for the log waits for it."""


def test_on_sqlite_two_workers_do_it_all_by_themselves_and_no_lock_is_ever_told(tmp_path: Path) -> None:
    with wall(6) as terminals, company(tmp_path, app=PATIENT) as crm:
        crm.add(terminals)
        for code, text in map(said, [crm.manage("install_schedules"), crm.manage("install_schedules")]):
            assert code == 0, text
        assert crm.ask(acts.overdue, 2.0) == len(SCHEDULES), "two who install at once make one row each"
        full = {item.name: 6 for item in terminals}
        terminals[0].terminal.faults = Faults(stall_after_bytes=0)

        with crm.cluster(guard_cycle=30) as cluster:
            crm.until(acts.stored, equals=full | {"Gate 1": 0})
            assert crm.ask(acts.holder, "Gate 1"), "one terminal hangs, and the others are read"
            crm.until(acts.crm_rows, equals=3)
            for number in range(3):
                crm.ask(acts.tick)
                crm.ask(acts.enqueue, "poll_device", number + 2)
                crm.ask(acts.enqueue, "derive_and_post")
            terminals[0].terminal.stop()
            crm.until(acts.is_quiet)
            assert cluster.log.count("tasks.poll_due' [attendance_devices poll]") == 1, "two hours late, and run once"
            assert crm.ask(acts.runs) == dict.fromkeys(full, 1), "a task that is run twice sees that it is late"
            (error,) = crm.ask(acts.run_errors)
            assert "it closed the connection" in error
            assert cluster.stop() == 0
        assert crm.ask(acts.crm_rows) == 3
        assert crm.ask(acts.failed_tasks) == []
        assert "locked" not in crm.logs()
        assert {item.terminal.peak_sessions for item in terminals} == {1}


@ON_POSTGRES
def test_a_worker_that_is_killed_while_it_reads_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with wall(4) as terminals, company(tmp_path, "postgresql", app=PATIENT) as crm, crm.cluster() as cluster:
        crm.add(terminals)
        terminals[0].terminal.faults = LATE
        for _ in range(3):
            crm.ask(acts.tick)
        killed_while_reading(crm, cluster, terminals)
        crm.until(acts.crm_rows, equals=3)
        crm.ticking(acts.is_quiet, equals=True)
        assert crm.ask(acts.failed_tasks) == []
        assert crm.ask(acts.runs) == {item.name: 1 for item in terminals}, "three ticks, and each was read once"


@ON_POSTGRES
@pytest.mark.skipif(not REDIS, reason="no Redis on this machine")
def test_with_redis_neither_a_killed_worker_nor_a_database_that_goes_away_loses_anything(tmp_path: Path) -> None:
    with (
        wall(3) as terminals,
        company(tmp_path, "postgresql", redis=REDIS, app=PATIENT) as crm,
        crm.cluster() as cluster,
    ):
        crm.add(terminals)
        terminals[0].terminal.faults = LATE
        crm.ask(acts.tick)
        killed_while_reading(crm, cluster, terminals)
        crm.until(acts.crm_rows, equals=3)
        crm.ticking(acts.is_quiet, equals=True)

        for item in terminals:
            item.terminal.punch("1", yesterday(12))
            item.terminal.faults = Faults(late_answer=1, late_command=1503, limited=1)
        crm.ask(acts.all_due)
        crm.ask(acts.tick)
        crm.until(acts.holder, "Gate 1")
        crm.cut()
        crm.ticking(acts.stored, equals={item.name: 7 for item in terminals})
        crm.ticking(acts.is_quiet, equals=True)


def killed_while_reading(crm: Company, cluster: Cluster, terminals: list[OnTheWall]) -> None:
    """A tick has handed them out. The first answers late, and its reader is killed meanwhile."""
    full = {item.name: item.terminal.record_count for item in terminals}
    victim = crm.until(acts.holder, "Gate 1")
    crm.until(acts.stored, equals=full | {"Gate 1": 0})
    os.kill(victim, signal.SIGKILL)
    cluster.wait_for("reincarnated worker")
    crm.ticking(acts.stored, equals=full)


def test_a_cluster_that_stalls_is_told_and_another_goes_on(tmp_path: Path) -> None:
    with wall(1) as terminals, company(tmp_path) as crm:
        crm.add(terminals)
        with crm.cluster() as cluster:
            for worker in cluster.workers:
                os.kill(worker, signal.SIGKILL)
            crm.ask(acts.stand_still, 11)
            code, text = said(crm.manage("check_clockwork"))
            assert (code, "The clock stands still" in text) == (1, True)
        with crm.cluster():
            crm.ask(acts.tick)
            crm.until(acts.crm_rows, equals=3)
            assert crm.ask(acts.pulse_words).startswith("The clock goes")


def test_one_that_stalls_among_two_is_named_until_it_is_gone(tmp_path: Path) -> None:
    with wall(1) as terminals, company(tmp_path, workers=1) as crm:
        crm.add(terminals)
        with crm.cluster() as sound, crm.cluster() as cluster:
            crm.ticking(acts.clusters, equals=2)
            crm.ask(acts.age_marks, 90)
            crm.ticking(acts.idle_parents, equals=[])

            crm.until(acts.tasks_waiting, equals=0)
            for worker in cluster.workers:
                os.kill(worker, signal.SIGKILL)
            crm.ask(acts.age_marks, 90)
            crm.ticking(acts.idle_parents, equals=[cluster.process.pid])
            code, text = said(crm.manage("check_clockwork"))
            assert (code, text.count("though others go on")) == (1, 1)
            assert sound.process.poll() is None
            cluster.kill()
            code, text = said(crm.manage("check_clockwork"))
            assert (code, "The clock goes" in text) == (0, True)
