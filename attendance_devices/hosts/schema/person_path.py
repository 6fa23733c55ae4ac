"""From users to the persons that attendance rows point to, in bulk, and from a person to what hangs on them."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured, ObjectDoesNotExist, ValidationError
from django.db import models

from attendance_devices.hosts.schema.fields import AnyModel, chunks, walk


def users(keys: Collection[str], related: Iterable[str] = ()) -> dict[str, models.Model]:
    """Key as text -> user, with what `related` names fetched along; inactive users too."""
    pk = get_user_model()._meta.pk
    values = []
    for key in keys:
        try:
            values.append(pk.to_python(key))
        except (ValidationError, ValueError):
            continue
    paths = sorted({path for path in related if path})
    found: dict[str, models.Model] = {}
    for part in chunks(values):
        query = get_user_model()._base_manager.filter(pk__in=part)
        found |= {str(user.pk): user for user in (query.select_related(*paths) if paths else query)}
    return found


def person(user: models.Model, path: str) -> models.Model | None:
    """The person that `user` stands for, along `path`; None where the CRM has none."""
    here: Any = user
    for part in path.split("__") if path else ():
        here = attribute(here, part)
    found: models.Model | None = here
    return found


def attribute(start: Any, path: str) -> Any:
    """What lies along a dotted path; None where a link is missing."""
    here = start
    for part in path.split("."):
        if here is None:
            return None
        try:
            here = getattr(here, part)
        except ObjectDoesNotExist:
            here = None
    return here


def person_model(path: str) -> AnyModel:
    """The model of persons. Raises `ImproperlyConfigured` when a step of `path` is no single relation."""
    model: AnyModel = get_user_model()
    for part in path.split("__") if path else ():
        try:
            step = model._meta.get_field(part)
        except FieldDoesNotExist as error:
            names = ", ".join(single_relations(model)) or "none"
            message = (
                f"ATTENDANCE_DEVICES['PERSON_PATH']: {model._meta.label} has no {part!r}; single relations: {names}."
            )
            raise ImproperlyConfigured(message) from error
        if part not in single_relations(model):
            message = f"ATTENDANCE_DEVICES['PERSON_PATH']: {model._meta.label}.{part} does not lead to one row."
            raise ImproperlyConfigured(message)
        model = step.related_model  # type: ignore[assignment]
    return model


def single_relations(model: AnyModel) -> list[str]:
    """Names of relations of `model` that lead to one row."""
    return [field.name for field in model._meta.get_fields() if field.one_to_one or field.many_to_one]


def related_part(model: AnyModel, path: Sequence[str]) -> str:
    """As much of an attribute path as consists of relations: what to fetch along with the person."""
    kept: list[str] = []
    here: Any = model
    for part in path:
        try:
            step = walk(here, part)[0]
        except FieldDoesNotExist:
            break
        if not (step.one_to_one or step.many_to_one):
            break
        kept.append(part)
        here = step.related_model
    return "__".join(kept)
