"""The queue's settings: what loses, doubles or stops tasks is told at start.

All are warnings: the queue is the host's, and other apps of it may want it so.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, register

from attendance_devices.checks.messages import messages
from attendance_devices.hosts.checks.faults import Fault

PASTE = (
    'Q_CLUSTER = {"name": "crm", "workers": 2, "timeout": 240, "retry": 300, "max_attempts": 2, "catch_up": False, '
    '"orm": "default", "save_limit": 250}'
)
SHORTEST_TIMEOUT = 60
RETRY = 60
"""Seconds, where the setting says nothing."""
SQLITE = "django.db.backends.sqlite3"
SQLITE_OPTIONS = (
    '{"timeout": 20, "transaction_mode": "IMMEDIATE", '
    '"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"}'
)
SHORTEST_WAIT = 10
MOST_WORKERS_ON_SQLITE = 2


@register()
def check_queue(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Judge ``Q_CLUSTER`` where django-q2 is installed."""
    del app_configs, kwargs
    return messages(queue_faults()) if apps.is_installed("django_q") else []


def queue_faults() -> Iterator[Fault]:
    """What will go wrong sooner or later."""
    given = getattr(settings, "Q_CLUSTER", None)
    if not isinstance(given, Mapping):
        message = "django_q is installed without Q_CLUSTER: it would look for Redis on this machine, and lose tasks."
        yield Fault(code="W005", message=message, hint=f"Paste into the settings: {PASTE}")
        return
    yield from _times(given)
    yield from _repeats(given)
    yield from _on_sqlite(given)
    if given.get("sync"):
        message = 'Q_CLUSTER["sync"] is on: whoever enqueues a task waits for it, and nothing runs beside anything.'
        yield Fault(code="W012", message=message, hint='Paste: del Q_CLUSTER["sync"]')


def _times(given: Mapping[str, Any]) -> Iterator[Fault]:
    timeout, retry = given.get("timeout"), given.get("retry", RETRY)
    if not timeout or timeout < SHORTEST_TIMEOUT:
        said = f"ends a task after {timeout} s, too soon for a long log" if timeout else "never ends a task that hangs"
        hint = 'Paste: Q_CLUSTER["timeout"] = 240, and Q_CLUSTER["retry"] = 300'
        yield Fault(code="W007", message=f'Q_CLUSTER["timeout"] {said}.', hint=hint)
    if timeout and retry <= timeout:
        message = f'Q_CLUSTER["retry"] ({retry} s) is not longer than "timeout" ({timeout} s): a slow task runs twice.'
        yield Fault(code="W006", message=message, hint=f'Paste: Q_CLUSTER["retry"] = {int(timeout) + 60}')


def _repeats(given: Mapping[str, Any]) -> Iterator[Fault]:
    if not given.get("max_attempts") and not given.get("ack_failures"):
        message = 'Q_CLUSTER has no "max_attempts": a task that fails is run again for ever.'
        yield Fault(code="W008", message=message, hint='Paste: Q_CLUSTER["max_attempts"] = 2')
    if given.get("catch_up", True):
        message = 'Q_CLUSTER["catch_up"] is on: after two hours without a cluster the tick runs 120 times.'
        yield Fault(code="W009", message=message, hint='Paste: Q_CLUSTER["catch_up"] = False')


def _on_sqlite(given: Mapping[str, Any]) -> Iterator[Fault]:
    """Only the database that holds the queue and our rows; one in memory is of a test."""
    alias = given.get("orm") or "default"
    databases: Mapping[str, Any] = settings.DATABASES
    database: Mapping[str, Any] = databases.get(alias, {})
    if database.get("ENGINE") != SQLITE or ":memory:" in str(database.get("NAME")):
        return
    options = database.get("OPTIONS") or {}
    if options.get("transaction_mode") != "IMMEDIATE" or options.get("timeout", 5) < SHORTEST_WAIT:
        message = 'SQLite without IMMEDIATE transactions and a long timeout: tasks end in "database is locked".'
        yield Fault(code="W010", message=message, hint=f'Paste: DATABASES["{alias}"]["OPTIONS"] = {SQLITE_OPTIONS}')
    workers = given.get("workers") or 0
    if not 0 < workers <= MOST_WORKERS_ON_SQLITE:
        said = f"{workers} workers" if workers else "a worker for each processor"
        message = f"Q_CLUSTER has {said} on SQLite, which lets one at a time write."
        yield Fault(code="W011", message=message, hint='Paste: Q_CLUSTER["workers"] = 1')
