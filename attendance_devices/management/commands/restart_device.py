"""``restart_device``: switch a terminal off and on."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from attendance_devices.management.present import chosen_devices, settings_or_usage
from attendance_devices.management.writes import add_options, be_sure, carry_out
from attendance_devices.services.writing.restart import restart


class Command(BaseCommand):
    """Exit code 0: done; 1: some was not restarted, the others are; 2: wrong usage."""

    help = "Restart a terminal. It is back in about a minute."

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
        be_sure(self.stdout, devices, restart, options)
        carry_out(self.stdout, devices, restart, options)
