"""The settings of the test suite, with a scratch database of its own: `scratch()` makes it and drops it."""

import os
from pathlib import Path

from tests.settings import *  # noqa: F403 - all that the suite says, but for the database
from tests.settings import database


def scratch_database() -> dict[str, object]:
    """What `tests.settings` says, under another name; SQLite in a file."""
    found = database()
    if str(found["ENGINE"]).endswith("sqlite3"):
        folder = Path(os.environ["BENCHMARKS_FOLDER"])
        return found | {"NAME": str(folder / "db.sqlite3"), "TEST": {"NAME": str(folder / "bench.sqlite3")}}
    test = found["TEST"]
    assert isinstance(test, dict)
    return found | {"TEST": test | {"NAME": "attendance_devices_bench"}}


DATABASES = {"default": scratch_database()}
ROOT_URLCONF = "benchmarks.urls"
