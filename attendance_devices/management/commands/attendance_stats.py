"""``attendance_stats``: who is mapped, what is stored, what became of the days, how far each terminal is read."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from attendance_devices.management.arguments import first_day, settings_or_usage
from attendance_devices.management.output.statistics import health_values, stats_lines, stats_values
from attendance_devices.management.output.text import write_json, write_lines
from attendance_devices.services.monitoring.health import survey_devices
from attendance_devices.services.monitoring.stats import collect_stats


class Command(BaseCommand):
    """Exit code 0: told; 2: wrong usage."""

    help = "How it stands: mapping, logs, days and what the CRM was told, and each terminal's coverage. Writes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, metavar="N", help="logs and days of the last N days only")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        days = options["days"]
        if days is not None and days < 1:
            raise CommandError(f"--days {days} counts nothing; give 1 or more, or leave it out for all.", returncode=2)
        settings_or_usage()
        found, seen = collect_stats(since=first_day(days) if days else None), survey_devices()
        if options["format"] == "json":
            write_json(self.stdout, stats_values(found) | {"health": health_values(seen)})
        else:
            write_lines(self.stdout, stats_lines(found, seen))
