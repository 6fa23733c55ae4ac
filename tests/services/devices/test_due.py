"""Whose turn it is, and that nobody is handed out twice.

Covers: services/devices/poll_interval.
"""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.models import Device, Errand, Heartbeat, PendingDay, ProcessedAttendance
from attendance_devices.services.devices import due as ticking
from attendance_devices.services.devices.due import DOUBTFUL_AT_ONCE, is_still_due, make_due_now, tick
from attendance_devices.services.workers.leases import machine_name
from tests.builders.crm import MONDAY, device, employee

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def ago(minutes: float) -> datetime:
    return datetime.now(UTC) - minutes * MINUTE


def healthy(name: str, **facts: Any) -> Device:
    return device(name, **{"last_seen": ago(5)} | facts)


def ticked() -> list[str]:
    """The names handed out by one tick."""
    handed: list[int] = []
    assert tick(handed.append, lambda: None).handed_out == handed
    names = dict(Device.objects.values_list("pk", "name"))
    return [names[key] for key in handed]


@pytest.mark.parametrize(
    ("facts", "due"),
    [
        pytest.param({}, True, id="never tried"),
        pytest.param({"next_attempt": -1 * MINUTE}, True, id="its turn was a minute ago"),
        pytest.param({"next_attempt": 1 * MINUTE}, False, id="its turn is in a minute"),
        pytest.param({"next_attempt": 9 * MINUTE}, True, id="its turn is later than its interval"),
        pytest.param({"next_attempt": 9 * MINUTE, "poll_minutes": 10}, False, id="its own interval is longer"),
        pytest.param({"next_attempt": 50 * MINUTE, "failures": 4}, False, id="it backs off"),
        pytest.param({"next_attempt": 61 * MINUTE, "failures": 4}, True, id="it backs off beyond reason"),
        pytest.param({"is_active": False}, False, id="it is switched off"),
        pytest.param({"queued_until": 5 * MINUTE}, False, id="it waits in the queue"),
        pytest.param({"queued_until": -1 * MINUTE}, True, id="the queue lost it"),
        pytest.param({"queued_until": 60 * MINUTE}, True, id="a clock that was wrong said that it waits"),
        pytest.param({"lease_until": 3 * MINUTE, "lease_holder": "a:1:x"}, False, id="somebody reads it"),
        pytest.param({"lease_until": 300 * MINUTE, "lease_holder": "a:1:x"}, True, id="a wrong clock leased it"),
    ],
)
def test_whose_turn_it_is(facts: dict[str, Any], due: bool) -> None:
    now = datetime.now(UTC)
    healthy("Gate", **{key: now + value if isinstance(value, timedelta) else value for key, value in facts.items()})
    assert ticked() == (["Gate"] if due else [])


def test_a_worker_that_was_killed_keeps_its_terminal_no_longer() -> None:
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    holder = f"{machine_name()}:{dead.stdout.strip()}:x"
    healthy("Gate", lease_until=ago(-5), lease_holder=holder, queued_until=ago(-6))
    assert ticked() == ["Gate"]


def test_a_second_tick_hands_out_nothing_and_both_beat() -> None:
    healthy("Gate")
    assert ticked() == ["Gate"]
    Heartbeat.objects.update(at=ago(3))
    assert ticked() == []
    assert Heartbeat.objects.get(name="tick").at > ago(1)


def test_those_that_answered_come_first_and_the_longest_waiting_of_them() -> None:
    device("Never seen")
    healthy("Failed", failures=1)
    healthy("Late", next_attempt=ago(1))
    healthy("Later", next_attempt=ago(4))
    assert ticked() == ["Later", "Late", "Never seen", "Failed"]


def test_a_thousand_dead_terminals_do_not_fill_the_queue() -> None:
    dead = [Device(name=f"Dead {n}", address=f"192.0.2.{n % 250}", port=n) for n in range(1, 1001)]
    Device.objects.bulk_create(dead)
    healthy("Alive")
    assert len(ticked()) == DOUBTFUL_AT_ONCE + 1
    assert ticked() == []
    Device.objects.filter(name="Alive").update(queued_until=None, next_attempt=ago(1))
    assert ticked() == ["Alive"], "its next turn comes while the dead still wait, and no more of them join the queue"
    Device.objects.filter(queued_until__isnull=False).update(queued_until=None, next_attempt=ago(-4))
    Device.objects.filter(name="Alive").update(next_attempt=ago(1))
    assert ticked()[0] == "Alive"


def test_queries_do_not_grow_with_the_terminals() -> None:
    counts = []
    for number in (1, 50):
        for one in range(number):
            healthy(f"Gate {number} {one}")
        ticked()
        Device.objects.update(queued_until=None)
        with CaptureQueriesContext(connection) as queries:
            tick(lambda key: None, lambda: None)
        counts.append(len([query for query in queries if "SAVEPOINT" not in query["sql"]]))
    assert counts[0] == counts[1] <= 7


def test_a_queue_that_breaks_halfway_leaves_the_rest_to_the_next_tick() -> None:
    for number in range(3):
        healthy(f"Gate {number}")
    reached: list[int] = []

    def enqueue(key: int) -> None:
        if reached:
            raise ConnectionError
        reached.append(key)

    with pytest.raises(ConnectionError):
        tick(enqueue, lambda: None)
    assert ticked() == ["Gate 1", "Gate 2"]


def test_a_terminal_that_was_read_meanwhile_has_no_turn_any_more() -> None:
    gate = healthy("Gate")
    assert is_still_due(gate.pk)
    Device.objects.update(next_attempt=ago(-4))
    assert not is_still_due(gate.pk)
    make_due_now([gate.pk])
    assert is_still_due(gate.pk)
    Device.objects.update(is_active=False)
    assert not is_still_due(gate.pk)
    assert not is_still_due(gate.pk + 1)


def test_days_that_somebody_touched_past_the_tasks_are_asked_for() -> None:
    asked: list[str] = []
    PendingDay.objects.create(user=employee("7"), date=MONDAY)
    assert tick(lambda key: None, lambda: asked.append("days")).asked_for_days
    assert not tick(lambda key: None, lambda: asked.append("days")).asked_for_days, "one waits in the queue"
    assert asked == ["days"]


def test_an_automatic_check_out_that_is_due_is_asked_for() -> None:
    none = dict.fromkeys(("worked", "late", "early", "overtime"), timedelta(0))
    day = {"user": employee("7"), "date": MONDAY, "derived_at": ago(60), "punch_count": 1, "status": "present"}
    row = ProcessedAttendance.objects.create(**day, **none, auto_out_due=ago(-1))
    assert not tick(lambda key: None, lambda: None).asked_for_days
    row.auto_out_due = ago(1)
    row.save()
    assert tick(lambda key: None, lambda: None).asked_for_days


def test_days_whose_worker_was_killed_are_asked_for_again() -> None:
    Errand.objects.create(name=ticking.DAYS_JOB, asked=3, done=2, held_until=ago(1), holder="a:1:x")
    assert tick(lambda key: None, lambda: None).asked_for_days
