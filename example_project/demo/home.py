"""The demo's folder: its secrets, its database, and the day on which its story begins. Kept between runs."""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

from example_project.demo.punches import first_day

ZONE = ZoneInfo("Asia/Karachi")
ROOT = Path(__file__).resolve().parent.parent.parent


class DemoError(Exception):
    """Something a person can put right; the message says how."""


class Home:
    """The folder ``.demo``, or the one that DEMO_HOME names."""

    def __init__(self) -> None:
        self.folder = Path(os.environ.get("DEMO_HOME", ROOT / ".demo")).resolve()
        self.env_file = self.folder / "env"
        self.database = self.folder / "demo.sqlite3"
        self.values: dict[str, str] = {}

    @contextlib.contextmanager
    def occupied(self) -> Iterator[None]:
        """Hold the folder for this process. Raises `DemoError` when another demo runs in it."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                message = f"A demo runs in {self.shown(self.folder)} already: stop it, or set DEMO_HOME."
                raise DemoError(message) from error
            yield

    def prepare(self) -> None:
        """Read the secrets, make those that are missing, and tell Django where everything is."""
        if self.env_file.is_file():
            lines = self.env_file.read_text().splitlines()
            self.values = dict(line.split("=", 1) for line in lines if "=" in line)
        made = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "SALT_KEY": secrets.token_urlsafe(50),
            "DEMO_PASSWORD": secrets.token_urlsafe(9),
            "DEMO_START": first_day(now().date()).isoformat(),
        }
        self.values = made | self.values | self._surroundings()
        self._write("".join(f"{name}={value}\n" for name, value in self.values.items()))
        # The demo never touches another database, whatever the shell has set.
        os.environ |= {"DJANGO_SETTINGS_MODULE": "example_project.settings", "ENV_FILE": str(self.env_file)}
        os.environ |= {name: self.values[name] for name in ("SECRET_KEY", "SALT_KEY", *self._surroundings())}

    def _surroundings(self) -> dict[str, str]:
        return {
            "DATABASE_URL": f"sqlite:///{quote(str(self.database))}",
            "TIME_ZONE": str(ZONE),
            "HTTPS": "off",
            "DEBUG": "off",
        }

    @property
    def start(self) -> date:
        """The first day of the terminals' logs."""
        return date.fromisoformat(self.values["DEMO_START"])

    @property
    def password(self) -> str:
        """DEMO_PASSWORD of the environment, else the one made at the first run."""
        return os.environ.get("DEMO_PASSWORD") or self.values["DEMO_PASSWORD"]

    def shown(self, path: Path) -> str:
        """A path as short as it can be said."""
        here = Path.cwd()
        return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)

    def _write(self, text: str) -> None:
        new = self.env_file.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(text)
        new.replace(self.env_file)


def now() -> datetime:
    """The naive wall clock of all offices. DEMO_NOW (2026-11-20T15:30) stops it, for tests and pictures."""
    stopped = os.environ.get("DEMO_NOW")
    if stopped:
        return datetime.fromisoformat(stopped)
    return datetime.now(ZONE).replace(tzinfo=None)
