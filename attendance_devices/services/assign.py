"""A person says which employee a device user is: the mapping that no key could find."""

from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from attendance_devices.models import DeviceUser
from attendance_devices.services.map_users import claim_logs, lock_devices


def assign(device_user: DeviceUser, employee: Any, *, by: str) -> None:
    """Map an unmapped device user; all its earlier punches become the employee's, and their days wait to be derived.

    :param employee: primary key of the user. :param by: who says so, for the record.
    """
    with transaction.atomic():
        lock_devices({device_user.device_id})
        device_user.system_user_id = employee
        device_user.mapped_by = DeviceUser.MappedBy.PERSON
        device_user.mapped_reason = f"by {by}"[:200]
        device_user.mapped_at = datetime.now(UTC)
        device_user.save(update_fields=["system_user", "mapped_by", "mapped_reason", "mapped_at"])
        claim_logs({device_user.device_id})
