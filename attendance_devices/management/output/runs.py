"""Results as lines for people and as values for machines. Nothing is called fetched that was not."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from attendance_devices.domain.people.mapping import MapAction, MapPlan, MapStep
from attendance_devices.domain.posting.host_row import FieldChange, PostAction, PostPlan, RowPlan
from attendance_devices.domain.results import CollectResult, DeriveResult, PostResult
from attendance_devices.management.output.text import OutputNames, counted
from attendance_devices.services.pipeline.dry_run import Preview
from attendance_devices.services.pipeline.run import RunResult

MOST_LINES = 20
"""Of one list; -v 2 shows all."""
STEP_WORDS = {
    MapAction.MAP: "would be mapped to",
    MapAction.CREATE: "an account would be created",
    MapAction.CONFLICT: "CONFLICT, left alone",
    MapAction.UNKNOWN: "nobody known",
    MapAction.SKIP: "skipped",
    MapAction.FAILED: "FAILED",
}
ROW_WORDS = {
    PostAction.CREATE: "would be created",
    PostAction.CHANGE: "would be changed",
    PostAction.REMOVE: "would be removed",
    PostAction.UNCHANGED: "right already",
    PostAction.KEPT: "kept, not ours to change",
    PostAction.LOCKED: "locked",
    PostAction.FAILED: "would fail",
    PostAction.SKIPPED: "skipped",
}
QUIET = frozenset({PostAction.UNCHANGED, PostAction.SKIPPED})
"""Rows of which nothing becomes: counted, and named one by one only with -v 2."""


def collect_lines(results: Sequence[CollectResult], *, dry: bool = False, fetched: bool = True) -> Iterator[str]:
    """A line a device, and why one failed.

    :param dry: nothing was stored. :param fetched: were punches asked for, and not only people?
    """
    for result in results:
        counts = _counts(result, dry=dry) if fetched else f"{counted(result.enrolments or 0, 'user')} listed"
        if result.ok:
            yield f"{result.device}: {counts}" + ("" if fetched else "; punches were not asked for")
        elif result.taken:
            yield f"{result.device}: left alone, another process reads it"
        else:
            yield f"{result.device}: FAILED" + (f" after {counts}" if result.new or result.known else "")
            yield f"  {result.error}"
        if result.missing:
            yield f"  {counted(result.missing, 'record')} of the terminal not accounted for; report this."
        if result.unknown_ids:
            yield f"  punched, but not in the terminal's list of people: {', '.join(result.unknown_ids)}"


def run_lines(found: RunResult, *, words: OutputNames, fetched: bool = True, mapped: bool = True) -> Iterator[str]:
    """The summary of a run. :param fetched: were punches asked for? :param mapped: was anybody to be mapped?"""
    yield from collect_lines(found.collects, fetched=fetched)
    if mapped:
        yield _people(found)
        shown = [step for step in found.mapping.steps if step.action is MapAction.CONFLICT or words.verbosity > 1]
        yield from limited((f"  {_who(step)}: {step.action}: {step.reason}" for step in shown), words)
    if fetched:
        yield from outcome_lines(found.derived, found.posted)
    yield from limited((f"  {error}" for error in [*found.mapped.errors, *found.posted.errors]), words)
    yield from (f"  {error}" for error in found.errors)


def preview_lines(found: Preview, *, words: OutputNames, fetched: bool = True, mapped: bool = True) -> Iterator[str]:
    """The difference that a run would make, row by row."""
    yield "Dry run: nothing was written, neither here nor to a terminal."
    yield from collect_lines(found.collects, dry=True, fetched=fetched)
    if mapped:
        yield _step_counts(found.mapping)
        steps = [step for step in found.mapping.steps if step.action is not MapAction.SKIP or words.verbosity > 1]
        yield from limited((_step(step, words) for step in steps), words)
    if fetched:
        yield from posting_lines(found.posting, words)
    yield from (f"  {error}" for error in found.errors)


def outcome_lines(days: DeriveResult, rows: PostResult) -> Iterator[str]:
    """What became of the days, and of the CRM's rows."""
    yield (
        f"Days: {days.created:,} new, {days.changed:,} changed, {days.unchanged:,} unchanged, {days.removed:,} removed"
    )
    seldom = ((rows.removed, "removed"), (rows.skipped, "skipped"))
    yield (
        f"CRM rows: {rows.created:,} created, {rows.changed:,} changed, {rows.unchanged:,} right already, "
        f"{rows.kept:,} kept, {rows.locked:,} locked, {rows.failed:,} failed"
        + "".join(f", {count:,} {word}" for count, word in seldom if count)
    )


def posting_lines(posting: PostPlan, words: OutputNames) -> Iterator[str]:
    """What would become of the CRM's rows, row by row."""
    yield _row_counts(posting)
    rows = [plan for plan in posting.rows if plan.action not in QUIET or words.verbosity > 1]
    yield from limited((f"  {_row(plan, words)}" for plan in rows), words)


def collect_values(result: CollectResult) -> dict[str, Any]:
    """A collect as JSON values."""
    return asdict(result) | {"ok": result.ok, "missing": result.missing}


