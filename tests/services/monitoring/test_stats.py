"""How it stands, counted once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.models import Device, DeviceUser, ESSLAttendanceLog, ProcessedAttendance, QuarantinedRecord
from attendance_devices.services.mapping.match import map_users
from attendance_devices.services.monitoring.stats import Stats, collect_stats
from attendance_devices.services.pipeline.run import run
from tests.builders.crm import (
    MONDAY,
    at,
    days,
    device,
    edit,
    employee,
    host,
    mapped,
    nothing_is_written,
    on_the_wall,
    people,
    punched,
    setting,
    taps,
    terminal,
    unplugged,
)
from tests.builders.failing_hosts import ClosedMonday

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + timedelta(days=1)


def counted(since: date | None = None) -> Stats:
    with nothing_is_written():
        return collect_stats(since=since)


def test_nothing_at_all_is_nought_and_all_of_nobody_is_mapped() -> None:
    found = counted()

    assert (found.people, found.logs, found.days, found.posted, found.pending, found.devices) == (0, 0, 0, 0, 0, [])
    assert found.mapped_percent == 100


def test_it_counts_people_logs_days_and_what_the_crm_was_told() -> None:
    employee("7")
    bilal = employee("8")
    machine = terminal(
        people(("7", ""), ("8", ""), ("9", "")),
        taps(*[(key, at("09:00", day)) for key in "789" for day in days(2)]),
    )
    with on_the_wall(machine) as gate:
        run([gate], fetch=True, map_people=True, create=False, since=TUESDAY)
        edit(bilal, TUESDAY, went="16:00")
        machine.punch("8", at("17:00", TUESDAY))
        run([gate], fetch=True, map_people=True, create=False, since=TUESDAY)
        DeviceUser.objects.create(device=gate, device_user_id="99", ignored=True)
        punched(gate, ("7", at("18:00")), ("7", at("18:30")))

    found = counted()

    assert (found.people, found.mapped, found.ignored) == (3, 2, 1)
    assert round(found.mapped_percent, 1) == 66.7
    assert (found.logs, found.review, found.quarantined) == (9, 0, 0)
    assert (found.days, found.posted, found.pending) == (4, 1, 1)
    assert (found.state(PostAction.NEW), found.state(PostAction.KEPT), found.state(PostAction.FAILED)) == (2, 1, 0)


def test_a_locked_day_is_neither_posted_nor_failed(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(HOST=host(ClosedMonday))
    employee("7")
    with on_the_wall(terminal(people(("7", "")), taps(("7", at("09:00"))))) as gate:
        run([gate], fetch=True, map_people=True, create=False, since=MONDAY)

    assert (counted().state(PostAction.LOCKED), counted().posted) == (1, 0)


def test_of_the_last_days_only_logs_and_days_are_counted_never_what_a_terminal_holds() -> None:
    gate = device()
    mapped(gate, "7", employee("7"))
    punched(gate, *[("7", at("09:00", day)) for day in days(4)])
    map_users([gate], create=False)
    run([], fetch=True, map_people=False, create=False, since=MONDAY)

    found = counted(since=days(4)[2])

    assert (found.logs, found.days, found.devices[0].stored, found.since) == (2, 2, 4, days(4)[2])


def test_a_terminal_says_how_far_it_is_read_and_how_its_clock_runs() -> None:
    employee("7")
    machine = terminal(people(("7", "")), taps(("7", at("09:00")), ("8", at("09:00"))))
    with on_the_wall(machine, "Gate") as gate:
        run([gate, unplugged()], fetch=True, map_people=True, create=False, since=MONDAY)
        machine.punch("7", at("17:00"))
        run([gate], fetch=True, map_people=True, create=False, since=MONDAY)

    dead, alive = counted().devices

    assert (dead.device, dead.failures, dead.records, dead.last_read, dead.drift) == ("Dead", 1, None, None, None)
    assert dead.error
    assert (alive.records, alive.stored, alive.ahead, alive.unclaimed, alive.failures) == (3, 3, 0, 1, 0)
    assert alive.last_read is not None and datetime.now(UTC) - alive.last_read < timedelta(minutes=5)
    assert alive.drift is not None and abs(alive.drift) < timedelta(minutes=1)


def test_what_a_terminal_holds_beyond_what_is_stored_is_told_and_what_was_cleared_is_no_loss() -> None:
    ahead, cleared = device("Ahead", record_count=10), device("Cleared", record_count=0)
    for gate in (ahead, cleared):
        punched(gate, *[("7", at("09:00", day)) for day in days(3)])
    now = datetime.now(UTC)
    QuarantinedRecord.objects.create(device=ahead, raw=b"x", digest="x", reason="no date", received_at=now)
    ESSLAttendanceLog.objects.filter(device=ahead, device_time=at("09:00")).update(review="future")

    found = counted()

    assert [(one.device, one.ahead, one.quarantined) for one in found.devices] == [("Ahead", 6, 1), ("Cleared", 0, 0)]
    assert (found.review, found.quarantined) == (1, 1)


def test_a_terminal_whose_key_cannot_be_read_any_more_is_counted() -> None:
    gate = device()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {Device._meta.db_table} SET comm_key = 'spoilt' WHERE id = %s", [gate.pk])

    assert [one.device for one in counted().devices] == ["Gate"]


def test_forty_terminals_cost_the_queries_of_two() -> None:
    counts = []
    for amount in (2, 38):
        for gate in [device(f"Gate {amount} {number}") for number in range(amount)]:
            mapped(gate, "7", employee(f"{gate.pk}"))
            punched(gate, ("7", at("09:00")))
        with CaptureQueriesContext(connection) as queries:
            found = collect_stats()
        counts.append((len(found.devices), len(queries)))

    assert [number for number, _ in counts] == [2, 40]
    assert counts[0][1] == counts[1][1] <= 7


def test_a_count_is_the_tables_own() -> None:
    gate = device()
    mapped(gate, "7", employee("7"))
    punched(gate, *[("7", at("09:00", day)) for day in days(5)])
    run([], fetch=True, map_people=False, create=False, since=MONDAY)

    found = counted()

    assert found.logs == ESSLAttendanceLog.objects.count() == 5
    assert found.days == ProcessedAttendance.objects.count() == sum(found.states.values()) == 5
