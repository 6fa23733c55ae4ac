"""Listen to one terminal until stopped: lease, connect, catch up, listen; retry after a failure."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import Error

from attendance_devices.drivers.registry import driver
from attendance_devices.exceptions import DeviceError, DeviceTaken, Unsupported
from attendance_devices.services.collection.collect import collect_in, failure_fields, max_lease
from attendance_devices.services.devices.addresses import address_of
from attendance_devices.services.live.connections import ConnectionLimiter, ReleasingSession
from attendance_devices.services.live.session import ListeningSession
from attendance_devices.services.live.status import ListenerState, ListenerStatus
from attendance_devices.services.live.timing import Timing
from attendance_devices.services.workers.isolation import error_boundary
from attendance_devices.services.workers.leases import Lease, leased

StatusCallback = Callable[[ListenerStatus], None]


class DeviceListener:
    """Listens to one device. Whatever goes wrong ends in its status, and never in another line."""

    def __init__(self, status: ListenerStatus, limiter: ConnectionLimiter, timing: Timing) -> None:
        self.status = status
        self.told: StatusCallback = _ignore_status
        """Called with the status whenever it changes, from the thread of this line."""
        self.on_stored: StatusCallback = _ignore_status
        """Called likewise whenever punches were stored."""
        self.stop = threading.Event()
        self.is_last = False
        """Does the whole process end? Then somebody gives back the leases of all lines at once."""
        self._limiter = limiter
        self._timing = timing
        self._lease: Lease | None = None

    def run(self) -> None:
        """Until `stop` is set."""
        failures = 0
        while not self.stop.is_set():
            begun = monotonic()
            state, error = self._listen_safely()
            if self.stop.is_set():
                break
            failures = 1 if monotonic() - begun >= self._timing.steady else failures + 1
            self._change(state=state, last_error=error, since=None)
            self.stop.wait(self._pause(state, failures))
        self._change(state=ListenerState.CLOSED, since=None)

    @property
    def holder(self) -> str:
        """The name that its last lease is held by; empty before the first."""
        return self._lease.holder if self._lease else ""

    def _pause(self, state: ListenerState, failures: int) -> float:
        pauses = {ListenerState.TAKEN: self._timing.taken, ListenerState.POLLED_ONLY: self._timing.polled_only}
        return pauses.get(state) or self._timing.retry(failures)

    def _listen_safely(self) -> tuple[ListenerState, str]:
        """Listen for as long as it goes well; what ended it, and what to do about that. Not even a defect raises."""
        errors: list[str] = []
        state, error = error_boundary(self.status.device, self._listen_until_end, (ListenerState.WAITING, ""), errors)
        return state, error or "".join(errors)

    def _listen_until_end(self) -> tuple[ListenerState, str]:
        self._change(state=ListenerState.CONNECTING)
        try:
            self._listen()
        except DeviceTaken:
            return ListenerState.TAKEN, ""
        except Unsupported as error:
            return ListenerState.POLLED_ONLY, str(error)
        except DeviceError as error:
            return ListenerState.WAITING, str(error)
        except (Error, ObjectDoesNotExist) as error:
            return ListenerState.WAITING, f"{self.status.device}: the database does not answer as it should ({error})."
        return ListenerState.CLOSED, ""

    def _listen(self) -> None:
        with self._limiter.slot():
            if self._lease is not None and self._lease.held:
                self._lease.give_back()  # the database did not answer when it should have been
            with leased(self.status.key, self._timing.lease) as lease:
                self._lease = lease
                try:
                    with self._limiter.slot_released():
                        self._listen_in_session(lease)
                except DeviceError as error:
                    if lease.held:
                        lease.give_back(**failure_fields(lease.device, error))
                    raise
                lease.held = lease.held and not self.is_last

    def _listen_in_session(self, lease: Lease) -> None:
        with ExitStack() as stack:
            session = stack.enter_context(driver(lease.device.vendor).session(address_of(lease.device)))
            courteous = ReleasingSession(session, self._limiter)
            try:
                ear = stack.enter_context(session.listen())
            except Unsupported:
                self._poll(courteous, lease)
                raise
            following = ListeningSession(courteous, ear, lease, self._timing)
            following.counted = self._count
            self._change(state=ListenerState.CATCHING_UP, since=datetime.now(UTC))
            following.catch_up()
            self._change(state=ListenerState.LISTENING, last_error="")
            following.run(self.stop)

    def _poll(self, session: ReleasingSession, lease: Lease) -> None:
        """What has no live events is read now and then."""
        with self._limiter.slot():
            lease.keep(max_lease())
            result, facts = collect_in(session, lease.device)
            lease.give_back(**facts)
        if result.new:
            self._count(0, result.new)

    def _count(self, events: int, stored: int) -> None:
        found = replace(self.status, events=self.status.events + events, stored=self.status.stored + stored)
        self.status = replace(found, last_punch=datetime.now(UTC)) if stored else found
        if stored:
            self.on_stored(self.status)

    def _change(self, **facts: Any) -> None:
        self.status = replace(self.status, **facts)
        self.told(self.status)


def _ignore_status(status: ListenerStatus) -> None:
    """Nobody wants to know."""
    del status
