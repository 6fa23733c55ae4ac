"""Who is who on which terminal, as a table: the mapping."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from attendance_devices.models import Device, DeviceUser
from attendance_devices.resources.base import Key, Row, TableResource
from attendance_devices.resources.columns import TableColumn, columns_of
from attendance_devices.services.mapping.assign import assign_all


class DeviceUserResource(TableResource):
    """Whoever stands for nobody yet can be mapped, and whoever is mapped stays so. No employee: nothing changes."""

    columns = (
        TableColumn("device", str, shown=True),
        TableColumn("device_user_id", shown=True),
        TableColumn("device_user_name", shown=True),
        TableColumn("system_user", column="employee", write=lambda user: str(user.get_username()), shown=True),
        *columns_of(DeviceUser, "ignored"),
        TableColumn("on_device", shown=True),
        TableColumn("mapped_reason", shown=True),
    )
    required = ("device", "device_user_id")
    people = "employee"

    class Meta:
        model = DeviceUser

    def __init__(self, **facts: Any) -> None:
        super().__init__(**facts)
        self.wanted: dict[Key, Any] = {}
        self.wishes: list[tuple[DeviceUser, Any]] = []

    def prepare(self, rows: list[Row]) -> None:
        self.directory.look_up_devices()
        self.devices: dict[Any, Device] = {}
        for row in rows:
            with suppress(ValidationError):  # told when its turn comes
                device = self.directory.device(row["device"])
                self.devices[device.pk] = device

    def stored_rows(self) -> Iterable[tuple[Key, Any]]:
        for row in DeviceUser.objects.filter(device__in=self.devices).select_related("system_user"):
            row.device = self.devices[row.device_id]
            yield (row.device_id, row.device_user_id), row

    def key(self, row: Row) -> Key:
        device, who = self.directory.device(row["device"]), row["device_user_id"]
        if not who:
            raise ValidationError({"device_user_id": _("An id on the device is missing.")})
        return device.pk, who

    def fill(self, instance: DeviceUser, row: Row) -> None:
        is_new = instance.pk is None
        if is_new:
            instance.device, instance.on_device = self.directory.device(row["device"]), False
            instance.device_user_id = row["device_user_id"]
            instance.device_user_name = row.get("device_user_name", "")
        wanted = self.directory.person(row.get("employee", ""))
        if wanted is None or wanted.pk == instance.system_user_id:
            return
        if instance.system_user_id is not None:
            said = _("%(who)s is %(employee)s already, and stays so: days were told to the CRM.")
            raise ValidationError({"employee": said % {"who": instance, "employee": instance.system_user}})
        instance.system_user = wanted
        self.wanted[self.key(row)] = wanted

    def judge(self, instance: DeviceUser) -> None:
        """Its key and its employee were found for all rows at once: no question for each."""
        instance.clean_fields(exclude=["device", "system_user"])

    def keep(self, instance: DeviceUser, row: Row, *, is_new: bool) -> None:
        """The row without the employee: that is said by the verb, of all rows at once."""
        wanted = self.wanted.get(self.key(row))
        if is_new:
            instance.system_user = None
            instance.save()
            instance.system_user = wanted
        elif row.get("ignored"):
            instance.save(update_fields=["ignored"])
        if wanted is not None:
            self.wishes.append((instance, wanted.pk))

    def finish(self, *, dry_run: bool) -> None:
        assign_all(self.wishes, by=self.by.get_username() if self.by else "manage.py")
