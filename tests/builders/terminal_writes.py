"""Terminals for the tests of writes: with a log that is stored, and with something that happens at a command."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from attendance_devices.models import AuditEntry, Device
from attendance_devices.services.collection.collect import collect
from attendance_devices.services.devices import enable
from attendance_devices.simulators.zkteco import Terminal
from tests.builders.crm import READING, at, days, device, taps, terminal

CLEAR, SET_TIME, ENABLE, DISABLE, RESTART, PREPARE, READ = 15, 202, 1002, 1003, 1004, 1503, 1504
NAMES = {CLEAR: "clear", SET_TIME: "set time", ENABLE: "enable", DISABLE: "disable", RESTART: "restart"}


@contextmanager
def stored(machine: Terminal | None = None, **facts: Any) -> Iterator[tuple[Terminal, Device]]:
    """A terminal of six punches (or the one given), every record of which was collected."""
    machine = machine or terminal(punches=taps(*[("7", at("09:00", day)) for day in days(6)]))
    with machine.serve() as (host, port):
        gate = device(name="Gate 1", address=host, port=port, **facts)
        result = collect(gate.pk, whole=True)
        assert result.ok, result.error
        gate.refresh_from_db()
        yield machine, gate


def orders(machine: Terminal) -> list[str]:
    """What it was told to change, in order."""
    return [NAMES[command] for command, _ in machine.journal if command in NAMES]


def only_read(machine: Terminal) -> bool:
    """Was it asked, and told nothing?"""
    return {command for command, _ in machine.journal} <= READING


def trail() -> list[tuple[str, str]]:
    """(verb, outcome) of each audit entry, the oldest first."""
    return list(AuditEntry.objects.order_by("pk").values_list("verb", "outcome"))


def writer(*, allowed: bool = True) -> Any:
    """A user who may write to terminals, or one who may only look at them."""
    user = get_user_model().objects.create_user(username="clerk", password="x")
    user.user_permissions.add(Permission.objects.get(codename="write_to_device" if allowed else "view_device"))
    return user


def at_command(machine: Terminal, command: int, happens: Callable[[], None], *, time: int = 1) -> None:
    """Something happens in the terminal just before it carries out the n-th such command."""
    seen = 0

    def told(heard: int) -> None:
        nonlocal seen
        seen += heard == command
        if heard == command and seen == time:
            happens()

    machine.on_request = told


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once."""
    monkeypatch.setattr(enable, "PAUSES", (0.0,) * len(enable.PAUSES))
