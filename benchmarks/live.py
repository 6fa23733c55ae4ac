"""From a touch at a terminal to the row in the CRM: heard live, against a run by hand that begins at that moment."""

import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

from attendance_devices.simulators.zkteco import SimulatedUser, Terminal
from benchmarks.databases import empty, on_each
from benchmarks.measure import Row, bounded, compared, duration

TITLE = "From a punch to the CRM's row, heard live"
NOTE = """\
Wall time on loopback; the terminals are served from another process. *Alone*: one punch after the other, the median
and the slowest. *By hand*: `collect`, `derive_pending` and `post` of that terminal, begun when it is punched. *At
once*: a punch at each terminal within a moment, until the last is a row; each is a look and a transaction of its own.
*Idle*: processor time of the whole daemon while nobody punches."""
PUNCHES = 40
MANY = 100
MOST_SECONDS, MOST_IDLE = 1.0, 0.1
IDLE_SECONDS = 10
RECOMMENDED = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL"}


def rows() -> list[Row]:
    """On every database that answers."""
    return on_each("live")


def measured() -> list[Row]:
    """On the database of this process."""
    from django.db import connection

    if connection.vendor == "sqlite":
        connection.close()
        connection.settings_dict["OPTIONS"] = RECOMMENDED
    with wall(1) as remote:
        install(remote)
        live, hand = heard(remote), by_hand(remote)
    clear()
    with wall(MANY) as remote:
        install(remote)
        many, idle = at_once(remote)
    median = statistics.median(live)
    return [
        compared("alone, median", median, ("by hand", statistics.median(hand)), at_most=2),
        bounded("alone, slowest", max(live), MOST_SECONDS, shown=duration),
        compared(f"{MANY} at once, each", many / MANY, ("alone, median", median), at_most=1),
        Row(what=f"{MANY} at once, the last", ours=duration(many)),
        bounded(f"{MANY} idle, a second", idle, MOST_IDLE, shown=duration),
    ]


class Wall:
    """Terminals in another process."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.addresses: list[tuple[str, int]] = pipe.recv()

    def punch(self, at: datetime, places: range) -> None:
        """The person of each of these terminals punches there."""
        self._pipe.send((at, places))


@contextmanager
def wall(count: int) -> Iterator[Wall]:
    """So many terminals, each with a person of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, count), daemon=True)
    process.start()
    try:
        yield Wall(ours)
    finally:
        ours.send(None)
        process.join(timeout=30)


def _serve(pipe: Connection, count: int) -> None:
    people = [str(1_000 + number) for number in range(count)]
    terminals = [Terminal(users=[SimulatedUser(user_id=who, uid=1, name=who)]) for who in people]
    pipe.send([terminal.start() for terminal in terminals])
    while (order := pipe.recv()) is not None:
        at, places = order
        for place in places:
            terminals[place].punch(people[place], at)
    for terminal in terminals:
        terminal.stop()


def install(remote: Wall) -> None:
    """A device for each terminal, and everybody mapped."""
    from django.contrib.auth import get_user_model

    from attendance_devices.models import Device
    from attendance_devices.services.collection.collect import collect
    from attendance_devices.services.mapping.match import map_users

    users = get_user_model().objects
    for number, (host, port) in enumerate(remote.addresses):
        users.create(username=f"person-{number}", biometric_id=str(1_000 + number))
        device = Device.objects.create(name=f"Gate {number:03}", address=host, port=port)
        collect(device.pk)
    map_users(list(Device.objects.all()), create=False)


def clear() -> None:
    """As before."""
    from django.contrib.auth import get_user_model

    empty()
    empty("hr", only="attendance")
    get_user_model().objects.all().delete()


@contextmanager
def listening(count: int) -> Iterator[None]:
    """The daemon at work, in a thread of this process."""
    from attendance_devices.services.live.status import ListenerState
    from attendance_devices.services.live.supervisor import Supervisor

    board, over = Supervisor(), threading.Event()
    thread = threading.Thread(target=board.run, args=(over.is_set,))
    thread.start()
    try:
        until(lambda: sum(line.state is ListenerState.LISTENING for line in board.statuses) == count)
        yield
    finally:
        over.set()
        thread.join()


def heard(remote: Wall) -> list[float]:
    """Seconds until a punch is a row, one after the other: each a minute and a half after the last."""
    with listening(1):
        return [_seconds(remote, number, lambda: None) for number in range(PUNCHES)]


def by_hand(remote: Wall) -> list[float]:
    """The same by a run that begins with the punch."""
    from attendance_devices.models import Device
    from attendance_devices.services.collection.collect import collect
    from attendance_devices.services.live.processor import derive_and_post_new

    device = Device.objects.get()

    def run() -> None:
        while not collect(device.pk).new:
            pass
        derive_and_post_new()

    return [_seconds(remote, PUNCHES + number, run) for number in range(PUNCHES)]


def at_once(remote: Wall) -> tuple[float, float]:
    """Seconds until a punch at each terminal is a row, and seconds of the processor in one when nothing happens."""
    with listening(len(remote.addresses)):
        begun = time.perf_counter()
        remote.punch(_today(0), range(len(remote.addresses)))
        until(lambda: _told() == len(remote.addresses))
        spent, before = time.perf_counter() - begun, time.process_time()
        time.sleep(IDLE_SECONDS)
        return spent, (time.process_time() - before) / IDLE_SECONDS


def _seconds(remote: Wall, number: int, act: Callable[[], None]) -> float:
    at = _today(number)
    begun = time.perf_counter()
    remote.punch(at, range(1))
    act()
    until(lambda: _last() == at)
    return time.perf_counter() - begun


def until(come: Callable[[], Any], seconds: float = 120) -> None:
    """Wait for it, without much work of our own."""
    end = time.monotonic() + seconds
    while not come():
        if time.monotonic() > end:
            raise TimeoutError(f"nothing came within {seconds:g} s")
        time.sleep(0.002)


def _today(number: int) -> datetime:
    """A moment of yesterday, so that no hour is still to come."""
    from django.utils import timezone

    day = datetime.now(timezone.get_default_timezone()).replace(tzinfo=None) - timedelta(days=1)
    return day.replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(seconds=90 * number)


def _told() -> int:
    from example_project.hr.models import Attendance

    return Attendance.objects.count()


def _last() -> datetime | None:
    """The check-out, or else the check-in, that the CRM shows."""
    from django.utils import timezone

    from example_project.hr.models import Attendance

    row = Attendance.objects.first()
    shown = row and (row.check_out_time or row.check_in_time)
    return shown.astimezone(timezone.get_default_timezone()).replace(tzinfo=None) if shown else None
