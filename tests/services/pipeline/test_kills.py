"""A process that is killed at any database statement loses nothing and doubles nothing: the next run completes it."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from attendance_devices.simulators.zkteco import Faults, SimulatedPunch, SimulatedUser, Terminal
from tests.builders.sampling import SOAK

FEBRUARY_31 = (26 * 372 + 31 + 30) * 86400
Told = Callable[[str, Terminal], list[dict[str, Any]]]


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


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """What the program of forks and kills says of a verb."""
    name = str(tmp_path_factory.mktemp("killed") / "killed.sqlite3")
    if connection.vendor != "sqlite":
        name = f"attendance_devices_killed_{os.getpid()}"
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.services.pipeline.killing_process", name],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with program:
        assert program.stdin is not None and program.stdout is not None
        yield lambda verb, machine: _asked(program, verb, machine)
        program.stdin.close()
        assert program.wait(60) == 0


def _asked(program: "subprocess.Popen[str]", verb: str, machine: Terminal) -> list[dict[str, Any]]:
    assert program.stdin is not None and program.stdout is not None
    seed = None if SOAK else random.getrandbits(32)
    with machine.serve("127.0.0.1", 0) as (_, port):
        program.stdin.write(json.dumps({"verb": verb, "port": port, "seed": seed}) + "\n")
        program.stdin.flush()
        line = program.stdout.readline()
    assert line, "the program ended; what it said stands in the standard error of this test"
    found: list[dict[str, Any]] = json.loads(line)
    return found


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("verb", "statements", "commits"),
    [
        ("collect", 20, 4),
        ("import", 20, 4),
        ("tail", 10, 3),
        ("run", 40, 8),
        ("withdraw", 20, 1),
        ("clean", 40, 3),
    ],
)
def test_a_kill_at_any_statement_is_made_good_by_the_next_run(
    verb: str, statements: int, commits: int, told: Told
) -> None:
    expected, *states = told(verb, terminal())

    assert expected["statements"] > statements, "the fixture reaches that many statements"
    assert expected["commits"] >= commits, "and the database goes through that many states"
    assert [state["killed"] for state in states] == [True] * len(states)
    assert {1, expected["statements"]} <= {state["statement"] for state in states}
    states = [expected, *states]
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
        assert {key: state[key] for key in compared} == {key: expected[key] for key in compared}, state


def test_of_two_clean_ups_at_once_each_waits_for_the_other(told: Told) -> None:
    (state,) = told("clean twice", terminal())

    assert state["codes"] == [0, 0]
    assert (state["logs"], len(state["forgotten"]), state["sealed"], len(state["rows"])) == ([], 18, 3 * 7, 9)


def test_of_two_imports_at_once_each_punch_is_stored_once(told: Told) -> None:
    (state,) = told("import twice", terminal())

    assert state["codes"] == [0, 0]
    assert (len(state["logs"]), state["quarantined"]) == (18, 1)


def test_a_poll_beside_an_import_goes_on_and_each_punch_is_stored_once(told: Told) -> None:
    (state,) = told("import and collect", terminal(faults=Faults(late_answer=0.7, late_command=1504)))

    assert state["codes"] == [0, 0]
    assert (len(state["logs"]), state["position"], state["quarantined"]) == (18, 19, 2)


def test_of_two_collects_at_once_one_reads_and_the_other_says_why_not(told: Told) -> None:
    machine = terminal(faults=Faults(late_answer=1.5, late_command=1503))

    (state,) = told("twice", machine)

    assert state["codes"] == [0, 7]
    assert machine.peak_sessions == 1
    assert len(state["logs"]) == 18
