"""What happened is told after the commit, to whoever listens, and a listener that raises breaks nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.dispatch import Signal
from django.test.utils import CaptureQueriesContext

from attendance_devices import signals
from attendance_devices.models import Device, ESSLAttendanceLog, Incident, ProcessedAttendance
from attendance_devices.services.collection.collect import collect
from attendance_devices.services.corrections.correct import void_punch
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.monitoring.incidents import update_incidents
from tests.builders.crm import (
    MONDAY,
    at,
    device,
    employee,
    mapped,
    on_the_wall,
    people,
    punched,
    statements,
    taps,
    terminal,
    unplugged,
)

Committed = Callable[..., Any]
pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@contextmanager
def heard(signal: Signal) -> Iterator[list[dict[str, Any]]]:
    """What the signal told, and whether a transaction was open then."""
    told: list[dict[str, Any]] = []

    def listen(sender: type, **facts: Any) -> None:
        facts.pop("signal")
        told.append(facts | {"sender": sender})

    signal.connect(listen)
    try:
        yield told
    finally:
        assert signal.disconnect(listen)


class Listener(Exception):
    """What a receiver raises."""


@contextmanager
def broken(signal: Signal) -> Iterator[None]:
    def listen(**facts: Any) -> None:
        raise Listener

    signal.connect(listen)
    try:
        yield
    finally:
        signal.disconnect(listen)


def rolled_back(verb: Callable[[], object]) -> None:
    """Do it in a transaction that ends in an error."""
    with suppress(Listener), transaction.atomic():
        verb()
        raise Listener


@pytest.mark.django_db(transaction=True)
def test_punches_are_told_when_they_are_really_there() -> None:
    seen = []

    def look(sender: type, device: Device, new: int, **facts: Any) -> None:
        seen.append((sender, new, ESSLAttendanceLog.objects.filter(device=device).count(), connection.in_atomic_block))

    signals.punches_collected.connect(look)
    try:
        with on_the_wall(terminal(people(("7", "")), taps(("7", at("09:00")), ("7", at("17:00"))))) as gate:
            collect(gate.pk)
            collect(gate.pk)
    finally:
        signals.punches_collected.disconnect(look)

    assert seen == [(Device, 2, 2, False)], "and a read without anything new tells nothing"


def test_punches_that_were_stored_before_a_failure_are_told_with_it(
    django_capture_on_commit_callbacks: Committed,
) -> None:
    machine = terminal(people(("7", "")), taps(("7", at("09:00"))))
    after = django_capture_on_commit_callbacks(execute=True)
    with heard(signals.punches_collected) as told, on_the_wall(machine) as gate, after:
        collect(gate.pk)
        collect(unplugged().pk)

    (facts,) = told
    assert (facts["device"].pk, facts["new"], facts["result"].new, facts["result"].ok) == (gate.pk, 1, 1, True)


def a_day(clock: str = "09:00") -> tuple[Device, Any]:
    gate, asha = device(), employee("7")
    mapped(gate, "7", asha)
    punched(gate, ("7", at(clock)))
    return gate, asha


def test_a_day_is_told_when_it_changes_and_not_when_it_stays(django_capture_on_commit_callbacks: Committed) -> None:
    gate, asha = a_day()
    with heard(signals.day_derived) as told:
        with django_capture_on_commit_callbacks(execute=True):
            derive_pending()
            assert told == [], "not before the commit"
        with django_capture_on_commit_callbacks(execute=True):
            punched(gate, ("7", at("09:00", MONDAY + timedelta(days=3))))
            derive_pending()

    first, second = told
    assert (first["user"], first["date"], first["sender"]) == (asha.pk, MONDAY, ProcessedAttendance)
    assert [row.status for row in first["days"]] == ["missing_check_out"]
    assert second["date"] == MONDAY + timedelta(days=3)


def test_a_day_that_means_nothing_any_more_is_told_without_rows(django_capture_on_commit_callbacks: Committed) -> None:
    _, asha = a_day()
    derive_pending()
    asha.is_superuser = True
    asha.save()
    void_punch(ESSLAttendanceLog.objects.get().pk, by=asha, why="a test")
    with heard(signals.day_derived) as told, django_capture_on_commit_callbacks(execute=True):
        derive_pending()

    assert [(one["user"], one["date"], one["days"]) for one in told] == [(asha.pk, MONDAY, ())]


def test_a_day_that_is_rolled_back_is_never_told(django_capture_on_commit_callbacks: Committed) -> None:
    a_day()
    with heard(signals.day_derived) as told, django_capture_on_commit_callbacks(execute=True):
        rolled_back(derive_pending)

    assert told == []
    assert not ProcessedAttendance.objects.exists()


def test_a_listener_to_a_hundred_days_costs_no_query(django_capture_on_commit_callbacks: Committed) -> None:
    costs = []
    for listening in (False, True):
        gate, asha = device(f"Gate {listening}"), employee(f"{listening}")
        mapped(gate, "7", asha)
        punched(gate, *[("7", at("09:00", MONDAY + timedelta(days=number))) for number in range(100)])
        ears = heard(signals.day_derived) if listening else nullcontext([])
        after = django_capture_on_commit_callbacks(execute=True)
        with ears as told, CaptureQueriesContext(connection) as queries, after:
            derive_pending()
        costs.append(statements(queries))

    assert costs[0] == costs[1]
    assert len(told) == 100


def test_a_receiver_that_raises_breaks_neither_a_collect_nor_a_derive_nor_the_next_receiver(
    django_capture_on_commit_callbacks: Committed, caplog: pytest.LogCaptureFixture
) -> None:
    after = django_capture_on_commit_callbacks(execute=True)
    deaf = broken(signals.punches_collected), broken(signals.day_derived)
    with deaf[0], deaf[1], heard(signals.punches_collected) as told, after:
        with on_the_wall(terminal(people(("7", "")), taps(("7", at("09:00")))), "Wall") as wall:
            assert collect(wall.pk).ok
        a_day()
        assert derive_pending().created == 1

    assert len(told) == 1
    assert [record.name for record in caplog.records if record.exc_info] == ["django.dispatch"] * 2


def test_terminals_that_go_and_come_back_are_told_once_each(django_capture_on_commit_callbacks: Committed) -> None:
    gate = device(failures=3, last_seen=NOW, record_count=95, record_capacity=100)
    with (
        heard(signals.device_down) as down,
        heard(signals.device_up) as up,
        heard(signals.device_nearly_full) as full,
        django_capture_on_commit_callbacks(execute=True),
    ):
        update_incidents(NOW)
        update_incidents(NOW)
        Device.objects.update(failures=0, record_count=1)
        for minutes in (5, 20, 25):
            Device.objects.update(last_seen=NOW + timedelta(minutes=minutes))
            update_incidents(NOW + timedelta(minutes=minutes))

    assert [len(told) for told in (down, up, full)] == [1, 1, 1]
    assert down[0]["device"] == up[0]["device"] == full[0]["device"] == gate
    assert down[0]["incident"] == up[0]["incident"] == Incident.objects.get(kind="down")
    assert full[0]["incident"].kind == "nearly_full"
    assert (down[0]["sender"], up[0]["sender"]) == (Device, Device)


def test_an_incident_that_is_rolled_back_is_never_told(django_capture_on_commit_callbacks: Committed) -> None:
    device(failures=3)
    with heard(signals.device_down) as told, django_capture_on_commit_callbacks(execute=True):
        rolled_back(lambda: update_incidents(NOW))
        assert not Incident.objects.exists()

    assert told == []
