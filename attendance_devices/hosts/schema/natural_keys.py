"""Finds rows of the CRM by the text a person would use for them: name, title, code, or else the primary key."""

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models

from attendance_devices.hosts.schema.fields import (
    AnyField,
    AnyForeignKey,
    AnyModel,
    concrete_field,
    is_filled_by_django,
    may_stay_empty,
)

NAMES = ("name", "title", "code")


def name_fields(model: AnyModel) -> list[AnyField]:
    """The text columns of `model` by which a person would name a row, in order of preference."""
    found: list[AnyField] = []
    for name in NAMES:
        try:
            field = concrete_field(model, name)
        except FieldDoesNotExist:
            continue
        if isinstance(field, models.CharField | models.TextField):
            found.append(field)
    return found


def find(field: AnyForeignKey, texts: Collection[str]) -> Mapping[str, Any]:
    """Text -> the value that `field` stores for it. A constant number of queries; what is missing was not found."""
    model, target = _target(field)
    open_texts = {text for text in texts if text.strip()}
    found: dict[str, Any] = {}
    for name in name_fields(model):
        left = open_texts - set(found)
        if left:
            rows = model._base_manager.filter(**{f"{name.name}__in": left}).order_by("pk")
            found |= _exact(rows.values_list(name.name, target), left)
    return found | _by_key(model, target, open_texts - set(found))


def can_be_created(field: AnyForeignKey) -> bool:
    """Is a name all that a new row of the target needs?"""
    model, _ = _target(field)
    names = name_fields(model)
    if not names:
        return False
    others = [column for column in model._meta.concrete_fields if column is not names[0]]
    return all(is_filled_by_django(column) or may_stay_empty(column) for column in others)


def create(field: AnyForeignKey, text: str) -> Any:
    """A new row of the target, of which only the name is known; returns what `field` stores."""
    model, target = _target(field)
    row = model(**{name_fields(model)[0].name: text})
    row.save()
    return getattr(row, target)


def _target(field: AnyForeignKey) -> tuple[AnyModel, str]:
    model = field.remote_field.model
    return model, field.target_field.attname


def _exact(pairs: Any, texts: Collection[str]) -> dict[str, Any]:
    """Some databases match without regard to case: an exact match goes first, another spelling after it."""
    rows = [(str(name), key) for name, key in pairs]
    exact: dict[str, Any] = {}
    folded: dict[str, Any] = {}
    for name, key in rows:
        exact.setdefault(name, key)
        folded.setdefault(name.casefold(), key)
    hits = {text: exact.get(text, folded.get(text.casefold())) for text in texts}
    return {text: key for text, key in hits.items() if key is not None}


def _by_key(model: AnyModel, target: str, texts: Collection[str]) -> dict[str, Any]:
    keys: dict[Any, str] = {}
    for text in texts:
        try:
            keys[model._meta.pk.to_python(text)] = text
        except (ValidationError, ValueError):
            continue
    if not keys:
        return {}
    rows = model._base_manager.filter(pk__in=list(keys)).values_list("pk", target)
    return {keys[key]: value for key, value in rows}
