"""Companies with clusters: a database of its own, real ``qcluster`` processes, real terminals on loopback.

::

    with wall(3) as terminals, company(tmp_path, workers=2) as crm:
        crm.add(terminals)
        with crm.cluster() as cluster:
            crm.ask(acts.tick)
            crm.until(acts.is_quiet)
            os.kill(crm.ask(acts.holder, "Gate 1"), signal.SIGKILL)

The company's own Django lives in a process beside the test's (`shell`), which does the functions of `acts` and answers.
Every process is in a session of its own and is killed at the end, whatever happened.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from attendance_devices.simulators.zkteco import SimulatedPunch, SimulatedUser, Terminal
from tests.builders.processes import default_signals

ROOT = Path(__file__).parent.parent.parent
ZONE = ZoneInfo("Asia/Karachi")
LONG = 30.0
"""Seconds after which a test gives up waiting; a machine with much to do needs some of them."""
RUNNING = " running."
"""What a cluster logs once its workers are there."""

LOGIN = {
    "host": "127.0.0.1",
    "user": os.environ.get("PGUSER", "postgres"),
    "password": os.environ.get("PGPASSWORD", ""),
}


def answers(port: int) -> bool:
    """Does a server listen on this port of this machine?"""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def yesterday(hour: int) -> datetime:
    """Naive, as the terminals' clocks showed it."""
    midnight = datetime.now(ZONE).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=1) + timedelta(hours=hour)


@dataclass
class OnTheWall:
    """A served terminal."""

    name: str
    terminal: Terminal
    host: str
    port: int


@contextlib.contextmanager
def wall(count: int, *, people: int = 3, days: int = 1, net: int = 40, **more: Any) -> Iterator[list[OnTheWall]]:
    """So many terminals, each on an address of its own, on which everybody came and went on each of the last days."""
    punches = [
        SimulatedPunch(user_id=str(person), at=yesterday(hour) - timedelta(days=day, minutes=-person))
        for day in range(days - 1, -1, -1)
        for hour in (9, 17)
        for person in range(1, people + 1)
    ]
    users = [SimulatedUser(user_id=str(n), uid=n, name=f"Person {n}") for n in range(1, people + 1)]
    with contextlib.ExitStack() as stack:
        found = []
        for number in range(1, count + 1):
            clock = lambda: datetime.now(ZONE).replace(tzinfo=None)  # noqa: E731
            terminal = Terminal(users=users, punches=punches, clock=clock, **more)
            host = f"127.0.{net + number // 250}.{number % 250 + 1}"
            address = stack.enter_context(terminal.serve(host, 0))
            found.append(OnTheWall(f"Gate {number}", terminal, *address))
        yield found


@dataclass
class Cluster:
    """One ``qcluster``: its process, and what it logged."""

    process: "subprocess.Popen[bytes]"
    log_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    @property
    def workers(self) -> list[int]:
        """The worker processes that ever said that they are ready, but those that are gone."""
        words = [line.rsplit(" ", 1)[-1] for line in self.log.splitlines() if " ready for work at " in line]
        return [int(word) for word in words if Path(f"/proc/{word}").exists()]

    def wait_for(self, words: str, seconds: float = LONG) -> None:
        """Until it logs this."""
        end = time.monotonic() + seconds
        while words not in self.log:
            assert self.process.poll() is None and time.monotonic() < end, f"never logged: {words}\n{self.log[-4000:]}"
            time.sleep(0.05)

    def stop(self, seconds: float = LONG) -> int:
        """Ask it to end (SIGTERM); its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self) -> None:
        """End it and all its processes, at once and without asking."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(LONG)


