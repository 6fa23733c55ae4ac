"""A little CRM in a folder of its own, with the code blocks of docs/schedulers.md written into its files.

::

    with office(folder) as crm:
        crm.write(recipe("Celery"))
        with crm.start("celery -A crm worker") as worker:
            crm.until_told()
"""

import contextlib
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import django

from attendance_devices.simulators.zkteco import SimulatedPunch, SimulatedUser, Terminal
from tests.builders.processes import default_signals

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = (ROOT / "docs" / "schedulers.md").read_text()
ZONE = ZoneInfo("Asia/Karachi")
PATIENCE = 40.0
"""Seconds. What is awaited comes in one or two; a machine at its limit needs more."""
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
SETTINGS = """
from tests.settings import *

SECRET_KEY = "only-for-tests"
ROOT_URLCONF = "tests.urls"
INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "django_q"]
MIGRATION_MODULES = dict.fromkeys([app.split(".")[-1] for app in INSTALLED_APPS] + ["own"])
del Q_CLUSTER
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": "crm.sqlite3",
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        },
    }
}
"""
MANAGE = "from django.core.management import execute_from_command_line as run\nimport sys\nrun(sys.argv)\n"
OPEN = """
import django
django.setup()
from tests.clockwork import acts
acts.make_tables()
acts.add_people(["7"])
acts.add_device("Gate", {host!r}, {port}, {{"timezone": {zone!r}}})
"""


def recipe(title: str, language: str) -> list[str]:
    """The code blocks of this language under this heading, as this Django wants them."""
    section = DOCUMENT.split(f"\n## {title}\n")[1].split("\n## ")[0]
    found = [text for kind, text in BLOCK.findall(section) if kind == language]
    assert found, f"no {language} under {title}"
    return found if django.VERSION >= (6,) else [_on_5_2(text) for text in found]


def _on_5_2(text: str) -> str:
    """The comment tells what stands there instead: a whole line, or the list."""
    text = re.sub(r"^\S.*# on Django 5\.2: (from .*)$", r"\1", text, flags=re.MULTILINE)
    return re.sub(r"\[[^\]]*\](  # on Django 5\.2: )(\[.*\])$", r"\2", text, flags=re.MULTILINE)


def cron_lines(title: str) -> list[str]:
    """What cron would have the shell do."""
    return [line.split(maxsplit=5)[5] for block in recipe(title, "cron") for line in block.splitlines()]


@dataclass
class Office:
    """The project."""

    folder: Path
    terminal: Terminal

    def write(self, *blocks: str) -> None:
        """Each block goes to the end of the file that its first line names."""
        for block in blocks:
            name = block.splitlines()[0].removeprefix("# ")
            path = self.folder / name
            path.write_text((path.read_text() if path.exists() else "") + "\n" + block)

    @contextlib.contextmanager
    def start(self, line: str) -> "Iterator[subprocess.Popen[bytes]]":
        """This command line, as a process of its own; what it says goes to the file `said`."""
        command = {"python": [sys.executable], "celery": [sys.executable, "-m", "celery"]}
        first, *rest = shlex.split(line, comments=True)
        with (self.folder / "said").open("ab") as said:
            process = subprocess.Popen(
                [*command[first], *rest],
                cwd=self.folder,
                env=self.environment,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=default_signals,  # noqa: PLW1509 - the child only restores signals
            )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)

    def run(self, line: str) -> None:
        """This command line, to its end, which is good."""
        with self.start(line) as process:
            assert process.wait(PATIENCE) == 0, self.said

    def by_cron(self, *lines: str) -> list[str]:
        """These, all at the same minute, as cron runs them, each expected to end well. What cron would mail of each."""
        told = {"cwd": "/", "env": self.environment, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        shells = [
            subprocess.Popen(["/bin/sh", "-c", line.replace("/srv/crm", str(self.folder))], text=True, **told)  # type: ignore[call-overload]
            for line in lines
        ]
        mails = [shell.communicate(timeout=PATIENCE)[0] for shell in shells]
        assert [shell.returncode for shell in shells] == [0] * len(lines), mails
        return mails

    def rows(self) -> int:
        """How many rows the CRM has, whole ones."""
        return self.count("hr_attendance WHERE check_in_time IS NOT NULL AND check_out_time IS NOT NULL")

    def count(self, what: str) -> int:
        """Rows of a table."""
        return int(self.sql(f"SELECT count(*) FROM {what}"))

    def sql(self, statement: str) -> object:
        """The first value of the answer."""
        with contextlib.closing(sqlite3.connect(self.folder / "crm.sqlite3", timeout=20)) as database, database:
            return (database.execute(statement).fetchone() or [None])[0]

    def until(self, what: str) -> None:
        """Until there is such a row."""
        end = time.monotonic() + PATIENCE
        while not self.count(what):
            assert time.monotonic() < end, f"none of {what}\n{self.said[-4000:]}"
            time.sleep(0.05)

    def until_said(self, words: str) -> None:
        """Until a process says this."""
        end = time.monotonic() + PATIENCE
        while words not in self.said:
            assert time.monotonic() < end, f"never said: {words}\n{self.said[-4000:]}"
            time.sleep(0.05)

    @property
    def said(self) -> str:
        path = self.folder / "said"
        return path.read_text() if path.exists() else ""

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("COV_")}
        paths = {"PYTHONPATH": f"{self.folder}:{ROOT}", "PYTHONUNBUFFERED": "1"}
        return kept | paths | {"DJANGO_SETTINGS_MODULE": "crm.settings"}


@contextlib.contextmanager
def office(folder: Path) -> Iterator[Office]:
    """A project, a terminal that saw employee 7 come and go yesterday, and a table of the CRM without a row."""
    (folder / "crm").mkdir()
    (folder / "crm" / "__init__.py").touch()
    (folder / "crm" / "settings.py").write_text(SETTINGS)
    (folder / "manage.py").write_text(MANAGE)
    python = folder / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    midnight = datetime.now(ZONE).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    shown = [midnight - timedelta(days=1) + timedelta(hours=hour) for hour in (9, 17)]
    terminal = Terminal(
        users=[SimulatedUser(user_id="7", uid=1, name="Asha")],
        punches=[SimulatedPunch(user_id="7", at=at) for at in shown],
        clock=lambda: datetime.now(ZONE).replace(tzinfo=None),
    )
    with terminal.serve("127.0.60.1", 0) as (host, port):
        found = Office(folder, terminal)
        (folder / "open.py").write_text(OPEN.format(host=host, port=port, zone=ZONE.key))
        found.run("python open.py")
        yield found
