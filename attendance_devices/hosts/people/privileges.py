"""Which values of an account give power over others, or look as if they did."""

import re

from django.db import models

from attendance_devices.hosts.schema.fields import AnyField

POWERS = ("is_staff", "is_superuser")
"""What a created account never has."""
FIELD_NAMES = re.compile(
    r"^(is_)?(admin|administrator|manager|owner|staff|superuser|boss|hr)$|(^|_)(role|roles|type|usertype|level|rank|position|privilege)(_id)?$"
)
LABELS = re.compile(
    r"(?<![a-z])(ceo|cto|cfo|coo|hr|hod|boss|root|chief|director|president|founder|head)(?![a-z])"
    r"|admin|owner|manage|staff|super|human resource",
    re.IGNORECASE,
)


def looks_privileged(field: AnyField, text: str, shown: str) -> bool:
    """Would this value, `shown` as the CRM shows it, make an ordinary employee more than that?"""
    if not FIELD_NAMES.search(field.name.lower()):
        return False
    if isinstance(field, models.BooleanField):
        return text == "True"
    return bool(LABELS.search(shown))
