"""A database that does not answer, a CRM that refuses, a defect of ours: what is not stored yet is still in the log.

Covers: services/live/listener, services/live/session, services/live/status.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection

from attendance_devices.models import Device, PendingDay
from attendance_devices.services.live import listener, processor
from attendance_devices.services.live.status import ListenerState
from attendance_devices.services.live.supervisor import Supervisor
from attendance_devices.services.mapping.match import map_users
from attendance_devices.services.workers import retry
from tests.builders.crm import crm_rows, employee, on_the_wall, people, terminal
from tests.builders.live import clock, listened, stored, until_stored
from tests.builders.shared_database import shared_database, until

PRIYA = [("7", "Priya Nair")]


@pytest.fixture
def impatient(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """A database whose locks are waited for no longer than a moment."""
    with shared_database(tmp_path, timeout=0.05):
        yield


@contextmanager
def locked_up() -> Iterator[None]:
    """Nobody can write, and a server ends every connection and takes no new one: as when it is restarted."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(name, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
        return
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
    port, connection.settings_dict["PORT"] = connection.settings_dict["PORT"], 1
    connection.close()
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["PORT"] = port


@pytest.mark.usefixtures("impatient")
def test_a_database_that_does_not_answer_is_waited_for_and_the_session_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    machine = terminal(people(*PRIYA))
    now = clock()
    with on_the_wall(machine) as gate, listened(in_trouble=True) as office:
        office.until_listening(gate)
        with locked_up():
            machine.punch("7", now)
            until(lambda: "not stored yet" in caplog.text, "the trouble is noticed")
            assert office.state(gate) is ListenerState.LISTENING
        until_stored(gate, 1)

        assert ListenerState.WAITING not in office.states(gate)
    assert stored(gate) == [("7", now)]
    assert machine.connections == 1


@pytest.mark.usefixtures("impatient")
def test_a_line_that_cannot_even_take_its_lease_tries_again_until_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "WAIT_SECONDS", (0.0, 0.02, 0.1))
    machine = terminal(people(*PRIYA))
    with on_the_wall(machine) as gate, listened(in_trouble=True, table=0.05) as office:
        office.until_listening(gate)
        with locked_up():
            machine.stop()
            until(lambda: office.states(gate).count(ListenerState.WAITING) > 1, "the line cannot give back its lease")
            machine.start(gate.address, gate.port)
        until(lambda: office.state(gate) is ListenerState.LISTENING, "it has it again, and at once")
        machine.punch("7", clock())
        until_stored(gate, 1)


@pytest.mark.usefixtures("shared")
def test_days_that_could_not_be_derived_are_derived_as_soon_as_they_can(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    errors: list[Exception] = [OperationalError("gone away"), ZeroDivisionError("a defect")]
    derive = processor.derive_pending

    def failing() -> Any:
        if errors and PendingDay.objects.exists():
            raise errors.pop(0)
        return derive()

    monkeypatch.setattr(processor, "derive_pending", failing)
    employee("7", "Priya Nair")
    machine = terminal(people(*PRIYA))
    with on_the_wall(machine) as gate, listened() as office:
        office.until_listening(gate)
        map_users([gate], create=False)
        machine.punch("7", clock())
        until(crm_rows, "a row of the CRM")
        until(lambda: not office.board.last_error)

    assert errors == []
    assert "the database does not answer (gone away)" in caplog.text
    assert "a defect" in caplog.text


@pytest.mark.usefixtures("shared")
def test_a_table_of_devices_that_cannot_be_read_leaves_the_lines_as_they_are(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ways, errors = Supervisor._connection_values, [OperationalError("gone away")] * 3

    def failing(board: Supervisor) -> Any:
        if board.statuses and errors:
            raise errors.pop()
        return ways(board)

    monkeypatch.setattr(Supervisor, "_connection_values", failing)
    with on_the_wall(terminal()) as gate, listened(in_trouble=True) as office:
        office.until_listening(gate)
        until(lambda: not errors, "the table is asked again")
        assert office.state(gate) is ListenerState.LISTENING

    assert caplog.text.count("the lines stay as they are") == 3


@pytest.mark.usefixtures("shared")
def test_what_a_killed_daemon_left_is_derived_and_posted_by_the_next() -> None:
    user = employee("7", "Priya Nair")
    machine = terminal(people(*PRIYA))
    with on_the_wall(machine) as gate:
        with listened() as office:
            office.until_listening(gate)
            map_users([gate], create=False)
        PendingDay.objects.create(user=user, date=clock().date())
        with listened() as office:
            office.until_listening(gate)
            until(lambda: not PendingDay.objects.exists(), "nothing is left")


@pytest.mark.usefixtures("shared")
def test_a_defect_of_ours_is_told_and_tried_again_and_touches_no_other_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    known = listener.address_of

    def address_of(device: Device) -> Any:
        if device.name == "Broken":
            raise ZeroDivisionError("a defect")
        return known(device)

    monkeypatch.setattr(listener, "address_of", address_of)
    with on_the_wall(terminal(), "Broken") as broken, on_the_wall(terminal(), "Sound") as sound, listened() as office:
        office.until_listening(sound)
        until(lambda: office.state(broken) is ListenerState.WAITING, "the defect is told")
        (error,) = (one.last_error for one in office.board.statuses if one.device == "Broken")

    assert error == "Broken: unexpected ZeroDivisionError: a defect. See the log, and report it."
    assert "Broken failed unexpectedly" in caplog.text
    assert set(Device.objects.values_list("lease_holder", flat=True)) == {""}
