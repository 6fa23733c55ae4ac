"""Writes many rows at once, for a CRM whose ``save()`` has nothing to say about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connections, models
from django.db.models.signals import post_save, pre_save

from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.exceptions import HostError
from attendance_devices.hosts.rows import existing
from attendance_devices.hosts.rows.drafts import RowDraft
from attendance_devices.hosts.rows.planning import PlannedRow, judge_again, new_values
from attendance_devices.hosts.rows.table import HostTable
from attendance_devices.hosts.schema.fields import AnyModel, overrides_given_value
from attendance_devices.hosts.schema.savepoint import savepoint

BATCH = 500
Make = Callable[[RowDraft], models.Model]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRow:
    """One row that needs no second try."""

    planned: PlannedRow
    """The plan that was carried out."""
    pk: str
    """Empty when a person's edit won at the last moment."""


def is_safe(shape: HostTable) -> bool:
    """Is writing together the same as saving one by one, and can the database tell the new keys?"""
    model = shape.model
    plain = model.save is models.Model.save and model.save_base is models.Model.save_base
    listeners = pre_save.has_listeners(model) or post_save.has_listeners(model)
    overrides = any(overrides_given_value(field) for field in shape.given)
    tells_keys = connections[shape.alias].features.can_return_rows_from_bulk_insert
    return plain and not listeners and not overrides and not model._meta.parents and tells_keys


def write(shape: HostTable, planned: Sequence[PlannedRow], make: Make) -> dict[int, WrittenRow]:
    """Creates and changes, each kind all or nothing. What is missing in the answer has to be tried row by row."""
    return _create(shape, _of(planned, PostAction.CREATE), make) | _change(shape, _of(planned, PostAction.CHANGE))


def _of(planned: Sequence[PlannedRow], action: PostAction) -> dict[int, PlannedRow]:
    return {index: item for index, item in enumerate(planned) if item.plan.action is action}


def _create(shape: HostTable, todo: Mapping[int, PlannedRow], make: Make) -> dict[int, WrittenRow]:
    if len(todo) < 2:
        return {}
    try:
        with savepoint(shape.label, using=shape.alias):
            rows = [make(item.draft) for item in todo.values()]
            made = _query(shape.model, shape.alias).bulk_create(rows, batch_size=BATCH)
    except HostError:
        return {}
    return {index: WrittenRow(planned=todo[index], pk=str(row.pk)) for index, row in zip(todo, made, strict=True)}


def _change(shape: HostTable, todo: Mapping[int, PlannedRow]) -> dict[int, WrittenRow]:
    if len(todo) < 2:
        return {}
    try:
        with savepoint(shape.label, using=shape.alias):
            return _change_locked(shape, todo)
    except HostError:
        return {}


def _change_locked(shape: HostTable, todo: Mapping[int, PlannedRow]) -> dict[int, WrittenRow]:
    pks = [item.plan.host_pk for item in todo.values()]
    rows = {str(row.pk): row for row in _query(shape.model, shape.alias).select_for_update().filter(pk__in=pks)}
    seen = existing.by_pk(shape, pks)
    now = {index: judge_again(shape, item, seen) for index, item in todo.items()}
    ours = {index: item for index, item in now.items() if item.plan.action is PostAction.CHANGE}
    stamps = [field for field in shape.model._meta.concrete_fields if getattr(field, "auto_now", False)]
    for item in ours.values():
        row = rows[item.plan.host_pk]
        for name, value in new_values(item).items():
            setattr(row, name, value)
        for stamp in stamps:
            stamp.pre_save(row, add=False)
    names = {change.name for item in ours.values() for change in item.plan.changes}
    names |= {stamp.name for stamp in stamps}
    if ours:
        changed = [rows[item.plan.host_pk] for item in ours.values()]
        _query(shape.model, shape.alias).bulk_update(changed, sorted(names), batch_size=BATCH)
    return {
        index: WrittenRow(planned=item, pk=item.plan.host_pk if index in ours else "") for index, item in now.items()
    }


def _query(model: AnyModel, using: str) -> models.QuerySet[models.Model]:
    return model._base_manager.using(using)
