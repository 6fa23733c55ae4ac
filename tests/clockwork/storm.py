"""Everything goes wrong at once, for a while; then the weather clears, and all must be there exactly once.

::

    told = storm(folder, Weather(seconds=60, terminals=40, clusters=2))
"""

import contextlib
import dataclasses
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from attendance_devices.simulators.zkteco import Faults
from tests.clockwork import acts, reports
from tests.clockwork.harness import ZONE, Cluster, Company, OnTheWall, company, said, wall
from tests.clockwork.proxy import Proxy, proxy

PEOPLE = 20
DEAD_AIR = 75.0
"""Seconds without a task after which somebody restarts a cluster: the stall of django-q2."""
FAULTS = (
    Faults(close_after_bytes=200, limited=2),
    Faults(reset_after_bytes=20, limited=1),
    Faults(stall_after_bytes=300, limited=1),
    Faults(late_answer=3, late_command=1503, limited=1),
    Faults(drip=(50, 0.01), limited=1),
    Faults(busy=2),
    Faults(punch_during_read=1, limited=1),
)


@dataclass(frozen=True, kw_only=True)
class Weather:
    """How bad it is."""

    seconds: float
    """At the least: everything happens once."""
    terminals: int
    clusters: int
    workers: int = 2
    redis: str = ""
    pause: float = 0.2
    """Seconds from one trouble to the next."""
    every_minute: bool = False
    """Only the installed schedules tick. Else the test does, and makes all devices due, as fast as it can."""
    clearing: float = 60.0
    """Seconds in which all has to be there after the storm."""
    seed: int = 0


@dataclass(kw_only=True)
class Told:
    """What happened, and what was there in the end."""

    happened: Counter[str] = field(default_factory=Counter)
    punches: int = 0
    stored: int = 0
    rows: int = 0
    peak_sessions: int = 0
    polls: int = 0
    errors: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    late_schedules: list[str] = field(default_factory=list)
    cleared_after: float = 0.0


