"""What lines store becomes days and rows of the CRM at once: one thread for all, which takes what came together."""

import logging
import threading

from django.db import Error, connections
from django.db.models import Q

from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.domain.results import PostResult
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.devices.local_time import first_told
from attendance_devices.services.live.connections import Desk
from attendance_devices.services.live.timing import Timing
from attendance_devices.services.posting.post import post
from attendance_devices.services.workers.isolation import attempted

logger = logging.getLogger(__name__)


def grind() -> PostResult:
    """Derive what was touched, and tell the CRM of the days that are new; what it refused is for the sweeps."""
    derive_pending()
    result = post(since=first_told(), among=Q(posting_state=PostAction.NEW))
    for error in result.errors:
        logger.warning("The CRM did not take a row: %s", error)
    return result


class Mill:
    """Grinds whenever somebody rings."""

    def __init__(self, desk: Desk, timing: Timing) -> None:
        self._desk = desk
        self._timing = timing
        self._bell = threading.Event()
        self._over = threading.Event()
        self._bell.set()  # a daemon that was killed may have left something
        self._thread = threading.Thread(target=self._run, name="live mill", daemon=True)
        self.last_error = ""
        """Why the last grinding failed; empty if it did not."""

    def start(self) -> None:
        """Begin, with what was left from before."""
        self._thread.start()

    def ring(self) -> None:
        """Something was stored."""
        self._bell.set()

    def stop(self, seconds: float) -> None:
        """End after the grinding that is asked for, or after so many seconds."""
        self._over.set()
        self._bell.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        failures = 0
        is_last = False
        while not is_last:
            self._bell.wait()
            self._bell.clear()
            is_last = self._over.is_set()
            failures = 0 if self._ground() else failures + 1
            if failures:
                is_last = self._over.wait(self._timing.retry(failures))
                self._bell.set()
        connections.close_all()

    def _ground(self) -> bool:
        """Grind once. Whatever goes wrong, what was touched stays noted, and is derived the next time."""
        errors: list[str] = []
        trouble = attempted("Deriving and posting", self._trouble, "", errors)
        self.last_error = trouble or "".join(errors)
        return not self.last_error

    def _trouble(self) -> str:
        """Grind; why the database did not let us, or nothing."""
        try:
            with self._desk.armchair():
                grind()
        except Error as error:
            logger.warning("Days wait to be derived and posted: the database does not answer (%s).", error)
            return f"the database does not answer ({error})"
        return ""
