"""``map_and_fetch_attendance``: read the terminals, map their people, derive the days, write the CRM's rows."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from attendance_devices.domain.people.mapping import MapAction, MapPlan
from attendance_devices.management.arguments import chosen_devices, first_day, settings_or_usage
from attendance_devices.management.output.runs import preview_lines, preview_values, run_lines, run_values
from attendance_devices.management.output.text import (
    OutputNames,
    counted,
    output_names,
    progress,
    write_json,
    write_lines,
)
from attendance_devices.models import Device
from attendance_devices.services.pipeline.dry_run import preview
from attendance_devices.services.scheduling.cron import run_once_by_cron


class Command(BaseCommand):
    """Exit code 0: all well; 1: some device or row failed, the others are done; 2: wrong usage."""

    help = "Read the terminals, map their people to employees, and write the CRM's attendance rows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--create-users", action="store_true", help="create accounts for people nobody matches")
        parser.add_argument("--map-only", action="store_true", help="read the lists of people and map; no punches")
        parser.add_argument("--fetch-only", action="store_true", help="read punches and post; map nobody")
        parser.add_argument(
            "--days", type=int, default=7, help="post this many days up to today (everything is stored)"
        )
        parser.add_argument("--device-ip", action="append", metavar="IP", help="only this terminal (repeatable)")
        parser.add_argument("--dry-run", action="store_true", help="print the exact differences and write nothing")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        if options["map_only"] and options["fetch_only"]:
            raise CommandError("--map-only and --fetch-only exclude each other; give one of them.", returncode=2)
        if options["days"] < 1:
            raise CommandError(f"--days {options['days']} posts nothing; give 1 or more.", returncode=2)
        settings = settings_or_usage()
        devices = chosen_devices(addresses=options["device_ip"] or [])
        wish: dict[str, Any] = {
            "fetch": not options["map_only"],
            "map_people": not options["fetch_only"],
            "create": options["create_users"] or settings.create_users,
            "since": first_day(options["days"]),
        }
        failures = self._preview(devices, wish, options) if options["dry_run"] else self._run(devices, wish, options)
        if failures:
            raise CommandError(_failed(failures, dry=options["dry_run"], format=options["format"]), returncode=1)

    def _preview(self, devices: list[Device], wish: dict[str, Any], options: dict[str, Any]) -> list[str]:
        found = preview(devices, **wish)
        if options["format"] == "json":
            write_json(self.stdout, preview_values(found))
        else:
            keys = {plan.row.employee for plan in found.posting.rows}
            self._say(preview_lines, found, wish, words=_words(keys, found.mapping, devices, options))
        return found.failures

    def _run(self, devices: list[Device], wish: dict[str, Any], options: dict[str, Any]) -> list[str]:
        quiet = options["format"] == "json" or options["verbosity"] == 0
        with progress(self.stdout, len(devices), quiet=quiet) as told:
            found = run_once_by_cron(devices, told=told, **wish)
        if options["format"] == "json":
            write_json(self.stdout, run_values(found))
        else:
            self._say(run_lines, found, wish, words=_words(set(), found.mapping, devices, options))
        return found.failures

    def _say(
        self, lines: Callable[..., Iterator[str]], found: Any, wish: dict[str, Any], *, words: OutputNames
    ) -> None:
        write_lines(self.stdout, lines(found, words=words, fetched=wish["fetch"], mapped=wish["map_people"]))


def _words(keys: set[str], mapping: MapPlan, devices: list[Device], options: dict[str, Any]) -> OutputNames:
    keys |= {step.employee for step in mapping.of(MapAction.MAP)}
    return output_names(keys, devices, verbosity=options["verbosity"])


def _failed(failures: list[str], *, dry: bool, format: str) -> str:  # noqa: A002 - the option's name
    where = "See 'failures' for each." if format == "json" else "See above for each."
    rest = "the rest could be done" if dry else "the rest is done"
    return f"{counted(len(failures), 'thing')} {'would fail' if dry else 'failed'}; {rest}. {where}"
