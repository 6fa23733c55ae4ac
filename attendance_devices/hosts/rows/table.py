"""What the setting says about the CRM's attendance table, resolved to models and columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import models, router
from django.utils import timezone

from attendance_devices.conf import ParentSettings, Settings
from attendance_devices.domain.posting.host_row import HostRow, OnExisting
from attendance_devices.hosts.schema.conversion import default_text
from attendance_devices.hosts.schema.fields import (
    AnyField,
    AnyForeignKey,
    AnyModel,
    concrete_field,
    demanded,
    walk,
)

FACTS = frozenset(
    {
        "date",
        "check_in",
        "check_out",
        "worked",
        "late",
        "early",
        "overtime",
        "status",
        "shift",
        "punch_count",
        "device",
        "office",
    }
)
"""What EXTRA_FIELDS and the keys of PARENT may name: the fields of a `HostRow`."""
PERSON = "person"
"""The fact that is the person; ``person.department`` is an attribute of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostColumn:
    """A column of the CRM's row and the fact that fills it."""

    field: AnyField
    fact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentTable:
    """The table above the attendance table."""

    model: AnyModel
    link: AnyForeignKey
    keys: Sequence[HostColumn]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTable:
    """Everything that reading and writing the CRM's rows goes by."""

    model: AnyModel
    person: AnyForeignKey
    person_path: str
    day: str
    """Lookup of what holds the day: a column, or a path through the parent row."""
    day_field: AnyField
    day_column: AnyField | None
    """The column that is given the day; None when the parent or the check-in holds it."""
    columns: Sequence[HostColumn]
    """What is compared and written: check-in, check-out, status, extras."""
    constants: Mapping[str, Any]
    from_person: Mapping[str, str]
    parent: ParentTable | None
    status_values: Mapping[str, Any]
    on_existing: OnExisting
    by_device_clock: bool
    """Do columns that hold no zone get the clock time of the terminal? Else that of ``TIME_ZONE``."""

    def clock(self, row: HostRow) -> tzinfo:
        """The zone whose clock times columns without a zone get for this row."""
        site = timezone.get_default_timezone()
        return (row.zone or site) if self.by_device_clock else site

    def day_clock(self, row: HostRow) -> tzinfo:
        """The zone by which the day of a row of the CRM is told, where an instant of it holds the day."""
        # A column of its own is given the start of the day in TIME_ZONE; a check-in is told by the terminal's clock.
        return timezone.get_default_timezone() if self.day_column is not None else self.clock(row)

    @property
    def label(self) -> str:
        """The table as a person would write it."""
        return self.model._meta.label

    @property
    def given(self) -> list[AnyField]:
        """Every column that we give a value, now and then or once; a parent's key apart."""
        named = [concrete_field(self.model, name) for name in (*self.constants, *self.from_person)]
        days = [self.day_column] if self.day_column is not None else []
        return [self.person, *named, *days, *(column.field for column in self.columns)]

    @property
    def defaults(self) -> dict[str, str]:
        """Column -> what a new row of the CRM holds there, as text.

        Without the status: what it says by default ("absent") is what people say with it, too.
        """
        said = [column.field for column in self.columns if column.fact != "status"]
        return {field.attname: default_text(field) for field in said}

    @property
    def alias(self) -> str:
        """The database that rows are written to."""
        return router.db_for_write(self.model)


def named_model(label: str, key: str) -> AnyModel:
    """The model ``app_label.Model`` that the setting `key` names. Raises `ImproperlyConfigured`."""
    try:
        return apps.get_model(label)
    except (LookupError, ValueError) as error:
        message = (
            f"ATTENDANCE_DEVICES[{key!r}] is {label!r}, which is not an installed model. "
            "Write it as 'app_label.Model', and list its app in INSTALLED_APPS."
        )
        raise ImproperlyConfigured(message) from error


