"""A person has days derived again from what is stored, and told to the CRM. A person's edit there wins as always."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.utils.translation import ngettext

from attendance_devices.services.audit import note
from attendance_devices.services.follow_up import bring_days_up_to_date
from attendance_devices.services.storing import note_days


def derive_again(days: Collection[tuple[Any, date]], *, by: Any) -> str:
    """By a worker if one is there, else now. Returns how that stands, as a sentence.

    :param days: user (primary key) and date of each.
    """
    note_days(days)
    note("derive", by=by, subject=ngettext("%(days)d day", "%(days)d days", len(days)) % {"days": len(days)})
    return bring_days_up_to_date()