def run_values(found: RunResult) -> dict[str, Any]:
    """A run as JSON values."""
    return {
        "dry_run": False,
        "devices": [collect_values(result) for result in found.collects],
        "people": asdict(found.mapped) | {"steps": [_step_values(step) for step in found.mapping.steps]},
        "days": asdict(found.derived),
        "rows": asdict(found.posted),
        "failures": found.failures,
    }


def preview_values(found: Preview) -> dict[str, Any]:
    """A dry run as JSON values."""
    return {
        "dry_run": True,
        "devices": [collect_values(result) for result in found.collects],
        "people": [_step_values(step) for step in found.mapping.steps],
        "rows": [plan_values(plan) for plan in found.posting.rows],
        "failures": found.failures,
    }


def _counts(result: CollectResult, *, dry: bool) -> str:
    new = counted(result.new, "new punch")
    parts = [
        f"{new} would be stored" if dry else new,
        f"{result.known:,} known",
        f"{result.quarantined:,} {'would be ' if dry else ''}quarantined",
    ]
    parts += [f"{result.flagged:,} to be looked at"] if result.flagged else []
    parts += [f"{result.older:,} of the new ones older than asked for"] if result.older else []
    return ", ".join(parts)


def limited(lines: Iterable[str], words: OutputNames) -> Iterator[str]:
    """The first lines of a list, and how many more there are."""
    ready = list(lines)
    most = len(ready) if words.verbosity > 1 else MOST_LINES
    yield from ready[:most]
    if len(ready) > most:
        yield f"  (+{len(ready) - most:,} more; -v 2 shows all)"


def _people(found: RunResult) -> str:
    mapped = found.mapped
    return (
        f"People: {mapped.mapped:,} mapped, {counted(mapped.created, 'account')} created, "
        f"{counted(mapped.conflicts, 'conflict')}, {mapped.unknown:,} known to nobody"
    )


def _who(step: MapStep) -> str:
    candidate = step.candidate
    return f"{candidate.device}, user {candidate.device_user_id} {candidate.name}".rstrip()


def _step(step: MapStep, words: OutputNames) -> str:
    """One user of a terminal; with the account, every field of it and what to know before saying yes."""
    what = STEP_WORDS[step.action]
    if step.action is MapAction.MAP:
        return f"  {_who(step)}: {what} {words.employee(step.employee)} by {step.reason}"
    if step.account is None:
        return f"  {_who(step)}: {what}: {step.reason}"
    fields = ", ".join(f"{name}={value!r}" for name, value in step.account.fields.items() if value)
    warnings = "".join(f"\n    warning: {warning}" for warning in step.account.warnings)
    return f"  {_who(step)}: {what}\n    {fields}{warnings}"


def _step_counts(mapping: MapPlan) -> str:
    counts = Counter(step.action for step in mapping.steps)
    accounts = len({id(step.account) for step in mapping.of(MapAction.CREATE)})
    failed = f", {counts[MapAction.FAILED]:,} FAILED" if counts[MapAction.FAILED] else ""
    return (
        f"People: {counts[MapAction.MAP]:,} would be mapped, {counted(accounts, 'account')} would be created, "
        f"{counted(counts[MapAction.CONFLICT], 'conflict')}, {counts[MapAction.UNKNOWN]:,} known to nobody{failed}"
    )


def _row(plan: RowPlan, words: OutputNames) -> str:
    what = ", ".join(_change(change, plan, words) for change in plan.changes)
    why = f"({plan.reason})" if plan.reason else ""
    head = f"{plan.row.date} {words.employee(plan.row.employee)}: {plan.action}"
    return " ".join(part for part in (head, what, why) if part)


def _change(change: FieldChange, plan: RowPlan, words: OutputNames) -> str:
    old, new = (
        words.value(text, device=plan.row.device, day=plan.row.date) or "-" for text in (change.old, change.new)
    )
    return f"{change.name} {new}" if plan.action is PostAction.CREATE else f"{change.name} {old} -> {new}"


def _row_counts(posting: PostPlan) -> str:
    counts = Counter(plan.action for plan in posting.rows)
    shown = [f"{counts[action]:,} {words}" for action, words in ROW_WORDS.items() if counts[action]]
    return f"CRM rows: {', '.join(shown) or 'nothing to post'}"


def _step_values(step: MapStep) -> dict[str, Any]:
    return {
        "device": step.candidate.device,
        "device_user_id": step.candidate.device_user_id,
        "name": step.candidate.name,
        "action": step.action.value,
        "employee": step.employee,
        "reason": step.reason,
        "account": dict(step.account.fields) if step.account else None,
        "warnings": list(step.account.warnings) if step.account else [],
    }


def plan_values(plan: RowPlan) -> dict[str, Any]:
    """The CRM's row of one day as JSON values."""
    return {
        "employee": plan.row.employee,
        "date": plan.row.date.isoformat(),
        "action": plan.action.value,
        "changes": [asdict(change) for change in plan.changes],
        "reason": plan.reason,
    }
