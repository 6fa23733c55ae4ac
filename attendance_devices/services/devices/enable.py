"""Keep a terminal from taking punches for a while, and be sure that it takes them again.

That it is kept so is written down before the terminal hears of it. Whoever reaches the terminal next lets it go.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import transaction

from attendance_devices.drivers.base import Session
from attendance_devices.drivers.registry import driver
from attendance_devices.exceptions import AttendanceDevicesError, DeviceError, LeftDisabled, Unsupported, WriteRejected
from attendance_devices.models import Device
from attendance_devices.services.access.audit_log import Outcome, note
from attendance_devices.services.devices.addresses import address_of

logger = logging.getLogger(__name__)
VERB = "enable"
PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds between the attempts."""


@contextmanager
def disabled_session(device: Device) -> Iterator[Session]:
    """A session with a terminal that takes no punches. Afterwards it takes them again, by a session of its own.

    Raises `LeftDisabled` if it could not be told so.
    """
    try:
        with driver(device.vendor).session(address_of(device)) as session:
            _note_disabled(device)
            session.disable()
            yield session
    except BaseException as error:  # Ctrl-C too must leave nobody unable to punch, and is raised on
        if device.disabled_since is not None:
            _enable_with_retries(device, error)
        raise
    else:
        _enable_with_retries(device, None)


def ensure_enabled(device: Device, session: Session) -> None:
    """Somebody reached a terminal: if an earlier write left it so that nobody can punch, that ends here."""
    if device.disabled_since is None:
        return
    try:
        session.enable()
    except (WriteRejected, Unsupported) as error:
        logger.error("%s was left so that nobody can punch, and says no to the end of it: %s", device.name, error)
        return
    since = device.disabled_since
    _note_enabled(device)
    words = f"{device.name} takes punches again; an earlier write left it without since {since:%Y-%m-%d %H:%M:%S} UTC"
    note(VERB, Outcome.DONE, device=device, words=words)
    logger.warning("%s", words)


def _enable_with_retries(device: Device, broken_off: BaseException | None) -> None:
    """Try some times, each on a fresh connection: the one before may be dead."""
    for pause in (*PAUSES, None):
        try:
            with driver(device.vendor).session(address_of(device)) as session:
                session.enable()
        except DeviceError as error:
            failed = error
        else:
            _note_enabled(device)
            return
        if pause is not None:
            time.sleep(pause)
    first = f"{broken_off.happened}; then " if isinstance(broken_off, AttendanceDevicesError) else ""
    happened = f"{first}it could not be told to take punches again ({failed.happened})"
    logger.error("%s: %s", device.name, happened)
    raise LeftDisabled(device.name, happened) from failed


def _note_disabled(device: Device) -> None:
    now = datetime.now(UTC)
    with transaction.atomic(durable=True):
        Device.objects.filter(pk=device.pk).update(disabled_since=now)
    device.disabled_since = now


def _note_enabled(device: Device) -> None:
    device.disabled_since = None
    Device.objects.filter(pk=device.pk).update(disabled_since=None)
