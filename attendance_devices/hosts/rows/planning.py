"""What would happen to the CRM's rows: drafts beside what stands there. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from attendance_devices.domain.posting.host_row import (
    FieldChange,
    HostRow,
    PostAction,
    RowPlan,
    compare,
    compare_silent,
    take_back,
)
from attendance_devices.hosts.rows import existing
from attendance_devices.hosts.rows.drafts import RowDraft, WhyUntold, draft_rows
from attendance_devices.hosts.rows.existing import ExistingRow
from attendance_devices.hosts.rows.table import HostTable
from attendance_devices.hosts.schema.conversion import as_text
from attendance_devices.hosts.schema.fields import chunks

WRITES = frozenset({PostAction.CREATE, PostAction.CHANGE, PostAction.REMOVE})
Locks = Mapping[tuple[str, date], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRow:
    """A plan and the values it would write."""

    plan: RowPlan
    draft: RowDraft


def plan_rows(shape: HostTable, rows: Sequence[HostRow], locks: Locks, untold: WhyUntold) -> list[PlannedRow]:
    """One for each row, in order; a constant number of queries for each 500. What is to be shown, `shown` adds.

    :param untold: why the CRM is not told of a row; empty if it is.
    """
    return [planned for part in chunks(rows) for planned in _plan(shape, part, locks, untold)]


def _plan(shape: HostTable, rows: Sequence[HostRow], locks: Locks, untold: WhyUntold) -> list[PlannedRow]:
    drafts = draft_rows(shape, rows, untold)
    sound = [item for item in drafts if not item.problem]
    ours = existing.by_pk(shape, {item.row.host_pk for item in sound if item.row.is_ours})
    others = existing.by_day(shape, [item for item in sound if not item.row.is_ours and not item.untold])
    return [PlannedRow(plan=_locked(_one(shape, item, ours, others), locks), draft=item) for item in drafts]


def read_rows(shape: HostTable, rows: Sequence[HostRow]) -> list[Mapping[str, str] | None]:
    """What stands in the CRM on these days; constant queries for each 500 rows."""
    return [values for part in chunks(rows) for values in _read(shape, part)]


def _read(shape: HostTable, rows: Sequence[HostRow]) -> list[Mapping[str, str] | None]:
    """A row whose key is known is asked for by that: only of the others it matters who the person is."""
    drafts = draft_rows(shape, [row for row in rows if not row.host_pk], lambda _: "only read")
    known = existing.by_pk(shape, {row.host_pk for row in rows if row.host_pk})
    others = existing.by_day(shape, [item for item in drafts if not item.problem])
    by_day = iter([_only(others.get(item.key, ())) for item in drafts])
    found = [known.get(row.host_pk) if row.host_pk else next(by_day) for row in rows]
    return [one.values if one else None for one in found]


def _only(rows: Sequence[ExistingRow]) -> ExistingRow | None:
    return rows[0] if len(rows) == 1 else None


def _one(
    shape: HostTable,
    item: RowDraft,
    ours: Mapping[str, ExistingRow],
    others: Mapping[tuple[str, date], Sequence[ExistingRow]],
) -> RowPlan:
    row = item.row
    if item.untold and not row.is_ours:
        return RowPlan(row=row, action=PostAction.SKIPPED, reason=item.untold)
    if item.problem:
        return RowPlan(row=row, action=PostAction.FAILED, reason=item.problem, host_pk=row.host_pk)
    if row.is_ours:
        return judge_ours(shape, item, ours.get(row.host_pk))
    found = others.get(item.key, ())
    if not found:
        return RowPlan(row=row, action=PostAction.CREATE)
    if len(found) > 1:
        keys = ", ".join(standing.pk for standing in found)
        reason = f"{len(found)} rows exist in {shape.label} for {item.name} on {row.date} ({keys}); leave one of them"
        return RowPlan(row=row, action=PostAction.KEPT, reason=reason)
    return judge(shape, item, found[0])


def judge_ours(shape: HostTable, item: RowDraft, found: ExistingRow | None) -> RowPlan:
    """A row that we wrote: it may have been deleted, or moved to another person or day."""
    row = item.row
    if found is None and item.untold:
        return RowPlan(row=row, action=PostAction.SKIPPED, reason=item.untold, host_pk=row.host_pk)
    if found is None:
        reason = f"a person deleted the row of {item.name} on {row.date} in {shape.label}; it is not written again"
        return RowPlan(row=row, action=PostAction.KEPT, reason=reason, host_pk=row.host_pk)
    day = found.day(item.zone)
    if (found.person, day) != item.key:
        reason = f"edited by a person: row {found.pk} now stands for person {found.person} on {day}"
        return RowPlan(row=row, action=PostAction.KEPT, reason=reason, host_pk=row.host_pk)
    return judge(shape, item, found)


def judge(shape: HostTable, item: RowDraft, found: ExistingRow) -> RowPlan:
    """A row that stands there, compared field by field."""
    row = item.row
    posted = row.posted if row.is_ours else {}
    if item.untold:
        verdict = take_back(found.values, posted, made=row.host_made, why=item.untold)
    else:
        rule = compare if row.has_punch or row.host_made else compare_silent
        verdict = rule(found.values, item.wanted, posted, shape.on_existing, defaults=shape.defaults)
    return RowPlan(row=row, action=verdict.action, changes=verdict.changes, reason=verdict.reason, host_pk=found.pk)


def judge_again(shape: HostTable, item: PlannedRow, seen: Mapping[str, ExistingRow]) -> PlannedRow:
    """The plan of a row that existed, by what stands there now that it is locked for us."""
    found = seen.get(item.plan.host_pk)
    if found is None or item.plan.row.is_ours:
        return PlannedRow(plan=judge_ours(shape, item.draft, found), draft=item.draft)
    return PlannedRow(plan=judge(shape, item.draft, found), draft=item.draft)


def new_values(item: PlannedRow) -> dict[str, Any]:
    """Column -> value of a change."""
    return {change.name: item.draft.values[change.name] for change in item.plan.changes}


def shown(shape: HostTable, item: PlannedRow) -> RowPlan:
    """The plan as people see it: with every field of a row to be made. Who only writes has the draft's values."""
    if item.plan.action is not PostAction.CREATE:
        return item.plan
    return replace(item.plan, changes=_all_fields(shape, item.draft))


def _all_fields(shape: HostTable, item: RowDraft) -> tuple[FieldChange, ...]:
    values = {shape.person.attname: item.person, **item.fixed, **item.values}
    texts = {name: as_text(value) for name, value in values.items()}
    if shape.parent is not None:
        keys = ", ".join(f"{name}={as_text(value)}" for name, value in item.parent.items())
        texts[shape.parent.link.name] = f"{shape.parent.model._meta.label}({keys})"
    return tuple(FieldChange(name=name, old="", new=text) for name, text in texts.items() if text)


def _locked(plan: RowPlan, locks: Locks) -> RowPlan:
    reason = locks.get((plan.row.employee, plan.row.date))
    if reason is None or plan.action not in WRITES:
        return plan
    return replace(plan, action=PostAction.LOCKED, reason=reason, changes=())
