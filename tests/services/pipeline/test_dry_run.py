"""The dry run: exact, and without a trace."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.domain.people.mapping import AccountPlan, MapAction
from attendance_devices.domain.posting.host_row import PostAction, RowPlan
from attendance_devices.hosts.base import Host
from attendance_devices.models import DeviceUser
from attendance_devices.services.days import absences
from attendance_devices.services.pipeline.dry_run import preview
from attendance_devices.services.pipeline.run import run
from attendance_devices.simulators.zkteco import Faults, SimulatedPunch
from tests.builders.crm import (
    MONDAY,
    READING,
    at,
    crm_row,
    days,
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
from tests.builders.dry_run import WISH, RefusesRows, announced, assert_exact, rehearsed
from tests.builders.failing_hosts import CannotMap, CannotPost

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("soon_after")]
TUESDAY = MONDAY + timedelta(days=1)


class Recorder(Host):
    """A CRM with a table of its own making."""

    @property
    def takes_rows(self) -> bool:
        return True

    def plan_account(self, enrolment: Any, **more: Any) -> AccountPlan:
        return AccountPlan(fields={get_user_model().USERNAME_FIELD: enrolment.device_user_id})

    def plan_rows(self, rows: Any) -> list[RowPlan]:
        return [RowPlan(row=row, action=PostAction.CREATE) for row in rows]


def test_the_rows_it_announces_are_the_rows_the_run_writes_old_and_new() -> None:
    employee("7", "Asha Nair")
    bilal = employee("8", "Bilal Khan")
    users = people(("7", "Asha Nair"), ("8", "Bilal Khan"), ("9", "Chen Wu"))
    machine = terminal(users, taps(*[(key, at("09:00", day)) for key in "789" for day in days(2)]))
    with on_the_wall(machine) as gate:
        planned, done, before, after = rehearsed([gate])
        assert [step.action for step in planned.mapping.steps] == [MapAction.MAP, MapAction.MAP, MapAction.CREATE]
        assert (done.posted.created, done.mapped.created) == (6, 1)
        assert_exact(planned, before, after)

        edit(bilal, went="16:00")
        for key in "789":
            machine.punch(key, at("17:00"))
            machine.punch(key, at("18:00", TUESDAY))
        planned, done, before, after = rehearsed([gate])
        assert (planned.collects[0].new, done.collects[0].new) == (6, 6)
        assert [plan.action for plan in planned.posting.rows].count(PostAction.KEPT) == done.posted.kept == 1
        assert (done.posted.changed, done.posted.created) == (5, 0)
        assert_exact(planned, before, after)

        planned, done, before, after = rehearsed([gate])
        assert announced(planned) == []
        assert before == after
    assert {command for command, _ in machine.journal} <= READING
    assert crm_row(bilal).pk


def test_the_counts_are_those_of_the_run() -> None:
    bad = SimulatedPunch(user_id="7", raw_time=24 * 372 * 86_400 + (31 + 30) * 86_400)
    punches = [*taps(("7", at("09:00")), ("66", at("10:00"))), bad, *taps(("7", at("09:00")))]
    with on_the_wall(terminal(people(("7", "Asha")), punches)) as gate:
        planned, done, _, _ = rehearsed([gate])

    (said,), (was,) = planned.collects, done.collects
    assert (said.new, said.known, said.quarantined) == (was.new, was.known, was.quarantined) == (2, 1, 1)
    assert said.unknown_ids == ["66"]


def test_the_accounts_it_announces_are_the_accounts_the_run_creates() -> None:
    north = terminal(people(("7", "Asha Nair"), ("8", "Bilal")))
    south = terminal(people(("8", "Bilal Khan"), ("7", "Zed Wu")))
    with on_the_wall(south, "South") as first, on_the_wall(north, "North") as second:
        planned, done, _, _ = rehearsed([first, second])

    names = {step.account.fields["username"] for step in planned.mapping.of(MapAction.CREATE) if step.account}
    made = set(get_user_model().objects.values_list("username", flat=True))
    assert names == made
    assert len(made) == 3
    by_step = {
        (step.candidate.device, step.candidate.device_user_id): step.account.fields["username"]
        for step in planned.mapping.of(MapAction.CREATE)
        if step.account
    }
    for row in DeviceUser.objects.select_related("device", "system_user"):
        assert by_step[row.device.name, row.device_user_id] == row.system_user.username
    assert done.failures == []


def test_somebody_unlisted_who_is_listed_now_is_announced_by_name() -> None:
    machine = terminal(people(("7", "Asha")), taps(("99", at("09:00"))))
    with on_the_wall(machine) as gate:
        run([gate], **WISH)
        machine.users = people(("7", "Asha"), ("99", "Dia Roy"))
        planned, done, before, after = rehearsed([gate])

    accounts = [step.candidate.name for step in planned.mapping.of(MapAction.CREATE)]
    assert (accounts, done.mapped.created) == (["Dia Roy"], 1)
    assert_exact(planned, before, after)


def test_punches_that_wait_for_their_employee_are_announced() -> None:
    machine = terminal(people(("7", "Asha")), taps(("7", at("09:00")), ("7", at("17:00"))))
    with on_the_wall(machine) as gate:
        run([gate], **(WISH | {"create": False}))
        employee("7", "Asha")
        planned, done, before, after = rehearsed([gate])

    assert done.posted.created == 1
    assert_exact(planned, before, after)


def test_whom_a_person_mapped_is_announced_with_earlier_punches() -> None:
    machine = terminal(people(("7", "Asha")), taps(("7", at("09:00"))))
    with on_the_wall(machine) as gate:
        run([gate], **(WISH | {"create": False}))
        gate.users.update(system_user=employee("else"))
        planned, done, before, after = rehearsed([gate])

    assert done.posted.created == 1
    assert_exact(planned, before, after)


def test_what_was_stored_and_not_derived_is_announced() -> None:
    with on_the_wall(terminal(people(("7", "")))) as gate:
        mapped(gate, "7", employee("7"))
        punched(gate, ("7", at("09:00")))
        planned, _, before, after = rehearsed([gate])

    assert len(after) == 1
    assert_exact(planned, before, after)


def test_days_before_since_are_not_announced() -> None:
    employee("7")
    machine = terminal(people(("7", "")), taps(*[("7", at("09:00", day)) for day in days(4)]))
    with on_the_wall(machine) as gate:
        planned, _, before, after = rehearsed([gate], since=days(4)[2])

    assert [plan.row.date for plan in planned.posting.rows] == days(4)[2:]
    assert_exact(planned, before, after)


def test_map_only_and_fetch_only_announce_their_part() -> None:
    employee("7")
    machine = terminal(people(("7", "")), taps(("7", at("09:00"))))
    with on_the_wall(machine) as gate, nothing_is_written():
        people_only = preview([gate], **(WISH | {"fetch": False}))
        punches_only = preview([gate], **(WISH | {"map_people": False}))

    assert (len(people_only.mapping.steps), people_only.collects[0].new, people_only.posting.rows) == (1, 0, ())
    assert (len(punches_only.mapping.steps), punches_only.collects[0].new) == (0, 1)
    assert not punches_only.posting.rows


def test_one_dead_terminal_never_stops_the_others_and_counts_as_failed() -> None:
    employee("7")
    with on_the_wall(terminal(people(("7", "")), taps(("7", at("09:00"))))) as gate:
        planned, done, before, after = rehearsed([unplugged(), gate, unplugged("Mars", timezone="Mars/Base")])

    assert planned.failures == done.failures
    assert len(planned.failures) == 2
    assert_exact(planned, before, after)


def test_a_cable_pulled_in_the_middle_announces_what_was_read() -> None:
    employee("7")
    machine = terminal(people(("7", "")), taps(*[("7", at("09:00", day)) for day in days(300)]))
    machine.faults = Faults(close_after_bytes=3000)
    with on_the_wall(machine) as gate:
        planned, done, before, after = rehearsed([gate])

    assert len(planned.failures) == len(done.failures) == 1
    assert planned.collects[0].retryable
    assert_exact(planned, before, after)


@pytest.mark.parametrize(("kind", "says"), [(CannotMap, "mapping: "), (CannotPost, "the CRM's rows: ")])
def test_a_stage_that_breaks_is_told(kind: type, says: str, settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(HOST=host(kind))
    with on_the_wall(terminal(people(("7", "")))) as gate:
        mapped(gate, "7", employee("7"))
        punched(gate, ("7", at("09:00")))
        found = preview([gate], **WISH)

    assert len(found.failures) == 1
    assert found.failures[0].startswith(says)


def test_an_adapters_new_accounts_are_announced_in_our_words(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = {"HOST": host(Recorder)}
    machine = terminal(people(("7", "Asha")), taps(("7", at("09:00"))))
    with on_the_wall(machine) as gate, nothing_is_written():
        found = preview([gate], **WISH)

    (row,) = found.posting.rows
    assert [change.name for change in row.changes] == ["check_in", "status"]
    assert row.row.employee == "7 (new)"


def test_without_a_table_no_row_is_announced(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = {}
    machine = terminal(people(("7", "Asha")), taps(("7", at("09:00"))))
    with on_the_wall(machine) as gate, nothing_is_written():
        assert preview([gate], **WISH).posting.rows == []


def test_a_row_that_the_crm_would_refuse_is_a_failure(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(HOST=host(RefusesRows))
    with on_the_wall(terminal(people(("7", "")))) as gate:
        mapped(gate, "7", employee("7"))
        punched(gate, ("7", at("09:00")))
        planned, done, _, after = rehearsed([gate])

    assert planned.failures == ["2024-01-08: the books are gone"]
    assert (done.posted.failed, after) == (1, {})


def test_a_dry_run_of_many_costs_the_queries_of_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absences, "DAYS_AT_ONCE", 1_000_000)
    counts = []
    for number, amount in enumerate((5, 40)):
        keys = [str(1000 * (number + 1) + key) for key in range(amount)]
        for key in keys:
            employee(key)
        machine = terminal(people(*[(key, "") for key in keys]), taps(*[(key, at("09:00")) for key in keys]))
        with on_the_wall(machine, f"Gate {number}") as gate, CaptureQueriesContext(connection) as queries:
            found = preview([gate], **WISH)
        counts.append((len(found.posting.rows), len(queries)))

    assert [rows for rows, _ in counts] == [5, 40]
    assert counts[0][1] == counts[1][1] <= 36
