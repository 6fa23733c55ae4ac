"""Judges what the setting says about the CRM's attendance table: by its models alone, without the database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import models
from django.db.models.signals import pre_save

from attendance_devices.conf import Settings
from attendance_devices.domain.days.status import NEAREST, SILENT, DayStatus
from attendance_devices.domain.posting.host_row import HostRow
from attendance_devices.hosts.checks.faults import Fault, attempt, columns_hint, line_to_paste
from attendance_devices.hosts.rows import silent_days
from attendance_devices.hosts.rows.drafts import spelled
from attendance_devices.hosts.rows.table import (
    FACTS,
    PERSON,
    HostColumn,
    HostTable,
    named_model,
    read_day,
    read_parent,
    read_shape,
)
from attendance_devices.hosts.schema.conversion import Unmappable, as_text, fit
from attendance_devices.hosts.schema.fields import (
    AnyField,
    AnyModel,
    concrete_field,
    field_names,
    is_filled_by_django,
    may_stay_empty,
)
from attendance_devices.hosts.schema.person_path import person_model

SAMPLE = HostRow(
    key=0,
    employee="1",
    date=date(2026, 1, 5),
    check_in=datetime(2026, 1, 5, 4, tzinfo=UTC),
    check_out=datetime(2026, 1, 5, 13, tzinfo=UTC),
    worked=timedelta(hours=9),
    late=timedelta(minutes=5),
    early=timedelta(minutes=5),
    overtime=timedelta(minutes=5),
    status=DayStatus.PRESENT,
    shift="1",
    device="1",
    office="1",
)
"""A day that has every fact. Texts are digits, because a column of numbers may hold keys."""


def judge_rows(given: Settings) -> list[Fault]:
    """Everything wrong with rows, in the order of the settings; what depends on a mistake waits until it is cured."""
    if not given.attendance_model:
        return []
    hint = line_to_paste("ATTENDANCE_MODEL", '"app_label.Model"') + ", or leave it out to record only"
    model, faults = attempt("E005", hint, lambda: named_model(given.attendance_model, "ATTENDANCE_MODEL"))
    if model is None:
        return faults
    faults = [*_fields(model, given), *_facts(given), *_parent(model, given)]
    faults += [] if faults else [*_day(model, given), *_person(model, given)]
    if faults:
        return faults
    shape = read_shape(given)
    return [*_paths(shape), *_mappable(shape), *_statuses(shape), *_silent(shape), *_required(shape)]


def _fields(model: AnyModel, given: Settings) -> Iterator[Fault]:
    named = [
        ("PERSON_FIELD", given.person_field),
        ("DATE_FIELD", given.date_field),
        ("CHECK_IN_FIELD", given.check_in_field),
        ("CHECK_OUT_FIELD", given.check_out_field),
        ("STATUS_FIELD", given.status_field),
    ]
    named = [(key, name) for key, name in named if (name and "__" not in name) or key == "PERSON_FIELD"]
    for key, names in (
        ("EXTRA_FIELDS", given.extra_fields),
        ("CONSTANTS", given.constants),
        ("FROM_PERSON", given.from_person),
    ):
        named += [(key, name) for name in names]
    for key, name in named:
        try:
            concrete_field(model, name)
        except FieldDoesNotExist:
            yield _no_field(model, key, name)


def _no_field(model: AnyModel, key: str, name: str) -> Fault:
    close = get_close_matches(name, field_names(model), n=1)
    is_plain = key.endswith("_FIELD")
    hint = line_to_paste(key, f'"{close[0]}"') if close and is_plain else columns_hint(key, model)
    if key in {"CHECK_IN_FIELD", "CHECK_OUT_FIELD"} and not close:
        none = line_to_paste(key, '""')
        hint += f"; a table without such a column: {none}"
    message = f"ATTENDANCE_DEVICES[{key!r}] names {name!r}, which is no column of {model._meta.label}."
    return Fault(code="E006", message=message, hint=hint)


def _facts(given: Settings) -> Iterator[Fault]:
    for name, fact in given.extra_fields.items():
        if fact not in FACTS:
            message = f"ATTENDANCE_DEVICES['EXTRA_FIELDS'][{name!r}] asks for {fact!r}, which is no fact of a day."
            close = get_close_matches(str(fact), sorted(FACTS), n=1)
            line = line_to_paste("EXTRA_FIELDS", repr({name: (close or ["worked"])[0]}))
            hint = f"Use one of {', '.join(sorted(FACTS))}: {line}"
            yield Fault(code="E011", message=message, hint=hint)


def _parent(model: AnyModel, given: Settings) -> list[Fault]:
    example = '{"MODEL": "app_label.Model", "FIELD": "foreign_key", "KEYS": {"date": "date"}}'
    try:
        parent = read_parent(model, given.parent)
    except ImproperlyConfigured as error:
        return [Fault(code="E014", message=str(error), hint=line_to_paste("PARENT", example))]
    if parent is None:
        return []
    missing = missing_columns(parent.model, {column.field.attname for column in parent.keys})
    return [
        Fault(
            code="E014",
            message=f"{parent.model._meta.label}.{column.name} is required, and no key of PARENT fills it.",
            hint=f'Add it: ATTENDANCE_DEVICES["PARENT"]["KEYS"]["{column.name}"] = "person.{column.name}"',
        )
        for column in missing
    ]


def _day(model: AnyModel, given: Settings) -> list[Fault]:
    _, faults = attempt(
        "E019", columns_hint("DATE_FIELD", model), lambda: read_day(model, given, read_parent(model, given.parent))
    )
    return faults


def _person(model: AnyModel, given: Settings) -> list[Fault]:
    hint = (
        line_to_paste("PERSON_PATH", '""') + " for rows that point to the user, or the name of a OneToOneField such as"
    )
    target, faults = attempt("E007", f'{hint} "employee"', lambda: person_model(given.person_path))
    if target is None:
        return faults
    field: Any = concrete_field(model, given.person_field)
    if isinstance(field, models.ForeignKey) and issubclass(target, field.remote_field.model):
        return []
    leads = field.remote_field.model._meta.label if field.is_relation else type(field).__name__
    message = (
        f"{model._meta.label}.{field.name} (PERSON_FIELD) leads to {leads}, but PERSON_PATH "
        f"{given.person_path!r} leads from a user to {target._meta.label}."
    )
    return [Fault(code="E007", message=message, hint=f'{hint} "employee"; or another PERSON_FIELD')]


def _paths(shape: HostTable) -> Iterator[Fault]:
    named = [("FROM_PERSON", name, path) for name, path in shape.from_person.items()]
    for column in shape.parent.keys if shape.parent else ():
        first, _, path = column.fact.partition(".")
        if first == PERSON and path:
            named.append(("PARENT", column.field.name, path))
    target = person_model(shape.person_path)
    for key, name, path in named:
        if not _leads(target, path):
            message = f"ATTENDANCE_DEVICES[{key!r}]: {target._meta.label} has no {path!r} to take {name} from."
            yield Fault(
                code="E012" if key == "FROM_PERSON" else "E014", message=message, hint=columns_hint(key, target)
            )


def _leads(model: Any, path: str) -> bool:
    """Is there such an attribute? A property or a method's answer is as good as a column."""
    for part in path.split("."):
        try:
            step = model._meta.get_field(part)
        except FieldDoesNotExist:
            return hasattr(model, part)
        model = step.related_model
        if model is None:
            return path.endswith(part)
    return True


