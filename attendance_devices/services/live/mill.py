"""What lines store becomes days and rows of the CRM at once: one thread for all, which takes what came together."""

import logging
import threading
from datetime import date, datetime, timedelta

from django.db import Error, connections
from django.db.models import Q
from django.utils import timezone

from attendance_devices.domain.posting import PostAction
from attendance_devices.domain.results import PostResult
from attendance_devices.services.derive import derive_pending
from attendance_devices.services.live.desk import Desk
from attendance_devices.services.live.timing import Timing
from attendance_devices.services.post import post

logger = logging.getLogger(__name__)
POST_DAYS = 7
"""As `map_and_fetch_attendance` without ``--days``. Older days are stored, and not told to the CRM by themselves."""


def grind() -> PostResult:
    """Derive what was touched, and tell the CRM of the days that are new; what it refused is for the sweeps."""
    derive_pending()
    result = post(since=_first_day(), among=Q(posting_state=PostAction.NEW))
    for error in result.errors:
        logger.warning("The CRM did not take a row: %s", error)
    return result


def _first_day() -> date:
    return datetime.now(timezone.get_default_timezone()).date() - timedelta(days=POST_DAYS - 1)


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
        try:
            with self._desk.armchair():
                grind()
        except Error as error:
            self.last_error = f"the database does not answer ({error})"
            logger.warning("Days wait to be derived and posted: %s.", self.last_error)
        except Exception as error:  # the edge of a thread: the terminals go on
            self.last_error = f"{type(error).__name__}: {error}"
            logger.exception("Days wait to be derived and posted; 'manage.py check' and 'check_host' tell more")
        else:
            self.last_error = ""
        return not self.last_error
