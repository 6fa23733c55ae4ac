"""What the daemon says of its lines: when one changes, and of all of them now and then."""

import threading
import time
from datetime import datetime

from django.core.management.base import OutputWrapper
from django.utils import timezone

from attendance_devices.management.output.text import counted
from attendance_devices.services.live.status import ListenerState, ListenerStatus
from attendance_devices.services.live.supervisor import Supervisor

EVERY = 600.0
"""Seconds between two reports of all lines."""
PASSING = (ListenerState.CONNECTING, ListenerState.CATCHING_UP)


class Report:
    """Writes a line of text a device. Called from many threads."""

    def __init__(self, out: OutputWrapper, *, quiet: bool) -> None:
        self._out = out
        self._quiet = quiet
        self._lock = threading.Lock()
        self._said: dict[int, tuple[ListenerState, str]] = {}
        self._next = time.monotonic() + EVERY

    def tell(self, status: ListenerStatus) -> None:
        """Say it if it is news: not every attempt that fails as the one before it did."""
        news = (status.state, status.last_error)
        with self._lock:
            if status.state not in PASSING and self._said.get(status.key) != news:
                self._said[status.key] = news
                self._write(line_words(status))

    def tell_all(self, board: Supervisor) -> None:
        """Say how all are doing, if that was not said for a while."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY
        with self._lock:
            for status in board.statuses:
                self._write(line_words(status))
            if board.last_error:
                self._write(f"Days are not derived and posted: {board.last_error}")

    def say(self, text: str) -> None:
        """Say something else."""
        with self._lock:
            self._write(text)

    def _write(self, text: str) -> None:
        if not self._quiet:
            try:
                self._out.write(text)
                self._out.flush()
            except OSError:  # whoever read it is gone; the terminals are not
                self._quiet = True


def line_words(status: ListenerStatus) -> str:
    """One line of text: how long it is connected, what it heard, and what went wrong."""
    words = [f"{status.device}: {status.state}"]
    if status.since:
        words.append(f"since {_clock(status.since)}")
    if status.events or status.stored:
        words.append(f"{counted(status.events, 'event')}, {counted(status.stored, 'punch')} stored")
    if status.last_punch:
        words.append(f"the last at {_clock(status.last_punch)}")
    said = ", ".join(words)
    return f"{said}. {status.last_error}" if status.last_error else said


def _clock(at: datetime) -> str:
    shown = at.astimezone(timezone.get_default_timezone())
    return f"{shown:%Y-%m-%d %H:%M:%S}"
