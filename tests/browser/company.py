"""The company that people look at in these tests: a database of its own, real processes, terminals on loopback.

::

    with company(folder) as crm:          # its clock says Friday, 09:15
        crm.start("auto_fetch_zkteco")    # killed at the end
        crm.terminal(ACE_TRACK).punch("1004", crm.now())

It is founded once, and copied for everybody who changes something in it.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from attendance_devices.simulators.zkteco import Terminal
from example_project.demo import punches, terminals
from example_project.demo.home import ZONE
from example_project.demo.staff import DOS
from tests.browser.founding import MORNING, START

ROOT = Path(__file__).parent.parent.parent
LONG = 30.0
"""Seconds after which something is given up; a machine with much to do needs some of them."""


@dataclass(kw_only=True)
class Company:
    """A CRM that is served, and its terminals."""

    folder: Path
    shift: timedelta
    """From this machine's clock to the company's."""
    facts: Mapping[str, Any]
    walls: Mapping[str, Terminal]
    """The terminal of each office."""
    address: str = ""
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    """What its processes find in their environment besides."""

    def now(self) -> datetime:
        """The naive wall clock of all its offices."""
        return (datetime.now(ZONE) + self.shift).replace(tzinfo=None)

    @property
    def environment(self) -> dict[str, str]:
        places = {"CRM_TERMINALS": json.dumps(self.places)}
        return environment(self.folder, self.shift) | places | dict(self.extra)

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        """A command of manage.py that goes on until the end."""
        return self._process("django", *words, stdout=subprocess.DEVNULL)

    def manage(self, *words: str) -> str:
        """Run a command of manage.py to its end; what it said. Raises AssertionError if it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "django", *words],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=LONG,
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def serve(self) -> None:
        """Start the web server."""
        process = self._process("tests.browser.serving", stdout=subprocess.PIPE)
        assert process.stdout is not None
        port = process.stdout.readline().strip().decode()
        assert port, f"the web server did not start: {self.log}"
        self.address = f"http://127.0.0.1:{port}"

    def stop_serving(self) -> None:
        """End the web server; whoever has a page open has it."""
        self.processes[0].kill()
        self.processes[0].wait(LONG)

    @property
    def log(self) -> str:
        """What all its processes complained of."""
        return self._log_file.read_text(errors="replace")

    @property
    def _log_file(self) -> Path:
        return self.folder / "processes.log"

    def _process(self, *words: str, stdout: int) -> "subprocess.Popen[bytes]":
        with self._log_file.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *words],
                env=self.environment,
                cwd=ROOT,
                stdout=stdout,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def end(self) -> None:
        """Kill what it started, with all their children."""
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(LONG)
            if process.stdout:
                process.stdout.close()


def environment(folder: Path, shift: timedelta) -> dict[str, str]:
    """Of every process of a company. Nothing of this shell's own settings gets in."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("COV_", "DJANGO_", "DEMO_"))}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
        "DATABASE_URL": f"sqlite:///{folder / 'crm.sqlite3'}",
        "ENV_FILE": str(folder / "no-such-file"),
        "SECRET_KEY": "only-for-the-browser",
        "SALT_KEY": "only-for-the-browser-too",
        "TIME_ZONE": ZONE.key,
        "HTTPS": "off",
        "DEBUG": "off",
        "PORT": "0",
        "BIND": "127.0.0.1",
        "CRM_SHIFT": str(shift.total_seconds()),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
    }


def founded(shared: Path) -> Path:
    """The folder of the company as it is at 09:15; made by whichever test process comes first."""
    folder = shared / "founded"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "facts.json").is_file():
            done = subprocess.run(
                [sys.executable, "-m", "tests.browser.founding", str(folder / "facts.json")],
                env=environment(folder, timedelta()),
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=120,
            )
            assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return folder


@contextlib.contextmanager
def company(folder: Path, template: Path, **extra: str) -> Iterator[Company]:
    """A copy of its own of the founded company, served. Its terminals answer, but for the one that fell silent."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(template / "crm.sqlite3", folder)
    shift = MORNING - datetime.now(ZONE)
    facts = json.loads((template / "facts.json").read_text())
    with contextlib.ExitStack() as stack:
        walls, places = {}, {}
        moment = MORNING.replace(tzinfo=None)
        clock = lambda: (datetime.now(ZONE) + shift).replace(tzinfo=None)  # noqa: E731
        for make in terminals.MAKES:
            log = punches.log(make.office, START, moment)
            terminal = Terminal(profile=make.profile, users=terminals.users(make), punches=log, clock=clock)
            places[make.office] = stack.enter_context(terminal.serve(make.host, 0))
            walls[make.office] = terminal
            if make.office == DOS:
                terminal.stop()
        crm = Company(folder=folder, shift=shift, facts=facts, walls=walls, places=places, extra=extra)
        stack.callback(crm.end)
        crm.serve()
        yield crm


def eventually(is_so: Any, seconds: float = LONG) -> None:
    """Wait until it is true."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.05)
