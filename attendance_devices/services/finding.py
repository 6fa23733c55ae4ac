"""Finds employees, and the users of terminals that stand for them, as far as a viewer may see them."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q, QuerySet

from attendance_devices.hosts.current import current_host
from attendance_devices.models import DeviceUser
from attendance_devices.services.roster import name_of
from attendance_devices.services.scope import Scope

NAMES = ("first_name", "last_name", "email")
"""Columns of a user that people search in, where the CRM has them."""
MOST = 20


def find_people(scope: Scope, text: str, most: int = MOST) -> list[Any]:
    """Whoever may be meant, of those whom a viewer may see."""
    users = scope.only(get_user_model()._base_manager.all(), "pk")
    return find_among({str(user.pk): user for user in users}, text, most)


def find_among(users: Mapping[str, Any], text: str, most: int = MOST) -> list[Any]:
    """Those whose names have every word of `text` in them; if nobody's have, those whose key it is exactly.

    :param users: primary key as text -> user.
    """
    words = text.casefold().split()[:5]
    found = [user for user in users.values() if words and all(word in _names_of(user) for word in words)]
    if not found and text:
        keys = {key for keys in current_host().find_employees({text}).values() for key in keys.get(text, ())}
        found = [users[key] for key in keys if key in users]
    return sorted(found, key=_names_of)[:most]


def mapped_users(scope: Scope) -> QuerySet[DeviceUser]:
    """The users of terminals that stand for employees, with both."""
    rows = DeviceUser.objects.filter(system_user__isnull=False).select_related("device", "system_user")
    rows = rows.defer("device__comm_key", "device__username", "device__password", "device__cursor")
    return scope.only(rows, "system_user")


def with_words(rows: QuerySet[DeviceUser], text: str) -> QuerySet[DeviceUser]:
    """Those that have every word of `text` in the terminal, the id, the name there or the employee's name."""
    for word in text.split()[:5]:
        there = Q(device_user_id__icontains=word) | Q(device_user_name__icontains=word)
        rows = rows.filter(there | Q(device__name__icontains=word) | _in_name(word, "system_user__"))
    return rows


def _in_name(word: str, path: str = "") -> Q:
    user = get_user_model()
    wanted = Q(**{f"{path}{user.USERNAME_FIELD}__icontains": word})
    for name in NAMES:
        if _is_text(name):
            wanted |= Q(**{f"{path}{name}__icontains": word})
    return wanted


def _is_text(name: str) -> bool:
    try:
        return isinstance(get_user_model()._meta.get_field(name), models.CharField)
    except FieldDoesNotExist:
        return False


def _names_of(user: Any) -> str:
    return f"{name_of(user)} {user.get_username()} {getattr(user, 'email', '')}".casefold()