@dataclass
class Company:
    """A CRM with a database, and whatever clusters are started for it."""

    environment: dict[str, str]
    folder: Path
    shell: "subprocess.Popen[str]"
    clusters: list[Cluster] = field(default_factory=list)

    def ask(self, act: Callable[..., Any], *args: Any) -> Any:
        """Do it in the company's process. Raises AssertionError with its traceback."""
        assert self.shell.stdin and self.shell.stdout
        self.shell.stdin.write(json.dumps([f"{act.__module__}.{act.__qualname__}", args]) + "\n")
        self.shell.stdin.flush()
        answer = json.loads(self.shell.stdout.readline() or '{"error": "the shell has ended"}')
        assert "error" not in answer, answer["error"]
        return answer["answer"]

    def until(self, act: Callable[..., Any], *args: Any, seconds: float = LONG, equals: Any = None) -> Any:
        """Ask again and again until the answer is true, or the one that is expected."""
        end = time.monotonic() + seconds
        while True:
            answer = self.ask(act, *args)
            if answer == equals or (equals is None and answer):
                return answer
            assert time.monotonic() < end, f"{act.__name__} is still {answer!r}\n{self.logs()[-4000:]}"
            time.sleep(0.1)

    def ticking(self, act: Callable[..., Any], *, equals: Any, seconds: float = LONG) -> None:
        """`until`, with a tick each second."""
        from tests.clockwork import acts

        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.ask(acts.tick)
            with contextlib.suppress(AssertionError):
                self.until(act, equals=equals, seconds=1)
                return
        self.until(act, equals=equals, seconds=0)

    def add(self, terminals: Sequence[OnTheWall], **facts: Any) -> list[int]:
        """Devices for these terminals, and employees for their people."""
        from tests.clockwork import acts

        known = {user.user_id for item in terminals for user in item.terminal.users}
        self.ask(acts.add_people, sorted(known, key=int))
        usual = {"timezone": ZONE.key} | facts
        return [self.ask(acts.add_device, item.name, item.host, item.port, usual) for item in terminals]

    def manage(self, *words: str) -> "subprocess.Popen[str]":
        """Start a command of manage.py; `said` waits for it."""
        command = [sys.executable, "-m", "django", *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen(command, env=self.environment, cwd=ROOT, text=True, **pipes)

    def cut(self) -> None:
        """End every connection to the database, as a server that restarts does. PostgreSQL only."""
        import psycopg

        name = json.loads(self.environment["CLOCKWORK"])["database"]["NAME"]
        with psycopg.connect(dbname="postgres", autocommit=True, **LOGIN) as server:
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])

    @contextlib.contextmanager
    def cluster(self, **queue: Any) -> Iterator[Cluster]:
        """A cluster, once it runs; killed at the end if it was not stopped.

        :param queue: keys of Q_CLUSTER. With ``guard_cycle=30`` its scheduler runs at once, and then each half minute.
        """
        given = json.loads(self.environment["CLOCKWORK"])
        given["queue"] |= queue
        log_file = self.folder / f"cluster{len(self.clusters)}.log"
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "django", "qcluster"],
                env=self.environment | {"CLOCKWORK": json.dumps(given)},
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=default_signals,  # noqa: PLW1509 - the child only restores signals
            )
        found = Cluster(process, log_file)
        self.clusters.append(found)
        try:
            found.wait_for(RUNNING)
            yield found
        finally:
            found.kill()

    def logs(self) -> str:
        """What all clusters logged."""
        return "\n".join(cluster.log for cluster in self.clusters)


def said(command: "subprocess.Popen[str]") -> tuple[int, str]:
    """The exit code of a command, and all that it wrote."""
    text, _ = command.communicate(timeout=60)
    return command.returncode, text


@contextlib.contextmanager
def company(
    folder: Path, kind: str = "sqlite", *, redis: str = "", workers: int = 2, app: dict[str, Any] | None = None
) -> Iterator[Company]:
    """:param kind: sqlite or postgresql. :param redis: a URL, for its broker. :param app: keys of the app's setting."""
    name = f"clockwork_{uuid.uuid4().hex[:12]}"
    queue: dict[str, Any] = {"name": name, "workers": workers} | ({"redis": redis} if redis else {})
    with database(kind, name, folder) as given:
        settings = {"database": given, "queue": queue, "app": app or {}}
        environment = {key: value for key, value in os.environ.items() if not key.startswith("COV_")} | {
            "DJANGO_SETTINGS_MODULE": "tests.clockwork.settings",
            "CLOCKWORK": json.dumps(settings),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }
        shell = subprocess.Popen(
            [sys.executable, "-m", "tests.clockwork.shell"],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            from tests.clockwork import acts

            found = Company(environment, folder, shell)
            found.ask(acts.make_tables)
            yield found
        finally:
            shell.kill()
            shell.communicate()
            if redis:
                _forget(redis, name)


def _forget(url: str, name: str) -> None:
    from redis import Redis

    with Redis.from_url(url) as server:
        for key in server.scan_iter(f"django_q:{name}:*"):
            server.delete(key)


@contextlib.contextmanager
def database(kind: str, name: str, folder: Path) -> Iterator[dict[str, Any]]:
    """An empty database, as the README recommends to set it, dropped at the end."""
    if kind == "sqlite":
        options = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        }
        yield {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / f"{name}.sqlite3"), "OPTIONS": options}
        return
    import psycopg

    with psycopg.connect(dbname="postgres", autocommit=True, **LOGIN) as server:
        server.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
        try:
            yield {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": name,
                "USER": LOGIN["user"],
                "PASSWORD": LOGIN["password"],
                "HOST": LOGIN["host"],
            }
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]