class Storm:
    """One storm over one company."""

    def __init__(self, weather: Weather, crm: Company, terminals: list[OnTheWall], wire: Proxy) -> None:
        self.weather, self.crm, self.terminals, self.wire = weather, crm, terminals, wire
        self.chance = random.Random(weather.seed)
        self.told = Told()
        self.punched: set[tuple[str, str, datetime]] = set()
        self.down: list[tuple[float, Callable[[], object]]] = []
        self.stack = contextlib.ExitStack()
        self.clusters: list[Cluster] = []
        self.deck: list[Callable[[], None]] = []
        self.dealt = 0
        self.worked: dict[int, tuple[int, float]] = {}
        """Of each cluster: how many tasks it began, and since when it has begun no other."""

    def rage(self) -> Told:
        """All of it; the clusters are gone afterwards."""
        with self.stack:
            for _ in range(self.weather.clusters):
                self._start_cluster()
            if self.weather.every_minute:
                self._first_import()
            end = time.monotonic() + self.weather.seconds
            while time.monotonic() < end or not self.dealt or self.deck:
                self._happen()
                self._mend(time.monotonic())
                self._supervise()
                self._tick()
                time.sleep(self.weather.pause)
            self._clear()
        return self.told

    def _first_import(self) -> None:
        """In calm weather: terminals that never answered come a few at a time."""
        end = time.monotonic() + self.weather.clearing
        while self.crm.ask(reports.stored) != self._held() or not self.crm.ask(acts.is_quiet):
            assert time.monotonic() < end, self._missing()
            self.crm.ask(acts.tick)
            time.sleep(0.5)

    # What goes wrong

    def _happen(self) -> None:
        for item in self.chance.sample(self.terminals, 1 + len(self.terminals) // 40):
            self._punch(item)
        if not self.deck:
            self.dealt += 1
            self.deck = [event for event, times in self._events().items() for _ in range(times)]
            self.chance.shuffle(self.deck)
        self.deck.pop()()

    def _events(self) -> dict[Callable[[], None], int]:
        """How often each happens, of so many in all."""
        return {
            self._kill_a_worker: 4,
            self._unplug: 5,
            self._fault: 10,
            self._turn_clock: 3,
            self._kill_a_cluster: 1,
            self._no_data: 1,
            self._nothing: 12,
        }

    def _punch(self, item: OnTheWall) -> None:
        person, shown = str(self.chance.randint(1, PEOPLE)), item.terminal.now.replace(microsecond=0)
        # Whoever is said to punch twice in one second punched once, and the terminal's count would tell nothing.
        if shown.second and (item.name, person, shown) not in self.punched:
            self.punched.add((item.name, person, shown))
            item.terminal.punch(person, shown)
            self.told.happened["punches"] += 1

    def _kill_a_worker(self) -> None:
        """One that reads a terminal, or any: an idle one stalls its cluster, and the supervisor has to see it."""
        busy = self.crm.ask(reports.holders)
        idle = [worker for cluster in self.clusters for worker in cluster.workers] if self.weather.every_minute else []
        for victim in self.chance.sample(busy or idle, min(1, len(busy or idle))):
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
                self.told.happened["busy workers killed" if busy else "idle workers killed"] += 1

    def _kill_a_cluster(self) -> None:
        cluster = self.chance.choice(self.clusters)
        cluster.kill()
        self.told.happened["clusters killed"] += 1

    def _unplug(self) -> None:
        item = self.chance.choice(self.terminals)
        item.terminal.stop()
        self._later(self.chance.uniform(0.5, 5), lambda: item.terminal.start(item.host, item.port))
        self.told.happened["terminals unplugged"] += 1

    def _fault(self) -> None:
        self.chance.choice(self.terminals).terminal.faults = self.chance.choice(FAULTS)
        self.told.happened["faults"] += 1

    def _turn_clock(self) -> None:
        item = self.chance.choice(self.terminals)
        away = timedelta(hours=self.chance.choice((-24 * 400, -30, -1, 1, 26, 24 * 365 * 60)), seconds=7)
        with contextlib.suppress(OverflowError):
            item.terminal.now += away
            self._later(self.chance.uniform(2, 8), lambda: _set_right(item))
            self.told.happened["clocks turned"] += 1

    def _no_data(self) -> None:
        self.wire.cut(self.chance.uniform(0.5, 4))
        self.told.happened["database away"] += 1

    def _nothing(self) -> None:
        """The calm between."""

    # What keeps it going

    def _start_cluster(self) -> None:
        self.clusters.append(self.stack.enter_context(self.crm.cluster()))

    def _supervise(self) -> None:
        """As systemd and the watchdog would: what ended, or works no more, is started again."""
        now = time.monotonic()
        for cluster in list(self.clusters):
            # A cluster that stalled goes on to log what it has scheduled.
            worked, since = cluster.log.count(" processing "), self.worked.get(cluster.process.pid, (0, now))
            if worked != since[0]:
                since = (worked, now)
            self.worked[cluster.process.pid] = since
            if cluster.process.poll() is None and now - since[1] < DEAD_AIR:
                continue
            self.told.happened["clusters restarted"] += 1
            cluster.kill()
            self.clusters.remove(cluster)
            self._start_cluster()

    def _tick(self) -> None:
        if not self.weather.every_minute:
            self.crm.ask(acts.all_due)
            self.crm.ask(acts.tick)

    def _later(self, seconds: float, mend: Callable[[], object]) -> None:
        self.down.append((time.monotonic() + seconds, mend))

    def _mend(self, now: float) -> None:
        for moment, mend in [entry for entry in self.down if entry[0] <= now]:
            self.down.remove((moment, mend))
            with contextlib.suppress(RuntimeError):  # it was unplugged twice, and serves already
                mend()

    # What is there

    def _clear(self) -> None:
        self._mend(float("inf"))
        for item in self.terminals:
            item.terminal.faults = Faults()
            _set_right(item)
        if not self.weather.every_minute:
            self.crm.ask(reports.let_time_pass)
        began = time.monotonic()
        while (is_missing := self.crm.ask(reports.stored) != self._held()) or not self.crm.ask(acts.is_quiet):
            late = time.monotonic() - began > self.weather.clearing
            assert not late, f"{self._missing()}\n{self.crm.logs()[-6000:]}"
            self._supervise()
            if is_missing:
                self._tick()
            elif not self.weather.every_minute:
                self.crm.ask(acts.tick)
            time.sleep(0.5)
        told = self.told
        told.cleared_after = time.monotonic() - began
        told.punches = sum(item.terminal.record_count for item in self.terminals)
        told.stored = sum(self.crm.ask(acts.stored).values())  # which also sees that no two are the same
        told.rows = self.crm.ask(acts.crm_rows)
        told.polls = self.crm.ask(reports.runs)
        told.peak_sessions = max(item.terminal.peak_sessions for item in self.terminals)
        told.errors, told.failures = self.crm.ask(acts.run_errors), self.crm.ask(acts.failed_tasks)
        told.late_schedules = self.crm.ask(reports.late_schedules)

    def _held(self) -> dict[str, int]:
        return {item.name: item.terminal.record_count for item in self.terminals}

    def _missing(self) -> str:
        expected, stored, devices = self._held(), self.crm.ask(reports.stored), self.crm.ask(acts.devices)
        wrong = [name for name in expected if stored.get(name) != expected[name]]
        lines = [str(self.crm.ask(reports.waiting))]
        return "\n".join(
            lines + [f"{name}: {stored.get(name)} of {expected[name]}, {devices[name]}" for name in wrong[:10]]
        )


def storm(folder: Path, weather: Weather) -> Told:
    """Let it rage over a company of its own on PostgreSQL."""
    with _world(folder, weather) as (crm, terminals, wire):
        return Storm(weather, crm, terminals, wire).rage()


@contextlib.contextmanager
def _world(folder: Path, weather: Weather) -> Iterator[tuple[Company, list[OnTheWall], Proxy]]:
    port = int(os.environ.get("PGPORT", "5432"))
    more: dict[str, Any] = {"redis": weather.redis, "workers": weather.workers, "app": {"ANSWER_SECONDS": 5}}
    with (
        wall(weather.terminals, people=PEOPLE, net=60) as terminals,
        company(folder, "postgresql", **more) as crm,
        proxy(port) as wire,
    ):
        crm.add(terminals, poll_minutes=1)
        if weather.every_minute:
            code, text = said(crm.manage("install_schedules"))
            assert code == 0, text
        given = json.loads(crm.environment["CLOCKWORK"])
        given["database"] |= {"PORT": wire.port}
        environment = crm.environment | {"CLOCKWORK": json.dumps(given)}
        yield dataclasses.replace(crm, environment=environment), terminals, wire


def _set_right(item: OnTheWall) -> None:
    item.terminal.now = datetime.now(ZONE).replace(tzinfo=None)
