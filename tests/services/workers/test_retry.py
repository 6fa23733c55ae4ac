"""What is held is given back once the database answers again."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.db.models import F

from attendance_devices.models import Device, Errand
from attendance_devices.services.devices.due import DAYS_JOB, tick
from attendance_devices.services.workers import retry
from attendance_devices.services.workers.leases import leased
from attendance_devices.services.workers.retry import retry_on_outage
from attendance_devices.tasks import derive_and_post, poll_device
from tests.builders.crm import device, unplugged


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "WAIT_SECONDS", (0.0, 0.0, 0.0))


def failing(times: int) -> list[int]:
    """Pops one for each failure that is left."""
    return [1] * times


def act(left: list[int]) -> None:
    if left:
        left.pop()
        raise DatabaseError("the server is away")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("failures", "done"), [(0, True), (2, True), (3, False)])
def test_it_is_tried_for_a_while(failures: int, done: bool) -> None:
    left = failing(failures)
    assert retry_on_outage(lambda: act(left)) is done


@pytest.mark.django_db(transaction=True)
def test_a_terminal_whose_reader_lost_the_database_is_free_and_is_handed_out_again() -> None:
    gate = device(queued_until=datetime.now(UTC) + timedelta(minutes=5))
    with pytest.raises(DatabaseError), leased(gate.pk, timedelta(minutes=1)):
        raise DatabaseError("the server is away")
    gate.refresh_from_db()
    assert (gate.lease_holder, gate.lease_until, gate.queued_until) == ("", None, None)


@contextmanager
def cut_at(number: int, *, done: bool) -> Iterator[list[int]]:
    """The statement of this number fails once. Yields how many there were.

    :param done: the server did it, and went away before it said so.
    """
    seen = [0]

    def cut(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            return execute(sql, params, many, context)
        seen[0] += 1
        answer = execute(sql, params, many, context) if done or seen[0] != number else None
        if seen[0] == number:
            raise OperationalError("the server is away")
        return answer

    with connection.execute_wrapper(cut):
        yield seen


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("done", [False, True])
def test_at_whichever_statement_of_a_poll_the_database_goes_away_the_terminal_need_not_wait(done: bool) -> None:
    """Else it waits until its claim runs out, seven minutes."""
    later = datetime.now(UTC) + timedelta(minutes=5)
    gate, number, seen = unplugged(), 0, [1]
    while seen[0] >= number:
        number += 1
        Device.objects.update(next_attempt=None, queued_until=later, failures=0)
        with cut_at(number, done=done) as seen:
            poll_device(gate.pk)
        found = Device.objects.values("lease_holder", "lease_until", "queued_until").get()
        assert found == {"lease_holder": "", "lease_until": None, "queued_until": None}, f"statement {number}"
    assert number > 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("done", [False, True])
def test_at_whichever_statement_of_an_errand_the_database_goes_away_it_can_be_asked_for_again(done: bool) -> None:
    later = datetime.now(UTC) + timedelta(minutes=4)
    Errand.objects.create(name=DAYS_JOB)
    number, seen = 0, [1]
    while seen[0] >= number:
        number += 1
        Errand.objects.update(asked=F("done") + 1, queued_until=later)
        with cut_at(number, done=done) as seen:
            derive_and_post()
        found = Errand.objects.values("holder", "held_until", "queued_until").get()
        assert found == {"holder": "", "held_until": None, "queued_until": None}, f"statement {number}"
    assert number > 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("done", [False, True])
def test_at_whichever_statement_of_a_tick_the_database_goes_away_only_what_was_handed_out_is_claimed(
    done: bool,
) -> None:
    device("First")
    device("Second")
    number, seen = 0, [1]
    while seen[0] >= number:
        number += 1
        Device.objects.update(queued_until=None)
        handed: list[int] = []

        def enqueue(key: int) -> None:
            Errand.objects.exists()  # a queue in the same database
            handed.append(key)  # noqa: B023 - of this turn of the loop

        with cut_at(number, done=done) as seen, suppress(DatabaseError):
            tick(enqueue, list)
        claimed = Device.objects.filter(queued_until__isnull=False).values_list("pk", flat=True)
        assert sorted(claimed) == sorted(handed), f"statement {number}"
    assert number > 5


@pytest.mark.django_db
def test_inside_a_transaction_nobody_reconnects() -> None:
    tried = []
    assert not retry_on_outage(lambda: tried.append(1))
    assert tried == []
    gate = device()
    with pytest.raises(DatabaseError), leased(gate.pk, timedelta(minutes=1)):
        raise DatabaseError("a deadlock")
    assert Device.objects.get().lease_holder == ""
