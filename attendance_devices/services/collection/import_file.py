"""A log that a terminal wrote to a USB stick: looked at first, and stored as a collect stores it, as often as you like.

It is read twice, once to say exactly what it would do and whether it may be the log of another terminal, and once to
store it, some thousand lines in one transaction. Broken off, what was stored stays, and the next import goes on.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

from attendance_devices.domain.punches.file_contents import FROM_FILE, FileContents, ImportResult
from attendance_devices.drivers.base import LogFile
from attendance_devices.drivers.registry import driver
from attendance_devices.exceptions import AttendanceDevicesError, FileChanged, FileDoubtful, FileUnreadable
from attendance_devices.models import Device
from attendance_devices.models.logs import Source
from attendance_devices.services.access import audit_log
from attendance_devices.services.collection.file_report import FileReportBuilder
from attendance_devices.services.collection.import_rows import ImportCounts, check_zone, require_import_right
from attendance_devices.services.collection.runs import note_run
from attendance_devices.services.punches.store import receipt_now, sort, store_without_cursor

CHUNK = 256 * 1024


def inspect_file(device: Device, file: BinaryIO, name: str, *, encoding: str = "") -> FileContents:
    """Say what an import would do. Writes nothing.

    :param file: open, from its start; it is read to its end. :param name: of the file, which may name the terminal.
    :param encoding: empty to tell it by the first bytes.

    Raises `FileUnreadable`, `AddressInvalid`, `Unsupported`.
    """
    check_zone(device)
    look, digest, receipt = FileReportBuilder(device), hashlib.sha256(), receipt_now(Source.FILE)
    log = _log(device, _chunks(file, digest), name, encoding)
    for batch in log.batches():
        look.add(batch, sort(device, batch, receipt))
    if not look.readable:
        why = f"; line by line: {look.unreadable[0]}" if look.unreadable else ""
        raise FileUnreadable(name, f"there is no punch in it{why}")
    return look.result(name, digest.hexdigest(), log.serial)


def import_log(
    device: Device,
    file: BinaryIO,
    name: str,
    *,
    encoding: str = "",
    by: Any = None,
    sure: bool = False,
    digest: str = "",
) -> ImportResult:
    """Store what is new in it. What cannot be read goes to quarantine, and the days that it touches wait to be derived.

    :param file: open and seekable. :param sure: it is the log of this terminal, whatever speaks against it.
    :param digest: of the file that was looked at; empty if it need not be that one.
    :param by: the user; None for whoever runs manage.py.

    Raises `ImportForbidden`, `FileChanged`, `FileDoubtful`, and what `inspect_file` raises: then nothing is stored.
    Raises `ZoneChanged`; what was stored before stays.
    """
    require_import_right(by)
    found = inspect_file(device, file, name, encoding=encoding)
    if digest and digest != found.digest:
        raise FileChanged(name, "it is not the file that was looked at")
    if found.doubts and not sure:
        raise FileDoubtful(device.name, f"{name} was not imported: {'; '.join(found.doubts)}")
    facts = {"by": by, "device": device, "subject": name}
    details = {"digest": found.digest, "records": found.records, "doubts": list(found.doubts)}
    file.seek(0)
    audit_log.start_entry(
        FROM_FILE, **facts, words=f"{found.new:,} new punches of {found.records:,} lines", details=details
    )
    started, counts = datetime.now(UTC), ImportCounts()
    try:
        _store(device, _log(device, _chunks(file), name, encoding), counts)
    except AttendanceDevicesError as error:
        audit_log.note(FROM_FILE, audit_log.Outcome.FAILED, **facts, words=str(error), details=details)
        note_run(device, counts.result(device.name, error), started)
        raise
    audit_log.note(FROM_FILE, **facts, words=f"{device.name}: {counts.words}", details=details)
    return ImportResult(look=found, result=note_run(device, counts.result(device.name), started))


def _store(device: Device, log: LogFile, counts: ImportCounts) -> None:
    receipt = receipt_now(Source.FILE)
    for batch in log.batches():
        counts.add(store_without_cursor(device, batch, receipt))


def _log(device: Device, chunks: Iterator[bytes], name: str, encoding: str) -> LogFile:
    try:
        return driver(device.vendor).log_file(chunks, name=name, zone=device.zone, encoding=encoding)
    except ValueError as error:
        raise FileUnreadable(name, str(error), next_step="Leave it out to have it found.") from error


def _chunks(file: BinaryIO, digest: Any = None) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        if digest is not None:
            digest.update(chunk)
        yield chunk
