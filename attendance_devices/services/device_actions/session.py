"""What every write to a terminal has: the right to do it, the device's lease, and a trail that outlives a kill."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from attendance_devices import conf
from attendance_devices.drivers.base import Session
from attendance_devices.drivers.registry import driver
from attendance_devices.exceptions import AttendanceDevicesError, DeviceTaken, Unsupported, WriteForbidden, WriteRefused
from attendance_devices.models import Device
from attendance_devices.services.access.audit_log import Outcome, actor_name, note, start_entry
from attendance_devices.services.access.permissions import WRITE
from attendance_devices.services.devices.addresses import TimeLimits, address_of
from attendance_devices.services.workers.leases import Lease, leased

MARGIN = timedelta(minutes=3)
"""For the attempts to have punches taken again, after a session of the longest kind."""


@dataclass(slots=True)
class RunningWrite:
    """A write to one terminal that is under way."""

    verb: str
    by: Any
    lease: Lease
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def device(self) -> Device:
        """As it was when the lease began."""
        return self.lease.device

    def begin(self, words: str) -> None:
        """From here on the terminal is changed. Stored before it is, so that a kill leaves a trace.

        The lease begins anew: it was short, so that the terminal is free soon if this machine dies. Raises
        `DeviceTaken` if it ran out and another process has it.
        """
        mine = Device.objects.filter(pk=self.device.pk, lease_holder=self.lease.holder)
        if not mine.update(lease_until=datetime.now(UTC) + _length()):
            raise DeviceTaken(self.device.name, "another process took it while its log was read")
        entry = start_entry(self.verb, by=self.by, device=self.device, words=words)
        self.details["begun"] = entry.pk

    def end(self, outcome: str, words: str) -> None:
        """How it ended."""
        note(self.verb, outcome, by=self.by, device=self.device, words=words, details=self.details)

    def done(self, words: str, **facts: Any) -> None:
        """It is done; `facts` are what is to be known of the device from now on."""
        self.end(Outcome.DONE, words)
        self.lease.give_back(last_seen=datetime.now(UTC), **facts)


@contextmanager
def write_session(device_id: int, verb: str, by: Any) -> Iterator[RunningWrite]:
    """Hold the device, and note whatever goes wrong. Raises `WriteForbidden`, `Unsupported`, `DeviceTaken`."""
    _allowed(Device.objects.get(pk=device_id), verb, by)
    with leased(device_id, _length()) as lease:
        write = RunningWrite(verb=verb, by=by, lease=lease)
        try:
            yield write
        except WriteRefused as refused:
            write.end(Outcome.REFUSED, str(refused))
            raise
        except AttendanceDevicesError as error:
            write.end(Outcome.FAILED, str(error))
            raise
        except BaseException as error:  # Ctrl-C too: the trail has an end of whatever it began, and it is raised on
            write.end(Outcome.FAILED, f"broken off by {type(error).__name__}")
            raise


def _length() -> timedelta:
    return timedelta(seconds=conf.load().session_seconds) + MARGIN


def rehearse_write(device_id: int, verb: str, by: Any) -> Device:
    """The device, for a dry run: the same questions, and not one write. Raises what `write_session` raises."""
    device = Device.objects.get(pk=device_id)
    _allowed(device, verb, by)
    if device.lease_until and device.lease_until > datetime.now(UTC):
        at = f"until {device.lease_until:%H:%M:%S} UTC at the latest"
        raise DeviceTaken(device.name, f"another process reads it ({at})")
    return device


def session_with(device: Device, patience: TimeLimits | None = None) -> AbstractContextManager[Session]:
    """A session with the device as it is stored. Raises `DeviceError`."""
    return driver(device.vendor).session(address_of(device, patience))


def _allowed(device: Device, verb: str, by: Any) -> None:
    if by is not None and not by.has_perm(WRITE):
        raise WriteForbidden(device.name, f"{actor_name(by) or 'nobody who is logged in'} may not write to terminals")
    address_of(device)
    if not getattr(driver(device.vendor), f"supports_{verb}"):
        raise Unsupported(device.name, f"terminals of this vendor have no command to {verb.replace('_', ' ')}")
