"""The dry run names the missing exactly as the run does."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine

from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.models import Device, Holiday, ProcessedAttendance
from attendance_devices.services.pipeline.run import run
from tests.builders.crm import (
    ZONE,
    at,
    days,
    employee,
    on_the_wall,
    people,
    punched,
    setting,
    taps,
    terminal,
    unplugged,
)
from tests.builders.dry_run import WISH, announced, assert_exact, rehearsed
from tests.builders.staff import ONE_DAY, WORDS, spelled, works
from tests.hosts.own.models import Contract, Leave

pytestmark = pytest.mark.django_db
LEAVE = {"MODEL": "own.Leave", "USER": "user", "FIRST": "first", "LAST": "last"}


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """Whenever the tests run: no shift of today is over."""
    with time_machine.travel(datetime.now(ZONE).replace(hour=12, minute=0), tick=True):
        yield


@pytest.fixture(autouse=True)
def told(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = spelled() | {"LEAVE": LEAVE}


def last_days() -> list[Any]:
    """Five days that are over, the last of them yesterday."""
    return days(5, datetime.now(ZONE).date() - 5 * ONE_DAY)


def came(*keys: str, on: Any) -> list[Any]:
    return taps(*[(key, at(clock, on)) for key in keys for clock in ("09:00", "17:00")])


def actions(planned: Any, only: PostAction = PostAction.CREATE) -> list[tuple[Any, str]]:
    return [(plan.row.date, plan.row.status) for plan in planned.posting.rows if plan.action is only]


def test_on_a_fresh_installation_whoever_did_not_come_again_is_announced() -> None:
    first, second, *rest = last_days()
    works()
    for key in "78":
        employee(key)
    machine = terminal(people(("7", ""), ("8", "")), [*came("7", "8", on=first), *came("8", on=second)])
    with on_the_wall(machine) as where:
        planned, done, before, after = rehearsed([where], since=first)
    assert_exact(planned, before, after)
    assert actions(planned).count((second, "absent")) == 1
    assert [actions(planned).count((day, "absent")) for day in rest] == [2, 2, 2]
    assert done.posted.created == 10


def test_so_are_those_whose_account_is_not_there_yet() -> None:
    first, *rest = last_days()
    works()
    machine = terminal(people(("7", "Asha"), ("8", "Bilal")), came("7", on=first))
    with on_the_wall(machine) as where:
        planned, done, before, after = rehearsed([where], since=first)
    assert_exact(planned, before, after)
    assert done.mapped.created == 2
    assert actions(planned) == [(first, "present"), *[(day, "absent") for day in rest]]


def test_a_second_run_announces_nothing() -> None:
    first, *_ = last_days()
    works()
    employee("7")
    with on_the_wall(terminal(people(("7", "")), came("7", on=first))) as where:
        run([where], **WISH | {"since": first})
        planned, _, before, after = rehearsed([where], since=first)
    assert (announced(planned), before) == ([], after)


def test_while_a_gate_is_dead_nobody_is_announced_as_absent_and_then_they_are() -> None:
    first, second, *rest = last_days()
    works()
    asha = employee("7")
    machine = terminal(people(("7", "")), came("7", on=first))
    with on_the_wall(machine) as where:
        dead = unplugged()
        punched(dead, ("stranger", at("08:00", first)))
        dead.users.create(device_user_id="7", system_user=asha)
        other = terminal(people(("7", "")), came("7", on=first + ONE_DAY))
        with on_the_wall(other, "Other") as living:
            run([living], **WISH | {"since": first})
        planned, done, before, after = rehearsed([where, living], since=first)
        assert_exact(planned, before, after)
        statuses = ProcessedAttendance.objects.filter(user=asha, date__in=rest)
        assert set(statuses.values_list("status", flat=True)) == {"no_data"}
        assert len(done.failures) == 1

        Device.objects.filter(pk=dead.pk).update(is_active=False)
        planned, done, before, after = rehearsed([where], since=first)
        assert_exact(planned, before, after)
        assert actions(planned) == [(day, "absent") for day in rest]
    assert second not in [day for day, _ in actions(planned)]


def test_a_late_punch_changes_the_absence_that_was_told() -> None:
    first, second, *_ = last_days()
    works()
    employee("7")
    machine = terminal(people(("7", "")), came("7", on=first))
    with on_the_wall(machine) as where:
        run([where], **WISH | {"since": first})
        machine.punch("7", at("09:00", second))
        machine.punch("7", at("17:00", second))
        planned, done, before, after = rehearsed([where], since=first)
    assert_exact(planned, before, after)
    assert (done.posted.changed, actions(planned, PostAction.CHANGE)) == (1, [(second, "present")])


def test_holidays_and_leaves_are_not_announced_as_absences() -> None:
    first, second, third, *rest = last_days()
    works()
    asha = employee("7")
    Holiday.objects.create(date=second, name="Eid")
    Leave.objects.create(user=asha, first=third, last=third)
    with on_the_wall(terminal(people(("7", "")), came("7", on=first))) as where:
        planned, _, before, after = rehearsed([where], since=first)
    assert_exact(planned, before, after)
    assert actions(planned) == [(first, "present"), *[(day, "absent") for day in rest]]


def test_employment_is_asked_for_as_in_the_run(settings: Any) -> None:
    first, second, third, *_ = last_days()
    settings.ATTENDANCE_DEVICES = spelled() | {"JOINED_LOOKUP": "contract__joined"}
    works()
    Contract.objects.create(user=employee("7"), joined=second)
    Contract.objects.create(user=employee("8"), joined=third)
    with on_the_wall(terminal(people(("7", ""), ("8", "")), came("stranger", on=first))) as where:
        planned, _, before, after = rehearsed([where], since=first)
    assert_exact(planned, before, after)
    assert [actions(planned).count((day, "absent")) for day in last_days()] == [0, 1, 2, 2, 2]


def test_an_absurd_clock_blocks_in_both() -> None:
    first, *_, yesterday = last_days()
    works()
    employee("7")
    punches = [*came("7", on=first), *taps(("7", datetime(2099, 1, 1, 9)))]
    with on_the_wall(terminal(people(("7", "")), punches)) as where:
        planned, _, before, after = rehearsed([where], since=first)
    assert_exact(planned, before, after)
    assert (yesterday, "absent") not in actions(planned)


def test_whoever_was_taken_off_the_terminal_is_not_missed() -> None:
    first, second, *_ = last_days()
    works()
    employee("7")
    machine = terminal(people(("7", ""), ("8", "")), came("7", on=first))
    with on_the_wall(machine) as where:
        run([where], **WISH | {"create": False, "since": datetime.now(ZONE).date() + ONE_DAY})
        machine.users = people(("8", ""))
        planned, _, before, after = rehearsed([where], since=second, create=False)
    assert_exact(planned, before, after)


def test_what_was_said_of_whom_the_terminal_lists_no_more_is_left_by_both() -> None:
    first, *_ = last_days()
    works()
    employee("7")
    machine = terminal(people(("7", ""), ("8", "")), came("7", on=first))
    with on_the_wall(machine) as where:
        run([where], **WISH | {"create": False, "since": first})
        machine.users = people(("8", ""))
        planned, _, before, after = rehearsed([where], since=first, create=False)
    assert (announced(planned), before) == ([], after)
    assert len(after) == 5


def test_without_a_word_for_absent_it_is_skipped(settings: Any) -> None:
    first, second, *_ = last_days()
    settings.ATTENDANCE_DEVICES = setting(STATUS_VALUES={k: v for k, v in WORDS.items() if k != "absent"})
    works()
    employee("7")
    with on_the_wall(terminal(people(("7", "")), came("7", on=first))) as where:
        planned, done, before, after = rehearsed([where], since=first)
    assert_exact(planned, before, after)
    assert (done.posted.created, done.posted.skipped) == (1, 4)
    assert (second, "absent") in actions(planned, PostAction.SKIPPED)
