"""What a file of punches holds, as lines for people and as values for machines."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from attendance_devices.domain.punches.file_contents import FileContents, ImportResult, TouchedDays
from attendance_devices.management.output.runs import collect_values, limited, outcome_lines
from attendance_devices.management.output.text import OutputNames, counted
from attendance_devices.services.pipeline.follow_up import FollowUpResult


def look_lines(found: FileContents, words: OutputNames) -> Iterator[str]:
    """What an import would do."""
    yield "Dry run: nothing was written."
    yield (
        f"{found.device}: {found.name}, {counted(found.records, 'record')}: "
        f"{counted(found.new, 'new punch')} would be stored, {found.known:,} known, "
        f"{found.quarantined:,} would be quarantined"
        + (f", {found.flagged:,} to be looked at" if found.flagged else "")
    )
    yield from limited((f"  {_touched(one, words)}" for one in found.touched), words)
    if found.unlisted:
        yield from limited([f"  not known on {found.device} yet: {', '.join(found.unlisted[:50])}"], words)
    yield from (f"  not readable: {reason}" for reason in found.unreadable)
    yield f"SHA-256 {found.digest}"


def doubt_lines(found: FileContents) -> Iterator[str]:
    """Why it may not be the log of this terminal."""
    yield from (f"Doubtful: {one}" for one in found.doubts)


def followed_lines(found: FollowUpResult, first: date | None, told_from: date, words: OutputNames) -> Iterator[str]:
    """What has come of the days. :param first: the oldest that was touched. :param told_from: the CRM is told of it."""
    if found.elsewhere:
        yield "Days: another process derives at this moment, and takes these along"
    else:
        yield from outcome_lines(found.derived, found.posted)
    if first is not None and first < told_from:
        yield (
            f"Days before {told_from} are derived, and the CRM is not told of them by itself: "
            f"process_attendance --start-date {first} does that."
        )
    yield from limited((f"  {error}" for error in found.errors), words)


def look_values(found: FileContents) -> dict[str, Any]:
    """The same as JSON values."""
    return {"dry_run": True, **asdict(found)}


def imported_values(found: ImportResult, done: FollowUpResult) -> dict[str, Any]:
    """What was stored, and what came of it, as JSON values."""
    values = asdict(done)
    return {
        "dry_run": False,
        **collect_values(found.result),
        "digest": found.look.digest,
        "mapped": values["mapped"],
        "days": values["derived"],
        "rows": values["posted"],
        "failures": list(done.errors),
    }


def _touched(one: TouchedDays, words: OutputNames) -> str:
    who = words.employee(one.employee) if one.employee else "nobody mapped yet"
    span = f"{one.first}" if one.first == one.last else f"{one.first} to {one.last}"
    return f"{one.biometric_id} ({who}): {counted(one.days, 'day')}, {span}"
