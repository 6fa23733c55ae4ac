"""Map a device user to the employee that a person chose."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from attendance_devices.hosts.schema.fields import chunks
from attendance_devices.models import DeviceUser
from attendance_devices.services.mapping.match import claim_logs
from attendance_devices.services.workers.locks import lock_devices


def assign(
    device_user: DeviceUser, employee: Any, *, by: str, how: DeviceUser.MappedBy = DeviceUser.MappedBy.PERSON
) -> None:
    """Map an unmapped device user; all its earlier punches become the employee's, and their days wait to be derived.

    :param employee: primary key of the user. :param by: who says so, for the record.
    """
    assign_all([(device_user, employee)], by=by, how=how)


def assign_all(
    wishes: Sequence[tuple[DeviceUser, Any]], *, by: str, how: DeviceUser.MappedBy = DeviceUser.MappedBy.PERSON
) -> None:
    """The same for many, each with its employee: the punches of each device are looked for once."""
    devices = {device_user.device_id for device_user, _ in wishes}
    reason = f"account created by {by}" if how is DeviceUser.MappedBy.CREATED else f"by {by}"
    said = {"mapped_by": how, "mapped_reason": reason[:200], "mapped_at": datetime.now(UTC), "ignored": False}
    with transaction.atomic():
        lock_devices(devices)
        for device_user, employee in wishes:
            device_user.system_user_id = employee
            for name, value in said.items():
                setattr(device_user, name, value)
        rows = [device_user for device_user, _ in wishes]
        for part in chunks(rows, 500):
            # What all have in common is not told row by row.
            DeviceUser.objects.filter(pk__in=[row.pk for row in part]).update(**said)
        DeviceUser.objects.bulk_update(rows, ["system_user"], batch_size=500)
        if devices:
            claim_logs(devices)
