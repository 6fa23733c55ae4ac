"""Punches that a person hands in, from a file or a table: stored as a collect stores them, never past it.

They cover nothing of the terminal's own log, so its cursor stays where it is, and no session with it is needed: the
device's row is locked for each batch, a poll waits so long, and whoever comes second finds what the first stored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from django.db import transaction

from attendance_devices.domain.punches.file_contents import FROM_TABLE
from attendance_devices.domain.punches.punch import BadRecord, Batch, Punch
from attendance_devices.domain.results import CollectResult
from attendance_devices.exceptions import AddressInvalid, AttendanceDevicesError, ImportForbidden
from attendance_devices.models import Device
from attendance_devices.models.logs import Source
from attendance_devices.services.access import audit_log, permissions
from attendance_devices.services.collection.runs import note_run
from attendance_devices.services.punches.store import SortedBatch, receipt_now, store_without_cursor

PUNCHES_AT_ONCE = 6_000
"""Punches of one batch: few queries, and little memory."""


@dataclass(slots=True)
class ImportCounts:
    """What has come of the punches so far."""

    new: int = 0
    known: int = 0
    quarantined: int = 0
    flagged: int = 0
    unlisted: set[str] = field(default_factory=set)

    def add(self, found: SortedBatch) -> None:
        """Another batch."""
        self.new += len(found.logs)
        self.known += found.known
        self.quarantined += len(found.quarantine)
        self.flagged += found.flagged
        self.unlisted.update(found.unlisted)

    @property
    def words(self) -> str:
        """``3 new, 2 known, 1 quarantined``."""
        return f"{self.new:,} new, {self.known:,} known, {self.quarantined:,} quarantined"

    def result(self, device: str, error: AttendanceDevicesError | None = None) -> CollectResult:
        """As a collect says it."""
        return CollectResult(
            device=device,
            new=self.new,
            known=self.known,
            quarantined=self.quarantined,
            flagged=self.flagged,
            unknown_ids=sorted(self.unlisted),
            error=str(error) if error else "",
            retryable=bool(error and error.retryable),
        )


def store_punches(
    device: Device,
    punches: Sequence[Punch],
    bad: Sequence[BadRecord] = (),
    *,
    source: Source = Source.FILE,
    by: Any = None,
    subject: str = "",
) -> CollectResult:
    """Store what is new of them: all or nothing, with a run, an audit entry and the signal. Days wait to be derived.

    :param punches: in the order in which the terminal took them, if that is known.
    :param bad: what could not be read, for the quarantine. :param subject: where they come from, such as a file's name.
    :param by: the user; None for whoever runs manage.py. Raises `ImportForbidden`, `AddressInvalid`, `ZoneChanged`.
    """
    require_import_right(by)
    check_zone(device)
    started, receipt, counts = datetime.now(UTC), receipt_now(source), ImportCounts()
    with transaction.atomic():
        for batch in _batches(punches, bad):
            counts.add(store_without_cursor(device, batch, receipt))
        audit_log.note(FROM_TABLE, by=by, device=device, subject=subject, words=f"{device.name}: {counts.words}")
        return note_run(device, counts.result(device.name), started)


def require_import_right(by: Any) -> None:
    """Raises `ImportForbidden` for a user without the right. :param by: None is whoever runs manage.py."""
    if by is not None and not by.has_perm(permissions.IMPORT):
        raise ImportForbidden(by.get_username(), "may not bring attendance in from files")


def check_zone(device: Device) -> None:
    """Without its zone no time on its clock is an instant. Raises `AddressInvalid`."""
    try:
        _ = device.zone
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        happened = f"its time zone {device.timezone!r} is unknown"
        raise AddressInvalid(device.name, happened, next_step="Write the time zone as Asia/Karachi.") from error


def _batches(punches: Sequence[Punch], bad: Sequence[BadRecord]) -> Iterator[Batch]:
    rest = iter(punches)
    while part := list(islice(rest, PUNCHES_AT_ONCE)):
        yield Batch(punches=part, records=len(part))
    if bad:
        yield Batch(punches=(), bad=bad, records=len(bad))
