"""Terminals as a table: how they are reached. Secrets come in, and never go out."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from attendance_devices.models import Device
from attendance_devices.resources.base import Key, Row, TableResource
from attendance_devices.resources.columns import SecretColumn, columns_of
from attendance_devices.services.collection.edit_device import save_device

REACHED = ("name", "serial_number", "vendor", "address", "port", "transport")
SECRETS = ("comm_key", "username", "password")
REST = (
    "encoding",
    "record_size",
    "timezone",
    "office",
    "direction",
    "latitude",
    "longitude",
    "is_active",
    "poll_minutes",
)


class DeviceResource(TableResource):
    """A terminal is found by its serial number, else by its name."""

    columns = (
        *columns_of(Device, *REACHED),
        *(SecretColumn(name) for name in SECRETS),
        *columns_of(Device, *REST),
    )
    required = ("name",)

    class Meta:
        model = Device

    def prepare(self, rows: list[Row]) -> None:
        self.directory.look_up_devices()

    def stored_rows(self) -> Iterable[tuple[Key, Any]]:
        """Found by the directory, under either of two names."""
        return [((device.pk,), device) for device in self.directory.by_name.values()]

    def key(self, row: Row) -> Key:
        """The device's own key if it is stored; a new one is told apart by its name."""
        name, serial = row["name"].strip(), row.get("serial_number", "").strip()
        if not name:
            raise ValidationError({"name": _("A device needs a name.")})
        same = self.directory.by_serial.get(serial, []) if serial else []
        named = self.directory.by_name.get(name)
        if len(same) > 1 or (same and named is not None and named != same[0]):
            names = ", ".join(device.name for device in {*same, *([named] if named else [])})
            said = _("Serial number %(serial)s and name %(name)s lead to several devices: %(names)s.")
            raise ValidationError(said % {"serial": serial, "name": name, "names": names})
        found = same[0] if same else named
        return (found.pk,) if found else ("", name)

    def keep(self, instance: Device, row: Row, *, is_new: bool) -> None:
        changed = [] if is_new else [name for name in self.fields if self._speaks_of(name, row)]
        save_device(instance, changed, by=self.by)

    def _speaks_of(self, name: str, row: Row) -> bool:
        """A column that the file has; of the secrets only those that are given."""
        return name in row and (name not in SECRETS or bool(row[name]))
