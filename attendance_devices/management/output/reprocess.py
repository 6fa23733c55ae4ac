"""A stretch of days derived and posted again, as lines for people and as values for machines."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from attendance_devices.management.output.runs import limited, outcome_lines, plan_values, posting_lines
from attendance_devices.management.output.text import OutputNames
from attendance_devices.services.pipeline.reprocess import DayAction, Rehearsed, ReprocessResult, RowChange

REMOVED = "no punch counts any more; the CRM's row goes too, unless it was there before or a person edited it"


def done_lines(found: ReprocessResult, words: OutputNames) -> Iterator[str]:
    """The summary."""
    yield from outcome_lines(found.derived, found.posted)
    yield from limited((f"  {error}" for error in found.failures), words)


def rehearsed_lines(found: Rehearsed, words: OutputNames) -> Iterator[str]:
    """The difference that it would make, day by day and row by row."""
    yield "Dry run: nothing was written."
    counts = Counter(day.action for day in found.days)
    yield (
        f"Days: {counts[DayAction.CREATE]:,} would be new, {counts[DayAction.CHANGE]:,} would be changed, "
        f"{counts[DayAction.REMOVE]:,} would be removed"
    )
    yield from limited((f"  {_day(day, words)}" for day in found.days), words)
    yield from posting_lines(found.posting, words)
    yield from (f"  {error}" for error in found.errors)


def done_values(found: ReprocessResult) -> dict[str, Any]:
    """What was done as JSON values."""
    days, rows = asdict(found.derived), asdict(found.posted)
    return {"dry_run": False, "days": days, "rows": rows, "failures": found.failures}


def rehearsed_values(found: Rehearsed) -> dict[str, Any]:
    """What would be done as JSON values."""
    return {
        "dry_run": True,
        "days": [asdict(day) | {"action": day.action.value} for day in found.days],
        "rows": [plan_values(plan) for plan in found.posting.rows],
        "failures": found.failures,
    }


NOTHING = ("False", "0:00:00", "[]", "")
"""What a new day need not say in words."""


def _day(day: RowChange, words: OutputNames) -> str:
    who = f"{day.date} {words.employee(day.employee)}: {day.action}"
    if day.action is DayAction.REMOVE:
        return f"{who} ({REMOVED})"
    return f"{who} {', '.join(_change(day, words))}"


def _change(day: RowChange, words: OutputNames) -> Iterator[str]:
    for change in day.changes:
        if day.action is DayAction.CREATE and change.new in NOTHING:
            continue
        old, new = (words.value(text, device=day.device, day=day.date) or "-" for text in (change.old, change.new))
        yield f"{change.name} {new}" if day.action is DayAction.CREATE else f"{change.name} {old} -> {new}"
