"""Finds fields of strangers' models by name or path, and says what to do when they are not there."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import models

if TYPE_CHECKING:
    AnyField: TypeAlias = models.Field[Any, Any]
    AnyForeignKey: TypeAlias = models.ForeignKey[Any, Any]
else:
    AnyField = models.Field
    AnyForeignKey = models.ForeignKey

AnyModel: TypeAlias = type[models.Model]
Item = TypeVar("Item")

CHUNK = 500
"""Keys of one query: few enough for every database, many enough that a day of a company is one query."""


def chunks(items: Sequence[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    """`items` in slices of at most `size`."""
    feed = iter(items)
    while part := tuple(islice(feed, size)):
        yield part


def field_names(model: AnyModel) -> list[str]:
    """Names of the columns of `model`."""
    return [field.name for field in model._meta.concrete_fields]


def advice(model: AnyModel, name: str) -> str:
    """What to write instead of a field that `model` does not have."""
    close = get_close_matches(name, field_names(model), n=1)
    meant = f"Did you mean {close[0]!r}? " if close else ""
    return f"{meant}{model._meta.label} has {', '.join(field_names(model))}"


def concrete_field(model: AnyModel, name: str) -> AnyField:
    """The column `name` of `model`; raises `FieldDoesNotExist`."""
    found = model._meta.get_field(name)
    if not isinstance(found, models.Field) or not found.concrete or found.many_to_many:
        message = f"{model._meta.label}.{name} is not a column"
        raise FieldDoesNotExist(message)
    return found


def demanded(model: AnyModel, name: str, key: str) -> AnyField:
    """The column `name` of `model`, named by the setting `key`. Raises `ImproperlyConfigured`."""
    try:
        return concrete_field(model, name)
    except FieldDoesNotExist as error:
        message = f"ATTENDANCE_DEVICES[{key!r}]: {model._meta.label} has no field {name!r}. {advice(model, name)}."
        raise ImproperlyConfigured(message) from error


def walk(model: AnyModel, path: str) -> list[Any]:
    """The fields along a path such as ``employee__department``; raises `FieldDoesNotExist`."""
    steps: list[Any] = []
    here: AnyModel | None = model
    for part in path.split("__"):
        if here is None:
            message = f"{path!r}: {steps[-1].name!r} leads nowhere"
            raise FieldDoesNotExist(message)
        step = here._meta.pk if part == "pk" else here._meta.get_field(part)
        steps.append(step)
        here = step.related_model if step is not None and step.is_relation else None
    return steps


def is_filled_by_django(field: AnyField) -> bool:
    """Does the column get its value without anyone giving one?"""
    automatic = bool(getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False))
    generated = bool(getattr(field, "generated", False))
    auto_key = isinstance(field, models.AutoField) or field.auto_created
    return automatic or generated or auto_key or field.has_default() or _has_db_default(field)


def makes_its_default(field: AnyField) -> bool:
    """Is the default computed anew for each row (a date, a UUID)?"""
    return field.has_default() and callable(field.default)


def overrides_given_value(field: AnyField) -> bool:
    """Does saving replace what was given (``auto_now_add``)? Then it takes a second UPDATE."""
    return bool(getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False))


def restore_given(row: models.Model, values: Mapping[str, Any], *, using: str) -> None:
    """After a save: ``auto_now_add`` put today into columns whose value was given. Write those again."""
    overridden = {column.attname for column in row._meta.concrete_fields if overrides_given_value(column)}
    lost = {name: value for name, value in values.items() if name in overridden}
    if lost:
        type(row)._base_manager.using(using).filter(pk=row.pk).update(**lost)


def may_stay_empty(field: AnyField) -> bool:
    """Is nothing a value that the column takes?"""
    is_text = isinstance(field, models.CharField | models.TextField)
    return field.null or (is_text and field.blank) or isinstance(field, models.BooleanField)


def _has_db_default(field: AnyField) -> bool:
    return getattr(field, "db_default", models.NOT_PROVIDED) is not models.NOT_PROVIDED
