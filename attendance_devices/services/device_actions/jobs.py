"""What a person asks of a terminal, now: asked for once, done once, and told how it ended, whatever happens meanwhile.

The trail is the memory: an entry when it is asked for, one when a worker takes it, and one when it ends. Entries are
only ever added, every process sees them, and a job whose worker was killed is seen to have no end.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from attendance_devices.domain.devices.jobs import Job, JobKind, JobState, JobStep, state_of
from attendance_devices.models import AuditEntry, Device
from attendance_devices.services.access import permissions
from attendance_devices.services.access.audit_log import Outcome, note
from attendance_devices.services.device_actions.actions import JobBudget, JobOutcome, run_job_action
from attendance_devices.services.workers.isolation import error_boundary
from attendance_devices.services.workers.leases import holder_name, is_gone
from attendance_devices.services.workers.locks import lock_devices

RIGHT_FOR = {
    JobKind.POLL: permissions.COLLECT,
    JobKind.TEST: permissions.COLLECT,
    JobKind.LOOK: permissions.WRITE,
    JobKind.CLOCK: permissions.WRITE,
}
IN_QUEUE = timedelta(minutes=5)
"""Whoever waits longer is told that no worker took it; a worker that comes later leaves it alone."""
MARGIN = timedelta(seconds=60)
"""For what is done after the session: people are mapped, the end is noted."""
LATELY = timedelta(hours=1)
MOST = 2_000
"""Entries that are read at once."""
PLAN_HOLDS = timedelta(minutes=15)
"""A clock is set only after somebody looked at it so recently."""
_STATES = {Outcome.DONE: JobState.DONE, Outcome.REFUSED: JobState.REFUSED, Outcome.FAILED: JobState.FAILED}


def request_job(kind: JobKind, device: Device, *, by: Any) -> tuple[Job, bool]:
    """Note that it is wanted. Returns the job, and False if it is one that somebody asked for already.

    Of two that ask at once one waits for the other, and finds its job. Raises `PermissionDenied`.
    """
    if not by.has_perm(RIGHT_FOR[kind]):
        raise PermissionDenied
    with transaction.atomic():
        lock_devices({device.pk})
        for job in jobs_of([device.pk]):
            if job.kind is kind and job.is_open:
                return job, False
        until = datetime.now(UTC) + IN_QUEUE
        entry = note(kind, Outcome.BEGUN, by=by, device=device, details={"until": until.isoformat()})
    return _job(entry, []), True


def run_job(key: int, purse: JobBudget) -> Job | None:
    """Do what was asked for under this key, once. None if it is done, being done, or asked too long ago.

    Never raises for what a terminal does. :param purse: what it may cost.
    """
    taken = _try_take(key, timedelta(seconds=purse.seconds) + MARGIN)
    if taken is None:
        return None
    entry, device = taken
    errors: list[str] = []
    ended = error_boundary(entry.verb, partial(_done, entry, device, purse), None, errors)
    if ended is None:
        ended = JobOutcome(outcome=Outcome.FAILED, words=errors[0])
    steps = [{"name": one.name, "ok": one.ok, "found": one.found, "next": one.next_step} for one in ended.steps]
    details = {"job": key, "ended": True, "steps": steps}
    note(entry.verb, ended.outcome, by=entry.by, device=device, words=ended.words, details=details)
    return find_job(key)


def jobs_of(devices: Collection[int] | None = None, *, since: datetime | None = None) -> list[Job]:
    """What was asked of these terminals, or of any, the last first. One query.

    :param since: aware; None is an hour ago.
    """
    entries = AuditEntry.objects.filter(verb__in=list(JobKind), at__gte=since or datetime.now(UTC) - LATELY)
    if devices is not None:
        entries = entries.filter(device__in=devices)
    return _jobs(entries.order_by("-pk")[:MOST])


def find_job(key: int) -> Job | None:
    """The job of this key."""
    asked = AuditEntry.objects.filter(pk=key, verb__in=list(JobKind)).first()
    if asked is None or "job" in asked.details:
        return None
    later = AuditEntry.objects.filter(verb=asked.verb, device=asked.device_id, pk__gt=key).order_by("pk")
    return _job(asked, [one for one in later[:MOST] if one.details.get("job") == key])


def plan_of(device: int, key: int) -> Job | None:
    """The look at this terminal's clock that somebody took under this key, if it may still be acted on."""
    job = find_job(key)
    is_fit = job is not None and job.kind is JobKind.LOOK and job.state is JobState.DONE and job.device == device
    is_new = is_fit and job is not None and datetime.now(UTC) - job.asked_at <= PLAN_HOLDS
    return job if is_new else None