def _mappable(shape: HostTable) -> Iterator[Fault]:
    columns = list(shape.columns)
    if shape.day_column is not None:
        columns.append(HostColumn(field=shape.day_column, fact="date"))
    for column in columns:
        given = spelled(shape.status_values, column, SAMPLE)
        if isinstance(column.field, models.ForeignKey) and isinstance(given, str):
            continue
        try:
            fit(column.field, given)
        except Unmappable as error:
            message = f"{shape.label}.{column.field.name} cannot take {column.fact}: {error}."
            yield Fault(code="E008", message=message, hint=columns_hint(_key_of(column), shape.model))


def _key_of(column: HostColumn) -> str:
    keys = {
        "check_in": "CHECK_IN_FIELD",
        "check_out": "CHECK_OUT_FIELD",
        "status": "STATUS_FIELD",
        "date": "DATE_FIELD",
    }
    return keys.get(column.fact, "EXTRA_FIELDS")


def _statuses(shape: HostTable) -> Iterator[Fault]:
    for column in shape.columns:
        if column.fact == "status" and not isinstance(column.field, models.BooleanField | models.ForeignKey):
            yield from _spellings(shape, column.field)


def _spellings(shape: HostTable, field: AnyField) -> Iterator[Fault]:
    choices = [as_text(value) for value, _ in field.flatchoices]
    needed = set(DayStatus) - set(NEAREST) - SILENT
    for status in [one for one in DayStatus if one in needed or one.value in shape.status_values]:
        value = as_text(shape.status_values.get(status.value, status.value))
        words = " | ".join(map(repr, choices)) or '"the word of the CRM"'
        hint = f'ATTENDANCE_DEVICES["STATUS_VALUES"]["{status.value}"] = {words}'
        too_long = field.max_length is not None and len(value) > field.max_length
        if (choices and value not in choices) or too_long:
            why = "is longer than the column" if too_long else "is not one of its choices"
            message = f"{shape.label}.{field.name} would be {value!r} for {status.value!r}, which {why}."
            yield Fault(code="E009", message=message, hint=hint)
        elif shape.status_values and status.value not in shape.status_values:
            message = (
                f"ATTENDANCE_DEVICES['STATUS_VALUES'] has no spelling of {status.value!r}; it is written as it is."
            )
            yield Fault(code="W001", message=message, hint=hint)


