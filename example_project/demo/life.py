"""While the demo serves, life goes on: people punch at their times, and the terminals are read."""

import threading
import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from django.core.management import CommandError
from django.db import DatabaseError, connection

from example_project.demo.home import now
from example_project.demo.sync import sync
from example_project.demo.terminals import Running

SECONDS = 5.0
SELDOM = timedelta(minutes=4)
"""So long a terminal is left alone at most, punches or not: else it would count as silent."""


class Life(threading.Thread):
    """Looks every few seconds who has punched since, and has the app read the terminals when somebody did, and
    now and then."""

    def __init__(self, running: Sequence[Running], start_date: date, report: Path) -> None:
        super().__init__(name="life", daemon=True)
        self._running = running
        self._start_date = start_date
        self._report = report
        self._ended = threading.Event()

    def run(self) -> None:
        """Until `end`."""
        last = time.monotonic()
        while not self._ended.wait(SECONDS):
            moment = now().replace(microsecond=0)
            touched = sum([item.catch_up(self._start_date, moment) for item in self._running])
            if touched or time.monotonic() - last >= SELDOM.total_seconds():
                last = time.monotonic()
                self._read(moment)
        connection.close()

    def end(self) -> None:
        """Let nobody punch any more, and wait for a read that is under way."""
        self._ended.set()
        if self.is_alive():
            self.join(timeout=30)

    def _read(self, moment: datetime) -> None:
        try:
            sync(self._report, self._start_date)
        except (CommandError, DatabaseError) as error:
            with self._report.open("a") as report:
                report.write(f"{moment} {error}\n")
