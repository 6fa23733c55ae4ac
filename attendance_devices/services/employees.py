"""Whom somebody means by what he types: a user name, a key that a lookup of the settings holds, or a primary key."""

from collections.abc import Collection, Sequence
from typing import Any

from django.contrib.auth import get_user_model

from attendance_devices.hosts.current import current_host
from attendance_devices.hosts.rehearsal import find_user
from attendance_devices.models import DeviceUser
from attendance_devices.services.scope import scope_of


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


def names_for(keys: Collection[str], viewer: Any) -> dict[str, str]:
    """What these employees are called, those whom the viewer may see. :param keys: primary keys as text."""
    scope = scope_of(viewer)
    people = get_user_model()._base_manager.filter(pk__in=[key for key in keys if scope.sees(key)])
    return {str(one.pk): one.get_full_name().strip() or one.get_username() for one in people}


def find_each(texts: Collection[str]) -> dict[str, Sequence[str]]:
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


def unmapped_on(text: str) -> Sequence[str]:
    """Names of the terminals that list this id for somebody who is no employee yet."""
    rows = DeviceUser.objects.filter(device_user_id=text, system_user__isnull=True).order_by("device__name")
    return list(rows.values_list("device__name", flat=True))
