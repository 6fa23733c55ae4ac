"""Read a terminal and store what is new. A failure leaves what was stored before it, and the cursor that covers it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from django.db.models import F

from attendance_devices import conf
from attendance_devices.domain.devices.device import DeviceAddress, DeviceIdentity, DeviceStatus
from attendance_devices.domain.devices.poll_interval import share_of
from attendance_devices.domain.punches.punch import Batch
from attendance_devices.domain.results import CollectResult
from attendance_devices.drivers.base import Session
from attendance_devices.drivers.registry import driver
from attendance_devices.exceptions import DeviceError, DeviceTaken
from attendance_devices.models import Device
from attendance_devices.models.logs import Source
from attendance_devices.services.collection.enrolments import keep_enrolments
from attendance_devices.services.collection.runs import note_run
from attendance_devices.services.devices.addresses import Patience, address_of
from attendance_devices.services.devices.enable import let_go
from attendance_devices.services.devices.poll_interval import next_try, next_turn
from attendance_devices.services.punches.store import Sorted, move_cursor, receipt_now, store
from attendance_devices.services.punches.tombstones import Oldest, forget_for_good
from attendance_devices.services.workers.leases import leased

logger = logging.getLogger(__name__)
LEASE_MARGIN = timedelta(seconds=60)
Facts: TypeAlias = dict[str, Any]
"""Fields of a device and what they are to say."""


@dataclass(slots=True)
class _Tally:
    """What one collect has done so far."""

    since: datetime | None
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("new", "known", "quarantined", "flagged"), 0))
    source: Source = Source.POLL
    older: int = 0
    records: int = 0
    whole: bool = False
    people: int | None = None
    people_error: DeviceError | None = None
    """The list of people could not be read; the log was."""
    unlisted: set[str] = field(default_factory=set)
    oldest: Oldest = field(default_factory=Oldest)

    def add(self, batch: Batch, found: Sorted) -> None:
        self.counts["new"] += len(found.logs)
        self.counts["known"] += found.known
        self.counts["quarantined"] += len(found.quarantine)
        self.counts["flagged"] += found.flagged
        self.records += batch.records
        self.oldest.meet(batch.punches, batch.records)
        self.whole = self.whole or batch.whole
        self.unlisted.update(found.unlisted)
        if self.since is not None:
            self.older += sum(1 for log in found.logs if log.punch_time < self.since)

    def result(self, device: str, error: DeviceError | None = None) -> CollectResult:
        error = error or self.people_error
        return CollectResult(
            device=device,
            **self.counts,
            older=self.older,
            enrolments=self.people,
            unknown_ids=sorted(self.unlisted),
            device_records=self.records if self.whole and error is self.people_error else None,
            whole=self.whole,
            error=str(error) if error else "",
            retryable=bool(error and error.retryable),
            taken=isinstance(error, DeviceTaken),
        )


def collect(
    device_id: int, *, since: datetime | None = None, whole: bool | None = None, patience: Patience | None = None
) -> CollectResult:
    """Read one terminal. Never raises for what a terminal does: the result says it.

    :param since: aware; what is older is stored too, and counted apart.
    :param whole: read the whole log; None decides by the age of the last whole comparison.
    :param patience: None waits as long as the settings allow.
    """

    def read(device: Device, tally: _Tally) -> Facts:
        address = address_of(device, patience)
        return _read(device, address, tally, whole=is_whole_due(device) if whole is None else whole)

    return _leased(device_id, _Tally(since=since), read)


def collect_people(device_id: int) -> CollectResult:
    """Read whom one terminal lists, and nothing else. Never raises for what a terminal does."""

    def read(device: Device, tally: _Tally) -> Facts:
        with driver(device.vendor).session(address_of(device)) as session:
            let_go(device, session)
            _keep_people(device, session, tally)
        return {"last_seen": datetime.now(UTC), "user_count": tally.people}

    return _leased(device_id, _Tally(since=None), read)


def collect_in(session: Session, device: Device) -> tuple[CollectResult, Facts]:
    """Read a terminal through a session that is open, under a lease that is held. Its punches count as heard live.

    Returns also what is to be written of the device. Raises `DeviceError`; what was stored before it stays.
    """

    def read(tally: _Tally) -> Facts:
        return _read_through(session, device, tally, whole=is_whole_due(device))

    return _live(device, read)


def look_in(session: Session, device: Device) -> tuple[CollectResult, Facts]:
    """The same, but only the log from where it was last read: a few small questions."""

    def read(tally: _Tally) -> Facts:
        asked_at = datetime.now(UTC)
        for batch in session.batches(device.cursor, device.zone):
            _keep(device, batch, tally)
        if tally.unlisted:
            _try_people(device, session, tally)
        return {"last_seen": asked_at, "last_sync": asked_at}

    return _live(device, read)


def _live(device: Device, read: Callable[[_Tally], Facts]) -> tuple[CollectResult, Facts]:
    """A run is noted where there is something to tell: a session that listens looks often, and finds little."""
    tally, started = _Tally(since=None, source=Source.LIVE), datetime.now(UTC)
    try:
        facts = read(tally)
    except DeviceError as error:
        note_run(device, tally.result(device.name, error), started)
        raise
    result = tally.result(device.name)
    if result.new or result.quarantined or result.whole or result.error:
        note_run(device, result, started)
    return result, facts


def failed(device: Device, error: DeviceError) -> Facts:
    """What is to be known of a device that could not be read, this time included."""
    return {
        "last_error": str(error),
        "failures": F("failures") + 1,
        "next_attempt": next_try(device, retryable=error.retryable),
        "queued_until": None,
    }


def longest_read() -> timedelta:
    """How long a session may hold a device that reads its whole log."""
    return timedelta(seconds=conf.load().session_seconds) + LEASE_MARGIN


def _leased(device_id: int, tally: _Tally, read: Callable[[Device, _Tally], Facts]) -> CollectResult:
    started = datetime.now(UTC)
    error: DeviceError | None = None
    try:
        with leased(device_id, longest_read()) as lease:
            device = lease.device
            try:
                facts = read(device, tally)
            except DeviceError as caught:
                error = caught
                facts = failed(device, caught)
            lease.give_back(**facts)
    except DeviceTaken as taken:
        return tally.result(taken.subject, taken)
    return note_run(device, tally.result(device.name, error), started)


def _read(device: Device, address: DeviceAddress, tally: _Tally, *, whole: bool) -> Facts:
    with driver(device.vendor).session(address) as session:
        return _read_through(session, device, tally, whole=whole)


def _read_through(session: Session, device: Device, tally: _Tally, *, whole: bool) -> Facts:
    """The log first: a list of people that cannot be read must not keep punches away."""
    let_go(device, session)
    identity = session.identity() if whole or not device.serial_number else None
    status = session.status()
    asked_at = datetime.now(UTC)
    for batch in session.batches(device.cursor, device.zone, whole=whole):
        _keep(device, batch, tally)
    if tally.whole:
        forget_for_good(device, tally.oldest)
    if whole or tally.unlisted or status.users is None or status.users != device.user_count:
        _try_people(device, session, tally)
    return _health(device, tally, status, asked_at) | _identity(identity)


def _keep(device: Device, batch: Batch, tally: _Tally) -> None:
    if not batch.records:
        if dict(batch.cursor) != device.cursor:
            move_cursor(device, batch.cursor)
        tally.whole = tally.whole or batch.whole
        return
    tally.add(batch, store(device, batch, receipt_now(tally.source)))


def _try_people(device: Device, session: Session, tally: _Tally) -> None:
    try:
        _keep_people(device, session, tally)
    except DeviceError as error:
        tally.people_error = error


def _keep_people(device: Device, session: Session, tally: _Tally) -> None:
    people = session.enrolments()
    keep_enrolments(device, people)
    tally.people = len(people)
    tally.unlisted -= {person.device_user_id for person in people}


def is_whole_due(device: Device) -> bool:
    """Is it time to compare the whole log? After a failure the rest comes first, or a bad line never gets there.

    Each device takes up to a quarter less than is asked for, so that those that began together do not stay together.
    """
    if device.failures:
        return False
    if device.last_reconciled is None:
        return True
    age: timedelta = datetime.now(UTC) - device.last_reconciled
    often = timedelta(hours=conf.load().reconcile_hours) * (1 - share_of(device.pk) / 4)
    return age >= often or age < -often  # compared in the future: by a clock that was wrong


def _health(device: Device, tally: _Tally, status: DeviceStatus, asked_at: datetime) -> Facts:
    now = datetime.now(UTC)
    shown = status.clock.replace(tzinfo=device.zone) if status.clock else None
    facts: Facts = {
        "last_seen": asked_at,
        # What is punched while the log is read may be missing from it.
        "last_sync": asked_at,
        "last_error": str(tally.people_error or ""),
        "failures": 0,
        "next_attempt": next_turn(device),
        "queued_until": None,
        "clock_drift": shown - asked_at if shown else None,
        "user_count": status.users if tally.people is None else tally.people,
        "user_capacity": status.user_capacity,
        "record_count": status.records,
        "record_capacity": status.record_capacity,
    }
    return facts | ({"last_reconciled": now} if tally.whole else {})


def _identity(identity: DeviceIdentity | None) -> Facts:
    if identity is None:
        return {}
    return {"serial_number": identity.serial_number, "firmware": identity.firmware, "model": identity.model}
