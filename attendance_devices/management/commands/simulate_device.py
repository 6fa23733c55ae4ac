"""Run a simulated terminal until Ctrl-C: a device for the demo, for staging, and for reproducing a bug."""

import ipaddress
import random
import signal
import threading
import time
from argparse import ArgumentParser, BooleanOptionalAction
from collections.abc import Callable
from datetime import datetime
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from attendance_devices.simulators.rosters import make_roster
from attendance_devices.simulators.zk_records import RECORD_SIZES
from attendance_devices.simulators.zkteco import Faults, Profile, Terminal, parse_faults

# Clients that handle one frame per read need a rest between frames; real terminals take longer than this.
PACING = 0.002


class Command(BaseCommand):
    """`manage.py simulate_device`."""

    help = "Run a simulated ZKTeco terminal with believable people and punches, until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the terminal is, holds and does wrong."""
        add = parser.add_argument
        add("--host", default="127.0.0.1", help="IPv4 address to listen on (default: %(default)s)")
        add("--port", type=int, default=4370, help="TCP and UDP port, 0 for any (default: %(default)s)")
        add("--users", type=int, default=20, help="how many people it knows (default: %(default)s)")
        add("--days", type=int, default=30, help="days of punches, the last is today (default: %(default)s)")
        add("--seed", type=int, default=1, help="another number, another company (default: %(default)s)")
        add(
            "--layout",
            choices=list(RECORD_SIZES),
            default="40",
            help="attendance record (default: %(default)s)",
        )
        add("--comm-key", type=int, default=0, help="the connection's password (default: none)")
        add("--encoding", default="utf-8", help="of people's names (default: %(default)s)")
        add("--udp", action=BooleanOptionalAction, default=True, help="answer UDP too")
        add("--fault", action="append", default=[], metavar="NAME=VALUE", help="e.g. close_after_bytes=5000")
        add("--live", type=float, metavar="SECONDS", help="someone punches every so many seconds")

    def handle(self, **options: Any) -> None:
        """Declare, serve, wait, close."""
        terminal = self._terminal(options)
        host, port = self._start(terminal, options)
        previous = self._end_on_sigterm()
        try:
            self._welcome(terminal, host, port)
            self._wait(terminal, options["live"], random.Random(options["seed"]))  # noqa: S311 - a demo
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
        finally:
            terminal.stop()
            if previous is not None:
                signal.signal(signal.SIGTERM, previous)

    def _terminal(self, options: dict[str, Any]) -> Terminal:
        now = datetime.now()  # noqa: DTZ005 - the clock on this wall, as a terminal shows it
        roster = make_roster(
            users=options["users"], days=options["days"], until=now.date(), seed=options["seed"]
        ).until(now)
        profile = Profile(
            record_layout=options["layout"],
            user_size=28 if options["layout"] in {"8", "8prime"} else 72,
            comm_key=options["comm_key"],
            encoding=self._encoding(options["encoding"]),
            pacing=PACING,
        )
        return Terminal(
            profile=profile, users=roster.users, punches=roster.punches, faults=self._faults(options["fault"])
        )

    def _faults(self, pairs: list[str]) -> Faults:
        try:
            return parse_faults(pairs)
        except ValueError as err:
            raise CommandError(str(err)) from err

    def _encoding(self, name: str) -> str:
        try:
            "".encode(name)
        except LookupError as err:
            message = f"Python knows no encoding {name!r}. Try utf-8, gbk, cp1256 or cp1252."
            raise CommandError(message) from err
        return name

    def _start(self, terminal: Terminal, options: dict[str, Any]) -> tuple[str, int]:
        host, port = options["host"], options["port"]
        try:
            if not ipaddress.IPv4Address(host).is_loopback:
                warning = "A simulated terminal has no protection: everyone who can reach this address can use it."
                self.stderr.write(self.style.WARNING(warning))
            return terminal.start(host, port, udp=options["udp"])
        except ValueError as err:
            message = f"{host!r} is no IPv4 address. Use 127.0.0.1, or an address of this machine."
            raise CommandError(message) from err
        except (OSError, OverflowError) as err:
            message = f"Cannot listen on {host}:{port}: {err}. Choose another --port (0 takes any free one)."
            raise CommandError(message) from err

    def _welcome(self, terminal: Terminal, host: str, port: int) -> None:
        self.stdout.write(self.style.SUCCESS(f"A simulated terminal answers on {host}:{port}."))
        self.stdout.write(
            f"It holds {len(terminal.users)} people and {terminal.record_count} punches.\n"
            f"Next: python manage.py test_device --ip {host} --port {port}\n"
            "Ctrl-C stops it."
        )
        self.stdout.flush()

    def _wait(self, terminal: Terminal, live: float | None, dice: random.Random) -> None:
        while True:
            time.sleep(3600 if live is None else live)
            if live is not None and terminal.users:
                person = dice.choice(terminal.users)
                terminal.punch(person.user_id)
                self.stdout.write(f"{terminal.now:%H:%M:%S}  {person.name} ({person.user_id}) punched.")
                self.stdout.flush()

    def _end_on_sigterm(self) -> "Callable[[int, FrameType | None], Any] | int | None":
        """Let SIGTERM end the command as Ctrl-C does; signals can be caught in the main thread only."""
        if threading.current_thread() is not threading.main_thread():
            return None
        return signal.signal(signal.SIGTERM, signal.default_int_handler)
