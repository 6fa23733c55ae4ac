"""Real clusters read real terminals, and what is done to them loses and doubles nothing."""

import os
import signal
from pathlib import Path

import pytest

from attendance_devices.simulators.zkteco import Faults
from tests.clockwork import acts
from tests.clockwork.harness import answers, company, wall

REDIS = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0") if answers(6379) else ""
ON_POSTGRES = pytest.mark.skipif(not answers(5432), reason="no PostgreSQL on this machine")


def test_on_sqlite_two_workers_do_it_all_and_no_lock_is_ever_told(tmp_path: Path) -> None:
    hanging = Faults(stall_after_bytes=0)
    with wall(6) as terminals, company(tmp_path, app={"ANSWER_SECONDS": 4}) as crm, crm.cluster() as cluster:
        crm.add(terminals)
        full = {item.name: 6 for item in terminals}
        terminals[0].terminal.faults = hanging

        crm.ask(acts.tick)
        crm.until(acts.stored, equals=full | {"Gate 1": 0})
        assert crm.ask(acts.holder, "Gate 1"), "one terminal hangs, and the others are read"
        crm.until(acts.crm_rows, equals=3)
        for _ in range(3):
            crm.ask(acts.tick)
            for number in (2, 3, 4):
                crm.ask(acts.enqueue, "poll_device", number)
            crm.ask(acts.enqueue, "derive_and_post")
        crm.until(acts.is_quiet)
        (error,) = crm.ask(acts.run_errors)
        assert error.startswith(f"{terminals[0].host}:{terminals[0].port}: no answer within 4 s.")
        assert cluster.stop() == 0
        assert crm.ask(acts.crm_rows) == 3
        assert crm.ask(acts.failed_tasks) == []
        assert "locked" not in cluster.log
        assert {item.terminal.peak_sessions for item in terminals} == {1}


@ON_POSTGRES
@pytest.mark.parametrize("redis", [pytest.param("", id="its queue in the database"), pytest.param(REDIS, id="Redis")])
def test_a_worker_that_is_killed_while_it_reads_loses_and_doubles_nothing(tmp_path: Path, redis: str) -> None:
    with wall(4) as terminals, company(tmp_path, "postgresql", redis=redis) as crm, crm.cluster() as cluster:
        crm.add(terminals)
        full = {item.name: 6 for item in terminals}
        terminals[0].terminal.faults = Faults(late_answer=8, late_command=1503, limited=1)

        crm.ask(acts.tick)
        victim = crm.until(acts.holder, "Gate 1")
        crm.until(acts.stored, equals=full | {"Gate 1": 0})
        os.kill(victim, signal.SIGKILL)
        cluster.wait_for("reincarnated worker")
        crm.ask(acts.tick)
        crm.until(acts.stored, equals=full)
        crm.until(acts.crm_rows, equals=3)
        crm.until(acts.is_quiet)
        assert victim not in cluster.workers
        assert crm.ask(acts.failed_tasks) == []
