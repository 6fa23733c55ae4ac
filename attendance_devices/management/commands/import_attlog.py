"""``import_attlog``: bring in the log that a terminal wrote to a USB stick."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from attendance_devices.exceptions import AttendanceDevicesError, FileDoubtful
from attendance_devices.management.arguments import chosen_devices, settings_or_usage
from attendance_devices.management.device_write import chosen_user
from attendance_devices.management.output.file_import import (
    doubt_lines,
    followed_lines,
    imported_values,
    look_lines,
    look_values,
)
from attendance_devices.management.output.runs import collect_lines
from attendance_devices.management.output.text import output_names, write_json, write_lines
from attendance_devices.services.collection.import_file import import_log, inspect_file
from attendance_devices.services.devices.local_time import first_day_posted
from attendance_devices.services.pipeline.follow_up import map_derive_and_post


class Command(BaseCommand):
    """Exit code 0: all well; 1: it was refused, or something after it failed; 2: wrong usage."""

    help = "Import the log that a terminal wrote to a USB stick (1_attlog.dat). What is stored already comes once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="1_attlog.dat, or with the serial number before it")
        parser.add_argument("--device", required=True, metavar="NAME_OR_ID", help="the terminal that wrote it")
        parser.add_argument("--encoding", default="", metavar="NAME", help="of its ids (found by itself)")
        parser.add_argument("--dry-run", action="store_true", help="say exactly what it would do; nothing is written")
        parser.add_argument("--yes", action="store_true", help="it is of this terminal, whatever looks doubtful")
        parser.add_argument("--by", metavar="USERNAME", help="who says so; the admin's rights of that user count")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        settings_or_usage()
        (device,) = chosen_devices(names=[options["device"]])
        by = chosen_user(options["by"]) if options["by"] else None
        path = Path(options["file"])
        try:
            with path.open("rb") as file:
                given: tuple[Any, ...] = (device, file, path.name)
                if options["dry_run"]:
                    self._look(given, options)
                else:
                    self._import(given, by, options)
        except OSError as error:
            message = f"{path} cannot be read: {error.strerror or error}. Give the path of the file on the stick."
            raise CommandError(message, returncode=2) from error
        except FileDoubtful as error:
            raise CommandError(f"{error} (--yes)", returncode=1) from error
        except AttendanceDevicesError as error:
            raise CommandError(str(error), returncode=1) from error

    def _look(self, given: tuple[Any, ...], options: dict[str, Any]) -> None:
        found = inspect_file(*given, encoding=options["encoding"])
        words = output_names({one.employee for one in found.touched}, [given[0]], verbosity=options["verbosity"])
        if options["format"] == "json":
            write_json(self.stdout, look_values(found))
        else:
            write_lines(self.stdout, look_lines(found, words))
            write_lines(self.stdout, doubt_lines(found))
        if found.doubts and not options["yes"]:
            raise CommandError("It would be refused without --yes. See what is doubtful.", returncode=1)

    def _import(self, given: tuple[Any, ...], by: Any, options: dict[str, Any]) -> None:
        found = import_log(*given, encoding=options["encoding"], by=by, sure=options["yes"])
        done = map_derive_and_post(given[0])
        if options["format"] == "json":
            write_json(self.stdout, imported_values(found, done))
        else:
            words = output_names((), [given[0]], verbosity=options["verbosity"])
            write_lines(self.stdout, collect_lines([found.result]))
            write_lines(self.stdout, followed_lines(done, found.look.first, first_day_posted(), words))
        if done.errors:
            raise CommandError("The punches are stored; something after it failed. See above.", returncode=1)
