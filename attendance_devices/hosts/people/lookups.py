"""Finds employees by the ids that terminals know them by: one query for each lookup, exact text only."""

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured, ValidationError
from django.db import connections, models, router

from attendance_devices.conf import Settings
from attendance_devices.domain.people.mapping import Matches
from attendance_devices.hosts.schema.fields import AnyField, AnyModel, walk

USUAL = Settings().employee_lookups
"""Lookups that are tried without being asked for; a CRM need not have them all."""


def find_employees(lookups: Mapping[str, str], ids: Collection[str]) -> Matches:
    """lookup -> id -> keys of the users that carry exactly this id, inactive ones too: their history counts."""
    wanted = {text for text in ids if text.strip()}
    user = get_user_model()
    found = {}
    for name, path in lookups.items():
        field = _end(user, name, path)
        if field is not None:
            found[name] = _carriers(user, path, _values(field, wanted))
    return found


def exists(path: str) -> bool:
    """Does the lookup lead to a column?"""
    try:
        end = walk(get_user_model(), path)[-1]
    except FieldDoesNotExist:
        return False
    return isinstance(end, models.Field)


def _end(user: AnyModel, name: str, path: str) -> AnyField | None:
    if exists(path):
        end: AnyField = walk(user, path)[-1]
        return end.target_field if isinstance(end, models.ForeignKey) else end
    if USUAL.get(name) == path:
        return None
    message = f"ATTENDANCE_DEVICES['EMPLOYEE_LOOKUPS'][{name!r}]: {user._meta.label} has no lookup {path!r}."
    raise ImproperlyConfigured(message)


def _values(field: AnyField, ids: Collection[str]) -> dict[Any, str]:
    """Only ids whose canonical text is the id itself: '007' is another id than 7."""
    kept: dict[Any, str] = {}
    for text in ids:
        try:
            value = field.to_python(text)
        except (ValidationError, ValueError):
            continue
        if str(value) == text and _fits(field, value):
            kept[value] = text
    return kept


def _fits(field: AnyField, value: Any) -> bool:
    """A number beyond the column's range is an error in the database, not merely unknown."""
    if not isinstance(value, int):
        return True
    connection = connections[router.db_for_read(field.model)]
    low, high = connection.ops.integer_field_range(field.get_internal_type())
    return (low is None or low <= value) and (high is None or value <= high)


def _carriers(user: AnyModel, path: str, values: Mapping[Any, str]) -> dict[str, list[str]]:
    if not values:
        return {}
    carriers: dict[str, list[str]] = {}
    rows = user._base_manager.filter(**{f"{path}__in": list(values)}).order_by("pk").values_list("pk", path)
    for key, value in rows:
        # A database may match without regard to case or trailing blanks; an id is its exact text.
        text = values.get(value)
        if text is not None and str(key) not in carriers.setdefault(text, []):
            carriers[text].append(str(key))
    return carriers
