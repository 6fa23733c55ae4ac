"""Whom somebody means by what he types: a user name, a key that a lookup of the settings holds, or a primary key."""

from collections.abc import Sequence

from django.contrib.auth import get_user_model

from attendance_devices.hosts.current import current_host
from attendance_devices.hosts.rehearsal import find_user
from attendance_devices.models import DeviceUser


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


def unmapped_on(text: str) -> Sequence[str]:
    """Names of the terminals that list this id for somebody who is no employee yet."""
    rows = DeviceUser.objects.filter(device_user_id=text, system_user__isnull=True).order_by("device__name")
    return list(rows.values_list("device__name", flat=True))