def read_shape(given: Settings) -> HostTable:
    """Resolve the setting. Raises `ImproperlyConfigured` at the first name that leads nowhere."""
    model = named_model(given.attendance_model, "ATTENDANCE_MODEL")
    parent = read_parent(model, given.parent)
    day, day_field, day_column = read_day(model, given, parent)
    return HostTable(
        model=model,
        person=_foreign_key(model, given.person_field, "PERSON_FIELD"),
        person_path=given.person_path,
        day=day,
        day_field=day_field,
        day_column=day_column,
        columns=read_columns(model, given),
        constants={demanded(model, name, "CONSTANTS").name: value for name, value in given.constants.items()},
        from_person={demanded(model, name, "FROM_PERSON").name: path for name, path in given.from_person.items()},
        parent=parent,
        status_values=given.status_values,
        on_existing=OnExisting(given.on_existing),
        by_device_clock=given.column_time_zone == "device",
    )


def read_columns(model: AnyModel, given: Settings) -> tuple[HostColumn, ...]:
    """The columns that hold facts of the day."""
    named = [
        ("CHECK_IN_FIELD", given.check_in_field, "check_in"),
        ("CHECK_OUT_FIELD", given.check_out_field, "check_out"),
        ("STATUS_FIELD", given.status_field, "status"),
    ]
    named += [("EXTRA_FIELDS", name, fact) for name, fact in given.extra_fields.items()]
    for _, name, fact in named:
        if fact not in FACTS:
            message = (
                f"ATTENDANCE_DEVICES['EXTRA_FIELDS'][{name!r}]: {fact!r} is not one of {', '.join(sorted(FACTS))}."
            )
            raise ImproperlyConfigured(message)
    return tuple(HostColumn(field=demanded(model, name, key), fact=fact) for key, name, fact in named if name)


def read_parent(model: AnyModel, given: ParentSettings | None) -> ParentTable | None:
    """The parent table, where there is one."""
    if given is None:
        return None
    above = named_model(given.model, "PARENT")
    link = _foreign_key(model, given.field, "PARENT")
    if not issubclass(above, link.remote_field.model):
        message = (
            f"ATTENDANCE_DEVICES['PARENT']: {model._meta.label}.{link.name} does not point to {above._meta.label}."
        )
        raise ImproperlyConfigured(message)
    for name, fact in given.keys.items():
        if fact not in FACTS and fact.partition(".")[0] != PERSON:
            message = f"ATTENDANCE_DEVICES['PARENT']['KEYS'][{name!r}]: {fact!r} is neither a fact nor person.<path>."
            raise ImproperlyConfigured(message)
    keys = tuple(HostColumn(field=demanded(above, name, "PARENT"), fact=fact) for name, fact in given.keys.items())
    return ParentTable(model=above, link=link, keys=keys)


def read_day(model: AnyModel, given: Settings, parent: ParentTable | None) -> tuple[str, AnyField, AnyField | None]:
    """Where the day is read (lookup and column), and the column of the row itself that is given it."""
    if given.date_field and "__" not in given.date_field:
        field = demanded(model, given.date_field, "DATE_FIELD")
        return field.name, field, field
    path = given.date_field or _day_elsewhere(model, given, parent)
    try:
        end = walk(model, path)[-1]
    except FieldDoesNotExist as error:
        message = (
            f"ATTENDANCE_DEVICES['DATE_FIELD'] is {path!r}, which leads nowhere from {model._meta.label}: {error}."
        )
        raise ImproperlyConfigured(message) from error
    return path, end, None


def _day_elsewhere(model: AnyModel, given: Settings, parent: ParentTable | None) -> str:
    """Without a DATE_FIELD the day is a key of the parent, or the day of the check-in."""
    for column in parent.keys if parent else ():
        if column.fact == "date" and parent is not None:
            return f"{parent.link.name}__{column.field.name}"
    if given.check_in_field:
        field = demanded(model, given.check_in_field, "CHECK_IN_FIELD")
        if isinstance(field, models.DateField):
            return field.name
    message = (
        "ATTENDANCE_DEVICES['DATE_FIELD'] is empty, and neither a key of PARENT nor the check-in holds a date. "
        f"Name the date column of {model._meta.label} in DATE_FIELD."
    )
    raise ImproperlyConfigured(message)


def _foreign_key(model: AnyModel, name: str, key: str) -> AnyForeignKey:
    field = demanded(model, name, key)
    if not isinstance(field, models.ForeignKey):
        message = (
            f"ATTENDANCE_DEVICES[{key!r}]: {model._meta.label}.{name} is a {type(field).__name__}, not a foreign key."
        )
        raise ImproperlyConfigured(message)
    return field
