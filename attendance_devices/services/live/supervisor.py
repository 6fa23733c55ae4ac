"""Run one listener for each active device, follow the device table, and run the day processor."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import Error, connections

from attendance_devices.models import Device
from attendance_devices.services.live.connections import ConnectionLimiter
from attendance_devices.services.live.listener import DeviceListener, StatusCallback
from attendance_devices.services.live.processor import DayProcessor
from attendance_devices.services.live.status import ListenerStatus
from attendance_devices.services.live.timing import Timing

logger = logging.getLogger(__name__)
SIGNAL_CHECK_SECONDS = 0.2
"""Seconds. A signal is noticed so soon."""
CONNECTION_FIELDS = (
    *("name", "vendor", "address", "port", "transport", "comm_key", "username", "password"),
    *("encoding", "record_size", "timezone"),
)
"""When one of these changes, a session begins anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _RunningListener:
    """A line at work."""

    line: DeviceListener
    thread: threading.Thread
    way: tuple[Any, ...]
    """What `CONNECTION_FIELDS` said when it began."""


class Supervisor:
    """Listens to the active devices, or to some of them."""

    def __init__(
        self, *, only: Collection[int] = (), timing: Timing | None = None, told: StatusCallback | None = None
    ) -> None:
        """:param only: primary keys; empty means all. :param told: hears each change, from the threads of the lines."""
        self._only = frozenset(only)
        self._timing = timing or Timing()
        self._told: StatusCallback = told or (lambda status: None)  # noqa: ARG005
        self._limiter = ConnectionLimiter()
        self._processor = DayProcessor(self._limiter, self._timing)
        self._running: dict[int, _RunningListener] = {}

    @property
    def statuses(self) -> list[ListenerStatus]:
        """How every line is doing, by name."""
        lines = [plugged.line.status for plugged in list(self._running.values())]
        return sorted(lines, key=lambda status: status.device)

    @property
    def last_error(self) -> str:
        """Why days are not derived and posted at the moment; empty if they are."""
        return self._processor.last_error

    def run(self, is_over: Callable[[], bool]) -> bool:
        """Until `is_over`. False if some terminal could not be left in time: it keeps our session until it ends it."""
        looked = time.monotonic()
        self._read_device_table()
        self._processor.start()
        try:
            while not is_over():
                if time.monotonic() - looked >= self._timing.table:
                    looked = time.monotonic()
                    self._read_device_table()
                time.sleep(min(SIGNAL_CHECK_SECONDS, self._timing.table))
        finally:
            are_left = self._stop_all()
            connections.close_all()
        return are_left

    def _release_leases(self, holders: Sequence[str]) -> None:
        """The leases of all lines, those of terminals that hang too: the process ends, and its sessions with it."""
        try:
            with self._limiter.kept_connection():
                Device.objects.filter(lease_holder__in=holders).update(lease_holder="", lease_until=None)
        except Error as error:
            logger.warning("The leases could not be given back (%s); they run out by themselves.", error)

    def _read_device_table(self) -> None:
        """Lines for new devices, none for those that are not in use any more, new ones for those that changed."""
        try:
            with self._limiter.kept_connection():
                found = self._connection_values()
        except Error as error:
            logger.warning("The table of devices cannot be read (%s); the lines stay as they are.", error)
            return
        for key, plugged in list(self._running.items()):
            if found.get(key) != plugged.way:
                plugged.line.stop.set()
            if not plugged.thread.is_alive():
                del self._running[key]
        for key in found.keys() - self._running.keys():
            self._start_listener(key, found[key])

    def _connection_values(self) -> dict[int, tuple[Any, ...]]:
        devices = Device.objects.filter(is_active=True)
        chosen = devices.filter(pk__in=self._only) if self._only else devices
        return {key: tuple(way) for key, *way in chosen.values_list("pk", *CONNECTION_FIELDS)}

    def _start_listener(self, key: int, way: tuple[Any, ...]) -> None:
        status = ListenerStatus(key=key, device=way[0])
        line = DeviceListener(status, self._limiter, self._timing)
        line.told = self._told
        line.on_stored = lambda status: self._processor.wake()  # noqa: ARG005
        thread = threading.Thread(target=line.run, name=f"live {status.device}", daemon=True)
        self._running[key] = _RunningListener(line=line, thread=thread, way=way)
        thread.start()

    def _stop_all(self) -> bool:
        end = time.monotonic() + self._timing.shutdown
        for plugged in self._running.values():
            plugged.line.is_last = True
            plugged.line.stop.set()
        for plugged in self._running.values():
            plugged.thread.join(max(end - time.monotonic(), 0))
        late = [plugged.line for plugged in self._running.values() if plugged.thread.is_alive()]
        if late:
            names = ", ".join(line.status.device for line in late)
            logger.warning("%s did not answer in time and could not be left politely.", names)
        self._release_leases([plugged.line.holder for plugged in self._running.values() if plugged.line.holder])
        self._processor.stop(self._timing.shutdown)
        return not late
