"""What the commands share: which devices are meant, progress, names and times as people read them, text or JSON."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management.base import CommandError, OutputWrapper
from django.db.models import Q
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from attendance_devices import conf
from attendance_devices.domain.results import CollectResult
from attendance_devices.models import Device
from attendance_devices.services.access.employees import find_employees, unmapped_on
from attendance_devices.services.devices.local_time import today

WITH_ZONE = len("2026-01-31T09:00:00+00:00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How people and times are called in what a command prints."""

    names: Mapping[str, str] = field(default_factory=dict)
    """Primary key of an employee, as text -> the name."""
    zones: Mapping[str, tzinfo] = field(default_factory=dict)
    """Name of a terminal -> the zone of its clock."""
    verbosity: int = 1

    def employee(self, key: str) -> str:
        """An employee in words; who is not stored yet stands for himself."""
        return self.names.get(key, key)

    def value(self, text: str, *, device: str, day: date) -> str:
        """A value of a row: an instant as the clock of that wall shows it, anything else as it is."""
        try:
            at = datetime.fromisoformat(text) if len(text) == WITH_ZONE else None
        except ValueError:
            at = None
        if at is None or at.tzinfo is None:
            return text
        shown = at.astimezone(self.zones.get(device) or timezone.get_default_timezone())
        return f"{shown:%H:%M:%S}" if shown.date() == day else f"{shown:%Y-%m-%d %H:%M:%S}"


def words_for(employees: Iterable[str], devices: Iterable[Device], *, verbosity: int) -> Words:
    """The names of these employees (keys as text; what is no key is left out) and the zones of these devices."""
    user = get_user_model()
    keys = set()
    for text in employees:
        with suppress(ValidationError):
            keys.add(user._meta.pk.to_python(text))
    names = {str(row.pk): _called(row) for row in user._base_manager.filter(pk__in=keys)}
    zones: dict[str, tzinfo] = {}
    for device in devices:
        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            zones[device.name] = device.zone
    return Words(names=names, zones=zones, verbosity=verbosity)


def _called(user: Any) -> str:
    full_name, name = user.get_full_name().strip(), user.get_username()
    return f"{full_name} ({name})" if full_name and full_name != name else str(name)


def counted(number: int, noun: str) -> str:
    """``1 punch``, ``2 punches``."""
    ending = "" if number == 1 else "es" if noun.endswith("ch") else "s"
    return f"{number:,} {noun}{ending}"


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
        named = words_for(found, (), verbosity=1)
        who = ", ".join(f"{named.employee(key)} with key {key}" for key in found)
        raise CommandError(f"{text!r} may be {who}. Give the user name of the one you mean.", returncode=2)
    if found:
        return found[0]
    keys = ", ".join(conf.load().employee_lookups)
    message = f"No employee {text!r}: it is no user name, no key ({keys}) and no primary key. Check the spelling."
    terminals = unmapped_on(text)
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


@contextmanager
def progress(out: OutputWrapper, total: int, *, quiet: bool) -> Iterator[Callable[[CollectResult], None]]:
    """Tell how far a run is: a bar on a terminal, a line a device elsewhere, nothing when quiet."""
    if quiet or not out.isatty():
        yield lambda result: None if quiet else out.write(f"{result.device}: {_how(result)}")
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(), transient=True) as bar:
        task = bar.add_task("reading terminals", total=total)
        yield lambda result: bar.update(task, advance=1, description=result.device)


def _how(result: CollectResult) -> str:
    return "read" if result.ok else "left alone" if result.taken else "FAILED"


def say(out: OutputWrapper, lines: Iterable[str]) -> None:
    """Write lines."""
    for line in lines:
        out.write(line)


def say_json(out: OutputWrapper, values: Mapping[str, Any]) -> None:
    """Write one JSON document."""
    out.write(json.dumps(values, indent=2, default=str))
