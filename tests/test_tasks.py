"""What the queue calls: it never raises, and says in a few words what came of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection

from attendance_devices import tasks
from attendance_devices.models import Heartbeat, Incident, PendingDay, SyncRun
from tests.builders.crm import (
    MONDAY,
    at,
    device,
    employee,
    mapped,
    on_the_wall,
    people,
    punched,
    setting,
    taps,
    terminal,
    unplugged,
)

pytestmark = pytest.mark.django_db
OrmQ: Any = apps.get_model("django_q", "OrmQ")


def queued() -> list[tuple[str, tuple[Any, ...]]]:
    """What waits in the queue: the function and its arguments."""
    return [(row.task["func"].rpartition(".")[2], row.task["args"]) for row in OrmQ.objects.order_by("pk")]


def test_the_tick_puts_each_terminal_into_the_queue_once(django_capture_on_commit_callbacks: Any) -> None:
    gates = [device(f"Gate {number}") for number in range(3)]
    PendingDay.objects.create(user=employee("7"), date=MONDAY)
    with django_capture_on_commit_callbacks(execute=True):
        assert tasks.poll_due() == {"ok": True, "devices": [gate.pk for gate in gates], "days": True}
        assert tasks.poll_due() == {"ok": True, "devices": [], "days": False}
    assert queued() == [("poll_device", (gate.pk,)) for gate in gates] + [("derive_and_post", ())]
    assert Heartbeat.objects.filter(name="tick").exists()
    task = OrmQ.objects.first().task
    assert task["name"] == f"poll_device {gates[0].pk}"
    assert task["save"] is False, "what a poll did is in our own table of runs"


def test_a_transaction_that_is_rolled_back_puts_nothing_into_the_queue() -> None:
    device()
    tasks.poll_due()
    assert queued() == [], "the test's own transaction was not committed"


def test_a_terminal_is_read_and_its_days_are_told(django_capture_on_commit_callbacks: Any) -> None:
    employee("7")
    with (
        on_the_wall(terminal(people(("7", "Asha")), taps(("7", at("09:00"))))) as gate,
        django_capture_on_commit_callbacks(execute=True),
    ):
        said = tasks.poll_device(gate.pk)
        assert said == {"ok": True, "device": "Gate", "new": 1, "retryable": False, "error": ""}
        assert tasks.poll_device(gate.pk) == {"ok": True, "device": gate.pk, "said": "not its turn any more"}
    assert queued() == [("derive_and_post", ())]
    assert tasks.derive_and_post() == {"ok": True, "rounds": 1, "errors": []}


def test_a_dead_terminal_is_told_and_no_failure_of_the_task() -> None:
    gate = unplugged()
    said = tasks.poll_device(gate.pk)
    assert (said["ok"], said["retryable"]) == (False, True)
    assert "nothing listens" in said["error"]


def test_a_terminal_that_was_deleted_is_no_failure_either() -> None:
    assert tasks.poll_device(999)["said"] == "not its turn any more"


def test_whatever_is_raised_is_told_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("the server is away")

    monkeypatch.setattr(tasks.steps, "poll", broken)
    error = "poll_device 1: unexpected DatabaseError: the server is away. See the log, and report it."
    assert tasks.poll_device(1) == {"ok": False, "error": error}
    assert "poll_device 1 failed unexpectedly" in caplog.text


def test_the_queue_s_own_time_limit_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    from django_q.exceptions import TimeoutException

    def slow(*args: Any, **kwargs: Any) -> None:
        raise TimeoutException

    monkeypatch.setattr(tasks.steps, "poll", slow)
    with pytest.raises(TimeoutException):
        tasks.poll_device(1)


def test_the_hourly_sweep_notes_and_asks(django_capture_on_commit_callbacks: Any) -> None:
    gate, user = device(), employee("7")
    mapped(gate, "7", user)
    punched(gate, ("7", at("09:00")))
    with django_capture_on_commit_callbacks(execute=True):
        assert tasks.sweep()["ok"]
    assert queued() == [("derive_and_post", ())]


def test_people_are_told_of_a_terminal_that_is_down() -> None:
    device("Gate", failures=3, last_seen=datetime.now(UTC))

    assert tasks.notify() == {"ok": True, "errors": []}
    assert [incident.kind for incident in Incident.objects.all()] == ["down"]


def test_the_digest_names_what_waits(settings: Any, mailoutbox: list[Any]) -> None:
    settings.ATTENDANCE_DEVICES = setting(OUTLIER_EMAIL_NOTIFICATIONS=True, OUTLIER_EMAIL_RECIPIENTS=["hr@example.com"])
    punched(device(), ("7", at("09:00")))

    assert tasks.send_digest() == {"ok": True, "items": 1}
    assert len(mailoutbox) == 1


def test_what_was_kept_long_enough_goes() -> None:
    gate, long_ago = device(), datetime.now(UTC) - timedelta(days=200)
    for hours in range(3):
        SyncRun.objects.create(device=gate, started_at=long_ago + timedelta(hours=hours))

    assert tasks.clean_up() == {"ok": True, "errors": []}
    assert SyncRun.objects.count() == 1, "the newest stays"


@pytest.mark.parametrize(
    ("cluster", "seconds"),
    [({"timeout": 240}, 210), ({"timeout": 100}, 70), ({"timeout": 20}, 10), ({}, 210), ({"timeout": None}, 210)],
)
def test_a_session_ends_before_the_task_does(settings: Any, cluster: dict[str, Any], seconds: float) -> None:
    settings.Q_CLUSTER = cluster
    assert tasks.session_seconds() == seconds
    del settings.Q_CLUSTER
    assert tasks.session_seconds() == 210


def test_a_database_that_refuses_is_told_too() -> None:
    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        raise DatabaseError("no connection")

    with connection.execute_wrapper(refuse):
        assert "unexpected DatabaseError: no connection" in tasks.poll_due()["error"]
