"""One session at a time reaches a terminal, on any number of machines: a lease in the database.

A killed worker leaves its lease behind. It ends by time, or at once when the process that held it is seen to be gone.
"""

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.db import DatabaseError
from django.db.models import Q

from attendance_devices.exceptions import DeviceTaken
from attendance_devices.models import Device
from attendance_devices.services.workers.retry import retry_on_outage

MAX_LEASE = timedelta(hours=1)
"""A lease that says to last longer was made by a clock that was wrong."""


@dataclass(slots=True)
class Lease:
    """A device whose session is ours for a while."""

    device: Device
    """As it was when the lease began."""
    holder: str
    held: bool = True

    def keep(self, length: timedelta, **facts: Any) -> None:
        """Hold it for so long from now, and write what is known of the device. Raises `DeviceTaken` if it is lost."""
        mine = Device.objects.filter(pk=self.device.pk, lease_holder=self.holder)
        if not mine.update(lease_until=datetime.now(UTC) + length, **facts):
            self.held = False
            raise DeviceTaken(self.device.name, "another process reads it since its lease ran out")
        for name, value in facts.items():
            setattr(self.device, name, value)

    def give_back(self, **facts: Any) -> None:
        """End it, and write what is to be known of the device in the same statement."""
        mine = Device.objects.filter(pk=self.device.pk, lease_holder=self.holder)
        mine.update(lease_holder="", lease_until=None, **facts)
        self.held = False


@contextmanager
def leased(device_id: int, length: timedelta) -> Iterator[Lease]:
    """Hold the session of a device for at most `length`. Raises `DeviceTaken`."""
    holder = holder_name()
    try:
        lease = Lease(_acquire(device_id, holder, length), holder)
    except DatabaseError:
        # The server may have done it, and gone away before it said so.
        mine = Device.objects.filter(pk=device_id, lease_holder=holder)
        retry_on_outage(partial(mine.update, lease_holder="", lease_until=None))
        raise
    try:
        yield lease
    except DatabaseError:
        # Not the terminal's fault: it need not wait until its claim runs out.
        lease.held = not retry_on_outage(partial(lease.give_back, queued_until=None))
        raise
    finally:
        if lease.held:
            lease.give_back()


def _acquire(device_id: int, holder: str, length: timedelta) -> Device:
    """The device, held from now on."""
    taken = _try_acquire(device_id, holder, length)
    device = Device.objects.get(pk=device_id)
    if not taken:
        other, until = device.lease_holder, device.lease_until
        if not (is_gone(other) and _try_acquire(device_id, holder, length, from_holder=other)):
            at = f"until {until:%H:%M:%S} UTC at the latest" if until else "until just now"
            raise DeviceTaken(device.name, f"another process reads it ({at})")
        device.refresh_from_db()
    return device


def _try_acquire(device_id: int, holder: str, length: timedelta, *, from_holder: str = "") -> bool:
    now = datetime.now(UTC)
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now) | Q(lease_until__gt=now + MAX_LEASE + length)
    if from_holder:
        free = Q(lease_holder=from_holder)
    return bool(Device.objects.filter(free, pk=device_id).update(lease_holder=holder, lease_until=now + length))


def holder_name() -> str:
    """This process, and this one time that it holds something."""
    return f"{machine_name()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


def machine_name() -> str:
    """This host and this space of process numbers: two containers of one name must not judge each other's."""
    try:
        space = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        space = ""
    return f"{socket.gethostname()[:80]}/{space}"


def is_gone(holder: str) -> bool:
    """Did a process of this machine hold it, which is there no more? Of other machines nobody knows."""
    where, _, rest = holder.rpartition(":")[0].rpartition(":")
    if where != machine_name() or not rest.isdigit():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
