"""Devices: how each terminal is doing, what was asked of it, and the way to ask."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from attendance_devices.domain.devices.jobs import Job, JobKind
from attendance_devices.models import Device
from attendance_devices.services.access import permissions
from attendance_devices.services.device_actions.jobs import find_job, jobs_of, plan_of
from attendance_devices.services.device_actions.launch import LaunchedJobs, launch_jobs
from attendance_devices.services.display.badges import JOB_NAMES, OF_JOB
from attendance_devices.services.monitoring.overview import device_details, devices_by_keys, list_devices
from attendance_devices.services.workers.queue import is_working
from attendance_devices.views.base import here, needs, page


@require_safe
@needs(permissions.VIEW_DEVICES)
def devices(request: HttpRequest) -> HttpResponse:
    """All terminals, the worst first."""
    found = list_devices()
    asked = _progress(jobs_of(), here("devices_progress"))
    return page(request, "devices.html", {"terminals": found, "by_worker": is_working(found.survey.clockwork), **asked})


@require_safe
@needs(permissions.VIEW_DEVICES)
def device(request: HttpRequest, key: int) -> HttpResponse:
    """One terminal."""
    found = device_details(key)
    if found is None:
        raise Http404(_("There is no such terminal."))
    asked = _progress(jobs_of([key]), here("device_progress", key))
    return page(request, "device.html", {"dossier": found, "by_worker": is_working(), **asked})


@require_safe
@needs(permissions.VIEW_DEVICES)
def progress(request: HttpRequest, key: int | None = None) -> HttpResponse:
    """What was asked of the terminals, or of one: a part of either page, asked for until all of it is over."""
    if key is not None and not Device.objects.filter(pk=key).exists():
        raise Http404(_("There is no such terminal."))
    address = here("devices_progress") if key is None else here("device_progress", key)
    return page(request, "_jobs.html", _progress(jobs_of(None if key is None else [key]), address))


# What is asked for has to be stored before the terminal hears of it: no transaction around the request.
@transaction.non_atomic_requests
@require_POST
@needs(permissions.VIEW_DEVICES)
def act(request: HttpRequest) -> HttpResponse:
    """Poll, test, look at clocks or set them: ``verb``, and ``device`` or, for clocks to be set, ``plan``."""
    kind = _kind(request.POST.get("verb", ""))
    wanted = _planned(request) if kind is JobKind.CLOCK else devices_by_keys(request.POST.getlist("device"))
    if wanted:
        _tell(request, kind, launch_jobs(kind, wanted, by=request.user))
    elif kind is JobKind.CLOCK:
        messages.error(request, _("Look at the clock first: what would be set is shown, and holds for 15 minutes."))
    else:
        messages.error(request, _("Choose one terminal or more."))
    back = request.POST.get("back", "")
    alone = wanted[0].pk if len(wanted) == 1 and back == "device" else None
    return HttpResponseRedirect(here("devices") if alone is None else here("device", alone))


def _kind(name: str) -> JobKind:
    try:
        return JobKind(name)
    except ValueError:
        raise BadRequest(_("Nothing can be asked of a terminal under this name.")) from None


def _planned(request: HttpRequest) -> Sequence[Device]:
    """The terminals at whose clocks somebody has looked."""
    keys = [int(key) for key in request.POST.getlist("plan") if key.isascii() and key.isdecimal() and len(key) < 19]
    looks = [job for job in map(find_job, keys) if job is not None and job.device is not None]
    return devices_by_keys([str(job.device) for job in looks if job.device and plan_of(job.device, job.key)])


def _tell(request: HttpRequest, kind: JobKind, launched: LaunchedJobs) -> None:
    name = str(JOB_NAMES[kind])
    for job in launched.already:
        words = _("%(what)s: %(device)s was asked already, by %(who)s.")
        messages.warning(request, words % {"what": name, "device": job.device_name, "who": job.asked_by})
    if launched.jobs and launched.by_worker:
        count = len(launched.jobs)
        words = ngettext(
            "%(what)s: a worker does it for %(count)d terminal.",
            "%(what)s: a worker does it for %(count)d terminals.",
            count,
        )
        messages.info(request, words % {"what": name, "count": count})
    for job in launched.jobs if not launched.by_worker else ():
        is_told = job.is_good or (kind is JobKind.LOOK and bool(job.steps))
        level = messages.SUCCESS if is_told else messages.ERROR
        messages.add_message(request, level, f"{job.device_name}: {job.words}")
    if launched.late:
        words = _("There was no time left for %(names)s: without a worker only a few terminals can be asked at once.")
        messages.warning(request, words % {"names": ", ".join(launched.late)})
    if launched.days:
        messages.info(request, launched.days)


def _progress(jobs: Iterable[Job], address: str) -> dict[str, Any]:
    found = list(jobs)
    rows = [{"job": job, "mark": OF_JOB[job.state], "name": JOB_NAMES[job.kind], "plan": _plan(job)} for job in found]
    return {
        "jobs": rows,
        "plans": [row for row in rows if row["plan"]],
        "is_open": any(job.is_open for job in found),
        "address": address,
    }


def _plan(job: Job) -> bool:
    """Is it a look at a clock that is wrong and can be set?"""
    return job.kind is JobKind.LOOK and any(not step.ok for step in job.steps)
