"""What every command prints with: names and times as people read them, progress, lines or JSON."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import OutputWrapper
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from attendance_devices.domain.results import CollectResult
from attendance_devices.models import Device

WITH_ZONE = len("2026-01-31T09:00:00+00:00")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputNames:
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


def output_names(employees: Iterable[str], devices: Iterable[Device], *, verbosity: int) -> OutputNames:
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
    return OutputNames(names=names, zones=zones, verbosity=verbosity)


def _called(user: Any) -> str:
    full_name, name = user.get_full_name().strip(), user.get_username()
    return f"{full_name} ({name})" if full_name and full_name != name else str(name)


def counted(number: int, noun: str) -> str:
    """``1 punch``, ``2 punches``."""
    ending = "" if number == 1 else "es" if noun.endswith("ch") else "s"
    return f"{number:,} {noun}{ending}"


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


def write_lines(out: OutputWrapper, lines: Iterable[str]) -> None:
    """Write lines."""
    for line in lines:
        out.write(line)


def write_json(out: OutputWrapper, values: Mapping[str, Any]) -> None:
    """Write one JSON document."""
    out.write(json.dumps(values, indent=2, default=str))
