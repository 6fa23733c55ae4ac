"""A person adds a terminal or says how it is reached: what a poll wrote meanwhile stays, and the punches follow."""

from collections.abc import Collection
from typing import Any

from django.db import transaction

from attendance_devices.models import Device
from attendance_devices.services.audit import note
from attendance_devices.services.rezone import rezone
from attendance_devices.services.tick import try_now


def keep_device(device: Device, changed: Collection[str], *, by: Any) -> int:
    """Save it, and have it tried soon. A corrected zone moves the instants of its punches: returns how many.

    :param changed: names of the fields that a person changed; the others are left alone, unless the row is new.
    """
    with transaction.atomic():
        if device.pk is None:
            device.save()
            note("add device", by=by, device=device)
            return 0
        device.save(update_fields=list(changed))
        try_now([device.pk])
        moved = rezone(device) if "timezone" in changed else 0
        if changed:
            note("change device", by=by, device=device, words=", ".join(changed), details={"moved": moved})
        return moved
