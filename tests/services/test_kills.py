"""A process that is killed at any database statement loses nothing and doubles nothing: the next run completes it."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from attendance_devices.simulators.zkteco import Faults, SimulatedPunch, SimulatedUser, Terminal

FEBRUARY_31 = (26 * 372 + 31 + 30) * 86400
FIRST, STEP = {"postgresql": (1, 3), "mysql": (2, 3)}.get(connection.vendor, (1, 1))
"""SQLite is killed at each statement; on a server that takes minutes, so each takes another third of them."""


def terminal(**more: Any) -> Terminal:
    """Three people, three days, in and out; one bad record among them."""
    start = datetime(2026, 3, 2, 9)
    punches = [
        SimulatedPunch(user_id=str(person), at=start + timedelta(days=day, hours=hours, minutes=person))
        for day in range(3)
        for hours in (0, 8)
        for person in (1, 2, 3)
    ]
    punches.insert(9, SimulatedPunch(user_id="2", at=None, raw_time=FEBRUARY_31))
    users = [SimulatedUser(user_id=str(n), uid=n, name=f"Person {n}") for n in (1, 2, 3)]
    return Terminal(users=users, punches=punches, **more)


def told(verb: str, machine: Terminal, tmp_path: Path) -> list[dict[str, Any]]:
    """What the program of forks and kills says."""
    name = str(tmp_path / "killed.sqlite3")
    if connection.vendor != "sqlite":
        name = f"attendance_devices_killed_{verb.replace(' ', '_')}_{os.getpid()}"
    with machine.serve("127.0.0.1", 0) as (_, port):
        done = subprocess.run(
            [sys.executable, "-m", "tests.services.killing", verb, str(port), name, str(FIRST), str(STEP)],
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("verb", "statements"),
    [("collect", 20), ("import", 20), ("tail", 10), ("run", 40), ("withdraw", 20), ("clean", 40)],
)
def test_a_kill_at_any_statement_is_made_good_by_the_next_run(verb: str, statements: int, tmp_path: Path) -> None:
    states = told(verb, terminal(), tmp_path)

    assert len(states) > statements // STEP, "the fixture reaches that many statements"
    assert [state["killed"] for state in states] == [True] * (len(states) - 1) + [False]
    expected = states[-1]
    if verb == "clean":
        assert (expected["logs"], len(expected["forgotten"]), expected["sealed"]) == ([], 18, 3 * 7)
        assert {state["accounted"] for state in states} == {18}
        assert len(expected["rows"]) == 9
    elif verb != "withdraw":
        assert len(expected["logs"]) == 18
        assert expected["position"] == (None if verb == "import" else 19)
        assert expected["quarantined"] == 1
    if verb == "run":
        assert len(expected["rows"]) == expected["days"] == expected["ours"] == 9
        assert expected["pending"] == 0
    if verb == "withdraw":
        assert len(expected["rows"]) == expected["ours"] == 3
        assert expected["days"] == 6
    assert [state["torn"] for state in states] == [0] * len(states), "the CRM and our memory of it agree at any moment"
    compared = ("forgotten", "sealed", "logs", "quarantined", "position", "rows", "days", "ours")
    for state in states:
        assert {key: state[key] for key in compared} == {key: expected[key] for key in compared}, state["statement"]


def test_of_two_clean_ups_at_once_each_waits_for_the_other(tmp_path: Path) -> None:
    (state,) = told("clean twice", terminal(), tmp_path)

    assert state["codes"] == [0, 0]
    assert (state["logs"], len(state["forgotten"]), state["sealed"], len(state["rows"])) == ([], 18, 3 * 7, 9)


def test_of_two_imports_at_once_each_punch_is_stored_once(tmp_path: Path) -> None:
    (state,) = told("import twice", terminal(), tmp_path)

    assert state["codes"] == [0, 0]
    assert (len(state["logs"]), state["quarantined"]) == (18, 1)


def test_a_poll_beside_an_import_goes_on_and_each_punch_is_stored_once(tmp_path: Path) -> None:
    (state,) = told("import and collect", terminal(faults=Faults(late_answer=0.7, late_command=1504)), tmp_path)

    assert state["codes"] == [0, 0]
    assert (len(state["logs"]), state["position"], state["quarantined"]) == (18, 19, 2)


def test_of_two_collects_at_once_one_reads_and_the_other_says_why_not(tmp_path: Path) -> None:
    machine = terminal(faults=Faults(late_answer=1.5, late_command=1503))

    (state,) = told("twice", machine, tmp_path)

    assert state["codes"] == [0, 7]
    assert machine.peak_sessions == 1
    assert len(state["logs"]) == 18
