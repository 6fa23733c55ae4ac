"""Run a benchmark on each database that answers: in a process of its own, in a scratch database dropped afterwards."""

import importlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.measure import Row, packed

TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
WRITES = ("INSERT", "UPDATE", "DELETE")
PORTS = {"sqlite": None, "postgresql": 5432, "mariadb": 3306}


def on_each(module: str) -> list[Row]:
    """The rows that ``measured()`` of a module of this package gives on every database of this machine."""
    return [row for kind in PORTS for row in on_one(kind, module)]


def on_one(kind: str, module: str) -> list[Row]:
    """The rows that it gives on one of them."""
    port = PORTS[kind]
    if port is not None and not _answers(port):
        return [Row(what=f"{kind}: nothing answers on port {port}", ours="left out")]
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        return list(_on(kind, module, folder))


def _on(kind: str, module: str, folder: str) -> Iterator[Row]:
    given = {"DATABASE": kind, "BENCHMARKS_FOLDER": folder, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
    command = [sys.executable, "-W", "ignore", "-m", __name__, module]
    done = subprocess.run(command, env=os.environ | given, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        yield Row(what=f"{kind}: failed, see above", ours="left out")
        return
    for row in json.loads(done.stdout.splitlines()[-1]):
        yield Row(**row | {"what": f"{kind}: {row['what']}"})


def _answers(port: int) -> bool:
    with socket.socket() as plug:
        plug.settimeout(1)
        return plug.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def scratch() -> Iterator[None]:
    """A new database with our tables, gone afterwards."""
    import django
    from django.db import connection

    django.setup()
    before = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def empty(app: str = "attendance_devices", *, only: str = "") -> None:
    """No row in any table of the app, or in one; truncated, so that no run pays for the one before it."""
    from django.apps import apps
    from django.core.management.color import no_style
    from django.db import connection

    models = apps.get_app_config(app).get_models()
    tables = [model._meta.db_table for model in models if model._meta.model_name == only or not only]
    connection.ops.execute_sql_flush(
        connection.ops.sql_flush(no_style(), tables, reset_sequences=True, allow_cascade=True)
    )


def asked(act: Callable[[], object], *, but: str = "") -> int:
    """How many queries it makes: one for each kind of write, because Django splits writes where a database must.

    :param but: leave out the statements that write this table, and their savepoints.
    """
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        act()
    texts = [query["sql"] for query in queries if not query["sql"].startswith(TRANSACTION)]
    writes = {text[:60] for text in texts if text.startswith(WRITES) and not (but and but in text[:60])}
    return len(writes) + sum(not text.startswith(WRITES) for text in texts)


if __name__ == "__main__":
    with scratch():
        print(json.dumps(packed(importlib.import_module(f"benchmarks.{sys.argv[1]}").measured())))
