"""What a clean-up deleted and held back, as lines for people and as values for machines."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from attendance_devices.conf import Settings
from attendance_devices.domain.punches.retention import CleanedUp, Example, HeldBack
from attendance_devices.management.output.text import OutputNames, counted

WHY = {
    HeldBack.PENDING: "the day, or one beside it, waits to be derived: 'process_attendance' does it",
    HeldBack.OPEN: "the automatic check-out of the day, or of one beside it, is still to come",
    HeldBack.UNTOLD: "the CRM has not been told of the day, or of one beside it: 'process_attendance --retry-failed'",
    HeldBack.LOCKED: "the CRM has locked the day, or one beside it",
    HeldBack.REVIEW: "a person has to look at a punch first: 'review_inbox'",
    HeldBack.UNREAD: "a terminal that lists the person was not read since; switch it off if it is gone",
    HeldBack.CORRECTED: "a person corrected them; such punches stay for ever",
    HeldBack.UNMAPPED: "nobody knows whose they are: 'review_inbox' maps or ignores the user",
}


def cleaned_lines(found: CleanedUp, settings: Settings, words: OutputNames, *, is_rehearsed: bool) -> Iterator[str]:
    """A line a subject, and a few examples of what was held back."""
    keep, would = settings.keep_punches_days, "would be deleted" if is_rehearsed else "deleted"
    yield f"Runs: {counted(found.runs, 'row')} of the history {would}"
    if not keep:
        yield "Punches: all are kept (KEEP_PUNCHES_DAYS is 0)"
    else:
        yield (
            f"Punches: {counted(found.punches, 'punch')} of {counted(found.days, 'day')} {would}, "
            f"and {counted(found.ignored, 'punch')} of ignored users; kept are {counted(keep, 'day')}"
        )
    for why, count in found.held.items():
        yield f"Held back: {counted(count, 'punch')}: {WHY[why]}"
        yield from (f"  {_example(one, words)}" for one in found.examples.get(why, ()))
    yield from (f"FAILED {error}" for error in found.errors)
    if is_rehearsed:
        yield "Dry run: nothing was written."


def cleaned_values(found: CleanedUp, *, is_rehearsed: bool) -> dict[str, Any]:
    """The same as JSON values."""
    return {"dry_run": is_rehearsed} | asdict(found)


def _example(one: Example, words: OutputNames) -> str:
    who = f"{words.employee(one.employee)}, " if one.employee else ""
    return f"{who}{one.date}: {one.words}"
