"""Kills itself: runs a verb in forks, each killed (SIGKILL) at another database statement, and then once to the end.

A program of its own, because only a process without threads may fork. It makes its own database, and drops it again
when its input ends. Each line of that, in JSON, names a verb, the port of its terminal, and a seed; each is answered by
one line, the list of how everything stood: first of a run that nobody killed, then of each that was::

    python -m tests.services.pipeline.killing_process DATABASE_NAME

With a seed only some statements are killed at: the first, the last, the first after each commit that wrote anything, so
that the database is met in every state that it goes through, and a few of the others. Without one it is each of them.
"""

import json
import os
import random
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NoReturn

import django
from django.db import connection, connections, transaction

OTHERS = 4


def main(name: str) -> None:
    django.setup()
    connection.settings_dict["TEST"]["NAME"] = name
    unhurried()
    old_name = connection.settings_dict["NAME"]
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        for line in sys.stdin:
            sys.stdout.write(json.dumps(answer(**json.loads(line))) + "\n")
            sys.stdout.flush()
    finally:
        connection.creation.destroy_test_db(old_name, verbosity=0)


def unhurried() -> None:
    """What a killed process wrote is safe all the same; only a machine that loses power needs more."""
    if connection.vendor == "sqlite":
        connection.settings_dict["OPTIONS"]["init_command"] = "PRAGMA synchronous=OFF"


def answer(*, verb: str, port: int, seed: int | None) -> list[dict[str, Any]]:
    from tests.services.pipeline import kill_scenarios

    kill_scenarios.prepare(port)
    if verb.startswith("clean"):
        forked(kill_scenarios.run_it)
    if verb in kill_scenarios.AT_ONCE:
        return [{"codes": at_once(*kill_scenarios.AT_ONCE[verb])} | kill_scenarios.state()]
    logs = list(kill_scenarios.ESSLAttendanceLog.objects.values())
    before(verb, logs)
    statements, commits = counted(kill_scenarios.VERBS[verb])
    found = [afterwards(verb) | {"killed": False, "statements": statements, "commits": len(commits)}]
    for number in points(statements, commits, seed):
        before(verb, logs)
        was_killed = forked(partial(killed_at, number, kill_scenarios.VERBS[verb]))
        found.append(afterwards(verb) | {"killed": was_killed, "statement": number})
    return found


def before(verb: str, logs: list[dict[str, Any]]) -> None:
    """Everything stands as the verb is to find it."""
    from tests.services.pipeline import kill_scenarios

    if verb == "clean":
        kill_scenarios.keep_again(logs)
    else:
        kill_scenarios.clear()
    if verb == "tail":
        forked(kill_scenarios.seed)
    if verb == "withdraw":
        forked(kill_scenarios.withdrawn)


def afterwards(verb: str) -> dict[str, Any]:
    """How everything stands now, and once the verb has run to its end."""
    from tests.services.pipeline import kill_scenarios

    now = {"torn": kill_scenarios.torn(), "accounted": kill_scenarios.accounted()}
    forked(kill_scenarios.VERBS[verb])
    if verb == "clean":
        forked(kill_scenarios.collect_whole)
    return now | kill_scenarios.state()


def points(statements: int, commits: set[int], seed: int | None) -> list[int]:
    """The statements to be killed at."""
    each = range(1, statements + 1)
    if seed is None:
        return list(each)
    others = random.Random(seed).sample(each, min(OTHERS, statements))
    return sorted({1, statements, *commits, *others})


def counted(work: Callable[[], None]) -> tuple[int, set[int]]:
    """How many statements it sends, and which of them are the first after a commit that wrote something."""
    mine, of_child = os.pipe()

    def told() -> None:
        number, commits = 0, set()

        def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal number
            number += 1
            found = execute(sql, params, many, context)
            if sql.startswith(("INSERT", "UPDATE", "DELETE")):
                transaction.on_commit(lambda: commits.add(number + 1))
            return found

        with connection.execute_wrapper(wrapper):
            work()
        os.write(of_child, json.dumps([number, sorted(commits - {number + 1})]).encode())

    forked(told)
    os.close(of_child)
    with os.fdopen(mine) as pipe:
        statements, commits = json.load(pipe)
    return statements, set(commits)


def at_once(*works: Callable[[], None]) -> list[int]:
    """Run each in a child of its own, all at the same time: their exit codes."""
    connections.close_all()
    gate, opener = os.pipe()

    def ready(work: Callable[[], None]) -> None:
        connections["default"].ensure_connection()
        os.read(gate, 1)
        work()

    children = []
    for work in works:
        child = os.fork()
        if child == 0:
            in_child(partial(ready, work))
        children.append(child)
    os.write(opener, b"g" * len(works))
    for end in (gate, opener):
        os.close(end)
    return sorted(os.WEXITSTATUS(os.waitpid(child, 0)[1]) for child in children)


def in_child(work: Callable[[], None]) -> NoReturn:
    """Whatever happens, the child ends here and does not go on as its parent."""
    status = 1
    try:
        work()
        status = 0
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        os._exit(status)


def forked(work: Callable[[], None]) -> bool:
    """Run it in a child with a connection of its own. Was the child killed?"""
    connections.close_all()
    child = os.fork()
    if child == 0:
        in_child(work)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0, f"the child failed with {os.WEXITSTATUS(status)}"
    return False


def killed_at(number: int, work: Callable[[], None]) -> None:
    with kill_at(number):
        work()


@contextmanager
def kill_at(number: int) -> Iterator[None]:
    left = number

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield


if __name__ == "__main__":
    main(sys.argv[1])
