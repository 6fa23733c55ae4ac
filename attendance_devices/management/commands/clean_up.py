"""``clean_up``: what is old goes, as the settings say."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from attendance_devices.management.arguments import settings_or_usage
from attendance_devices.management.output.clean_up import cleaned_lines, cleaned_values
from attendance_devices.management.output.text import output_names, write_json, write_lines
from attendance_devices.services.retention.clean_up import clean_up, plan_clean_up


class Command(BaseCommand):
    """Exit code 0: done; 1: some part failed and the others are done; 2: wrong usage."""

    help = (
        "Delete the history of runs (RUN_HISTORY_DAYS) and raw punches (KEEP_PUNCHES_DAYS) that are too old, "
        "and say what was held back and why."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="print what would go and write nothing")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        settings, is_rehearsed = settings_or_usage(), options["dry_run"]
        found = plan_clean_up() if is_rehearsed else clean_up()
        if options["format"] == "json":
            write_json(self.stdout, cleaned_values(found, is_rehearsed=is_rehearsed))
        else:
            people = {one.employee for some in found.examples.values() for one in some if one.employee}
            words = output_names(people, (), verbosity=options["verbosity"])
            write_lines(self.stdout, cleaned_lines(found, settings, words, is_rehearsed=is_rehearsed))
        if found.errors:
            raise CommandError("A part failed; what it had not reached is left to the next run.", returncode=1)
