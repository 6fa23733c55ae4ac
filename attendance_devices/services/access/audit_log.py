"""Note who changed what. An entry is added, and never touched again."""

import getpass
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from attendance_devices.models import AuditEntry, Device

Outcome = AuditEntry.Outcome
ACTOR_NAME_LENGTH = 254
"""Characters that the column holds."""


def note(
    verb: str,
    outcome: str = Outcome.DONE,
    *,
    by: Any = None,
    device: Device | None = None,
    subject: str = "",
    words: str = "",
    details: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Add an entry.

    :param by: the user; None for whoever runs this process.
    :param subject: what it is about, where that is no device. :param words: what happened, for people.
    """
    return AuditEntry.objects.create(
        verb=verb,
        outcome=outcome,
        by_id=None if by is None else by.pk,
        by_name=actor_name(by),
        at=datetime.now(UTC),
        device=device,
        device_name=device.name if device else "",
        subject=subject[:ACTOR_NAME_LENGTH],
        words=words,
        details=dict(details or {}),
    )


def start_entry(verb: str, **facts: Any) -> AuditEntry:
    """Note that it is begun. It is stored when this returns, whatever happens then: not inside of a transaction."""
    with transaction.atomic(durable=True):
        return note(verb, Outcome.BEGUN, **facts)


def actor_name(by: Any) -> str:
    """The user's name, or that of the account of the process."""
    if by is not None:
        return str(by.get_username())[:ACTOR_NAME_LENGTH]
    try:
        return f"{getpass.getuser()} (manage.py)"[:ACTOR_NAME_LENGTH]
    except (KeyError, OSError, ImportError):
        return "manage.py"
