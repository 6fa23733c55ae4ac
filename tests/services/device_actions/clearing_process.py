"""Clears a terminal's log in forks that are killed: at a database statement, or by whoever watches the terminal.

A program of its own, because only a process without threads may fork. It reads the terminal once, and then answers each
line on its input, a number::

    python -m tests.services.device_actions.clearing_process PORT DATABASE_NAME

n > 0   kills the fork (SIGKILL) at its n-th database statement, counted from the one that notes the beginning
0       says the fork's process number, waits for a line, and lets it run: somebody else will kill it

and then reads the terminal, as the next poll would, and says in a line of JSON how everything stands.
"""

import json
import os
import signal
import sys
from typing import Any

import django

from tests.services.pipeline.killing_process import forked, unhurried


def main(port: int, name: str) -> None:
    django.setup()
    from django.db import connection

    connection.settings_dict["TEST"]["NAME"] = name
    unhurried()
    old_name = connection.settings_dict["NAME"]
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        _prepare(port)
        forked(_collect)
        while line := _line():
            killed = forked(lambda number=int(line): _cleared(number))
            _say(before := _state())
            forked(_collect)
            _say(_state() | {"killed": killed, "marked": before["marked"]})
    finally:
        connection.creation.destroy_test_db(old_name, verbosity=0)


def _prepare(port: int) -> None:
    from attendance_devices.models import Device

    Device.objects.create(name="Gate", address="127.0.0.1", port=port)


def _collect() -> None:
    from attendance_devices.models import Device
    from attendance_devices.services.collection.collect import collect

    result = collect(Device.objects.get().pk, whole=True)
    assert result.ok, result.error


class _Killer:
    """Before the beginning is noted the terminal is only read, and there is nothing to break off."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.begun = False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.begun = self.begun or (sql.startswith("INSERT") and "auditentry" in sql)
        self.left -= self.begun
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)


def _cleared(number: int) -> None:
    from django.db import connection

    from attendance_devices.models import AuditEntry, Device
    from attendance_devices.services.device_actions.clear_log import clear_log

    AuditEntry.objects.all().delete()
    pk = Device.objects.get().pk
    if number:
        with connection.execute_wrapper(_Killer(number)):
            clear_log(pk)
        return
    _say({"pid": os.getpid()})
    _line()
    clear_log(pk)


def _state() -> dict[str, Any]:
    from attendance_devices.models import AuditEntry, Device, ESSLAttendanceLog

    trail = [f"{entry.verb} {entry.outcome}" for entry in AuditEntry.objects.order_by("pk")]
    marked = Device.objects.get().disabled_since is not None
    return {"logs": ESSLAttendanceLog.objects.count(), "trail": trail, "marked": marked, "still": marked}


def _line() -> bytes:
    """Up to the line's end, and not a byte more: the forks share this input."""
    found = b""
    while not found.endswith(b"\n"):
        letter = os.read(0, 1)
        if not letter:
            return b""
        found += letter
    return found


def _say(values: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
