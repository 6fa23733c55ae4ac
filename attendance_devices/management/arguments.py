"""What the arguments of a command mean: devices, an employee, an office, a day. Raises `CommandError` (2) otherwise."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db.models import Q

from attendance_devices import conf
from attendance_devices.management.output.text import output_names
from attendance_devices.models import Device
from attendance_devices.services.access.employees import devices_listing, find_employees
from attendance_devices.services.devices.local_time import today


def first_day(days: int, last: date | None = None) -> date:
    """The first of this many days up to `last`, or up to today."""
    try:
        return (last or today()) - timedelta(days=days - 1)
    except OverflowError:
        return date.min


def settings_or_usage() -> conf.Settings:
    """The settings. Raises `CommandError` (2) that names every key that is wrong."""
    try:
        return conf.load()
    except ImproperlyConfigured as error:
        raise CommandError(f"{error} Correct the settings; 'manage.py check' tells more.", returncode=2) from error


def chosen_devices(
    *, addresses: Sequence[str] = (), names: Sequence[str] = (), keys: Sequence[int] = ()
) -> list[Device]:
    """The active devices, or those named by address, name or key. Raises `CommandError` (2) for what is not there."""
    active = Device.objects.filter(is_active=True)
    tests = [(text, Q(address__iexact=text.strip()), active) for text in addresses]
    tests += [(text, _named(text), Device.objects.all()) for text in names]
    tests += [(str(key), Q(pk=key), Device.objects.all()) for key in keys]
    if not tests:
        found = list(active)
        if not found:
            raise CommandError("No active device. Add one in the admin under Devices.", returncode=2)
        return found
    found = []
    for text, test, devices in tests:
        matching = list(devices.filter(test))
        if not matching:
            raise CommandError(_unknown(text, test), returncode=2)
        found += [device for device in matching if device not in found]
    return found


def _named(text: str) -> Q:
    """By name; a number may be the key too, unless a device has it as its name."""
    is_key = text.isdecimal() and not Device.objects.filter(name=text).exists()
    return Q(pk=int(text)) if is_key else Q(name=text)


def _unknown(text: str, test: Q) -> str:
    if Device.objects.filter(test).exists():
        return f"Device {text!r} is switched off. Make it active in the admin under Devices."
    known = ", ".join(f"{device.pk} {device.name} ({device.address})" for device in Device.objects.all()) or "none"
    return f"No device {text!r}. Known: {known}."


def chosen_employee(text: str) -> str:
    """The key of the one employee that is meant. Raises `CommandError` (2) that says what to do."""
    found = find_employees(text)
    if len(found) > 1:
        named = output_names(found, (), verbosity=1)
        who = ", ".join(f"{named.employee(key)} with key {key}" for key in found)
        raise CommandError(f"{text!r} may be {who}. Give the user name of the one you mean.", returncode=2)
    if found:
        return found[0]
    keys = ", ".join(conf.load().employee_lookups)
    message = f"No employee {text!r}: it is no user name, no key ({keys}) and no primary key. Check the spelling."
    terminals = devices_listing(text)
    if terminals:
        message += f" {', '.join(terminals)} lists the id {text!r} for nobody yet: run map_and_fetch_attendance first."
    raise CommandError(message, returncode=2)


def chosen_office(text: str) -> str:
    """An office that some terminal has; empty stays empty. Raises `CommandError` (2)."""
    known = sorted(set(Device.objects.exclude(office="").values_list("office", flat=True)))
    if text and text not in known:
        message = f"No terminal is in office {text!r}. Known: {', '.join(known) or 'none; set it in the admin'}."
        raise CommandError(message, returncode=2)
    return text


def chosen_day(text: str) -> date:
    """A date as people type it. Raises `CommandError` (2)."""
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text!r} is no date; write it as 2026-01-31.", returncode=2) from error
    # A day looks at its neighbours, and the calendar ends at either side.
    if not date(1900, 1, 1) <= found <= date(9000, 1, 1):
        raise CommandError(f"{text} is outside the calendar of this app; write a date like 2026-01-31.", returncode=2)
    return found
