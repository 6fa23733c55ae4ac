"""A company whose clock is run by real clusters. What differs from one to the next is in CLOCKWORK, as JSON."""

import json
import os
from typing import Any

from tests.settings import *  # noqa: F403 - all that the suite says, but for what stands here
from tests.settings import ATTENDANCE_DEVICES, Q_CLUSTER

GIVEN: dict[str, Any] = json.loads(os.environ["CLOCKWORK"])


class NoMigrations(dict[str, None]):
    """Every table is made as it is now: two seconds less for each company."""

    def __contains__(self, app: object) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


MIGRATION_MODULES = NoMigrations()
DATABASES = {"default": GIVEN["database"]}
ATTENDANCE_DEVICES = ATTENDANCE_DEVICES | GIVEN["app"]
Q_CLUSTER = Q_CLUSTER | GIVEN["queue"]
if "redis" in GIVEN["queue"]:
    del Q_CLUSTER["orm"]
