"""Carries out plans: each row by the CRM's own ``save()`` in a savepoint, together only where that is the same."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import models

from attendance_devices.domain.posting.host_row import HostRow, PostAction, PostedValue, RowOutcome, RowPlan
from attendance_devices.exceptions import HostError
from attendance_devices.hosts.rows import bulk, existing
from attendance_devices.hosts.rows.drafts import RowDraft
from attendance_devices.hosts.rows.existing import ExistingRow
from attendance_devices.hosts.rows.parents import Parents
from attendance_devices.hosts.rows.planning import WRITES, PlannedRow, judge_again, new_values
from attendance_devices.hosts.rows.removal import RemovedRow, remove_rows, subject
from attendance_devices.hosts.rows.table import HostTable
from attendance_devices.hosts.schema.fields import restore_given
from attendance_devices.hosts.schema.savepoint import is_clash, is_refusal, savepoint

Replan = Callable[[Sequence[HostRow]], list[PlannedRow]]


@dataclass(slots=True, kw_only=True)
class WrittenOutcome:
    """What became of one row, before it is read again."""

    planned: PlannedRow
    pk: str = ""
    names: Sequence[str] = ()
    """Columns that we wrote, now or before."""
    error: str = ""
    is_refused: bool = False
    """Was it the values that the CRM did not want?"""


@dataclass(kw_only=True)
class RowWriter:
    """One batch of writing."""

    shape: HostTable
    replan: Replan
    """Plans rows by what stands in the CRM at this moment."""
    parents: Parents | None = field(init=False)

    def __post_init__(self) -> None:
        self.parents = Parents(self.shape.parent, self.shape.alias) if self.shape.parent else None

    def write(self, plans: Sequence[RowPlan]) -> list[RowOutcome]:
        """An outcome for each plan, in order. What a person did since the plan was made wins."""
        todo = [index for index, plan in enumerate(plans) if plan.action in WRITES]
        fresh = self.replan([plans[index].row for index in todo])
        outcomes = dict(zip(todo, self.write_fresh(fresh), strict=True))
        return [outcomes.get(index) or _left(plan) for index, plan in enumerate(plans)]

    def write_fresh(self, fresh: Sequence[PlannedRow]) -> list[RowOutcome]:
        """An outcome for each plan, in order. The plans were made just now, in the transaction that writes them."""
        self._load_parents(fresh)
        done = self._write_all(fresh)
        found = existing.by_pk(self.shape, [item.pk for item in done if item.pk and not item.error])
        return [_outcome(item, found) for item in done]

    def _load_parents(self, fresh: Sequence[PlannedRow]) -> None:
        made = [item.draft.parent for item in fresh if item.plan.action is PostAction.CREATE]
        if self.parents is not None and made:
            self.parents.load(made)

    def _write_all(self, fresh: Sequence[PlannedRow]) -> list[WrittenOutcome]:
        gone = remove_rows(self.shape, fresh)
        together = bulk.write(self.shape, fresh, self._instance) if bulk.is_safe(self.shape) else {}
        if self.parents is not None and len(together) + len(gone) < sum(item.plan.action in WRITES for item in fresh):
            # A batch that was rolled back took the parents it made with it.
            self.parents.forget()
        known = {index: _written(item) for index, item in together.items()}
        known |= {index: _removed(item) for index, item in gone.items()}
        return [known.get(index) or self._one(item) for index, item in enumerate(fresh)]

    def _one(self, item: PlannedRow, *, again: bool = True) -> WrittenOutcome:
        if item.plan.action not in WRITES:
            return WrittenOutcome(planned=item)
        act = self._create if item.plan.action is PostAction.CREATE else self._change
        try:
            with savepoint(lambda: subject(self.shape, item), using=self.shape.alias):
                return act(item)
        except HostError as error:
            if self.parents is not None:
                self.parents.forget()
            if again and is_clash(error):
                # Somebody made the row between our look and our save: look once more.
                return self._one(self.replan([item.plan.row])[0], again=False)
            return WrittenOutcome(planned=item, error=str(error), is_refused=is_refusal(error))

    def _create(self, item: PlannedRow) -> WrittenOutcome:
        row = self._instance(item.draft)
        row.save()
        restore_given(row, self._given(item.draft), using=self.shape.alias)
        return WrittenOutcome(planned=item, pk=str(row.pk), names=_names(item))

    def _change(self, item: PlannedRow) -> WrittenOutcome:
        shape, pk = self.shape, item.plan.host_pk
        row = shape.model._base_manager.using(shape.alias).select_for_update().filter(pk=pk).first()
        now = judge_again(shape, item, existing.by_pk(shape, [pk]))
        if row is None or now.plan.action is not PostAction.CHANGE:
            return WrittenOutcome(planned=now)
        values = new_values(now)
        for name, value in values.items():
            setattr(row, name, value)
        # The whole row: the CRM's own save() may compute other columns from ours.
        row.save()
        restore_given(row, values, using=shape.alias)
        return WrittenOutcome(planned=now, pk=str(row.pk), names=_names(now))

    def _given(self, draft: RowDraft) -> dict[str, Any]:
        return {self.shape.person.attname: draft.person, **draft.fixed, **draft.values}

    def _instance(self, draft: RowDraft) -> models.Model:
        values = self._given(draft)
        if self.parents is not None and self.shape.parent is not None:
            values[self.shape.parent.link.attname] = self.parents.key_of(draft.parent)
        return self.shape.model(**values)


def _names(item: PlannedRow) -> list[str]:
    if item.plan.action is PostAction.CREATE:
        return list(item.draft.values)
    ours = {change.name for change in item.plan.changes} | set(item.plan.row.posted)
    return [name for name in item.draft.values if name in ours]


def _written(done: bulk.WrittenRow) -> WrittenOutcome:
    return WrittenOutcome(planned=done.planned, pk=done.pk, names=_names(done.planned) if done.pk else ())


def _removed(done: RemovedRow) -> WrittenOutcome:
    return WrittenOutcome(planned=done.planned, error=done.error)


def _outcome(item: WrittenOutcome, found: Mapping[str, ExistingRow]) -> RowOutcome:
    plan = item.planned.plan
    if item.is_refused and plan.action is PostAction.CREATE and not plan.row.has_punch:
        # A CRM that takes no rows without a punch would refuse this one at every run.
        return _left(replace(plan, action=PostAction.SKIPPED, reason=item.error))
    if item.error:
        return RowOutcome(plan=plan, action=PostAction.FAILED, host_pk=plan.row.host_pk, error=item.error)
    if not item.pk:
        return _left(plan)
    seen = found.get(item.pk)
    if seen is None:
        name = item.planned.draft.name
        error = f"{name} on {plan.row.date}: the CRM dropped the row as it was saved. {HostError.next_step}"
        return RowOutcome(plan=plan, action=PostAction.FAILED, error=error)
    wanted = item.planned.draft.wanted
    posted = {name: PostedValue(sent=wanted[name], found=seen.values[name]) for name in item.names}
    return RowOutcome(plan=plan, action=plan.action, host_pk=item.pk, posted=posted)


def _left(plan: RowPlan) -> RowOutcome:
    """A row that is not written keeps what we knew of it."""
    error = plan.reason if plan.action is PostAction.FAILED else ""
    host_pk = plan.host_pk or plan.row.host_pk
    return RowOutcome(plan=plan, action=plan.action, host_pk=host_pk, posted=plan.row.posted, error=error)
