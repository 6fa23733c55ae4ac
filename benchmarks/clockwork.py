"""A real cluster: two hundred terminals at once, and ten that are well beside a thousand that are not.

The last functions are done in the process of the company: see `tests.clockwork.shell`.
"""

import contextlib
import itertools
import os
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Row, compared, duration

if TYPE_CHECKING:
    from tests.clockwork.harness import Company, OnTheWall

TITLE = "A cluster at work"
NOTE = """\
On PostgreSQL where it answers, else on SQLite; a real `qcluster` of four workers where nothing else is said, and
terminals served from the process that waits for it. *At once*: 100 new punches on each terminal, everybody mapped, from
the tick until the last is stored, divided by the terminals. *Alone*: the same with one terminal, median, from the tick;
*its session*: from the connection until the run is noted. *CRM*: until no day waits any more. *Ten*: the longest time
between two polls of any of ten terminals that are read each minute by the installed schedules, beside 1 000 of which
each second one refuses connections and the others say nothing; *tried*: how often one of those was; the companies side
by side, with a cluster each."""
WORKERS = 4
MANY = 200
PEOPLE, HOURS = 25, (8, 12, 13, 17)
ALONE = 7
WELL = 10
DEAD = 1_000
LEAST_SECONDS, MOST_SECONDS = 240.0, 900.0
MINUTE = 60.0


