"""Limit the database connections of all threads, and release them while a terminal is asked."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import tzinfo

from django.db import Error, connections

from attendance_devices.domain.devices.device import DeviceIdentity, DeviceStatus, Enrolment
from attendance_devices.domain.punches.punch import Batch, Cursor
from attendance_devices.drivers.base import Session

MAX_CONNECTIONS = 8
"""Connections at once: a database has a hundred or so, and the CRM needs them too."""


class ConnectionLimiter:
    """Some slots."""

    def __init__(self, slots: int = MAX_CONNECTIONS) -> None:
        self._slots = threading.BoundedSemaphore(slots)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Talk to the database inside."""
        self._slots.acquire()
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def kept_connection(self) -> Iterator[None]:
        """The same for the few threads that keep their connection.

        Somebody must: SQLite tidies up when the last connection is closed, and turns away whoever comes meanwhile.
        """
        _close_unusable()
        try:
            yield
        except Error:
            _close_connections()
            raise

    @contextmanager
    def slot_released(self) -> Iterator[None]:
        """Inside a slot: let others have it for a while."""
        self._leave()
        try:
            yield
        finally:
            self._slots.acquire()

    def _leave(self) -> None:
        _close_connections()
        self._slots.release()


def _close_unusable() -> None:
    """A server that was restarted, or tired of waiting, ended the connection; ours does not know it yet."""
    for connection in connections.all(initialized_only=True):
        if connection.connection is not None and not connection.is_usable():
            with suppress(Error):
                connection.close()


def _close_connections() -> None:
    with suppress(Error):  # one that broke is closed as well as it can be
        connections.close_all()


class ReleasingSession(Session):
    """A session that releases its database connection while the terminal is asked something."""

    def __init__(self, session: Session, limiter: ConnectionLimiter) -> None:
        self.session = session
        self.limiter = limiter

    def identity(self) -> DeviceIdentity:
        with self.limiter.slot_released():
            return self.session.identity()

    def status(self) -> DeviceStatus:
        with self.limiter.slot_released():
            return self.session.status()

    def enrolments(self) -> Sequence[Enrolment]:
        with self.limiter.slot_released():
            return self.session.enrolments()

    def batches(self, cursor: Cursor, zone: tzinfo, *, whole: bool = False) -> Iterator[Batch]:
        batches = self.session.batches(cursor, zone, whole=whole)
        while True:
            with self.limiter.slot_released():
                batch = next(batches, None)
            if batch is None:
                return
            yield batch
