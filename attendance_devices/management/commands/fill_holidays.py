"""``fill_holidays YEAR COUNTRY``: the public holidays of a year as rows."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from attendance_devices.exceptions import HolidaysUnknown
from attendance_devices.management.output.text import counted, write_json, write_lines
from attendance_devices.services.shifts.holidays import PublicHoliday, fill_holidays, public_holidays


class Command(BaseCommand):
    """Exit code 0: all well; 2: wrong usage, or a country that nobody knows."""

    help = "Add the public holidays of a country and year; days that are there already stay as they are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("year", type=int)
        parser.add_argument("country", help="two letters: PK, IE, US")
        parser.add_argument("--subdivision", default="", help="a state or province, as the holidays library names it")
        parser.add_argument("--office", default="", help="only for this office, as the CRM names it")
        parser.add_argument("--dry-run", action="store_true", help="print what would be added and write nothing")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        fill = public_holidays if options["dry_run"] else fill_holidays
        try:
            found = fill(
                options["year"], options["country"], subdivision=options["subdivision"], office=options["office"]
            )
        except HolidaysUnknown as error:
            raise CommandError(str(error), returncode=2) from error
        if options["format"] == "json":
            rows = [{"date": one.day, "name": one.name, "new": one.is_new} for one in found]
            write_json(self.stdout, {"holidays": rows})
            return
        added = counted(sum(one.is_new for one in found), "holiday")
        write_lines(
            self.stdout, [*map(_line, found), f"{added} {'would be added' if options['dry_run'] else 'added'}."]
        )


def _line(one: PublicHoliday) -> str:
    return f"{one.day:%Y-%m-%d %a}  {one.name}{'' if one.is_new else '  (there already)'}"
