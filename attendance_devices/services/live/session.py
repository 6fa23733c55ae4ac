"""One session that listens: what is hinted is looked up in the log, stored, and told on."""

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
from attendance_devices.services.collection.collect import Facts, collect_in, is_whole_due, longest_read, look_in
from attendance_devices.services.live.backlog import Owed
from attendance_devices.services.live.connections import Courteous
from attendance_devices.services.live.timing import Timing
from attendance_devices.services.workers.leases import Lease

logger = logging.getLogger(__name__)
Read: TypeAlias = Callable[[Session, Device], tuple[CollectResult, Facts]]


class Following:
    """Follows one terminal through an open session, under a lease."""

    def __init__(self, session: Courteous, ear: Ear, lease: Lease, timing: Timing) -> None:
        self.counted: Callable[[int, int], None] = lambda events, stored: None  # noqa: ARG005
        """Called with how many events were heard, and how many punches were stored."""
        self._session = session
        self._ear = ear
        self._lease = lease
        self._timing = timing
        self._owed = Owed(timing.looks)
        self._is_stale = False
        """May our copy of the device say something else than its row?"""
        self._troubles = 0
        """How often in a row the database did not answer."""
        self._talked = self._compared = monotonic()

    def catch_up(self) -> None:
        """Read what happened while nobody listened; the whole log if that is due. Raises `DeviceError`, `Error`."""
        with self._session.desk.seat():
            self._lease.keep(longest_read())
            with self._session.desk.away():
                self._hear(0, then=conf.load().session_seconds)
            self._read(collect_in)
        self._talked = self._compared = monotonic()

    def run(self, stop: threading.Event) -> None:
        """Listen until told to stop. Raises `DeviceError`; a database that does not answer is waited for."""
        while not stop.is_set():
            self._hear(self._owed.wait(self._timing.wait, monotonic()), then=self._timing.look)
            now = monotonic()
            if self._owed.is_due(now):
                self._trying(lambda: self._seated(look_in))
            elif now - self._compared >= self._timing.safety:
                self._trying(self._compare)
            elif now - self._talked >= self._timing.heartbeat:
                self._ask()

    def _hear(self, seconds: float, *, then: float) -> None:
        hints = self._ear.wait(seconds, then=then)
        if hints:
            self._talked = monotonic()
            self._owed.hear(len(hints), self._talked)
            self.counted(len(hints), 0)

    def _ask(self) -> None:
        """Whoever was restarted sends no event and no error, and answers no question of this session."""
        self._session.session.status()
        self._talked = monotonic()

    def _compare(self) -> None:
        """The look that no event asked for."""
        if is_whole_due(self._lease.device):
            self.catch_up()
        else:
            self._seated(collect_in)
        self._compared = monotonic()

    def _seated(self, read: Read) -> None:
        with self._session.desk.seat():
            self._read(read)

    def _read(self, read: Read) -> None:
        if self._is_stale:
            self._lease.device.refresh_from_db()
        self._is_stale = True
        result, facts = read(self._session, self._lease.device)
        self._lease.keep(self._timing.lease, **facts)
        self._is_stale = False
        self._troubles = 0
        self._talked = monotonic()
        self._owed.see(result.new + result.known + result.quarantined, self._talked)
        if result.new:
            self.counted(0, result.new)

    def _trying(self, act: Callable[[], None]) -> None:
        """A database that is restarted must not end a session: what is not stored yet is still in the log."""
        try:
            act()
        except (Error, CursorTaken) as error:
            self._troubles += 1
            pause = self._timing.retry(self._troubles)
            self._owed.put_off(monotonic() + pause)
            logger.warning("%s: not stored yet (%s). Tried again in %.0f s.", self._lease.device, error, pause)
