"""Whom somebody means by what he types: a user name, a key that a lookup of the settings holds, or a primary key."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import Q, QuerySet

from attendance_devices.hosts.current import current_host
from attendance_devices.hosts.rehearsal import find_user
from attendance_devices.models import DeviceUser
from attendance_devices.services.access.visibility import VisibleEmployees, scope_of


def find_employees(text: str) -> Sequence[str]:
    """Keys of the users that `text` may mean; of the three ways the first that finds anybody. More than one: ask."""
    user = get_user_model()
    named = user._base_manager.filter(**{user.USERNAME_FIELD: text})
    keys = [str(key) for key in named.values_list("pk", flat=True) if text]
    if keys:
        return keys
    for found in current_host().find_employees({text}).values():
        if found.get(text):
            return sorted(set(found[text]))
    key = find_user(text) if text else ""
    return [key] if key else []


def visible_names(keys: Collection[str], viewer: Any) -> dict[str, str]:
    """What these employees are called, those whom the viewer may see. :param keys: primary keys as text."""
    scope = scope_of(viewer)
    people = get_user_model()._base_manager.filter(pk__in=[key for key in keys if scope.sees(key)])
    return {str(one.pk): one.get_full_name().strip() or one.get_username() for one in people}


def find_employees_in_bulk(texts: Collection[str]) -> dict[str, Sequence[str]]:
    """Text -> keys of the users that it may mean, in the order of `find_employees`, but for primary keys.

    A query for the user names and one for each lookup, however many texts there are.
    """
    user = get_user_model()
    names = user._base_manager.filter(**{f"{user.USERNAME_FIELD}__in": sorted(texts)})
    found: dict[str, Sequence[str]] = {
        name: [str(key)] for key, name in names.values_list("pk", user.USERNAME_FIELD) if name in texts
    }
    matches = current_host().find_employees(set(texts) - set(found)) if set(texts) - set(found) else {}
    for carried in matches.values():
        found.update({text: sorted(set(keys)) for text, keys in carried.items() if keys and text not in found})
    return found


def devices_listing(text: str) -> Sequence[str]:
    """Names of the terminals that list this id for somebody who is no employee yet."""
    rows = DeviceUser.objects.filter(device_user_id=text, system_user__isnull=True).order_by("device__name")
    return list(rows.values_list("device__name", flat=True))


SEARCHED_COLUMNS = ("first_name", "last_name", "email")
"""Columns of a user that people search in, where the CRM has them."""
MAX_FOUND = 20


def search_people(scope: VisibleEmployees, text: str, most: int = MAX_FOUND) -> list[Any]:
    """Whoever may be meant, of those whom a viewer may see."""
    users = scope.only(get_user_model()._base_manager.all(), "pk")
    return search_among({str(user.pk): user for user in users}, text, most)


def search_among(users: Mapping[str, Any], text: str, most: int = MAX_FOUND) -> list[Any]:
    """Those whose names have every word of `text` in them; if nobody's have, those whose key it is exactly.

    :param users: primary key as text -> user.
    """
    words = text.casefold().split()[:5]
    found = [user for user in users.values() if words and all(word in _search_text(user) for word in words)]
    if not found and text:
        keys = {key for keys in current_host().find_employees({text}).values() for key in keys.get(text, ())}
        found = [users[key] for key in keys if key in users]
    return sorted(found, key=_search_text)[:most]


def mapped_device_users(scope: VisibleEmployees) -> QuerySet[DeviceUser]:
    """The users of terminals that stand for employees, with both."""
    rows = DeviceUser.objects.filter(system_user__isnull=False).select_related("device", "system_user")
    rows = rows.defer("device__comm_key", "device__username", "device__password", "device__cursor")
    return scope.only(rows, "system_user")


def matching_words(rows: QuerySet[DeviceUser], text: str) -> QuerySet[DeviceUser]:
    """Those that have every word of `text` in the terminal, the id, the name there or the employee's name."""
    for word in text.split()[:5]:
        there = Q(device_user_id__icontains=word) | Q(device_user_name__icontains=word)
        rows = rows.filter(there | Q(device__name__icontains=word) | _name_contains(word, "system_user__"))
    return rows


def _name_contains(word: str, path: str = "") -> Q:
    user = get_user_model()
    wanted = Q(**{f"{path}{user.USERNAME_FIELD}__icontains": word})
    for name in SEARCHED_COLUMNS:
        if _is_text_column(name):
            wanted |= Q(**{f"{path}{name}__icontains": word})
    return wanted


def _is_text_column(name: str) -> bool:
    try:
        return isinstance(get_user_model()._meta.get_field(name), models.CharField)
    except FieldDoesNotExist:
        return False


def _search_text(user: Any) -> str:
    return f"{name_of(user)} {user.get_username()} {getattr(user, 'email', '')}".casefold()


def full_label(user: Any) -> str:
    """Return the name of an employee and the user name; nothing for None."""
    if user is None:
        return ""
    name, username = name_of(user), str(user.get_username())
    return name if name == username else f"{name} ({username})"


def user_key(text: str) -> Any:
    """The primary key of a user that this text names; None if it can be none."""
    field = get_user_model()._meta.pk
    try:
        key = field.to_python(text)
        field.run_validators(key)
        return key
    except ValidationError:
        return None


def name_of(user: Any) -> str:
    """What people call the user."""
    return str(user.get_full_name().strip() if hasattr(user, "get_full_name") else "") or str(user.get_username())


def names_of(users: Collection[Any] | QuerySet[Any]) -> dict[Any, str]:
    """Primary key -> name, in one query. :param users: primary keys, or a question for them."""
    found = get_user_model()._base_manager.filter(pk__in=users)
    return {user.pk: name_of(user) for user in found}
