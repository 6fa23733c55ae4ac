"""What is old goes: the history of runs, and raw punches if a retention is set. Each batch is a transaction of its own.

A kill leaves whole batches behind, and the next run goes on. Two at once take turns.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import Count, Max, Min

from attendance_devices import conf
from attendance_devices.domain.punches.instants import Review
from attendance_devices.domain.punches.retention import CleanedUp, Example, HeldBack
from attendance_devices.models import SyncRun
from attendance_devices.services.retention.candidates import (
    RetentionPeriod,
    ignored_punches,
    lock_all_devices,
    oldest_of,
    pages_of_days,
    punches_of,
    unmapped_punches,
)
from attendance_devices.services.retention.delete import delete_ignored_punches, delete_punches
from attendance_devices.services.retention.rules import RetentionVerdict, judge_days
from attendance_devices.services.workers.isolation import error_boundary
from attendance_devices.services.workers.locks import derive_lock

logger = logging.getLogger(__name__)
RUNS_AT_ONCE = 5_000
MOST_EXAMPLES = 3


@dataclass(slots=True, kw_only=True)
class _CleanUpTally:
    """What one clean-up does."""

    writes: bool
    runs: int = 0
    punches: int = 0
    days: int = 0
    ignored: int = 0
    held: Counter[HeldBack] = field(default_factory=Counter)
    examples: dict[HeldBack, list[Example]] = field(default_factory=lambda: defaultdict(list))

    def add(self, judged: RetentionVerdict) -> None:
        self.days += len(judged.going)
        self.punches += sum(len(punches) for punches in judged.going.values())
        for one in judged.staying:
            self.keep(one.why, one.punches, one.example)

    def keep(self, why: HeldBack, count: int, example: Example) -> None:
        self.held[why] += count
        if len(self.examples[why]) < MOST_EXAMPLES:
            self.examples[why].append(example)


def clean_up() -> CleanedUp:
    """Delete what is older than the settings say, and tell what was held back.

    One part that fails never stops the others: `CleanedUp.errors` names it.
    """
    found = _run_stages(_CleanUpTally(writes=True))
    logger.info(
        "cleaned up: %s runs, %s punches of %s days and %s of ignored users went; %s punches were held back",
        *(found.runs, found.punches, found.days, found.ignored, sum(found.held.values())),
    )
    return found


def plan_clean_up() -> CleanedUp:
    """What `clean_up` would do now. Writes nothing."""
    return _run_stages(_CleanUpTally(writes=False))


def _run_stages(tally: _CleanUpTally) -> CleanedUp:
    errors: list[str] = []
    error_boundary("the history of runs", partial(_delete_runs, tally), None, errors)
    retention = error_boundary("the retention of punches", RetentionPeriod.now, None, errors)
    for what, stage in STAGES.items():
        if retention is not None:
            error_boundary(what, partial(stage, tally, retention), None, errors)
    return CleanedUp(
        runs=tally.runs,
        punches=tally.punches,
        days=tally.days,
        ignored=tally.ignored,
        held=dict(tally.held),
        examples={why: tuple(some) for why, some in tally.examples.items()},
        errors=tuple(errors),
    )


def _delete_runs(tally: _CleanUpTally) -> None:
    """The newest run of each device stays, however old it is: it says how the device has been doing."""
    days = conf.load().run_history_days
    if not days:
        return
    newest = SyncRun.objects.order_by().values("device").annotate(last=Max("pk")).values_list("last", flat=True)
    old = SyncRun.objects.filter(started_at__lt=datetime.now(UTC) - timedelta(days=days)).exclude(pk__in=list(newest))
    if not tally.writes:
        tally.runs = old.count()
        return
    while keys := list(old.order_by("pk").values_list("pk", flat=True)[:RUNS_AT_ONCE]):
        SyncRun.objects.filter(pk__in=keys).delete()
        tally.runs += len(keys)


def _delete_employee_punches(tally: _CleanUpTally, retention: RetentionPeriod) -> None:
    for days in pages_of_days(retention):
        if not tally.writes:
            tally.add(judge_days(punches_of(days), retention))
            continue
        with _exclusive():
            judged = judge_days(punches_of(days), retention)
            delete_punches(judged.going)
        tally.add(judged)


def _delete_ignored(tally: _CleanUpTally, retention: RetentionPeriod) -> None:
    """Nobody's days hang on them."""
    everything = ignored_punches(retention)
    logs = everything.filter(review=Review.NONE, corrections__isnull=True)
    if not tally.writes:
        tally.ignored = logs.count()
    while tally.writes:
        with _exclusive():
            found = oldest_of(logs)
            delete_ignored_punches(found)
        tally.ignored += len(found)
        if not found:
            break
    doubted = everything.exclude(review=Review.NONE)
    _keep(tally, HeldBack.REVIEW, doubted)


def _count_unmapped(tally: _CleanUpTally, retention: RetentionPeriod) -> None:
    """They stay until somebody says who it is, or that it does not matter."""
    _keep(tally, HeldBack.UNMAPPED, unmapped_punches(retention))


def _keep(tally: _CleanUpTally, why: HeldBack, logs: Any) -> None:
    """Told by user of a terminal."""
    names = ("device__name", "biometric_id")
    rows = logs.order_by().values_list(*names).annotate(Count("pk"), Min("device_time")).order_by(*names)
    for device, who, count, first in rows:
        tally.keep(why, count, Example(employee="", date=first.date(), words=f"user {who} of {device}"))


STAGES: dict[str, Callable[[_CleanUpTally, RetentionPeriod], None]] = {
    "the punches of employees": _delete_employee_punches,
    "the punches of ignored users": _delete_ignored,
    "the punches of nobody": _count_unmapped,
}


@contextmanager
def _exclusive() -> Iterator[None]:
    """In one transaction, while nothing is derived, collected or cleaned up elsewhere."""
    with derive_lock():
        lock_all_devices()
        yield
