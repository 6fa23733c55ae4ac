"""The state of a job that did not say how it ended."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from attendance_devices.domain.devices.jobs import LONGEST, Job, JobKind, JobState, JobStep, state_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def state(**facts: Any) -> JobState:
    usual = {"asked_at": NOW - MINUTE, "until": NOW + MINUTE, "is_taken": False, "is_gone": False, "now": NOW}
    return state_of(**usual | facts)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, JobState.WAITING),
        ({"is_taken": True}, JobState.RUNNING),
        ({"is_taken": True, "is_gone": True}, JobState.LOST),
        ({"until": NOW}, JobState.LOST),
        ({"until": NOW, "is_taken": True}, JobState.LOST),
        ({"asked_at": NOW + timedelta(seconds=30)}, JobState.WAITING),
        ({"asked_at": NOW + 2 * MINUTE, "until": NOW + 5 * MINUTE}, JobState.LOST),
        ({"until": NOW + LONGEST}, JobState.LOST),
    ],
)
def test_it_waits_or_runs_until_its_time_is_over_or_its_worker_gone(facts: Any, expected: JobState) -> None:
    assert state(**facts) is expected


@pytest.mark.parametrize(("ok", "good"), [(True, True), (False, False)])
def test_it_is_good_if_it_is_done_and_nothing_is_wrong(ok: bool, good: bool) -> None:
    job = Job(
        key=1,
        kind=JobKind.TEST,
        device=1,
        device_name="Gate",
        asked_by="x",
        asked_at=NOW,
        state=JobState.DONE,
        until=NOW,
        steps=(JobStep(name="clock", ok=ok, found=""),),
    )
    assert (job.is_good, job.is_open) == (good, False)