def cancel_job(key: int, words: str) -> None:
    """It will not be done. Nothing was begun."""
    entry = AuditEntry.objects.filter(pk=key).select_related("device", "by").first()
    if entry is not None:
        details = {"job": key, "ended": True}
        note(entry.verb, Outcome.FAILED, by=entry.by, device=entry.device, words=words, details=details)


def _try_take(key: int, length: timedelta) -> tuple[AuditEntry, Device] | None:
    """The entry and its terminal, if this process is the first to take it and nobody stopped waiting for it."""
    entry = AuditEntry.objects.filter(pk=key).select_related("device", "by").first()
    if entry is None or entry.device is None:
        return None
    with transaction.atomic():
        lock_devices({entry.device_id})
        job = find_job(key)
        if job is None or job.state is not JobState.WAITING:
            return None
        until = datetime.now(UTC) + length
        details = {"job": key, "holder": holder_name(), "until": until.isoformat()}
        note(entry.verb, Outcome.BEGUN, by=entry.by, device=entry.device, details=details)
    return entry, entry.device


def _done(entry: AuditEntry, device: Device, purse: JobBudget) -> JobOutcome | None:
    kind = JobKind(entry.verb)
    # Asked again: a right may be taken away while it waits, and without a user a write would be that of manage.py.
    if entry.by is None or not entry.by.has_perm(RIGHT_FOR[kind]):
        return JobOutcome(outcome=Outcome.REFUSED, words=_("Whoever asked for it may not do this any more."))
    return run_job_action(kind, device, entry.by, purse)


def _jobs(entries: Iterable[AuditEntry]) -> list[Job]:
    asked: list[AuditEntry] = []
    later: dict[int, list[AuditEntry]] = {}
    for entry in entries:
        job = entry.details.get("job")
        if job is None:
            asked.append(entry)
        else:
            later.setdefault(job, []).append(entry)
    return [_job(entry, later.get(entry.pk, [])) for entry in asked]


def _job(asked: AuditEntry, later: Iterable[AuditEntry]) -> Job:
    taken, end = None, None
    for entry in later:
        if entry.details.get("ended"):
            end = entry
        else:
            taken = entry
    until = datetime.fromisoformat((taken or asked).details["until"])
    begun = taken.at if taken else asked.at
    gone = taken is not None and is_gone(taken.details.get("holder", ""))
    now = datetime.now(UTC)
    state = state_of(asked_at=begun, until=until, is_taken=taken is not None, is_gone=gone, now=now)
    return Job(
        key=asked.pk,
        kind=JobKind(asked.verb),
        device=asked.device_id,
        device_name=asked.device_name,
        asked_by=asked.by_name,
        asked_at=asked.at,
        state=_STATES.get(Outcome(end.outcome), JobState.FAILED) if end else state,
        until=until,
        taken_at=taken.at if taken else None,
        ended_at=end.at if end else None,
        words=end.words if end else _standing(state, is_taken=taken is not None),
        steps=_steps(end.details.get("steps", ())) if end else (),
    )


def _standing(state: JobState, *, is_taken: bool) -> str:
    if state is JobState.WAITING:
        return _("Waits for a worker.")
    if state is JobState.RUNNING:
        return _("Under way.")
    if is_taken:
        return _("The worker that did it is gone, or hangs. Look at the last runs for what it stored, and try again.")
    return _("No worker took it, and nothing was done. Is qcluster running? Try again once it is.")


def _steps(rows: Iterable[dict[str, Any]]) -> tuple[JobStep, ...]:
    return tuple(
        JobStep(name=row["name"], ok=row["ok"], found=row["found"], next_step=row.get("next", "")) for row in rows
    )
