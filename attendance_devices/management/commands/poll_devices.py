"""``poll_devices``: read the terminals and store what is new; with ``--loop`` all that the schedules would do."""

import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import close_old_connections

from attendance_devices.domain.results import CollectResult
from attendance_devices.management.arguments import chosen_devices, settings_or_usage
from attendance_devices.management.output.runs import collect_lines, collect_values
from attendance_devices.management.output.text import progress, write_json, write_lines
from attendance_devices.management.stop_signal import stop_requested
from attendance_devices.services.pipeline.run import try_collect
from attendance_devices.services.scheduling.loop import run_turn
from attendance_devices.services.workers.isolation import error_boundary

EVERY = 30.0


class Command(BaseCommand):
    """Exit code 0: all well, or told to end a loop; 1: some device failed, the others are done; 2: wrong usage."""

    help = "Read the terminals and store what is new."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--device", action="append", metavar="NAME_OR_ID", help="only this device (repeatable)")
        bound = parser.add_mutually_exclusive_group()
        bound.add_argument(
            "--since-hours", type=float, metavar="N", help="count what is older apart (it is stored too)"
        )
        bound.add_argument("--since-days", type=float, metavar="N", help="count what is older apart (it is stored too)")
        bound.add_argument(
            "--loop",
            action="store_true",
            help="until SIGTERM or Ctrl-C: read whatever has its turn, derive, post, call the roll, tell people",
        )
        parser.add_argument("--every", type=float, metavar="SECONDS", help="between two looks (--loop; 30)")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        since = _bound(options["since_hours"], options["since_days"])
        settings_or_usage()
        if options["loop"]:
            self._loop(options)
            return
        if options["every"] is not None:
            raise CommandError("--every is the pause of --loop; give both.", returncode=2)
        devices = chosen_devices(names=options["device"] or [])
        quiet = options["format"] == "json" or options["verbosity"] == 0
        results = []
        with progress(self.stdout, len(devices), quiet=quiet) as told:
            for device in devices:
                results.append(try_collect(device, since=since))
                told(results[-1])
        if options["format"] == "json":
            write_json(self.stdout, {"devices": [collect_values(result) for result in results]})
        else:
            write_lines(self.stdout, collect_lines(results))
        failed = [result.device for result in results if not (result.ok or result.taken)]
        if failed:
            raise CommandError(f"{', '.join(failed)} failed; the others are done. See above.", returncode=1)

    def _loop(self, options: dict[str, Any]) -> None:
        """One terminal that fails, or a database that is away, ends nothing: its turn comes again."""
        every = EVERY if options["every"] is None else options["every"]
        if options["device"] or options["format"] == "json" or not every > 0:
            message = "--loop reads all devices, prints text, and takes --every above 0."
            raise CommandError(message, returncode=2)
        with stop_requested() as is_over:
            while not is_over():
                errors: list[str] = []
                done = error_boundary("this turn", partial(run_turn, self._tell, is_over), None, errors)
                _say_now(self.stderr, [*errors, *(done.errors if done else ())])
                _rest(every, is_over)

    def _tell(self, result: CollectResult) -> None:
        _say_now(self.stdout, collect_lines([result]))


def _say_now(out: OutputWrapper, lines: Iterable[str]) -> None:
    """Where nobody reads along any more, the terminals are read all the same."""
    with suppress(OSError):
        write_lines(out, lines)
        out.flush()


def _rest(seconds: float, is_over: Callable[[], bool]) -> None:
    close_old_connections()
    end = time.monotonic() + seconds
    while time.monotonic() < end and not is_over():
        time.sleep(0.1)


def _bound(hours: float | None, days: float | None) -> datetime | None:
    if hours is None and days is None:
        return None
    length = hours if hours is not None else (days or 0) * 24
    if not length > 0:  # not a number is not above 0 either
        raise CommandError("--since-hours and --since-days take a number above 0.", returncode=2)
    try:
        return datetime.now(UTC) - timedelta(hours=length)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)
