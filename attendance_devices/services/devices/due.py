"""The tick: beat, and hand out the devices whose turn it is. Knows no queue; whoever calls it brings one."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Q

from attendance_devices import conf
from attendance_devices.domain.devices.poll_interval import is_due
from attendance_devices.models import Device, PendingDay, ProcessedAttendance
from attendance_devices.services.devices.poll_interval import poll_pace_of
from attendance_devices.services.workers.heartbeat import BeatSource, beat
from attendance_devices.services.workers.leases import MAX_LEASE, is_gone
from attendance_devices.services.workers.retry import retry_on_outage
from attendance_devices.services.workers.single_flight import request_run, requeue_if_lost

CLAIM_LENGTH = timedelta(minutes=7)
"""So long a device is believed to wait in the queue or to be read; then it is handed out again."""
DOUBTFUL_AT_ONCE = 30
"""Devices that may not answer, in the queue at one time: those that do must not wait behind a thousand of them."""
DAYS_JOB = "days"
"""The errand that derives and posts."""
FIELDS = ("pk", "next_attempt", "queued_until", "lease_until", "lease_holder", "poll_minutes", "failures", "last_seen")
Row = Any
"""A named tuple of `FIELDS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TickResult:
    """What a tick did."""

    handed_out: Sequence[int]
    """Primary keys of devices, those that answered last time first."""
    asked_for_days: bool
    """Did days wait to be derived, with nobody about to do it?"""


def tick(enqueue: Callable[[int], object], enqueue_days: Callable[[], object]) -> TickResult:
    """Beat, and hand each device whose turn it is to `enqueue`, once, however many tick at the same moment.

    A constant number of queries. If `enqueue` raises, those not handed out keep their turn for the next tick.
    """
    due: list[int] = []
    number = 0
    try:
        with transaction.atomic():
            beat(BeatSource.TICK)  # also the lock: a second tick waits here, and then finds nothing left
            due = due_devices()
            Device.objects.filter(pk__in=due).update(queued_until=datetime.now(UTC) + CLAIM_LENGTH)
        for number, key in enumerate(due):  # noqa: B007 - of those that are left if one fails
            enqueue(key)
    except DatabaseError:
        retry_on_outage(partial(_release_claim, due[number:]))
        raise
    except Exception:  # a queue raises what it likes: their turn stays, and it is raised on
        _release_claim(due[number:])
        raise
    return TickResult(handed_out=due, asked_for_days=_request_days(enqueue_days))


def _release_claim(devices: Collection[int]) -> None:
    Device.objects.filter(pk__in=devices).update(queued_until=None)


def due_devices() -> list[int]:
    """The devices that are to be read now and that nobody was told to read, those that answered last time first."""
    now, settings = datetime.now(UTC), conf.load()
    rows = list(Device.objects.filter(is_active=True).order_by().values_list(*FIELDS, named=True))
    # A worker that was killed while it read one leaves both marks.
    killed = {row.pk for row in rows if row.lease_holder and is_gone(row.lease_holder)}
    waiting = {row.pk for row in rows if _is_pending(row.queued_until, now, CLAIM_LENGTH)} - killed
    busy = {row.pk for row in rows if _is_pending(row.lease_until, now, MAX_LEASE)} - killed | waiting
    due = sorted((row for row in rows if row.pk not in busy and _is_due(row, now, settings)), key=_oldest_first)
    room = DOUBTFUL_AT_ONCE - sum(_is_doubtful(row) for row in rows if row.pk in waiting)
    doubtful = [row.pk for row in due if _is_doubtful(row)]
    return [row.pk for row in due if not _is_doubtful(row)] + doubtful[: max(room, 0)]


def is_still_due(key: int) -> bool:
    """Is it the turn of this device? Another worker, or a person, may have read it since it was handed out."""
    rows = Device.objects.filter(pk=key, is_active=True).values_list(*FIELDS, named=True)
    return any(_is_due(row, datetime.now(UTC), conf.load()) for row in rows)


def _is_due(row: Row, now: datetime, settings: conf.Settings) -> bool:
    pace = poll_pace_of(row.pk, row.poll_minutes, settings)
    return is_due(row.next_attempt, now, pace, failures=row.failures)


def _is_pending(moment: datetime | None, now: datetime, longest: timedelta) -> bool:
    """Is it still to come, and can it be believed?"""
    return moment is not None and now < moment <= now + longest


def _is_doubtful(row: Row) -> bool:
    return bool(row.failures) or row.last_seen is None


def _oldest_first(row: Row) -> tuple[float, int]:
    return (row.next_attempt.timestamp() if row.next_attempt else 0.0, row.pk)


def _request_days(enqueue_days: Callable[[], object]) -> bool:
    """Days that somebody touched past the tasks, that have come due, or whose worker was killed."""
    due = Q(auto_out_due__lte=datetime.now(UTC))
    if PendingDay.objects.exists() or ProcessedAttendance.objects.filter(due).exists():
        return request_run(DAYS_JOB, enqueue_days)
    return requeue_if_lost(DAYS_JOB, enqueue_days)


def make_due_now(devices: Collection[int]) -> None:
    """Their turn is now: a person changed how they are reached."""
    Device.objects.filter(pk__in=devices).update(next_attempt=None, queued_until=None)
