"""What many ask for is done once, after the last of them asked."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from attendance_devices.models import Errand
from attendance_devices.services.workers.leases import machine_name
from attendance_devices.services.workers.single_flight import request_run, requeue_if_lost, run_once

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def queue() -> list[str]:
    return []


def enqueue_to(queue: list[str]) -> bool:
    return request_run("days", lambda: queue.append("days"))


def test_of_many_who_ask_one_enqueues(queue: list[str]) -> None:
    assert [enqueue_to(queue) for _ in range(200)] == [True] + [False] * 199
    assert queue == ["days"]


def test_it_is_done_once_for_all_who_asked_before(queue: list[str]) -> None:
    for _ in range(5):
        enqueue_to(queue)
    assert run_once("days", lambda: "done", seconds=60) == ["done"]
    row = Errand.objects.get()
    assert (row.asked, row.done, row.queued_until, row.held_until, row.holder) == (5, 5, None, None, "")
    assert enqueue_to(queue), "whoever asks afterwards enqueues again"


def test_whoever_asks_while_it_is_done_has_it_done_once_more(queue: list[str]) -> None:
    rounds = []

    def work() -> int:
        rounds.append(len(rounds))
        if len(rounds) == 1:
            enqueue_to(queue)
            enqueue_to(queue)
        return len(rounds)

    assert run_once("days", work, seconds=60) == [1, 2]
    assert Errand.objects.get().done == 2


def test_a_second_worker_leaves_it_to_the_first(queue: list[str]) -> None:
    def work() -> str:
        if not seen:
            enqueue_to(queue)
            seen.append(run_once("days", lambda: "never", seconds=60))
        return "first"

    seen: list[list[str]] = []
    assert run_once("days", work, seconds=60) == ["first", "first"]
    assert seen == [[]]


def test_a_worker_goes_on_only_for_so_long_and_then_the_next_tick_sees_what_is_left(queue: list[str]) -> None:
    assert run_once("days", lambda: enqueue_to(queue), seconds=0) == [True]
    Errand.objects.update(queued_until=None)
    assert requeue_if_lost("days", lambda: queue.append("again"))
    assert queue == ["days", "again"]


def test_what_fails_is_asked_for_again(queue: list[str]) -> None:
    enqueue_to(queue)
    with pytest.raises(ZeroDivisionError):
        run_once("days", lambda: 1 / 0, seconds=60)
    assert requeue_if_lost("days", lambda: queue.append("again"))
    assert run_once("days", lambda: "done", seconds=60) == ["done"]
    assert not requeue_if_lost("days", lambda: queue.append("never"))


def test_a_queue_that_refuses_is_tried_again(queue: list[str]) -> None:
    with pytest.raises(ConnectionError):
        request_run("days", refuse)
    assert enqueue_to(queue)


def refuse() -> None:
    raise ConnectionError


def test_nothing_is_asked_again_that_nobody_ever_asked(queue: list[str]) -> None:
    assert not requeue_if_lost("days", lambda: queue.append("never"))


@pytest.mark.parametrize(
    ("until", "again"),
    [
        pytest.param(MINUTE, False, id="it waits in the queue"),
        pytest.param(-MINUTE, True, id="the queue lost it"),
        pytest.param(HOUR, True, id="a clock that was wrong said that it waits"),
    ],
)
def test_a_queue_is_believed_for_a_while(queue: list[str], until: timedelta, again: bool) -> None:
    Errand.objects.create(name="days", asked=1, queued_until=datetime.now(UTC) + until)
    assert requeue_if_lost("days", lambda: queue.append("again")) is again


@pytest.mark.parametrize(
    ("holder", "until", "free"),
    [
        pytest.param(f"{machine_name()}:{os.getpid()}:x", MINUTE, False, id="a living process of this machine"),
        pytest.param("another/pid:[1]:999999:x", MINUTE, False, id="a process of another machine"),
        pytest.param("another/pid:[1]:999999:x", -MINUTE, True, id="one whose time is over"),
        pytest.param("another/pid:[1]:999999:x", HOUR, True, id="one that a clock that was wrong gave an hour"),
    ],
)
def test_who_holds_it_is_respected_for_a_while(queue: list[str], holder: str, until: timedelta, free: bool) -> None:
    Errand.objects.create(name="days", asked=1, holder=holder, held_until=datetime.now(UTC) + until)
    assert requeue_if_lost("days", lambda: queue.append("again")) is free
    assert run_once("days", lambda: "done", seconds=60) == (["done"] if free else [])


def test_a_dead_process_of_this_machine_holds_nothing(queue: list[str]) -> None:
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    holder = f"{machine_name()}:{dead.stdout.strip()}:x"
    Errand.objects.create(name="days", asked=1, holder=holder, held_until=datetime.now(UTC) + MINUTE)
    assert requeue_if_lost("days", lambda: queue.append("again"))
    assert run_once("days", lambda: "done", seconds=60) == ["done"]


def test_one_who_was_taken_for_dead_ends_quietly() -> None:
    def work() -> str:
        Errand.objects.update(holder="somebody else", asked=7)
        return "done"

    assert run_once("days", work, seconds=60) == ["done"]
    assert Errand.objects.get().holder == "somebody else"
