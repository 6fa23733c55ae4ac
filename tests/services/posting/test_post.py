"""The CRM's rows: written, kept, locked, failed and tried again."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.hosts.base import Host
from attendance_devices.hosts.rows.writing import RowWriter
from attendance_devices.models import ProcessedAttendance
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.posting import post as module
from attendance_devices.services.posting.post import plan_post, post
from tests.builders.crm import (
    MONDAY,
    at,
    crm_row,
    crm_rows,
    days,
    device,
    edit,
    employee,
    host,
    mapped,
    nothing_is_written,
    punched,
    setting,
)
from tests.builders.failing_hosts import TUESDAY, ClosedMonday, FailsOnTuesday, worked

pytestmark = pytest.mark.django_db


class Listens(FailsOnTuesday):
    """It notes whose days it is told, in their order."""

    told: list[tuple[str, Any]]

    def write_rows(self, plans: Any) -> Any:
        self.told.extend((plan.row.employee, plan.row.date) for plan in plans)
        return super().write_rows(plans)


def test_a_day_becomes_a_row_and_is_remembered() -> None:
    _, asha = worked(MONDAY)

    result = post(since=MONDAY)

    assert (result.created, result.failed, result.errors) == (1, 0, [])
    assert crm_rows() == [(asha.username, MONDAY, "09:00:00", "17:00:00")]
    ours = ProcessedAttendance.objects.get()
    assert (ours.posting_state, ours.host_pk) == (PostAction.CREATE, str(crm_row(asha).pk))
    assert ours.posted_at is not None
    assert ours.posted_values


def test_nothing_is_told_twice() -> None:
    worked(MONDAY)
    post(since=MONDAY)

    again = post(since=MONDAY)

    assert (again.created, again.changed, again.unchanged) == (0, 0, 0)


def test_late_punches_change_the_row_that_we_wrote() -> None:
    gate, asha = worked(MONDAY)
    post(since=MONDAY)
    punched(gate, ("7", at("18:30")))
    derive_pending()

    assert post(since=MONDAY).changed == 1
    assert crm_rows() == [(asha.username, MONDAY, "09:00:00", "18:30:00")]


def test_a_row_that_a_person_edited_is_kept_and_shown_as_kept() -> None:
    gate, asha = worked(MONDAY)
    post(since=MONDAY)
    edit(asha, went="16:00")
    punched(gate, ("7", at("18:30")))
    derive_pending()

    result = post(since=MONDAY)

    assert (result.kept, result.changed) == (1, 0)
    assert crm_rows() == [(asha.username, MONDAY, "09:00:00", "16:00:00")]
    ours = ProcessedAttendance.objects.get()
    assert ours.posting_state == PostAction.KEPT
    assert "edited by a person" in ours.posting_note


def test_a_row_that_a_person_deleted_stays_deleted() -> None:
    gate, asha = worked(MONDAY)
    post(since=MONDAY)
    crm_row(asha).delete()
    punched(gate, ("7", at("18:30")))
    derive_pending()

    assert post(since=MONDAY).kept == 1
    assert crm_rows() == []
    assert "deleted" in ProcessedAttendance.objects.get().posting_note


def test_of_a_row_that_was_there_before_only_what_is_empty_is_filled(settings: Any) -> None:
    _, asha = worked(MONDAY, clocks=("09:00",))
    post(since=MONDAY)
    ProcessedAttendance.objects.all().delete()
    gate = device("Other")
    mapped(gate, "7", asha)
    punched(gate, ("7", at("08:00")), ("7", at("17:00")))
    derive_pending()

    post(since=MONDAY)

    assert crm_rows() == [(asha.username, MONDAY, "09:00:00", "17:00:00")]


def test_a_row_that_was_there_before_is_kept_or_overwritten_as_the_setting_says(settings: Any) -> None:
    for policy, clocks in (("keep", ("09:00:00", "")), ("overwrite", ("08:00:00", "17:00:00"))):
        ProcessedAttendance.objects.all().delete()
        gate = device(policy)
        user = employee(policy)
        mapped(gate, "7", user)
        punched(gate, ("7", at("09:00")))
        derive_pending()
        post(since=MONDAY)
        ProcessedAttendance.objects.all().delete()
        punched(gate, ("7", at("08:00")), ("7", at("17:00")))
        settings.ATTENDANCE_DEVICES = setting(ON_EXISTING=policy)
        derive_pending()
        post(since=MONDAY)
        assert (user.username, MONDAY, *clocks) in crm_rows()


def test_a_locked_day_is_not_touched_until_it_is_unlocked(settings: Any) -> None:
    worked(MONDAY, TUESDAY)
    usual = settings.ATTENDANCE_DEVICES
    settings.ATTENDANCE_DEVICES = setting(HOST=host(ClosedMonday))

    result = post(since=MONDAY)

    assert (result.created, result.locked) == (1, 1)
    assert [row[1] for row in crm_rows()] == [TUESDAY]
    monday = ProcessedAttendance.objects.get(date=MONDAY)
    assert (monday.posting_state, monday.posting_note) == (PostAction.LOCKED, "payroll of January is closed")

    settings.ATTENDANCE_DEVICES = usual
    assert post(since=MONDAY).created == 1
    assert [row[1] for row in crm_rows()] == [MONDAY, TUESDAY]


def test_a_locked_day_that_was_written_before_stays_as_it_is(settings: Any) -> None:
    gate, asha = worked(MONDAY)
    post(since=MONDAY)
    settings.ATTENDANCE_DEVICES = setting(HOST=host(ClosedMonday))
    punched(gate, ("7", at("19:00")))
    derive_pending()

    assert post(since=MONDAY).locked == 1
    assert crm_rows() == [(asha.username, MONDAY, "09:00:00", "17:00:00")]
    assert ProcessedAttendance.objects.get().host_pk == str(crm_row(asha).pk)


def test_one_bad_row_never_stops_the_others_and_is_tried_again(settings: Any) -> None:
    worked(*days(3))
    usual = settings.ATTENDANCE_DEVICES
    settings.ATTENDANCE_DEVICES = setting(HOST=host(FailsOnTuesday))

    result = post(since=MONDAY)

    assert (result.created, result.failed) == (2, 1)
    assert "Run check_host" in result.errors[0]
    assert ProcessedAttendance.objects.get(date=TUESDAY).posting_note == result.errors[0]

    settings.ATTENDANCE_DEVICES = usual
    assert post(since=MONDAY).created == 1
    assert ProcessedAttendance.objects.get(date=TUESDAY).posting_note == ""


def test_days_are_told_person_by_person_oldest_first_and_each_once_in_however_small_stretches(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = device()
    people = [employee(str(number)) for number in (1, 2, 3)]
    for number, user in enumerate(people):
        mapped(gate, str(number), user)
        punched(gate, *[(str(number), at("09:00", day)) for day in days(5)])
    derive_pending()
    settings.ATTENDANCE_DEVICES = setting(HOST=host(Listens))
    told: list[tuple[str, Any]] = []
    monkeypatch.setattr(Listens, "told", told, raising=False)
    monkeypatch.setattr(module, "KEYS_AT_ONCE", 4)
    monkeypatch.setattr(module, "BATCH_ROWS", 3)

    result = post(since=MONDAY)

    assert (result.created, result.failed) == (12, 3)
    assert len(told) == len(set(told)) == 15
    employees = list(dict.fromkeys(employee for employee, _ in told))
    assert told == [(employee, day) for employee in employees for day in days(5)]


def test_only_the_days_asked_for_are_posted() -> None:
    worked(*days(5))

    post(since=TUESDAY, until=MONDAY + timedelta(days=2))

    assert [row[1] for row in crm_rows()] == days(2, TUESDAY)


def test_deriving_again_what_was_deleted_does_not_write_the_row_again() -> None:
    _, asha = worked(MONDAY)
    post(since=MONDAY)
    ProcessedAttendance.objects.all().delete()
    gate = device("Other")
    mapped(gate, "7", asha)
    punched(gate, ("7", at("12:00")))
    derive_pending()

    result = post(since=MONDAY)

    assert (result.created, result.changed, result.unchanged + result.kept) == (0, 0, 1)


def test_a_kill_while_a_batch_is_written_leaves_it_all_to_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    worked(MONDAY)
    with monkeypatch.context() as broken:
        broken.setattr(module, "_posted_values", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            post(since=MONDAY)
    assert crm_rows() == []

    assert post(since=MONDAY).created == 1


def test_without_a_table_of_the_crm_nothing_is_posted(settings: Any) -> None:
    worked(MONDAY)
    settings.ATTENDANCE_DEVICES = {"HOST": host(Host)}

    assert post(since=MONDAY).created == 0
    assert not plan_post(list(ProcessedAttendance.objects.all())).rows
    assert ProcessedAttendance.objects.get().posting_state == PostAction.NEW


def test_the_plan_is_what_the_post_then_does_and_writes_nothing(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(HOST=host(ClosedMonday))
    worked(*days(3))
    with nothing_is_written():
        plan = plan_post(list(ProcessedAttendance.objects.order_by("date")))

    result = post(since=MONDAY)

    assert [row.action for row in plan.rows] == [PostAction.LOCKED, PostAction.CREATE, PostAction.CREATE]
    assert (result.locked, result.created) == (1, 2)


def test_a_person_deleted_between_the_days_and_the_post_is_no_row() -> None:
    _, asha = worked(MONDAY)
    asha.delete()

    assert post(since=MONDAY).created == 0


def test_five_hundred_rows_cost_the_queries_of_ten_outside_the_crms_own_save(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = []
    for number, amount in enumerate((10, 500)):
        gate, user = device(f"Gate {amount}"), employee(f"1{number}")
        mapped(gate, "7", user)
        punched(gate, *[("7", at("09:00", day)) for day in days(amount, MONDAY - timedelta(days=900 * number))])
        derive_pending()
        inside: list[int] = []
        write = RowWriter.write_fresh

        def counted(self: Any, plans: Any, write: Any = write, inside: list[int] = inside) -> Any:
            with CaptureQueriesContext(connection) as queries:
                outcomes = write(self, plans)
            inside.append(len(queries))
            return outcomes

        with monkeypatch.context() as patched, CaptureQueriesContext(connection) as queries:
            patched.setattr(RowWriter, "write_fresh", counted)
            result = post(since=MONDAY - timedelta(days=4000))
        outside.append((result.created, len(queries) - sum(inside), [query["sql"][:80] for query in queries]))

    (few, cost_few, _), (many, cost_many, asked) = outside
    a_write = connection.ops.bulk_batch_size(ProcessedAttendance._meta.concrete_fields, range(500))
    splits = 500 // a_write
    assert (few, many) == (10, 500)
    assert cost_few <= cost_many <= cost_few + splits, "\n".join(asked)
    assert cost_few <= 12, "\n".join(asked)
