"""What the queue calls: each takes an id or nothing, calls one verb, and says in a few words what came of it.

None raises for what a terminal, a row or the CRM does: django-q2 would try it again, and again. What failed is tried
again by our own tables, less and less often.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import wraps
from typing import Any, ParamSpec, TypeAlias

from django.conf import settings
from django.db import DatabaseError

from attendance_devices.services.device_actions import jobs
from attendance_devices.services.device_actions.actions import JobBudget
from attendance_devices.services.devices.due import tick
from attendance_devices.services.monitoring import digest
from attendance_devices.services.pipeline import steps
from attendance_devices.services.retention import clean_up as cleanup
from attendance_devices.services.scheduling.cron import send_notifications
from attendance_devices.services.workers.heartbeat import task_started
from attendance_devices.services.workers.isolation import error_boundary
from attendance_devices.services.workers.queue import enqueue

Said: TypeAlias = Mapping[str, Any]
Arguments = ParamSpec("Arguments")
MARGIN_SECONDS = 30.0
"""A session ends so long before the queue ends the task, which would kill the worker."""
SHORTEST_SESSION = 10.0
USUAL_TIMEOUT = 240.0
"""Where the queue has no limit of its own."""


def at_the_edge(task: Callable[Arguments, Said]) -> Callable[Arguments, Said]:
    """Whatever a task raises is told and logged, and not raised."""

    @wraps(task)
    def careful(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Said:
        def begun() -> Said:
            with suppress(DatabaseError):  # the task meets it too, and gives back what it was promised
                task_started()
            return task(*args, **kwargs)

        errors: list[str] = []
        nothing: Said = {}
        said = error_boundary(" ".join([task.__name__, *map(str, args)]), begun, nothing, errors)
        return {"ok": False, "error": errors[0]} if errors else said

    return careful


@at_the_edge
def poll_due() -> Said:
    """The tick: a task for each device whose turn it is."""
    found = tick(enqueue_poll, enqueue_days)
    return {"ok": True, "devices": list(found.handed_out), "days": found.asked_for_days}


@at_the_edge
def poll_device(device_id: int) -> Said:
    """Read one device."""
    result = steps.poll(device_id, enqueue_days, seconds=session_seconds())
    if result is None:
        return {"ok": True, "device": device_id, "said": "not its turn any more"}
    return {
        "ok": result.ok,
        "device": result.device,
        "new": result.new,
        "retryable": result.retryable,
        "error": result.error,
    }


@at_the_edge
def do_job(job: int) -> Said:
    """What a person asked of a terminal."""
    done = jobs.run_job(job, JobBudget(seconds=session_seconds(), enqueue_days=enqueue_days))
    return {"ok": True, "job": job, "said": "not wanted any more" if done is None else f"{done.state}: {done.words}"}


@at_the_edge
def derive_and_post() -> Said:
    """Derive and post what was touched."""
    rounds = steps.derive_and_post()
    errors = [error for one in rounds for error in one.errors]
    return {"ok": not errors, "rounds": len(rounds), "errors": errors[:10]}


@at_the_edge
def sweep() -> Said:
    """Each hour: who is missing, and what failed before."""
    return {"ok": True, "noted": steps.sweep(enqueue_days)}


@at_the_edge
def notify() -> Said:
    """Each few minutes: new outliers, and incidents that began or ended."""
    errors = send_notifications()
    return {"ok": not errors, "errors": list(errors)}


@at_the_edge
def send_digest() -> Said:
    """Each day: what waits for a person."""
    return {"ok": True, "items": digest.send_daily()}


@at_the_edge
def clean_up() -> Said:
    """Each night: what has been kept long enough goes."""
    done = cleanup.clean_up()
    return {"ok": not done.errors, "errors": list(done.errors)}


def session_seconds() -> float:
    """How long a task may talk to a terminal."""
    timeout = getattr(settings, "Q_CLUSTER", {}).get("timeout") or USUAL_TIMEOUT
    return max(float(timeout) - MARGIN_SECONDS, SHORTEST_SESSION)


def enqueue_poll(device_id: int) -> None:
    """Have a worker read this device."""
    _enqueue(poll_device, device_id)


def enqueue_days() -> None:
    """Have a worker derive and post."""
    _enqueue(derive_and_post)


def _enqueue(task: Callable[..., Said], *args: int) -> None:
    enqueue(task.__name__, *args)
