"""``auto_fetch_zkteco``: listen to the terminals; a punch becomes a row of the CRM at once."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from attendance_devices.management.arguments import chosen_devices, settings_or_usage
from attendance_devices.management.output.live import Report
from attendance_devices.management.output.runs import run_lines
from attendance_devices.management.output.text import output_names, progress, write_lines
from attendance_devices.management.stop_signal import stop_requested
from attendance_devices.models import Device
from attendance_devices.services.devices.local_time import first_day_posted
from attendance_devices.services.live.supervisor import Supervisor
from attendance_devices.services.pipeline.run import run


class Command(BaseCommand):
    """Exit code 0: ended as told, or all read; 1 (``--once``): some failed; 2: wrong usage; 3 (``--once``): all failed.

    A supervisor starts it again after anything but 0 and 2.
    """

    help = "Listen to the terminals until SIGTERM or Ctrl-C: a punch becomes a row of the CRM at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--daemon", action="store_true", help="run until told to stop (the default)")
        how.add_argument("--once", action="store_true", help="read each terminal once, derive, post, and end")
        parser.add_argument("--devices", nargs="+", default=[], metavar="NAME_OR_ID", help="only these devices")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        settings_or_usage()
        devices = chosen_devices(names=options["devices"]) if options["devices"] or options["once"] else []
        if options["once"]:
            self._once(devices, verbosity=options["verbosity"])
        else:
            self._daemon(devices, quiet=options["verbosity"] == 0)

    def _once(self, devices: Sequence[Device], *, verbosity: int) -> None:
        with progress(self.stdout, len(devices), quiet=verbosity == 0) as told:
            found = run(devices, fetch=True, map_people=False, create=False, since=first_day_posted(), told=told)
        write_lines(self.stdout, run_lines(found, words=output_names((), devices, verbosity=verbosity), mapped=False))
        failed = [result.device for result in found.collects if not (result.ok or result.taken)]
        if len(failed) == len(devices):
            raise CommandError("No terminal could be read. See above.", returncode=3)
        if found.failures:
            raise CommandError("Not all went well; see above. The rest is done.", returncode=1)

    def _daemon(self, devices: Sequence[Device], *, quiet: bool) -> None:
        report = Report(self.stdout, quiet=quiet)
        # A supervisor may end it from its first word on.
        with stop_requested() as is_told:
            if not Device.objects.filter(is_active=True).exists():
                report.say("No active device yet. Add one in the admin under Devices; it is listened to at once.")
            board = Supervisor(only=[device.pk for device in devices], told=report.tell)

            def is_over() -> bool:
                report.tell_all(board)
                return is_told()

            board.run(is_over)
