"""What is held is given back once the database answers again."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError

from attendance_devices.models import Device
from attendance_devices.services import outages
from attendance_devices.services.leases import leased
from attendance_devices.services.outages import insist
from tests.services.house import device


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outages, "WAITS", (0.0, 0.0, 0.0))


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
    assert insist(lambda: act(left)) is done


@pytest.mark.django_db(transaction=True)
def test_a_terminal_whose_reader_lost_the_database_is_free_and_is_handed_out_again() -> None:
    gate = device(queued_until=datetime.now(UTC) + timedelta(minutes=5))
    with pytest.raises(DatabaseError), leased(gate.pk, timedelta(minutes=1)):
        raise DatabaseError("the server is away")
    gate.refresh_from_db()
    assert (gate.lease_holder, gate.lease_until, gate.queued_until) == ("", None, None)


@pytest.mark.django_db
def test_inside_a_transaction_nobody_reconnects() -> None:
    tried = []
    assert not insist(lambda: tried.append(1))
    assert tried == []
    gate = device()
    with pytest.raises(DatabaseError), leased(gate.pk, timedelta(minutes=1)):
        raise DatabaseError("a deadlock")
    assert Device.objects.get().lease_holder == ""
