"""The steps that a schedule runs: poll one device, derive and post, and the hourly sweep."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.db import DatabaseError

from attendance_devices import conf
from attendance_devices.domain.people.mapping import MapPlan
from attendance_devices.domain.results import CollectResult, DeriveResult, PostResult
from attendance_devices.models import Device
from attendance_devices.services.collection.collect import collect
from attendance_devices.services.days.absences import AbsenceScope, note_missing_days
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.devices.addresses import TimeLimits
from attendance_devices.services.devices.due import DAYS_JOB, is_still_due
from attendance_devices.services.devices.local_time import days_ago, first_day_posted
from attendance_devices.services.mapping.match import MapResult, map_users
from attendance_devices.services.posting.post import post
from attendance_devices.services.workers.isolation import error_boundary
from attendance_devices.services.workers.retry import retry_on_outage
from attendance_devices.services.workers.single_flight import request_run, run_once

logger = logging.getLogger(__name__)
CONNECT_SECONDS = 3.0
"""A terminal that is there answers a connection in one round trip; this leaves time for a packet that was lost."""
ABSENCE_DAYS = 7
"""How far back the roll is called each hour: leaves are granted afterwards, too."""
DERIVE_AGAIN_SECONDS = 60.0
"""So long one worker goes on with days that are touched meanwhile; then others get their turn."""
NOTHING_MAPPED = (MapPlan(), MapResult())


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysResult:
    """Days derived and told to the CRM."""

    derived: DeriveResult
    posted: PostResult
    errors: tuple[str, ...] = ()
    """Stages and rows that failed."""


def poll(device_id: int, enqueue_days: Callable[[], object], *, seconds: float) -> CollectResult | None:
    """Read one device if it is still its turn, and have the days derived that it touched. None if it is not.

    Whom it lists anew is mapped. Never raises for what a terminal does.

    :param seconds: the whole session ends by then; what is left of a long log is read at the next turn.
    """
    try:
        return poll_now(device_id, enqueue_days, seconds=seconds) if is_still_due(device_id) else None
    except DatabaseError:
        # Not the terminal's fault: it need not wait until its claim runs out.
        retry_on_outage(partial(Device.objects.filter(pk=device_id).update, queued_until=None))
        raise


def poll_now(
    device_id: int, enqueue_days: Callable[[], object], *, seconds: float, whole: bool | None = None
) -> CollectResult:
    """The same, whoever's turn it is. :param whole: as `collect` takes it."""
    patience = TimeLimits(connect_seconds=CONNECT_SECONDS, session_seconds=seconds)
    result = collect(device_id, whole=whole, patience=patience)
    if result.enrolments is not None:
        _map_devices([device_id])
    if result.new or result.enrolments is not None:
        request_run(DAYS_JOB, enqueue_days)
    return result


def derive_and_post() -> list[DaysResult]:
    """Derive the days that were touched, and tell the CRM. Empty if another process does: it does it once more."""
    return run_once(DAYS_JOB, _derive_and_post_once, seconds=DERIVE_AGAIN_SECONDS)


def sweep(enqueue_days: Callable[[], object]) -> int:
    """Map whom anybody lists, call the roll, and have the days derived and posted, those that failed too.

    Returns how many days were noted by the roll. A shift that ended is told by the sweep after the next poll.
    """
    _map_devices(list(Device.objects.filter(is_active=True).values_list("pk", flat=True)))
    noted = note_missing_days(AbsenceScope(since=days_ago(ABSENCE_DAYS)))
    request_run(DAYS_JOB, enqueue_days)
    return noted


def _derive_and_post_once() -> DaysResult:
    errors: list[str] = []
    derived = error_boundary("deriving the days", derive_pending, DeriveResult(), errors)
    posted = error_boundary("posting to the CRM", partial(post, since=first_day_posted()), PostResult(), errors)
    return DaysResult(derived=derived, posted=posted, errors=(*errors, *posted.errors))


def _map_devices(keys: list[int]) -> None:
    devices = Device.objects.filter(pk__in=keys)
    wish = partial(map_users, devices, create=conf.load().create_users)
    errors: list[str] = []
    _, mapped = error_boundary("mapping", wish, NOTHING_MAPPED, errors)
    for error in mapped.errors:
        logger.warning("%s", error)
