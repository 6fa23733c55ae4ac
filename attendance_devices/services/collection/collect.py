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
from attendance_devices.services.collection.enrolments import store_enrolments
from attendance_devices.services.collection.runs import note_run
from attendance_devices.services.devices.addresses import TimeLimits, address_of
from attendance_devices.services.devices.enable import ensure_enabled
from attendance_devices.services.devices.poll_interval import next_poll, next_retry
from attendance_devices.services.punches.store import SortedBatch, move_cursor, receipt_now, store
from attendance_devices.services.punches.tombstones import OldestRecords, drop_marks
from attendance_devices.services.workers.leases import leased

logger = logging.getLogger(__name__)
LEASE_MARGIN = timedelta(seconds=60)
HealthFields: TypeAlias = dict[str, Any]
"""Fields of a device and what they are to say."""


@dataclass(slots=True)
class _CollectTally:
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
    oldest: OldestRecords = field(default_factory=OldestRecords)

    def add(self, batch: Batch, found: SortedBatch) -> None:
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
    device_id: int, *, since: datetime | None = None, whole: bool | None = None, patience: TimeLimits | None = None
) -> CollectResult:
    """Read one terminal. Never raises for what a terminal does: the result says it.

    :param since: aware; what is older is stored too, and counted apart.
    :param whole: read the whole log; None decides by the age of the last whole comparison.
    :param patience: None waits as long as the settings allow.
    """

    def read(device: Device, tally: _CollectTally) -> HealthFields:
        address = address_of(device, patience)
        return _read(device, address, tally, whole=is_full_read_due(device) if whole is None else whole)

    return _collect_under_lease(device_id, _CollectTally(since=since), read)


def collect_people(device_id: int) -> CollectResult:
    """Read whom one terminal lists, and nothing else. Never raises for what a terminal does."""

    def read(device: Device, tally: _CollectTally) -> HealthFields:
        with driver(device.vendor).session(address_of(device)) as session:
            ensure_enabled(device, session)
            _store_enrolments(device, session, tally)
        return {"last_seen": datetime.now(UTC), "user_count": tally.people}

    return _collect_under_lease(device_id, _CollectTally(since=None), read)


def collect_in(session: Session, device: Device) -> tuple[CollectResult, HealthFields]:
    """Read a terminal through a session that is open, under a lease that is held. Its punches count as heard live.

    Returns also what is to be written of the device. Raises `DeviceError`; what was stored before it stays.
    """

    def read(tally: _CollectTally) -> HealthFields:
        return _read_through(session, device, tally, whole=is_full_read_due(device))

    return _is_worth_noting(device, read)


def collect_tail(session: Session, device: Device) -> tuple[CollectResult, HealthFields]:
    """The same, but only the log from where it was last read: a few small questions."""

    def read(tally: _CollectTally) -> HealthFields:
        asked_at = datetime.now(UTC)
        for batch in session.batches(device.cursor, device.zone):
            _store_batch(device, batch, tally)
        if tally.unlisted:
            _try_enrolments(device, session, tally)
        return {"last_seen": asked_at, "last_sync": asked_at}

    return _is_worth_noting(device, read)


def _is_worth_noting(
    device: Device, read: Callable[[_CollectTally], HealthFields]
) -> tuple[CollectResult, HealthFields]:
    """A run is noted where there is something to tell: a session that listens looks often, and finds little."""
    tally, started = _CollectTally(since=None, source=Source.LIVE), datetime.now(UTC)
    try:
        facts = read(tally)
    except DeviceError as error:
        note_run(device, tally.result(device.name, error), started)
        raise
    result = tally.result(device.name)
    if result.new or result.quarantined or result.whole or result.error:
        note_run(device, result, started)
    return result, facts


def failure_fields(device: Device, error: DeviceError) -> HealthFields:
    """What is to be known of a device that could not be read, this time included."""
    return {
        "last_error": str(error),
        "failures": F("failures") + 1,
        "next_attempt": next_retry(device, retryable=error.retryable),
        "queued_until": None,
    }


def max_lease() -> timedelta:
    """How long a session may hold a device that reads its whole log."""
    return timedelta(seconds=conf.load().session_seconds) + LEASE_MARGIN


def _collect_under_lease(
    device_id: int, tally: _CollectTally, read: Callable[[Device, _CollectTally], HealthFields]
) -> CollectResult:
    started = datetime.now(UTC)
    error: DeviceError | None = None
    try:
        with leased(device_id, max_lease()) as lease:
            device = lease.device
            try:
                facts = read(device, tally)
            except DeviceError as caught:
                error = caught
                facts = failure_fields(device, caught)
            lease.give_back(**facts)
    except DeviceTaken as taken:
        return tally.result(taken.subject, taken)
    return note_run(device, tally.result(device.name, error), started)


def _read(device: Device, address: DeviceAddress, tally: _CollectTally, *, whole: bool) -> HealthFields:
    with driver(device.vendor).session(address) as session:
        return _read_through(session, device, tally, whole=whole)


def _read_through(session: Session, device: Device, tally: _CollectTally, *, whole: bool) -> HealthFields:
    """The log first: a list of people that cannot be read must not keep punches away."""
    ensure_enabled(device, session)
    identity = session.identity() if whole or not device.serial_number else None
    status = session.status()
    asked_at = datetime.now(UTC)
    for batch in session.batches(device.cursor, device.zone, whole=whole):
        _store_batch(device, batch, tally)
    if tally.whole:
        drop_marks(device, tally.oldest)
    if whole or tally.unlisted or status.users is None or status.users != device.user_count:
        _try_enrolments(device, session, tally)
    return _health_fields(device, tally, status, asked_at) | _identity(identity)


def _store_batch(device: Device, batch: Batch, tally: _CollectTally) -> None:
    if not batch.records:
        if dict(batch.cursor) != device.cursor:
            move_cursor(device, batch.cursor)
        tally.whole = tally.whole or batch.whole
        return
    tally.add(batch, store(device, batch, receipt_now(tally.source)))


def _try_enrolments(device: Device, session: Session, tally: _CollectTally) -> None:
    try:
        _store_enrolments(device, session, tally)
    except DeviceError as error:
        tally.people_error = error


def _store_enrolments(device: Device, session: Session, tally: _CollectTally) -> None:
    people = session.enrolments()
    store_enrolments(device, people)
    tally.people = len(people)
    tally.unlisted -= {person.device_user_id for person in people}


def is_full_read_due(device: Device) -> bool:
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


def _health_fields(device: Device, tally: _CollectTally, status: DeviceStatus, asked_at: datetime) -> HealthFields:
    now = datetime.now(UTC)
    shown = status.clock.replace(tzinfo=device.zone) if status.clock else None
    facts: HealthFields = {
        "last_seen": asked_at,
        # What is punched while the log is read may be missing from it.
        "last_sync": asked_at,
        "last_error": str(tally.people_error or ""),
        "failures": 0,
        "next_attempt": next_poll(device),
        "queued_until": None,
        "clock_drift": shown - asked_at if shown else None,
        "user_count": status.users if tally.people is None else tally.people,
        "user_capacity": status.user_capacity,
        "record_count": status.records,
        "record_capacity": status.record_capacity,
    }
    return facts | ({"last_reconciled": now} if tally.whole else {})


def _identity(identity: DeviceIdentity | None) -> HealthFields:
    if identity is None:
        return {}
    return {"serial_number": identity.serial_number, "firmware": identity.firmware, "model": identity.model}
