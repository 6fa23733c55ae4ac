"""``process_attendance``: derive a stretch of days from what is stored, and write the CRM's rows."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from attendance_devices.management.arguments import (
    chosen_day,
    chosen_employee,
    chosen_office,
    first_day,
    settings_or_usage,
)
from attendance_devices.management.output.reprocess import done_lines, done_values, rehearsed_lines, rehearsed_values
from attendance_devices.management.output.text import counted, output_names, write_json, write_lines
from attendance_devices.models import Device
from attendance_devices.services.devices.local_time import today
from attendance_devices.services.pipeline.reprocess import ReprocessScope, rehearse, reprocess

WEEK = 7
FORCE = (
    "derive every day of the dates, also those that nothing touched since (after a shift or a setting was changed); "
    "a row that a person edited in the CRM is kept all the same"
)


class Command(BaseCommand):
    """Exit code 0: all well; 1: some row failed, the others are done; 2: wrong usage."""

    help = (
        "Derive the days that something touched, and post what the CRM has not been told of: new days, rows that "
        "failed, days that were locked. No terminal is read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--start-date", metavar="DATE", help="first day (6 days before the last)")
        parser.add_argument("--end-date", metavar="DATE", help="last day, included (today)")
        parser.add_argument(
            "--user", action="append", help="only this person: user name, id on the terminals or key (repeatable)"
        )
        parser.add_argument("--office", default="", help="only people who punched at a terminal of this office")
        parser.add_argument("--dry-run", action="store_true", help="print the exact differences and write nothing")
        parser.add_argument("--force", action="store_true", help=FORCE)
        parser.add_argument("--retry-failed", action="store_true", help="derive nothing; post only rows that failed")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        settings_or_usage()
        found = self._act(_scope(options), options)
        if found:
            rest = "the rest could be done" if options["dry_run"] else "the rest is done"
            what = "would fail" if options["dry_run"] else "failed"
            raise CommandError(f"{counted(len(found), 'thing')} {what}; {rest}. See above for each.", returncode=1)

    def _act(self, scope: ReprocessScope, options: dict[str, Any]) -> list[str]:
        as_json = options["format"] == "json"
        if not options["dry_run"]:
            done = reprocess(scope)
            words = output_names((), (), verbosity=options["verbosity"])
            write_json(self.stdout, done_values(done)) if as_json else write_lines(self.stdout, done_lines(done, words))
            return done.failures
        found = rehearse(scope)
        if as_json:
            write_json(self.stdout, rehearsed_values(found))
            return found.failures
        keys = {day.employee for day in found.days} | {plan.row.employee for plan in found.posting.rows}
        words = output_names(keys, Device.objects.all(), verbosity=options["verbosity"])
        write_lines(self.stdout, rehearsed_lines(found, words))
        return found.failures


def _scope(options: dict[str, Any]) -> ReprocessScope:
    if options["force"] and options["retry_failed"]:
        raise CommandError("--force and --retry-failed exclude each other; give one of them.", returncode=2)
    until = chosen_day(options["end_date"]) if options["end_date"] else today()
    since = chosen_day(options["start_date"]) if options["start_date"] else first_day(WEEK, until)
    if since > until:
        raise CommandError(f"--start-date {since} is after --end-date {until}; exchange them.", returncode=2)
    return ReprocessScope(
        since=since,
        until=until,
        users=frozenset(chosen_employee(text) for text in options["user"]) if options["user"] else None,
        office=chosen_office(options["office"]),
        force=options["force"],
        failed_only=options["retry_failed"],
    )
