"""One listening session with a terminal: on each event read the log, and store what is new."""

import logging
import threading
from collections.abc import Callable
from time import monotonic
from typing import TypeAlias

from django.db import Error

from attendance_devices import conf
from attendance_devices.domain.results import CollectResult
from attendance_devices.drivers.base import Ear, Session
from attendance_devices.exceptions import CursorTaken
from attendance_devices.models import Device
from attendance_devices.services.collection.collect import (
    HealthFields,
    collect_in,
    collect_tail,
    is_full_read_due,
    max_lease,
)
from attendance_devices.services.live.backlog import Backlog
from attendance_devices.services.live.connections import ReleasingSession
from attendance_devices.services.live.timing import Timing
from attendance_devices.services.workers.leases import Lease

logger = logging.getLogger(__name__)
ReadFunction: TypeAlias = Callable[[Session, Device], tuple[CollectResult, HealthFields]]


class ListeningSession:
    """Follows one terminal through an open session, under a lease."""

    def __init__(self, session: ReleasingSession, ear: Ear, lease: Lease, timing: Timing) -> None:
        self.counted: Callable[[int, int], None] = lambda events, stored: None  # noqa: ARG005
        """Called with how many events were heard, and how many punches were stored."""
        self._session = session
        self._ear = ear
        self._lease = lease
        self._timing = timing
        self._backlog = Backlog(timing.looks)
        self._is_stale = False
        """May our copy of the device say something else than its row?"""
        self._database_failures = 0
        """How often in a row the database did not answer."""
        self._last_answer = self._compared = monotonic()

    def catch_up(self) -> None:
        """Read what happened while nobody listened; the whole log if that is due. Raises `DeviceError`, `Error`."""
        with self._session.limiter.slot():
            self._lease.keep(max_lease())
            with self._session.limiter.slot_released():
                self._hear(0, then=conf.load().session_seconds)
            self._read(collect_in)
        self._last_answer = self._compared = monotonic()

    def run(self, stop: threading.Event) -> None:
        """Listen until told to stop. Raises `DeviceError`; a database that does not answer is waited for."""
        while not stop.is_set():
            self._hear(self._backlog.wait(self._timing.wait, monotonic()), then=self._timing.look)
            now = monotonic()
            if self._backlog.is_due(now):
                self._retry_later(lambda: self._read_with_connection(collect_tail))
            elif now - self._compared >= self._timing.safety:
                self._retry_later(self._compare)
            elif now - self._last_answer >= self._timing.heartbeat:
                self._ask()

    def _hear(self, seconds: float, *, then: float) -> None:
        hints = self._ear.wait(seconds, then=then)
        if hints:
            self._last_answer = monotonic()
            self._backlog.hear(len(hints), self._last_answer)
            self.counted(len(hints), 0)

    def _ask(self) -> None:
        """Whoever was restarted sends no event and no error, and answers no question of this session."""
        self._session.session.status()
        self._last_answer = monotonic()

    def _compare(self) -> None:
        """The look that no event asked for."""
        if is_full_read_due(self._lease.device):
            self.catch_up()
        else:
            self._read_with_connection(collect_in)
        self._compared = monotonic()

    def _read_with_connection(self, read: ReadFunction) -> None:
        with self._session.limiter.slot():
            self._read(read)

    def _read(self, read: ReadFunction) -> None:
        if self._is_stale:
            self._lease.device.refresh_from_db()
        self._is_stale = True
        result, facts = read(self._session, self._lease.device)
        self._lease.keep(self._timing.lease, **facts)
        self._is_stale = False
        self._database_failures = 0
        self._last_answer = monotonic()
        self._backlog.see(result.new + result.known + result.quarantined, self._last_answer)
        if result.new:
            self.counted(0, result.new)

    def _retry_later(self, act: Callable[[], None]) -> None:
        """A database that is restarted must not end a session: what is not stored yet is still in the log."""
        try:
            act()
        except (Error, CursorTaken) as error:
            self._database_failures += 1
            pause = self._timing.retry(self._database_failures)
            self._backlog.put_off(monotonic() + pause)
            logger.warning("%s: not stored yet (%s). Tried again in %.0f s.", self._lease.device, error, pause)
