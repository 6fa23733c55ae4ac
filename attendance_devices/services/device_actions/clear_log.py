"""Clear a terminal's log, once every record of it is proven to be stored.

It is read and proven, kept from taking punches, read and proven again, cleared, looked at, and let go on a fresh
connection. Broken off anywhere, the log is whole, or everything that it held is stored.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from attendance_devices.domain.devices.writes import LogCleared
from attendance_devices.domain.punches.instants import is_repeated
from attendance_devices.drivers.base import Session
from attendance_devices.exceptions import NotProven, NotVerified, WriteRefused
from attendance_devices.models import Device
from attendance_devices.services.device_actions.proof import ProofResult, prove_log_stored
from attendance_devices.services.device_actions.session import rehearse_write, session_with, write_session
from attendance_devices.services.devices.enable import disabled_session, ensure_enabled

VERB = "clear_log"
AGAIN = "Somebody was just punching: run poll_devices for it and try again."
POLL = "Nothing is lost: run poll_devices for it, look at the terminal itself, and try again."


def clear_log(device_id: int, *, by: Any = None, dry_run: bool = False) -> LogCleared:
    """Clear it, or refuse.

    :param by: the user; None for whoever runs manage.py. :param dry_run: only read and prove.

    Raises `WriteForbidden`, `NotProven`, `WriteRefused`, `NotVerified`, `LeftDisabled`, or a `DeviceError`.
    """
    if dry_run:
        device = rehearse_write(device_id, VERB, by)
        with session_with(device) as session:
            return _plan(_prove_while_in_use(device, session))
    with write_session(device_id, VERB, by) as write:
        with session_with(write.device) as session:
            ensure_enabled(write.device, session)
            first = _prove_while_in_use(write.device, session)
        plan = _plan(first)
        if not plan.records:
            return plan
        write.begin(plan.words)
        write.details["records"] = plan.records
        with disabled_session(write.device) as session:
            _prove_and_clear(session, first)
        done = replace(plan, cleared=True)
        write.done(done.words, record_count=0)
    return done


def _prove_while_in_use(device: Device, session: Session) -> ProofResult:
    """The first reading, while people go on punching. Raises `NotProven`, `WriteRefused`."""
    shown = session.clock() or datetime.now(UTC).astimezone(device.zone).replace(tzinfo=None)
    if is_repeated(shown, device.zone):
        happened = f"refused: its clock shows {shown:%H:%M}, an hour that repeats; its log tells which pass it is"
        raise WriteRefused(device.name, happened, next_step="Try again when that hour has passed twice.")
    proof = prove_log_stored(device, session)
    proof.demand()
    return proof


def _plan(proof: ProofResult) -> LogCleared:
    return LogCleared(device=proof.device.name, records=proof.records, seconds=proof.seconds)


def _prove_and_clear(session: Session, first: ProofResult) -> None:
    """The second reading, while nobody can punch, and then the order. Raises `NotProven`, `NotVerified`."""
    device = first.device
    second = prove_log_stored(device, session)
    second.demand()
    if second.content.digest() != first.content.digest():
        happened = f"refused: its log changed between two readings ({first.records:,} and {second.records:,} records)"
        raise NotProven(device.name, happened, next_step=AGAIN)
    session.clear_log()
    left = session.status().records
    if left != 0:
        happened = f"it took the order to clear its log and counts {'nothing' if left is None else f'{left:,} records'}"
        raise NotVerified(device.name, f"{happened}; all {first.records:,} that it held are stored", next_step=POLL)
