"""What the commands that write to terminals share: who asks, whether it is meant, and what became of each device."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar, Protocol, TypeAlias

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from attendance_devices.domain.devices.writes import ClockSet, LogCleared, Restarted
from attendance_devices.exceptions import AttendanceDevicesError
from attendance_devices.management.arguments import chosen_devices, settings_or_usage
from attendance_devices.management.output.text import write_json, write_lines
from attendance_devices.models import Device
from attendance_devices.services.workers.isolation import error_boundary

Result: TypeAlias = ClockSet | LogCleared | Restarted


class WriteCommand(Protocol):
    """A write to one terminal."""

    def __call__(self, device_id: int, *, by: Any, dry_run: bool) -> Result: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOutcome:
    """What became of one device."""

    device: str
    ok: bool
    words: str
    """What was, or would be, done; else the error and what to do next."""
    values: Mapping[str, Any] = field(default_factory=dict)


class DeviceWriteCommand(BaseCommand):
    """A command that shows its plan and asks before it does `verb` to the devices that are named."""

    verb: ClassVar[WriteCommand]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--device", action="append", required=True, metavar="NAME_OR_ID", help="this device (repeatable)"
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")
        add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        settings_or_usage()
        devices = chosen_devices(names=options["device"])
        _confirm(self.stdout, devices, self.verb, options)
        write_devices(self.stdout, devices, self.verb, options)


def add_options(parser: ArgumentParser) -> None:
    """The options that all of them have."""
    parser.add_argument("--dry-run", action="store_true", help="say what would be done; nothing is written")
    parser.add_argument("--by", metavar="USERNAME", help="who says so; the admin's rights of that user count")
    parser.add_argument("--format", choices=["text", "json"], default="text")


def write_devices(
    out: OutputWrapper, devices: Sequence[Device], verb: WriteCommand, options: Mapping[str, Any]
) -> None:
    """Do it for each device, and say what became of it. Raises `CommandError` (1) if one failed."""
    by = chosen_user(options["by"]) if options["by"] else None
    written = [_written(device, partial(verb, device.pk, by=by, dry_run=options["dry_run"])) for device in devices]
    if options["format"] == "json":
        values = [{"device": one.device, "ok": one.ok, "words": one.words, **one.values} for one in written]
        write_json(out, {"dry_run": options["dry_run"], "devices": values})
    else:
        write_lines(out, [one.words for one in written])
        if options["dry_run"]:
            write_lines(out, ["This was a dry run: nothing was written."])
    failed = [one.device for one in written if not one.ok]
    if failed:
        raise CommandError(f"{', '.join(failed)}: not done. See above.", returncode=1)


def _confirm(out: OutputWrapper, devices: Sequence[Device], verb: WriteCommand, options: Mapping[str, Any]) -> None:
    """Show the plan and ask, unless that is answered. Raises `CommandError`: 2 if nobody can be asked, 1 for a no."""
    if options["yes"] or options["dry_run"]:
        return
    if options["format"] == "json" or not sys.stdin.isatty():
        raise CommandError("Nobody is there to be asked: add --yes if you are sure, or --dry-run.", returncode=2)
    write_devices(out, devices, verb, {**options, "dry_run": True})
    if input("Do it? [y/N] ").strip().lower() not in ("y", "yes"):
        raise CommandError("Nothing was done.", returncode=1)


def _written(device: Device, work: Callable[[], Result]) -> WriteOutcome:
    """Whatever one device does, the others are done too."""
    errors: list[str] = []
    found = error_boundary(device.name, partial(_tried, device, work), None, errors)
    return found or WriteOutcome(device=device.name, ok=False, words=" ".join(errors))


def _tried(device: Device, work: Callable[[], Result]) -> WriteOutcome:
    try:
        result = work()
    except AttendanceDevicesError as error:
        return WriteOutcome(device=device.name, ok=False, words=str(error))
    words = f"{result.words[:1].upper()}{result.words[1:]}."
    return WriteOutcome(device=device.name, ok=True, words=words, values=_values(result))


def _values(result: Result) -> dict[str, Any]:
    """As JSON has it: lengths in seconds."""
    facts = {name: value for name, value in asdict(result).items() if name != "device"}
    return {name: value.total_seconds() if isinstance(value, timedelta) else value for name, value in facts.items()}


def chosen_user(name: str) -> Any:
    """The user of this name. Raises `CommandError` (2)."""
    user = get_user_model()
    found = user._base_manager.filter(**{user.USERNAME_FIELD: name}).first()
    if found is None:
        raise CommandError(f"No user {name!r}. Give the user name of whoever says so, after --by.", returncode=2)
    return found
