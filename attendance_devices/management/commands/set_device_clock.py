"""``set_device_clock``: make terminals show the time of their own zones."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from attendance_devices.management.arguments import chosen_devices, settings_or_usage
from attendance_devices.management.device_write import add_options, write_devices
from attendance_devices.services.device_actions.set_clock import set_clock


class Command(BaseCommand):
    """Exit code 0: all well; 1: some clock was not set, the others are; 2: wrong usage."""

    help = "Set the clock of a terminal, or of all of them, each to the time in its own zone, and read it back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--device", action="append", metavar="NAME_OR_ID", help="this device (repeatable)")
        which.add_argument("--all", action="store_true", help="all active devices")
        add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        settings_or_usage()
        write_devices(self.stdout, chosen_devices(names=options["device"] or []), set_clock, options)
