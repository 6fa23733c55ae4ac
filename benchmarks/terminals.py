"""A simulated terminal in a process of its own, so that its work and its memory are not counted as ours."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import islice, product
from multiprocessing.connection import Connection

from attendance_devices.simulators.zk_records import encode_parts, encode_punch
from attendance_devices.simulators.zkteco import Profile, SimulatedPunch, SimulatedUser, Terminal

FIRST_DAY = date(2025, 1, 1)
PEOPLE = 500
HOURS = (8, 12, 13, 17)
RECORD = 40
CAPACITY = 1_000_000
PACING = 0.001
"""Seconds between frames: pyzk needs them apart, and terminals take their time."""


def log(punches: int, *, skip: int = 0) -> bytes:
    """The encoded log of a company: `PEOPLE` people, four punches a day each, in the order of time.

    :param skip: leave out so many punches at its beginning.
    """
    return b"".join(islice(_records(), skip, skip + punches))


def _records() -> Iterator[bytes]:
    day = FIRST_DAY
    while True:
        for (turn, hour), person in product(enumerate(HOURS), range(1, PEOPLE + 1)):
            seconds = person * 7 % 3_600
            at = encode_parts((day.year, day.month, day.day), (hour, seconds // 60, seconds % 60))
            yield encode_punch(SimulatedPunch(user_id=str(1_000 + person), raw_time=at, state=turn % 2), "40", person)
        day += timedelta(days=1)


def people() -> list[SimulatedUser]:
    """Everybody who punches."""
    return [SimulatedUser(user_id=str(1_000 + n), uid=n, name=f"Person {n}") for n in range(1, PEOPLE + 1)]


class Remote:
    """A terminal in another process: where it is reached, and what can be done to it."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.host, self.port = pipe.recv()

    def append(self, raw: bytes) -> None:
        """More encoded records at the end of its log."""
        self._ask(("append", raw))

    def bytes_sent(self) -> int:
        """What has left it so far, tops of frames included."""
        return self._ask(("sent", b""))

    def _ask(self, order: tuple[str, bytes]) -> int:
        self._pipe.send(order)
        return int(self._pipe.recv())


@contextmanager
def served(raw: bytes, *, pacing: float = 0.0) -> Iterator[Remote]:
    """A terminal with this log, served from another process."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, raw, pacing), daemon=True)
    process.start()
    try:
        yield Remote(ours)
    finally:
        ours.send(("stop", b""))
        process.join(timeout=10)


def _serve(pipe: Connection, raw: bytes, pacing: float) -> None:
    terminal = Terminal(profile=Profile(log_capacity=CAPACITY, pacing=pacing), users=people(), raw_log=raw)
    with terminal.serve() as address:
        pipe.send(address)
        while True:
            order, data = pipe.recv()
            if order == "stop":
                return
            if order == "append":
                terminal.append_raw(data)
            pipe.send(terminal.bytes_sent)
