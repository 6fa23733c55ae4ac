"""A line for each device in use, the mill behind them, and an eye on the table of devices."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import Error, connections

from attendance_devices.models import Device
from attendance_devices.services.live.connections import Desk
from attendance_devices.services.live.listener import Line, Told
from attendance_devices.services.live.processor import Mill
from attendance_devices.services.live.status import LineStatus
from attendance_devices.services.live.timing import Timing

logger = logging.getLogger(__name__)
TURN = 0.2
"""Seconds. A signal is noticed so soon."""
REACHED_BY = (
    *("name", "vendor", "address", "port", "transport", "comm_key", "username", "password"),
    *("encoding", "record_size", "timezone"),
)
"""When one of these changes, a session begins anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plugged:
    """A line at work."""

    line: Line
    thread: threading.Thread
    way: tuple[Any, ...]
    """What `REACHED_BY` said when it began."""


class Switchboard:
    """Listens to the active devices, or to some of them."""

    def __init__(self, *, only: Collection[int] = (), timing: Timing | None = None, told: Told | None = None) -> None:
        """:param only: primary keys; empty means all. :param told: hears each change, from the threads of the lines."""
        self._only = frozenset(only)
        self._timing = timing or Timing()
        self._told: Told = told or (lambda status: None)  # noqa: ARG005
        self._desk = Desk()
        self._mill = Mill(self._desk, self._timing)
        self._plugged: dict[int, _Plugged] = {}

    @property
    def statuses(self) -> list[LineStatus]:
        """How every line is doing, by name."""
        lines = [plugged.line.status for plugged in list(self._plugged.values())]
        return sorted(lines, key=lambda status: status.device)

    @property
    def last_error(self) -> str:
        """Why days are not derived and posted at the moment; empty if they are."""
        return self._mill.last_error

    def run(self, is_over: Callable[[], bool]) -> bool:
        """Until `is_over`. False if some terminal could not be left in time: it keeps our session until it ends it."""
        looked = time.monotonic()
        self._look_at_table()
        self._mill.start()
        try:
            while not is_over():
                if time.monotonic() - looked >= self._timing.table:
                    looked = time.monotonic()
                    self._look_at_table()
                time.sleep(min(TURN, self._timing.table))
        finally:
            are_left = self._hang_up()
            connections.close_all()
        return are_left

    def _give_back(self, holders: Sequence[str]) -> None:
        """The leases of all lines, those of terminals that hang too: the process ends, and its sessions with it."""
        try:
            with self._desk.armchair():
                Device.objects.filter(lease_holder__in=holders).update(lease_holder="", lease_until=None)
        except Error as error:
            logger.warning("The leases could not be given back (%s); they run out by themselves.", error)

    def _look_at_table(self) -> None:
        """Lines for new devices, none for those that are not in use any more, new ones for those that changed."""
        try:
            with self._desk.armchair():
                found = self._ways()
        except Error as error:
            logger.warning("The table of devices cannot be read (%s); the lines stay as they are.", error)
            return
        for key, plugged in list(self._plugged.items()):
            if found.get(key) != plugged.way:
                plugged.line.stop.set()
            if not plugged.thread.is_alive():
                del self._plugged[key]
        for key in found.keys() - self._plugged.keys():
            self._plug(key, found[key])

    def _ways(self) -> dict[int, tuple[Any, ...]]:
        devices = Device.objects.filter(is_active=True)
        chosen = devices.filter(pk__in=self._only) if self._only else devices
        return {key: tuple(way) for key, *way in chosen.values_list("pk", *REACHED_BY)}

    def _plug(self, key: int, way: tuple[Any, ...]) -> None:
        status = LineStatus(key=key, device=way[0])
        line = Line(status, self._desk, self._timing)
        line.told = self._told
        line.rings = lambda status: self._mill.ring()  # noqa: ARG005
        thread = threading.Thread(target=line.run, name=f"live {status.device}", daemon=True)
        self._plugged[key] = _Plugged(line=line, thread=thread, way=way)
        thread.start()

    def _hang_up(self) -> bool:
        end = time.monotonic() + self._timing.farewell
        for plugged in self._plugged.values():
            plugged.line.is_last = True
            plugged.line.stop.set()
        for plugged in self._plugged.values():
            plugged.thread.join(max(end - time.monotonic(), 0))
        late = [plugged.line for plugged in self._plugged.values() if plugged.thread.is_alive()]
        if late:
            names = ", ".join(line.status.device for line in late)
            logger.warning("%s did not answer in time and could not be left politely.", names)
        self._give_back([plugged.line.holder for plugged in self._plugged.values() if plugged.line.holder])
        self._mill.stop(self._timing.farewell)
        return not late