def _silent(shape: HostTable) -> Iterator[Fault]:
    """A word for days without a punch is of no use in a table that cannot hold them."""
    words = silent_days.spelled(shape.columns, shape.status_values) & {DayStatus.ABSENT, *SILENT}
    nobody = replace(SAMPLE, check_in=None, check_out=None, device="", office="")
    demanded = next(silent_days.demands(shape, nobody), None)
    if words and demanded:
        named = ", ".join(sorted(words))
        message = f"ATTENDANCE_DEVICES['STATUS_VALUES'] has words for days without a punch ({named}), but {demanded}."
        hint = f"Take them out of STATUS_VALUES, or let {shape.label} take such rows; they are skipped until then."
        yield Fault(code="W004", message=message, hint=hint)


def _required(shape: HostTable) -> Iterator[Fault]:
    computes = shape.model.save is not models.Model.save or pre_save.has_listeners(shape.model)
    for column in unfilled(shape):
        hint = f'ATTENDANCE_DEVICES["CONSTANTS"] = {{"{column.name}": …}}, or the same in FROM_PERSON or EXTRA_FIELDS'
        message = f"{shape.label}.{column.name} is required, and nothing in ATTENDANCE_DEVICES fills it."
        if computes:
            message += " The CRM's own save() may; check_host shows whether it does."
        yield Fault(code="W003" if computes else "E013", message=message, hint=hint)


def unfilled(shape: HostTable) -> list[AnyField]:
    """Required columns of the CRM's row that nothing in the setting fills."""
    filled = {column.field.attname for column in shape.columns} | {shape.person.attname}
    filled |= {concrete_field(shape.model, name).attname for name in [*shape.constants, *shape.from_person]}
    if shape.day_column is not None:
        filled.add(shape.day_column.attname)
    if shape.parent is not None:
        filled.add(shape.parent.link.attname)
    return missing_columns(shape.model, filled)


def missing_columns(model: AnyModel, filled: set[str]) -> list[AnyField]:
    """Columns that must have a value, and get none."""
    return [
        column
        for column in model._meta.concrete_fields
        if column.attname not in filled and not is_filled_by_django(column) and not may_stay_empty(column)
    ]
