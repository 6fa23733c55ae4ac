"""Derive and post the days that a person's action touched: by a worker if one runs, else at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance_devices import conf
from attendance_devices.domain.people.mapping import MapPlan
from attendance_devices.domain.results import DeriveResult, PostResult
from attendance_devices.models import Device, PendingDay
from attendance_devices.services.access.audit_log import note
from attendance_devices.services.devices.due import DAYS_JOB
from attendance_devices.services.devices.local_time import first_day_posted
from attendance_devices.services.mapping.match import MapResult, map_users
from attendance_devices.services.pipeline.steps import DaysResult, derive_and_post
from attendance_devices.services.punches.pending_days import note_days
from attendance_devices.services.workers import queue
from attendance_devices.services.workers.isolation import error_boundary
from attendance_devices.services.workers.queue import enqueue, is_working
from attendance_devices.services.workers.single_flight import request_run

FEW_DAYS = 400
"""So many days are derived while somebody waits for the page: a second or two."""


def bring_days_up_to_date() -> str:
    """Have the days that were touched derived and told to the CRM, and say how that stands, as a sentence."""
    if queue.is_working():
        request_run(DAYS_JOB, partial(queue.enqueue, "derive_and_post"))
        return _("A worker brings the days up to date.")
    waiting = PendingDay.objects.order_by().values("user", "date").distinct()[: FEW_DAYS + 1].count()
    if not waiting:
        return ""
    if waiting > FEW_DAYS:
        return _("More than %(count)d days wait: the next run, or process_attendance, brings them up to date.") % {
            "count": FEW_DAYS
        }
    errors: list[str] = []
    nothing: list[DaysResult] = []
    rounds = error_boundary("deriving the days", derive_and_post, nothing, errors)
    errors += [error for one in rounds for error in one.errors]
    if errors:
        return _("The days wait for the next run: %(error)s") % {"error": errors[0]}
    if not rounds:
        return _("Another process is bringing the days up to date.")
    return ngettext("%(count)d day was derived.", "%(count)d days were derived.", waiting) % {"count": waiting}


def derive_again(days: Collection[tuple[Any, date]], *, by: Any) -> str:
    """By a worker if one is there, else now. Returns how that stands, as a sentence.

    :param days: user (primary key) and date of each.
    """
    note_days(days)
    note("derive", by=by, subject=ngettext("%(days)d day", "%(days)d days", len(days)) % {"days": len(days)})
    return bring_days_up_to_date()


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpResult:
    """What has come of it."""

    mapped: int
    derived: DeriveResult
    posted: PostResult
    errors: Sequence[str]
    """Stages and rows that failed."""
    elsewhere: bool
    """Does another process derive at this moment? It takes these days along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpMessage:
    """How it stands, for whoever handed them in."""

    words: str
    ok: bool = True


def map_derive_and_post(device: Device) -> FollowUpResult:
    """Map, derive and post, as after a poll. One failing part never stops the others."""
    errors: list[str] = []
    mapped = map_device_users(device, errors)
    rounds = derive_and_post()
    last = rounds[-1] if rounds else None
    return FollowUpResult(
        mapped=mapped,
        derived=last.derived if last else DeriveResult(),
        posted=last.posted if last else PostResult(),
        errors=[*errors, *(error for one in rounds for error in one.errors)],
        elsewhere=last is None,
    )


def follow_up(device: Device, first: date | None) -> FollowUpMessage:
    """Map, and leave the rest to the queue if it goes; else do it now. :param first: the oldest day touched."""
    if not is_working():
        done = map_derive_and_post(device)
        words = _("Their days are derived, and the CRM is told.")
        if done.elsewhere:
            words = _("Another process derives their days now.")
        return FollowUpMessage(words="; ".join(done.errors) or words + _older_days_hint(first), ok=not done.errors)
    errors: list[str] = []
    map_device_users(device, errors)
    request_run(DAYS_JOB, partial(enqueue, "derive_and_post"))
    words = _("The queue derives their days now, and tells the CRM.")
    return FollowUpMessage(words="; ".join(errors) or words + _older_days_hint(first), ok=not errors)


def _older_days_hint(first: date | None) -> str:
    """The CRM is not told by itself of days that were over long ago."""
    if first is None or first >= first_day_posted():
        return ""
    return " " + _("For those of older days, from %(first)s on, run process_attendance.") % {"first": first}


def map_device_users(device: Device, errors: list[str]) -> int:
    """Find the employees of ids that are new on the device. Returns of how many."""
    wish = partial(map_users, [device], create=conf.load().create_users)
    found = error_boundary("mapping", wish, (MapPlan(), MapResult()), errors)[1]
    errors += found.errors
    return found.mapped + found.created