def rows() -> list[Row]:
    """Two tables in one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        return [*at_once(Path(folder)), *beside_the_dead(Path(folder))]


@contextlib.contextmanager
def at_work(folder: Path, *, workers: int = WORKERS) -> Iterator["Company"]:
    """A company with a cluster."""
    from tests.clockwork.harness import answers, company

    folder.mkdir(exist_ok=True)
    kind = "postgresql" if answers(5432) else "sqlite"
    with company(folder, kind, workers=workers) as crm, crm.cluster():
        yield crm


# Two hundred at once


def at_once(folder: Path) -> list[Row]:
    """Against one alone, in the same company, while the others have no turn."""
    from tests.clockwork import acts

    with served(MANY) as terminals, at_work(folder / "many") as crm:
        crm.add(terminals, poll_minutes=24 * 60)
        crm.ask(answered_until_now)
        read(crm, [item.name for item in terminals])
        alone = [one_alone(crm, item) for item in terminals[:ALONE]]
        for item in terminals:
            punch(item, days_ago=1)
        begun, last, _ = read(crm, [item.name for item in terminals])
        crm.until(acts.is_quiet, seconds=300)
        told = time.time()
        held = {item.name: item.terminal.record_count for item in terminals}
        assert crm.ask(acts.stored) == held, "each punch is stored once"
    spent = (last - begun) / MANY
    ticked, session = (statistics.median(times) for times in zip(*alone, strict=True))
    return [
        compared(f"{MANY} at once, each", spent, ("alone", ticked), at_most=1),
        compared(f"{MANY} at once, each, and no queue for the one", spent, ("its session", session)),
        Row(what=f"{MANY} at once, the last", ours=duration(last - begun)),
        Row(what=f"{MANY} at once, CRM", ours=duration(told - begun)),
    ]


def one_alone(crm: "Company", item: "OnTheWall") -> tuple[float, float]:
    """Seconds from the tick, and seconds of the session."""
    from tests.clockwork import acts

    punch(item, days_ago=2)
    begun, last, first = read(crm, [item.name])
    crm.until(acts.is_quiet)
    return last - begun, last - first


def read(crm: "Company", names: list[str]) -> tuple[float, float, float]:
    """Have these read once: the moments of the tick, of the last that was stored, of the first connection."""
    from tests.clockwork import acts

    crm.until(acts.is_quiet)
    crm.ask(acts.change_devices, {"next_attempt": None}, names)
    begun = time.time()
    crm.ask(acts.tick)
    first, last = crm.until(runs_since, begun, len(names), seconds=300)
    return begun, last, first


@contextlib.contextmanager
def served(count: int, *, net: int = 7) -> Iterator[list["OnTheWall"]]:
    """So many terminals, each with people of its own and an empty log."""
    from attendance_devices.simulators.zkteco import SimulatedUser, Terminal
    from tests.clockwork.harness import ZONE, OnTheWall

    with contextlib.ExitStack() as stack:
        found = []
        for number in range(count):
            people = range(1_000 + number * PEOPLE, 1_000 + (number + 1) * PEOPLE)
            users = [SimulatedUser(user_id=str(who), uid=n, name=f"Person {who}") for n, who in enumerate(people, 1)]
            terminal = Terminal(users=users, clock=lambda: datetime.now(ZONE).replace(tzinfo=None))
            address = stack.enter_context(terminal.serve(f"127.{net}.{number // 250}.{number % 250 + 1}", 0))
            found.append(OnTheWall(f"Gate {number + 1}", terminal, *address))
        yield found


def punch(item: "OnTheWall", *, days_ago: int) -> None:
    """Everybody of this terminal comes, has lunch, and goes."""
    from tests.clockwork.harness import yesterday

    for hour in HOURS:
        for number, user in enumerate(item.terminal.users):
            item.terminal.punch(user.user_id, yesterday(hour) - timedelta(days=days_ago - 1, seconds=-7 * number))


# Ten beside a thousand


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """Ten that are well, and how the others are."""

    what: str
    dead: int = DEAD
    minutes: int = 1
    """Between two polls."""
    was_well: bool = False
    """They all answered until now. Else they never did."""
    workers: int = WORKERS
    aimed: bool = True


CROWDS = (
    Crowd(what="ten, with no others", dead=0, aimed=False),
    Crowd(what="ten, and 1 000 that never answered"),
    Crowd(what="ten, and 1 000 that fall silent together", was_well=True),
    Crowd(what="ten, and 1 000 that fall silent together, each 5 min", minutes=5, was_well=True),
    Crowd(what="ten, and 1 000 that fall silent together, 16 workers", workers=16, was_well=True),
)


def beside_the_dead(folder: Path) -> list[Row]:
    """The longest time between two polls of one that is well, against its interval."""
    with contextlib.ExitStack() as stack:
        addresses = stack.enter_context(nobody(DEAD))
        walls = [stack.enter_context(served(WELL, net=10 + number)) for number in range(len(CROWDS))]
        crms = [
            stack.enter_context(at_work(folder / f"crowd-{number}", workers=crowd.workers))
            for number, crowd in enumerate(CROWDS)
        ]
        begun = [opened(crm, crowd, wall, addresses) for crm, crowd, wall in zip(crms, CROWDS, walls, strict=True)]
        gaps = [0.0] * len(CROWDS)
        while time.time() < begun[-1] + LEAST_SECONDS or not all(gaps):
            time.sleep(2)
            assert time.time() < begun[-1] + MOST_SECONDS, [crm.logs()[-2000:] for crm in crms]
            gaps = [crm.ask(longest_gap, moment) for crm, moment in zip(crms, begun, strict=True)]
        tried = [crm.ask(tries) for crm in crms]
    return [shown(crowd, gap, count) for crowd, gap, count in zip(CROWDS, gaps, tried, strict=True)]


def opened(crm: "Company", crowd: Crowd, wall: list["OnTheWall"], dead: list[tuple[str, int]]) -> float:
    """Those that are well were read; the others are there, and the schedules run. The moment of it."""
    crm.add(wall, poll_minutes=crowd.minutes)
    crm.ask(answered_until_now)
    read(crm, [item.name for item in wall])
    crm.ask(add_dead, dead[: crowd.dead], crowd.minutes)
    if crowd.was_well:
        crm.ask(answered_until_now)
    done = crm.manage("install_schedules")
    assert done.wait() == 0, done.communicate()
    return time.time()


def shown(crowd: Crowd, gap: float, tried: int) -> Row:
    """How it went."""
    what = crowd.what if not crowd.dead else f"{crowd.what} ({tried} tried)"
    return compared(what, gap, ("interval", crowd.minutes * MINUTE), at_most=2 if crowd.aimed else None)


@contextlib.contextmanager
def nobody(count: int) -> Iterator[list[tuple[str, int]]]:
    """Addresses of this machine of which each second one refuses connections, and the others say nothing.

    Both sockets are of every such address. One does not listen; the other's queue is full, and what comes is dropped.
    """
    with contextlib.ExitStack() as stack:
        refusing, silent, *callers = (stack.enter_context(socket.socket()) for _ in range(6))
        for plug in (refusing, silent):
            plug.bind(("", 0))
        silent.listen(0)
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", silent.getsockname()[1]))
        ports = [plug.getsockname()[1] for plug in (refusing, silent)]
        yield [(f"127.9.{number // 250}.{number % 250 + 1}", ports[number % 2]) for number in range(count)]


# What is done in the company's own process


def answered_until_now() -> None:
    """Every terminal answered a moment ago, and its next turn comes as if it had."""
    from attendance_devices.models import Device
    from attendance_devices.services.devices.poll_interval import next_poll

    devices = list(Device.objects.all())
    for device in devices:
        device.last_seen, device.next_attempt = datetime.now(UTC), next_poll(device)
    Device.objects.bulk_update(devices, ["last_seen", "next_attempt"], batch_size=500)


def add_dead(addresses: list[tuple[str, int]], minutes: int) -> None:
    """Devices that nobody ever reached."""
    from attendance_devices.models import Device

    Device.objects.bulk_create(
        [
            Device(name=f"Dead {number}", address=host, port=port, poll_minutes=minutes)
            for number, (host, port) in enumerate(addresses)
        ]
    )


def longest_gap(since: float) -> float:
    """Seconds between two polls of one that answers, now included; 0 until each of them was read once more."""
    from attendance_devices.models import SyncRun

    runs = SyncRun.objects.filter(device__name__startswith="Gate ", error="").order_by("started_at")
    times: dict[int, list[float]] = {}
    for device, at in runs.values_list("device", "started_at"):
        times.setdefault(device, []).append(at.timestamp())
    if any(found[-1] < since for found in times.values()):
        return 0.0
    return max(
        later - earlier for found in times.values() for earlier, later in itertools.pairwise([*found, time.time()])
    )


def tries() -> int:
    """How often one that is dead was tried."""
    from attendance_devices.models import SyncRun

    return SyncRun.objects.filter(device__name__startswith="Dead ").count()


def runs_since(moment: float, count: int) -> list[float]:
    """The first beginning and the last end of the runs since then; empty until there are so many."""
    from attendance_devices.models import SyncRun

    rows = SyncRun.objects.filter(started_at__gte=datetime.fromtimestamp(moment, UTC))
    times = [(begun, ended) for begun, ended in rows.values_list("started_at", "finished_at") if ended]
    if len(times) < count:
        return []
    return [min(begun for begun, _ in times).timestamp(), max(ended for _, ended in times).timestamp()]
