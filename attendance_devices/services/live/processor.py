"""Derive and post new days in one thread as soon as a listener has stored punches."""

import logging
import threading

from django.db import Error, connections
from django.db.models import Q

from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.domain.results import PostResult
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.devices.local_time import first_day_posted
from attendance_devices.services.live.connections import ConnectionLimiter
from attendance_devices.services.live.timing import Timing
from attendance_devices.services.posting.post import post
from attendance_devices.services.workers.isolation import error_boundary

logger = logging.getLogger(__name__)


def derive_and_post_new() -> PostResult:
    """Derive what was touched, and tell the CRM of the days that are new; what it refused is for the sweeps."""
    derive_pending()
    result = post(since=first_day_posted(), among=Q(posting_state=PostAction.NEW))
    for error in result.errors:
        logger.warning("The CRM did not take a row: %s", error)
    return result


class DayProcessor:
    """Grinds whenever somebody rings."""

    def __init__(self, limiter: ConnectionLimiter, timing: Timing) -> None:
        self._limiter = limiter
        self._timing = timing
        self._wake_event = threading.Event()
        self._stop_event = threading.Event()
        self._wake_event.set()  # a daemon that was killed may have left something
        self._thread = threading.Thread(target=self._run, name="live mill", daemon=True)
        self.last_error = ""
        """Why the last grinding failed; empty if it did not."""

    def start(self) -> None:
        """Begin, with what was left from before."""
        self._thread.start()

    def wake(self) -> None:
        """Something was stored."""
        self._wake_event.set()

    def stop(self, seconds: float) -> None:
        """End after the grinding that is asked for, or after so many seconds."""
        self._stop_event.set()
        self._wake_event.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        failures = 0
        is_last = False
        while not is_last:
            self._wake_event.wait()
            self._wake_event.clear()
            is_last = self._stop_event.is_set()
            failures = 0 if self._process() else failures + 1
            if failures:
                is_last = self._stop_event.wait(self._timing.retry(failures))
                self._wake_event.set()
        connections.close_all()

    def _process(self) -> bool:
        """Grind once. Whatever goes wrong, what was touched stays noted, and is derived the next time."""
        errors: list[str] = []
        trouble = error_boundary("Deriving and posting", self._process_once, "", errors)
        self.last_error = trouble or "".join(errors)
        return not self.last_error

    def _process_once(self) -> str:
        """Grind; why the database did not let us, or nothing."""
        try:
            with self._limiter.kept_connection():
                derive_and_post_new()
        except Error as error:
            logger.warning("Days wait to be derived and posted: the database does not answer (%s).", error)
            return f"the database does not answer ({error})"
        return ""
