"""The way to the database: few threads at once, and nobody keeps a connection while waiting for a terminal."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import tzinfo

from django.db import Error, connections

from attendance_devices.domain.devices.device import DeviceIdentity, DeviceStatus, Enrolment
from attendance_devices.domain.punches.punch import Batch, Cursor
from attendance_devices.drivers.base import Session

SEATS = 8
"""Connections at once: a database has a hundred or so, and the CRM needs them too."""


class Desk:
    """Some seats."""

    def __init__(self, seats: int = SEATS) -> None:
        self._seats = threading.BoundedSemaphore(seats)

    @contextmanager
    def seat(self) -> Iterator[None]:
        """Talk to the database inside."""
        self._seats.acquire()
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def armchair(self) -> Iterator[None]:
        """The same for the few threads that keep their connection.

        Somebody must: SQLite tidies up when the last connection is closed, and turns away whoever comes meanwhile.
        """
        _drop_dead()
        try:
            yield
        except Error:
            _close()
            raise

    @contextmanager
    def away(self) -> Iterator[None]:
        """Inside a seat: let others have it for a while."""
        self._leave()
        try:
            yield
        finally:
            self._seats.acquire()

    def _leave(self) -> None:
        _close()
        self._seats.release()


def _drop_dead() -> None:
    """A server that was restarted, or tired of waiting, ended the connection; ours does not know it yet."""
    for connection in connections.all(initialized_only=True):
        if connection.connection is not None and not connection.is_usable():
            with suppress(Error):
                connection.close()


def _close() -> None:
    with suppress(Error):  # one that broke is closed as well as it can be
        connections.close_all()


class Courteous(Session):
    """A session whose user sits at the desk, and leaves it whenever the terminal is asked something."""

    def __init__(self, session: Session, desk: Desk) -> None:
        self.session = session
        self.desk = desk

    def identity(self) -> DeviceIdentity:
        with self.desk.away():
            return self.session.identity()

    def status(self) -> DeviceStatus:
        with self.desk.away():
            return self.session.status()

    def enrolments(self) -> Sequence[Enrolment]:
        with self.desk.away():
            return self.session.enrolments()

    def batches(self, cursor: Cursor, zone: tzinfo, *, whole: bool = False) -> Iterator[Batch]:
        batches = self.session.batches(cursor, zone, whole=whole)
        while True:
            with self.desk.away():
                batch = next(batches, None)
            if batch is None:
                return
            yield batch
