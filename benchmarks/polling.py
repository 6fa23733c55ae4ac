"""Polls of a terminal whose 100 000 punches are stored already: what it must send, and what we ask the database."""

import time
from dataclasses import dataclass
from typing import Any

from benchmarks.databases import on_each
from benchmarks.importing import new_device
from benchmarks.measure import Row, bounded, duration, size
from benchmarks.terminals import Remote, log, served

TITLE = "Polls of a terminal that holds 100 000 punches"
NOTE = """\
Everybody mapped. Wall time of `collect()` on loopback, session included: the best of the polls. Queries without
`BEGIN` and `COMMIT`, and bytes as the terminal sent them: the most of any poll."""
PUNCHES = 100_000
FRESH = 100
POLLS = 10
MOST_QUERIES = 10
MOST_BYTES = 64 * 1024
MOST_SECONDS = 0.05
TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@dataclass(frozen=True, kw_only=True)
class Poll:
    """What one poll took."""

    seconds: float
    sent: int
    queries: int


def rows() -> list[Row]:
    """On every database that answers."""
    return on_each("polling")


def measured() -> list[Row]:
    """On the database of this process."""
    from attendance_devices.services.collection.collect import collect

    with served(log(PUNCHES)) as remote:
        device = new_device(remote)
        collect(device.pk)
        map_everybody(device)
        idle = [poll(device, remote, new=0) for _ in range(POLLS)]
        fresh = []
        for number in range(POLLS):
            remote.append(log(FRESH, skip=PUNCHES + number * FRESH))
            fresh.append(poll(device, remote, new=FRESH))
    return [
        *shown("nothing new", idle, MOST_SECONDS),
        *shown(f"{FRESH} new", fresh, None),
    ]


def map_everybody(device: Any) -> None:
    """As in a company at work: new punches also ask for days to be derived."""
    from django.contrib.auth import get_user_model

    from attendance_devices.models import DeviceUser

    listed = list(DeviceUser.objects.filter(device=device))
    accounts = get_user_model().objects
    accounts.bulk_create([accounts.model(username=f"person-{user.device_user_id}") for user in listed])
    for user, account in zip(listed, accounts.filter(username__startswith="person-"), strict=True):
        user.system_user = account
    DeviceUser.objects.bulk_update(listed, ["system_user"], batch_size=500)


def poll(device: Any, remote: Remote, *, new: int) -> Poll:
    """Collect once, and count."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from attendance_devices.services.collection.collect import collect

    before = remote.bytes_sent()
    with CaptureQueriesContext(connection) as asked:
        start = time.perf_counter()
        result = collect(device.pk)
        spent = time.perf_counter() - start
    if result.new != new or result.error:
        raise RuntimeError(result)
    queries = sum(1 for query in asked.captured_queries if not query["sql"].startswith(TRANSACTION))
    return Poll(seconds=spent, sent=remote.bytes_sent() - before, queries=queries)


def shown(what: str, polls: list[Poll], limit: float | None) -> list[Row]:
    """Three lines: time, bytes, queries."""
    seconds = min(one.seconds for one in polls)
    wall = Row(what=f"{what}: wall time", ours=duration(seconds))
    return [
        wall if limit is None else bounded(wall.what, seconds, limit, shown=duration),
        bounded(f"{what}: bytes sent", max(one.sent for one in polls), MOST_BYTES, shown=size),
        bounded(f"{what}: queries", max(one.queries for one in polls), MOST_QUERIES),
    ]
