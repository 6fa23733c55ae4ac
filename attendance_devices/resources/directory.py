"""Whom and what the rows of a file name: employees and devices, found for all rows at once."""

from collections.abc import Collection, Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from attendance_devices.models import Device
from attendance_devices.services.access.employees import find_employees_in_bulk
from attendance_devices.services.access.visibility import scope_of


class Directory:
    """Answers without a query once it is filled."""

    def __init__(self, viewer: Any) -> None:
        """:param viewer: whoever imports, and finds only people that he may see. None is whoever runs manage.py."""
        self.viewer = viewer
        self.people: dict[str, list[Any]] = {}
        self.by_name: dict[str, Device] = {}
        self.by_serial: dict[str, list[Device]] = {}

    def look_up_people(self, texts: Collection[str]) -> None:
        """A few queries, however many there are."""
        wanted = {text.strip() for text in texts} - {""}
        found = find_employees_in_bulk(wanted)
        users = get_user_model()._base_manager.in_bulk({key for keys in found.values() for key in keys})
        named = {str(user.pk): user for user in users.values()}
        sees = scope_of(self.viewer).sees if self.viewer is not None else bool
        self.people = {
            text: [named[key] for key in keys if key in named and sees(named[key].pk)] for text, keys in found.items()
        }

    def look_up_devices(self, devices: Iterable[Device] | None = None) -> None:
        """One query."""
        for device in Device.objects.all() if devices is None else devices:
            self.by_name[device.name] = device
            if device.serial_number:
                self.by_serial.setdefault(device.serial_number, []).append(device)

    def person(self, text: str) -> Any:
        """The user, or None for an empty cell. Raises `ValidationError`."""
        text = text.strip()
        found = self.people.get(text, [])
        if not text or len(found) == 1:
            return found[0] if found else None
        if not found:
            raise ValidationError(_("Nobody has the user name or employee id %(text)r.") % {"text": text})
        names = ", ".join(user.get_username() for user in found)
        said = _("%(text)r may be several people: %(names)s. Write the user name.")
        raise ValidationError(said % {"text": text, "names": names})

    def device(self, text: str) -> Device:
        """By serial number or name. Raises `ValidationError`."""
        found = list(dict.fromkeys(self.by_serial.get(text.strip(), ())))
        named = self.by_name.get(text.strip()) or self.by_name.get(text)
        if named is not None and named not in found:
            found.append(named)
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValidationError(_("No device has the name or serial number %(text)r.") % {"text": text})
        names = ", ".join(device.name for device in found)
        raise ValidationError(_("%(text)r may be several devices: %(names)s.") % {"text": text, "names": names})
