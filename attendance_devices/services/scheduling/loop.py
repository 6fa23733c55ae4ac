"""The clock without a queue: one process, or several, that do what the schedules would, turn by turn."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from attendance_devices import conf
from attendance_devices.domain.results import CollectResult
from attendance_devices.models import Heartbeat
from attendance_devices.services.devices.due import tick
from attendance_devices.services.monitoring.digest import send_daily
from attendance_devices.services.pipeline.steps import derive_and_post, poll, sweep
from attendance_devices.services.retention.clean_up import clean_up
from attendance_devices.services.scheduling.cron import send_notifications
from attendance_devices.services.workers.heartbeat import BeatSource, beat
from attendance_devices.services.workers.isolation import error_boundary

Told = Callable[[CollectResult], None]
IsOver = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicTask:
    """What is done now and then, by whichever process comes first. Either `every` or `at` says when."""

    name: str
    verb: Callable[[], object]
    every: timedelta = timedelta(days=1)
    at: time | None = None
    """Each day, on a clock in ``TIME_ZONE``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopResult:
    """What one turn did."""

    results: tuple[CollectResult, ...]
    duties: tuple[str, ...]
    errors: tuple[str, ...]
    """What failed besides terminals, which say it in their results."""


def run_turn(told: Told, is_over: IsOver) -> LoopResult:
    """Read the terminals whose turn it is, derive and post what they touched, and do the duties that are due.

    Any number of processes may do so at once. Between two terminals `is_over` may end it; the rest keeps its turn.

    :param told: called with each result as it comes.
    """
    waiting: list[int] = []
    ticked = tick(waiting.append, _nothing)
    errors: list[str] = []
    results = []
    for key in waiting:
        if is_over():
            break
        beat(BeatSource.TICK)
        found = poll(key, _nothing, seconds=conf.load().session_seconds)
        if found is not None:
            told(found)
            results.append(found)
    if ticked.asked_for_days or any(found.new or found.enrolments is not None for found in results):
        errors += [error for done in derive_and_post() for error in done.errors]
    done = tuple(duty.name for duty in DUTIES if not is_over() and _done(duty, errors))
    return LoopResult(results=tuple(results), duties=done, errors=tuple(errors))


def _done(duty: PeriodicTask, errors: list[str]) -> bool:
    if not _claim_task(duty, datetime.now(UTC)):
        return False
    error_boundary(duty.name, duty.verb, None, errors)
    return True


def _claim_task(duty: PeriodicTask, now: datetime) -> bool:
    """Is it due, and is it we who do it? The row is the lock; what a clock of the future wrote is not believed."""
    name = f"duty {duty.name}"
    if not Heartbeat.objects.filter(name=name).exists():
        # A digest of the morning need not be sent at noon because somebody starts this for the first time.
        start = now if duty.at else now - duty.every
        Heartbeat.objects.get_or_create(name=name, defaults={"at": start})
    old = Q(at__lte=_last_time(duty, now)) | Q(at__gt=now + timedelta(minutes=1))
    return bool(Heartbeat.objects.filter(old, name=name).update(at=now))


def _last_time(duty: PeriodicTask, now: datetime) -> datetime:
    """Done at or before this instant, it is due again."""
    if duty.at is None:
        return now - duty.every
    here = now.astimezone(timezone.get_default_timezone())
    today = datetime.combine(here.date(), duty.at, tzinfo=here.tzinfo)
    return today if today <= here else datetime.combine(here.date() - timedelta(days=1), duty.at, tzinfo=here.tzinfo)


def _sweep() -> tuple[str, ...]:
    sweep(_nothing)
    return tuple(error for done in derive_and_post() for error in done.errors)


def _nothing() -> None:
    """Nobody has to be asked: whoever would ask does it."""


DUTIES = (
    PeriodicTask(name="sweep", verb=_sweep, every=timedelta(hours=1)),
    PeriodicTask(name="notify", verb=send_notifications, every=timedelta(minutes=5)),
    PeriodicTask(name="digest", verb=send_daily, at=time(7)),
    PeriodicTask(name="clean", verb=clean_up, at=time(2)),
)
