"""Whom somebody may see, as the setting says it: everybody, or the people of the own office or department."""

from typing import Any

from django.contrib.auth import get_user_model

from attendance_devices.conf import Settings
from attendance_devices.hosts.people.staff import proven_lookups

EVERYBODY = "everybody"


def visible_employees(settings: Settings, viewer: Any) -> frozenset[str] | None:
    """Keys of the users whom the viewer may see; None is everybody. Two queries, none for who sees everybody.

    A superuser sees everybody. Whoever belongs to no office or department sees nobody else.
    """
    if settings.visible == EVERYBODY or viewer.is_superuser:
        return None
    if viewer.pk is None:
        return frozenset()
    path = proven_lookups(settings).get(f"{settings.visible}_lookup", "")
    users = get_user_model()._base_manager.order_by()
    own = users.filter(pk=viewer.pk).values_list(path, flat=True).first() if path else None
    others = users.filter(**{path: own}).values_list("pk", flat=True) if own not in (None, "") else ()
    return frozenset({str(viewer.pk), *(str(key) for key in others)})
