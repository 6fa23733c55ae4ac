"""The people a terminal lists, kept beside those we know of it. Nobody is ever deleted."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from attendance_devices.domain.devices.device import Enrolment
from attendance_devices.models import Device, DeviceUser

COPIED = ("device_user_name", "uid", "privilege", "card", "on_device")


def store_enrolments(device: Device, enrolments: Sequence[Enrolment]) -> None:
    """Make the device users of `device` say what its list says, in a constant number of queries."""
    with transaction.atomic():
        # A write first: SQLite then waits for others, as it cannot once it has read.
        Device.objects.filter(pk=device.pk).update(cursor_serial=F("cursor_serial"))
        _, new, changed = compare_enrolments(device, enrolments)
        DeviceUser.objects.bulk_update(changed, COPIED, batch_size=500)
        DeviceUser.objects.bulk_create(new, batch_size=500)


def compare_enrolments(
    device: Device, enrolments: Sequence[Enrolment]
) -> tuple[list[DeviceUser], list[DeviceUser], list[DeviceUser]]:
    """All stored users as the list says they should be, those that are new, and which of the stored ones differ.

    One query; writes nothing.
    """
    stored = {user.device_user_id: user for user in DeviceUser.objects.filter(device=device).order_by("pk")}
    listed = {row.device_user_id: row for row in (_row(device, person) for person in enrolments)}
    changed = [user for key, user in stored.items() if _updated(user, listed.get(key))]
    return list(stored.values()), [row for key, row in listed.items() if key not in stored], changed


def _updated(user: DeviceUser, listed: DeviceUser | None) -> bool:
    """Copy what differs. Whoever is not listed any more keeps his name."""
    fresh = {name: getattr(listed, name) for name in COPIED} if listed else {"on_device": False}
    differing = {name: value for name, value in fresh.items() if getattr(user, name) != value}
    for name, value in differing.items():
        setattr(user, name, value)
    return bool(differing)


def _row(device: Device, person: Enrolment) -> DeviceUser:
    return DeviceUser(
        device=device,
        device_user_id=person.device_user_id[:64],
        device_user_name=person.name[:128],
        uid=person.uid,
        privilege=person.privilege,
        card=person.card[:32],
    )
