"""The field template of created accounts: the texts of NEW_USER for one user of a terminal."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured, ValidationError
from django.db import models
from django.db.models import Q
from django.utils.text import slugify

from attendance_devices.conf import Settings
from attendance_devices.domain.devices.device import Enrolment
from attendance_devices.hosts.schema import natural_keys
from attendance_devices.hosts.schema.conversion import as_text
from attendance_devices.hosts.schema.fields import AnyField, advice, concrete_field
from attendance_devices.hosts.schema.person_path import person_model

ODD_CHARACTERS = re.compile(r"[^\w.@+-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRequest:
    """For whom an account is planned."""

    enrolment: Enrolment
    device: str
    office: str
    taken: Collection[str]
    """User names that are planned already."""


def account_field(name: str, person_path: str) -> AnyField:
    """A column of the account, or (``employee__device_id``) of its person. Raises `ImproperlyConfigured`."""
    path, _, last = name.rpartition("__")
    model = get_user_model() if not path else person_model(person_path)
    try:
        if path == (person_path if path else ""):
            return concrete_field(model, last)
    except FieldDoesNotExist:
        pass
    message = f"ATTENDANCE_DEVICES['NEW_USER'][{name!r}] is no column of an account. {advice(model, last)}."
    raise ImproperlyConfigured(message)


def fill(given: Settings, asked: AccountRequest) -> dict[str, str]:
    """Field -> text: the template, then the id, the user name and the office where the template leaves them out."""
    texts = {account_key(name, given): template_text(name, value, asked) for name, value in given.new_user.items()}
    key = id_field(given)
    device_user_id = asked.enrolment.device_user_id
    if key and key not in texts and _keeps(account_field(key, given.person_path), device_user_id):
        texts[key] = device_user_id
    for name in user_name_fields():
        if name in texts or not is_email(name):
            texts[name] = texts.get(name, "") if is_email(name) else _unique(name, texts.get(name, ""), asked)
    if asked.office and "office" not in texts and _takes_office(asked.office):
        texts["office"] = asked.office
    return texts


def account_key(name: str, given: Settings) -> str:
    """The name that the plan uses: ``office`` for ``office_id`` too."""
    field = account_field(name, given.person_path)
    return name if "__" in name else field.name


def id_field(given: Settings) -> str:
    """Where an account keeps the terminal's id: the first lookup on the account itself, or else on its person.

    A name to log in by is no such place: it gets the id anyway, unless somebody has that name.
    """
    plain: list[str] = []
    beyond: list[str] = []
    for path in given.employee_lookups.values():
        if path in user_name_fields():
            continue
        try:
            field = account_field(path, given.person_path)
        except ImproperlyConfigured:
            continue
        if not field.primary_key and not field.is_relation:
            (beyond if "__" in path else plain).append(path)
    return next(iter(plain + beyond), "")


def _keeps(field: AnyField, device_user_id: str) -> bool:
    """Does the column give back the same id? A number would make 7 of 007, and that is somebody else."""
    try:
        return str(field.to_python(device_user_id)) == device_user_id
    except (ValidationError, ValueError):
        return False


def user_name_fields() -> list[str]:
    """Columns that hold a name to log in by."""
    user = get_user_model()
    names = dict.fromkeys([user.USERNAME_FIELD, "username"])
    columns = {field.name: field for field in user._meta.concrete_fields}
    return [name for name in names if isinstance(columns.get(name), models.CharField)]


def is_email(name: str) -> bool:
    """An address cannot be invented: the template has to give it."""
    return isinstance(get_user_model()._meta.get_field(name), models.EmailField)


def template_text(name: str, value: Any, asked: AccountRequest) -> str:
    """One value of NEW_USER as text, its places filled. Raises `ImproperlyConfigured` for a place that is none."""
    if not isinstance(value, str):
        return as_text(value.pk if isinstance(value, models.Model) else value)
    known: Mapping[str, str] = {
        "device_user_id": asked.enrolment.device_user_id,
        "name": asked.enrolment.name,
        "office": asked.office,
        "device": asked.device,
    }
    try:
        return value.format_map(known)
    except (KeyError, ValueError, AttributeError, IndexError) as error:
        places = ", ".join(f"{{{place}}}" for place in known)
        message = f"ATTENDANCE_DEVICES['NEW_USER'][{name!r}] is {value!r}; it may hold {places}."
        raise ImproperlyConfigured(message) from error


def _unique(name: str, wish: str, asked: AccountRequest) -> str:
    """A user name that neither the CRM nor the plan has: the wish, the id, the name, or one of them with a number."""
    room = get_user_model()._meta.get_field(name).max_length or 150  # type: ignore[union-attr]
    wishes = [wish, asked.enrolment.device_user_id, slugify(asked.enrolment.name), "user"]
    clean = [ODD_CHARACTERS.sub("-", text).strip("-")[:room] for text in wishes]
    bases = list(dict.fromkeys(text for text in (clean[:1] if clean[0] else clean[:3]) if text)) or clean[3:]
    used = _used(name, bases) | {text.casefold() for text in asked.taken}
    free = next((base for base in bases if base.casefold() not in used), "")
    number = 2
    while not free:
        suffix = f"-{number}"
        candidate = bases[0][: room - len(suffix)] + suffix
        free = candidate if candidate.casefold() not in used else ""
        number += 1
    return free


def _used(name: str, bases: Collection[str]) -> set[str]:
    condition = Q()
    for base in bases:
        # A long base is cut to make room for its number.
        condition |= Q(**{f"{name}__istartswith": base[:100]})
    return {text.casefold() for text in get_user_model()._base_manager.filter(condition).values_list(name, flat=True)}


def _takes_office(office: str) -> bool:
    """Without being asked for, an office is only filled in where the CRM knows it."""
    columns = {field.name: field for field in get_user_model()._meta.concrete_fields}
    column = columns.get("office")
    if isinstance(column, models.ForeignKey):
        return office in natural_keys.find(column, [office])
    return isinstance(column, models.CharField)
