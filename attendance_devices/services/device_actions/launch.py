"""A person asks something of terminals: a worker does it if one is there, else it is done before the page answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any

from django.utils.translation import gettext as _

from attendance_devices.domain.devices.jobs import Job, JobKind
from attendance_devices.models import Device
from attendance_devices.services.device_actions.actions import JobBudget
from attendance_devices.services.device_actions.jobs import cancel_job, find_job, request_job, run_job
from attendance_devices.services.pipeline.follow_up import bring_days_up_to_date
from attendance_devices.services.workers.isolation import error_boundary
from attendance_devices.services.workers.queue import enqueue, is_working

TASK = "do_job"
HERE_SECONDS = 20.0
"""So long all of them together may take while somebody waits for the page: web servers end a request after thirty."""
SHORTEST = 3.0
"""With less than this left, another terminal is not begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchedJobs:
    """What became of it."""

    jobs: Sequence[Job]
    """New ones."""
    already: Sequence[Job] = ()
    """Somebody asked for these before, and they are not over."""
    late: Sequence[str] = ()
    """Names of terminals for which no time was left."""
    by_worker: bool = True
    """Will a worker do it? Else it was done here."""
    days: str = ""
    """What became of the days, where it was done here."""


def launch_jobs(kind: JobKind, devices: Sequence[Device], *, by: Any) -> LaunchedJobs:
    """Have it done for these terminals. Raises `PermissionDenied`."""
    if is_working():
        asked = [request_job(kind, device, by=by) for device in devices]
        new = [job for job, is_new in asked if is_new]
        for job in new:
            _enqueue_jobs(job)
        return LaunchedJobs(
            jobs=[find_job(job.key) or job for job in new], already=[job for job, is_new in asked if not is_new]
        )
    return _run_here(kind, devices, by)


def _enqueue_jobs(job: Job) -> None:
    """A queue that takes nothing is told in the job itself."""
    errors: list[str] = []
    error_boundary(_("the queue"), partial(enqueue, TASK, job.key), None, errors)
    if errors:
        cancel_job(job.key, errors[0])


def _run_here(kind: JobKind, devices: Sequence[Device], by: Any) -> LaunchedJobs:
    """One after the other, for as long as somebody can be asked to wait."""
    end = monotonic() + HERE_SECONDS
    jobs, already, late = [], [], []
    for device in devices:
        left = end - monotonic()
        if left < SHORTEST:
            late.append(device.name)
            continue
        job, is_new = request_job(kind, device, by=by)
        if not is_new:
            already.append(job)
            continue
        # The comparison of a whole log takes longer than anybody waits: the clock does it.
        jobs.append(run_job(job.key, JobBudget(seconds=left, enqueue_days=_no_queue, whole=False)) or job)
    days = bring_days_up_to_date() if kind is JobKind.POLL and jobs else ""
    return LaunchedJobs(jobs=jobs, already=already, late=late, by_worker=False, days=days)


def _no_queue() -> None:
    """There is no queue; the days are brought up to date when all terminals are read."""
