"""The process is killed while it clears a log: the log is whole or stored, and the next poll lets people punch."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from attendance_devices.simulators.zkteco import SimulatedPunch, Terminal
from tests.builders.crm import at, days
from tests.builders.terminal_writes import CLEAR, DISABLE, ENABLE, PREPARE, at_command

MOST_STATEMENTS = 60
PUNCHES = [SimulatedPunch(user_id="7", at=at("09:00", day)) for day in days(6)]
POINTS: list[tuple[str, int, int]] = [
    ("as it is told to be still", DISABLE, 1),
    ("as the log is read again", PREPARE, 2),
    ("as it is told to clear", CLEAR, 1),
    ("as it is looked at afterwards", 1013, 1),
    ("as it is told to go on", ENABLE, 1),
]


class Victim:
    """The program that clears, from outside."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def tell(self, line: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the program ended"
        found: dict[str, Any] = json.loads(line)
        return found


@contextmanager
def victim(port: int, tmp_path: Path) -> Iterator[Victim]:
    name = str(tmp_path / "cleared.sqlite3")
    if connection.vendor != "sqlite":
        name = f"attendance_devices_cleared_{os.getpid()}"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.services.device_actions.clearing_process", str(port), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
    )
    try:
        yield Victim(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def judge(machine: Terminal, left: int, state: dict[str, Any], where: object) -> None:
    """Whatever was killed, and where: nothing is lost, and after the next poll people can punch."""
    assert left in (0, 6), where
    assert state["logs"] == 6, where
    assert not machine.disabled, where
    assert not state["still"], where


def test_a_kill_at_any_statement_or_order_loses_nothing_and_the_next_poll_lets_people_punch(tmp_path: Path) -> None:
    machine = Terminal(punches=PUNCHES)
    with machine.serve() as (_, port), victim(port, tmp_path) as program:
        left_behind = _at_every_statement(machine, program)
        assert left_behind, "the fixture kills between being still and being let go"
        for name, command, time in POINTS:
            _at_order(machine, program, (name, command, time))


def _at_every_statement(machine: Terminal, program: Victim) -> int:
    """How often the terminal was left so that nobody could punch."""
    left_behind = 0
    for number in range(1, MOST_STATEMENTS):
        machine.set_punches(PUNCHES)
        program.tell(number)
        program.hear()
        left, still = machine.record_count, machine.disabled
        state = program.hear()
        judge(machine, left, state, f"statement {number}")
        assert not still or "enable done" in state["trail"]
        left_behind += still
        if not state["killed"]:
            assert number > 5, "the fixture reaches that many statements"
            assert (left, state["trail"]) == (0, ["clear_log begun", "clear_log done"])
            return left_behind
    pytest.fail("it never came to its end")


def _at_order(machine: Terminal, program: Victim, point: tuple[str, int, int]) -> None:
    name, command, time = point
    machine.set_punches(PUNCHES)
    program.tell(0)
    pid = program.hear()["pid"]
    at_command(machine, command, lambda: os.kill(pid, signal.SIGKILL), time=time)
    program.tell("go")
    before = program.hear()
    left = machine.record_count
    machine.on_request = None
    state = program.hear()
    assert state["killed"], name
    assert before["marked"] and before["trail"] == ["clear_log begun"], f"{name}: the trail and the mark were stored"
    assert state["trail"] == ["clear_log begun", "enable done"], name
    judge(machine, left, state, name)
