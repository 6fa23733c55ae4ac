"""Set a terminal's clock to the time in the terminal's own zone."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from attendance_devices.domain.devices.writes import ClockSet
from attendance_devices.domain.punches.instants import mixes_passes
from attendance_devices.drivers.base import Session
from attendance_devices.exceptions import NotVerified, WriteRefused
from attendance_devices.models import Device
from attendance_devices.services.device_actions.session import rehearse_write, session_with, write_session
from attendance_devices.services.devices.addresses import TimeLimits
from attendance_devices.services.devices.enable import ensure_enabled

VERB = "set_clock"
FOLLOWED = timedelta(seconds=5)
"""A clock that is not further off afterwards has followed the order; slow lines take their time."""
HALF = timedelta(seconds=0.5)
"""A clock of whole seconds shows half a second too little, on average."""
WAIT = "Try again some hours later, when that hour has passed twice."


def set_clock(device_id: int, *, by: Any = None, dry_run: bool = False, patience: TimeLimits | None = None) -> ClockSet:
    """Set it, and read it back.

    :param by: the user; None for whoever runs manage.py. :param dry_run: only look.
    :param patience: None waits as long as the settings allow.

    Raises `WriteForbidden`, `WriteRefused` around a repeated hour, `NotVerified`, or a `DeviceError`.
    """
    if dry_run:
        device = rehearse_write(device_id, VERB, by)
        with session_with(device, patience) as session:
            return _plan_clock(device, session)[0]
    with write_session(device_id, VERB, by) as write:
        device = write.device
        with session_with(device, patience) as session:
            ensure_enabled(device, session)
            plan, trip = _plan_clock(device, session)
            if plan.is_right:
                return plan
            write.details |= {"shown": str(plan.shown), "should_show": str(plan.target)}
            write.begin(plan.words)
            session.set_clock(_local_time_after(device, trip / 2))
            done = replace(plan, left=_verify_clock(device, session))
        write.done(done.words, clock_drift=done.left)
    return done


def _plan_clock(device: Device, session: Session) -> tuple[ClockSet, timedelta]:
    """The plan, and how long a question and its answer take. Raises `WriteRefused`."""
    shown, wall, trip = _measure_clock(device, session)
    plan = ClockSet(device=device.name, shown=shown, target=wall)
    if not plan.is_right and mixes_passes(shown, wall, device.zone):
        happened = f"refused: {plan.words}, and around a repeated hour of {device.zone} its punches would be confused"
        raise WriteRefused(device.name, happened, next_step=WAIT)
    return plan, trip


def _verify_clock(device: Device, session: Session) -> timedelta:
    """How far it is off now. Raises `NotVerified`."""
    shown, wall, _ = _measure_clock(device, session)
    if shown is None or abs(shown - wall) > FOLLOWED:
        said = f"{shown:%Y-%m-%d %H:%M:%S}" if shown else "no date"
        happened = f"its clock was set to {wall:%Y-%m-%d %H:%M:%S} and shows {said}"
        raise NotVerified(device.name, happened)
    return shown - wall


def _measure_clock(device: Device, session: Session) -> tuple[datetime | None, datetime, timedelta]:
    """What its clock shows, what it should have shown then, and how long question and answer took."""
    began = time.monotonic()
    shown = session.clock()
    trip = timedelta(seconds=time.monotonic() - began)
    return shown, _local_time_after(device, -trip / 2 - HALF), trip


def _local_time_after(device: Device, shift: timedelta) -> datetime:
    """What a right clock there shows so much later or earlier, naive, to the nearest second."""
    moment = datetime.now(UTC) + shift + HALF
    return moment.astimezone(device.zone).replace(tzinfo=None, microsecond=0)
