"""The queue, where there is one: does it go, and a task for it."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.apps import apps
from django.db import transaction

from attendance_devices.models import Heartbeat
from attendance_devices.services.workers.heartbeat import BeatSource, Pulse

TASKS = "attendance_devices.tasks"
RECENTLY = timedelta(minutes=3)
"""Workers begin something each minute, if only the tick."""


def is_working(found: Pulse | None = None) -> bool:
    """Did a worker begin something of late? One that stopped, or is busy, would keep a person waiting.

    A tick says nothing: a loop ticks too, and has no queue. :param found: if that was asked for already.
    """
    if not apps.is_installed("django_q"):
        return False
    now = datetime.now(UTC)
    if found is not None:
        return found.work is not None and abs(now - found.work) <= RECENTLY
    return Heartbeat.objects.filter(name=BeatSource.WORK, at__range=(now - RECENTLY, now + RECENTLY)).exists()


def enqueue(task: str, *args: Any) -> None:
    """Have a worker do it. After the transaction, if one is open: a queue elsewhere knows nothing of a rollback."""
    from django_q.tasks import async_task  # noqa: PLC0415 - a host may have none

    words = {"task_name": " ".join([task, *map(str, args)]), "group": "attendance_devices", "save": False}
    transaction.on_commit(partial(async_task, f"{TASKS}.{task}", *args, q_options=words))
