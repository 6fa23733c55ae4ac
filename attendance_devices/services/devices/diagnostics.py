"""A doctor for terminals: what works, what does not, and the next step for each thing that is wrong."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from attendance_devices.domain.devices.device import DeviceAddress, DeviceStatus, Transport
from attendance_devices.drivers.base import Driver, Session
from attendance_devices.drivers.registry import driver
from attendance_devices.exceptions import (
    AddressInvalid,
    ConnectionRefused,
    DeviceBusy,
    DeviceError,
    DeviceTimeout,
    DeviceUnreachable,
    EncryptedSession,
    HostNameUnknown,
    NotATerminal,
    Unauthorised,
    WrongDevice,
)

DRIFT_LIMIT = timedelta(seconds=60)
NEARLY_FULL = 0.9
SAMPLE = 3
QUARTER_HOUR = timedelta(minutes=15)
WIDEST_ZONES = timedelta(hours=26)
SILENT = "Check address and port: another service may answer there. If it is the terminal, restart it and try again."
OTHER_SECONDS = 2.0
"""The wait for an answer by the other transport."""
ROOM = {
    "people": "Nearly full: delete people who have left from the terminal.",
    "punches": "Nearly full: it will soon delete its oldest punches. Poll often; clear its log once all are stored.",
}
STEPS = ("address", "network", "session", "password", "identity")
STEP_OF = {
    AddressInvalid: "address",
    HostNameUnknown: "address",
    ConnectionRefused: "network",
    DeviceUnreachable: "network",
    DeviceTimeout: "network",
    EncryptedSession: "session",
    DeviceBusy: "session",
    Unauthorised: "password",
    WrongDevice: "identity",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedItem:
    """One thing that was looked at."""

    step: str
    ok: bool
    found: str
    next_step: str = ""


def probe(vendor: str, address: DeviceAddress, zone: ZoneInfo) -> list[CheckedItem]:
    """Look at one terminal. Reads only, and only the first stretch of its log; stops where it cannot go on."""
    doctor = driver(vendor)
    try:
        with doctor.session(address) as session:
            findings = [
                CheckedItem(step="address", ok=True, found=str(address)),
                CheckedItem(step="network", ok=True, found=f"answers by {address.transport.upper()}"),
                CheckedItem(step="session", ok=True, found="opened"),
                CheckedItem(step="password", ok=True, found="accepted"),
                *_run_checks(session, address, zone),
            ]
    except DeviceError as error:
        return _failed(doctor, address, error)
    if doctor.supports_udp:
        other = _other_transport(address)
        answers = _answers(doctor, address, other)
        found = f"answers by {other.upper()} too" if answers else f"no answer by {other.upper()}, which is not needed"
        findings.append(CheckedItem(step="other transport", ok=True, found=found))
    return findings


def _run_checks(session: Session, address: DeviceAddress, zone: ZoneInfo) -> Iterator[CheckedItem]:
    """One look after the other; after an error the session is of no more use."""
    for look in (_identity, _state, _people, _records):
        try:
            yield from look(session, address, zone)
        except DeviceError as error:
            step = look.__name__.strip("_")
            yield CheckedItem(step=step, ok=False, found=error.happened, next_step=error.advice)
            return


def _identity(session: Session, address: DeviceAddress, zone: ZoneInfo) -> Iterator[CheckedItem]:
    del zone
    identity = session.identity()
    if not identity.serial_number:
        found = "it tells no serial number, so that another terminal at this address would not be noticed"
        yield CheckedItem(step="identity", ok=True, found=found)
        return
    facts = (identity.serial_number, identity.model, identity.firmware, identity.platform, identity.mac)
    known = "is the stored one" if address.serial_number else "is not stored yet"
    found = f"{', '.join(fact for fact in facts if fact)} (serial number {known})"
    yield CheckedItem(step="identity", ok=True, found=found)


def _state(session: Session, address: DeviceAddress, zone: ZoneInfo) -> Iterator[CheckedItem]:
    del address
    status = session.status()
    yield _clock(status, zone)
    yield _room("people", status.users, status.user_capacity)
    yield _room("punches", status.records, status.record_capacity)


def _clock(status: DeviceStatus, zone: ZoneInfo) -> CheckedItem:
    if status.clock is None:
        next_step = "Set date and time in the terminal's menu."
        return CheckedItem(step="clock", ok=False, found="does not show a date", next_step=next_step)
    drift = status.clock.replace(tzinfo=zone) - datetime.now(UTC)
    found = f"shows {status.clock:%Y-%m-%d %H:%M:%S}, {_drift_text(drift)} of the time in {zone}"
    return CheckedItem(step="clock", ok=abs(drift) <= DRIFT_LIMIT, found=found, next_step=_advice(drift, zone))


def _drift_text(drift: timedelta) -> str:
    """A drift in words: 2 s behind, 5 h 0 min ahead, 3 days ahead."""
    way = "ahead" if drift > timedelta(0) else "behind"
    seconds = round(abs(drift).total_seconds())
    if seconds < 120:
        return f"{seconds} s {way}"
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours < 48:
        return f"{hours} h {minutes} min {way}" if hours else f"{minutes} min {way}"
    return f"{hours // 24} days {way}"


def _advice(drift: timedelta, zone: ZoneInfo) -> str:
    """Zones differ by quarters of an hour, up to 26 hours; a clock runs wrong by any amount."""
    if abs(drift) <= DRIFT_LIMIT:
        return ""
    quarters = round(drift / QUARTER_HOUR)
    if quarters and abs(drift - quarters * QUARTER_HOUR) <= DRIFT_LIMIT and abs(drift) <= WIDEST_ZONES:
        return f"Correct the device's time zone (now {zone}); if that is right, set the terminal's clock."
    return "Set the terminal's clock; until then its punches carry the wrong time."


def _room(what: str, count: int | None, capacity: int | None) -> CheckedItem:
    if count is None:
        next_step = f"If reading fails, set the record size by hand; its firmware does not count {what}."
        return CheckedItem(step=f"{what} held", ok=False, found="it does not say", next_step=next_step)
    full = bool(capacity) and count >= NEARLY_FULL * (capacity or 0)
    next_step = ROOM[what] if full else ""
    return CheckedItem(
        step=f"{what} held", ok=not full, found=f"{count} of {capacity or 'unknown'}", next_step=next_step
    )


def _people(session: Session, address: DeviceAddress, zone: ZoneInfo) -> Iterator[CheckedItem]:
    del address, zone
    people = session.enrolments()
    sample = ", ".join(f"{person.device_user_id} {person.name}".strip() for person in people[:SAMPLE])
    more = f"; {len(people) - SAMPLE} more" if len(people) > SAMPLE else ""
    found = f"{len(people)} listed: {sample}{more}" if people else "nobody is enrolled yet"
    yield CheckedItem(step="people", ok=True, found=found)


def _records(session: Session, address: DeviceAddress, zone: ZoneInfo) -> Iterator[CheckedItem]:
    del address
    batch = next(session.batches({}, zone, whole=True))
    if not batch.records:
        yield CheckedItem(step="records", ok=True, found="no punches yet")
        return
    sample = "; ".join(f"{punch.biometric_id} at {punch.device_time}" for punch in batch.punches[:SAMPLE])
    yield CheckedItem(step="records", ok=True, found=f"{batch.shape}: {sample or 'none can be read'}")
    if batch.bad:
        found = f"{len(batch.bad)} of the first {batch.records} cannot be read ({batch.bad[0].reason})"
        kept = "they are kept in quarantine, and the others are not affected"
        yield CheckedItem(step="bad records", ok=True, found=f"{found}; {kept}")


def _failed(doctor: Driver, address: DeviceAddress, error: DeviceError) -> list[CheckedItem]:
    """What went right before it, what went wrong, and whether the other transport would do."""
    if isinstance(error, DeviceTimeout) and _accepts(address):
        error = NotATerminal(str(address), "it takes the connection, and says nothing", next_step=SILENT)
    step = STEP_OF.get(type(error), "session")
    passed = [CheckedItem(step=name, ok=True, found="ok") for name in STEPS[: STEPS.index(step)]]
    findings = [*passed, CheckedItem(step=step, ok=False, found=error.happened, next_step=error.advice)]
    other = _other_transport(address)
    if step == "network" and doctor.supports_udp and _answers(doctor, address, other):
        next_step = f"Set the device's transport to {other.upper()}."
        findings.append(
            CheckedItem(step="other transport", ok=False, found=f"answers by {other.upper()}", next_step=next_step)
        )
    return findings


def _accepts(address: DeviceAddress) -> bool:
    """Does something take a TCP connection there?"""
    if address.transport is not Transport.TCP:
        return False
    try:
        with socket.create_connection((address.host, address.port), timeout=min(address.answer_seconds, OTHER_SECONDS)):
            return True
    except OSError:
        return False


def _other_transport(address: DeviceAddress) -> Transport:
    return Transport.UDP if address.transport is Transport.TCP else Transport.TCP


def _answers(doctor: Driver, address: DeviceAddress, transport: Transport) -> bool:
    seconds = min(address.answer_seconds, OTHER_SECONDS)
    try:
        with doctor.session(replace(address, transport=transport, answer_seconds=seconds)):
            return True
    except DeviceError:
        return False
