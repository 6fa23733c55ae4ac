"""Locks: one derive at a time, and devices whose collects wait."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import F

from attendance_devices.models import Device


@contextmanager
def derive_lock() -> Iterator[None]:
    """One derive at a time: two that read the same day before either wrote it would make it twice, or make it old.

    The row of the first device is the lock. The transaction starts with a write, so that SQLite waits as others do.
    """
    first = Device.objects.order_by("pk").values_list("pk", flat=True)[:1]
    devices = Device.objects.filter(pk__in=list(first))
    with transaction.atomic():
        devices.update(cursor_serial=F("cursor_serial"))
        yield


def lock_devices(devices: Collection[Any]) -> None:
    """Make collects of these devices wait until the transaction is over."""
    for pk in sorted(devices):
        Device.objects.filter(pk=pk).update(cursor_serial=F("cursor_serial"))
