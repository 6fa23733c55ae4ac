"""``explain_day``: why a day of one person says what it says."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from attendance_devices.management.arguments import chosen_day, chosen_employee, settings_or_usage
from attendance_devices.management.output.explanation import why_lines, why_values
from attendance_devices.management.output.text import output_names, write_json, write_lines
from attendance_devices.models import Device
from attendance_devices.services.explanations.explain import explain


class Command(BaseCommand):
    """Exit code 0: answered; 2: nobody is called so, or it is no date."""

    help = "Why a day says what it says: window, shift, punches, numbers, mapping and the CRM's row. Writes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="user name, a key of EMPLOYEE_LOOKUPS (id on the terminals), or primary key")
        parser.add_argument("date", help="the day, as 2026-01-31")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        settings_or_usage()
        day, employee = chosen_day(options["date"]), chosen_employee(options["user"])
        found = explain(employee, day)
        if options["format"] == "json":
            write_json(self.stdout, why_values(found))
        else:
            write_lines(self.stdout, why_lines(found, output_names({employee}, Device.objects.all(), verbosity=1)))
