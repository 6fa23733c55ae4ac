"""A test's database, shared with other threads and processes: SQLite in memory moves into a file for that."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

PATIENCE = 30.0
"""Seconds. What is awaited comes in a fraction of that; a machine at its limit needs more."""
OPTIONS = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"}


@contextmanager
def shared_database(folder: Path, *, timeout: float = 20) -> Iterator[dict[str, str]]:
    """The environment of a process that uses the same database. Wants a test that is no transaction.

    :param timeout: how long a thread of this process waits for SQLite's lock.
    """
    facts: dict[str, Any] = connection.settings_dict
    before = {key: facts[key] for key in ("NAME", "OPTIONS")}
    raw = connection.connection
    if connection.vendor == "sqlite":
        name = str(folder / "shared.sqlite3")
        connection.ensure_connection()
        raw = connection.connection
        with closing(sqlite3.connect(name)) as copy:
            raw.backup(copy)
            copy.execute("PRAGMA journal_mode=WAL")
        facts |= {"NAME": name, "OPTIONS": {**OPTIONS, "timeout": timeout}}
        connection.connection = None
    try:
        yield os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.settings_shared",
            "SHARED_SETTINGS": str(settings.SETTINGS_MODULE),
            "SHARED_DATABASE": str(facts["NAME"]),
        }
    finally:
        if connection.vendor == "sqlite":
            connection.close()
            facts |= before
            connection.connection = raw


def until(come: Callable[[], Any], what: str = "") -> Any:
    """Wait for it, and hand out what it gives."""
    end = time.monotonic() + PATIENCE
    while not (found := come()):
        assert time.monotonic() < end, f"waited {PATIENCE:g} s in vain: {what or come}"
        time.sleep(0.01)
    return found
