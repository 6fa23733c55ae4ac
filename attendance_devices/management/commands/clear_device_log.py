"""``clear_device_log``: clear the log of a terminal, once every record of it is proven to be stored."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from attendance_devices.management.present import chosen_devices, settings_or_usage
from attendance_devices.management.writes import add_options, be_sure, carry_out
from attendance_devices.services.writing.clear_log import clear_log


class Command(BaseCommand):
    """Exit code 0: done; 1: some log was not cleared, the others are; 2: wrong usage."""

    help = "Clear the log of a terminal. Refused unless every record that it holds is proven to be stored."

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
        be_sure(self.stdout, devices, clear_log, options)
        carry_out(self.stdout, devices, clear_log, options)
