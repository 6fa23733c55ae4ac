"""Work on one terminal that a person asked for: how it stands, from the few marks that it leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST = timedelta(hours=1)
"""No job says that it may last longer, unless a clock was wrong."""
SKEW = timedelta(minutes=1)
"""Clocks of two machines may differ so much."""


class JobKind(StrEnum):
    """What is done. Also the verb of the trail."""

    POLL = "poll_now"
    TEST = "test_device"
    LOOK = "check_clock"
    """Only look how wrong a clock is."""
    CLOCK = "sync_clock"


class JobState(StrEnum):
    """How far it is."""

    WAITING = "waiting"
    """In the queue; no worker has it yet."""
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    LOST = "lost"
    """It should have ended by now, or the process that had it is gone."""


OPEN = frozenset({JobState.WAITING, JobState.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStep:
    """One thing that was looked at on the way."""

    name: str
    ok: bool
    found: str
    next_step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job. Instants are aware."""

    key: int
    kind: JobKind
    device: int | None
    """Primary key; None once the terminal was deleted."""
    device_name: str
    asked_by: str
    asked_at: datetime
    state: JobState
    until: datetime
    """Past this moment it is lost."""
    taken_at: datetime | None = None
    ended_at: datetime | None = None
    words: str = ""
    """What came of it, or where it is."""
    steps: Sequence[JobStep] = ()

    @property
    def is_open(self) -> bool:
        """May there still come something of it?"""
        return self.state in OPEN

    @property
    def is_good(self) -> bool:
        """Did it do what was asked, and was nothing wrong?"""
        return self.state is JobState.DONE and all(step.ok for step in self.steps)


def state_of(*, asked_at: datetime, until: datetime, is_taken: bool, is_gone: bool, now: datetime) -> JobState:
    """The state of a job that did not say how it ended.

    :param until: when it has to have ended. :param is_taken: has a worker begun? :param is_gone: is that worker dead?
    """
    believed = asked_at <= now + SKEW and until - asked_at <= LONGEST
    if is_gone or now >= until or not believed:
        return JobState.LOST
    return JobState.RUNNING if is_taken else JobState.WAITING
