"""Rows of the CRM compared in bulk: what is planned, and what is left to people.

Covers: hosts/rows/planning.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from attendance_devices.domain.posting.host_row import OnExisting, PostAction
from attendance_devices.hosts.declared import DeclaredHost
from example_project.hr.models import Attendance, CustomUser
from tests.builders.first_host import NOON, host, post
from tests.builders.host_days import MONDAY, day, remembered

pytestmark = pytest.mark.django_db


@pytest.fixture
def ali() -> CustomUser:
    return CustomUser.objects.create(username="ali")


class TestPlan:
    def test_a_day_without_a_row_is_shown_field_by_field(self, ali: CustomUser) -> None:
        (plan,) = host().plan_rows([day(ali)])
        assert plan.action is PostAction.CREATE
        assert [(change.name, change.old, change.new) for change in plan.changes] == [
            ("user_id", "", str(ali.pk)),
            ("date", "", "2026-01-05"),
            ("check_in_time", "", "2026-01-05T04:00:00+00:00"),
            ("check_out_time", "", "2026-01-05T13:00:00+00:00"),
            ("status", "", "Present"),
            ("device", "", "Gate"),
        ]
        assert Attendance.objects.count() == 0

    def test_plans_keep_the_order_of_the_rows(self, ali: CustomUser) -> None:
        rows = [day(ali, MONDAY + timedelta(days=number), key=number) for number in (3, 1, 2)]
        assert [plan.row.key for plan in host().plan_rows(rows)] == [3, 1, 2]

    def test_the_words_for_a_person_are_only_asked_for_when_there_is_something_to_tell(
        self, ali: CustomUser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def words(self: CustomUser) -> str:
            pytest.fail("asked for")

        monkeypatch.setattr(CustomUser, "__str__", words)
        assert host().plan_rows([day(ali)])[0].action is PostAction.CREATE

    def test_no_rows_make_no_plans(self) -> None:
        assert host().plan_rows([]) == []
        assert host().write_rows([]) == []

    @pytest.mark.parametrize("key", ["99", "not a key"])
    def test_a_user_who_is_gone_is_told(self, key: str) -> None:
        (plan,) = host().plan_rows([day(key)])
        assert plan.action is PostAction.FAILED
        assert plan.reason == f"no user has the key '{key}' any more; map the terminal's user to an employee again"

    def test_a_person_whom_the_crm_does_not_have_is_told(self, ali: CustomUser) -> None:
        (plan,) = host(person_path="office").plan_rows([day(ali)])
        assert plan.action is PostAction.FAILED
        assert "user ali has no office (PERSON_PATH); create it in the CRM" in plan.reason

    def test_a_day_that_cannot_be_written_names_the_column(self, ali: CustomUser) -> None:
        (plan,) = host(extra_fields={"device": "device", "date": "check_out"}, date_field="date").plan_rows(
            [day(ali, check_out=None)]
        )
        assert plan.action is PostAction.FAILED
        assert plan.reason.startswith("date may not be empty, and this day has no value for it")

    def test_several_rows_of_one_day_are_left_to_a_person(self, ali: CustomUser) -> None:
        rows = [
            Attendance.objects.create(user=ali, date=date(2026, 1, number), check_in_time=NOON, status="Present")
            for number in (1, 2)
        ]
        crm = host(date_field="", check_in_field="check_in_time")
        (plan,) = crm.plan_rows([day(ali)])
        assert plan.action is PostAction.KEPT
        keys = ", ".join(str(row.pk) for row in rows)
        assert plan.reason == f"2 rows exist in hr.Attendance for ali on 2026-01-05 ({keys}); leave one of them"
        assert crm.read_rows([day(ali)]) == [None]

    def test_a_row_made_by_hand_is_filled_where_it_is_empty(self, ali: CustomUser) -> None:
        row = Attendance.objects.create(user=ali, date=MONDAY, check_in_time=NOON, status="Late")
        (plan,) = host().plan_rows([day(ali)])
        assert (plan.action, plan.host_pk) == (PostAction.CHANGE, str(row.pk))
        assert [change.name for change in plan.changes] == ["check_out_time", "device"]

    @pytest.mark.parametrize(
        ("policy", "action"),
        [(OnExisting.KEEP, PostAction.KEPT), (OnExisting.OVERWRITE, PostAction.CHANGE)],
    )
    def test_the_policy_decides_about_rows_that_exist(
        self, ali: CustomUser, policy: OnExisting, action: PostAction
    ) -> None:
        Attendance.objects.create(user=ali, date=MONDAY, check_in_time=NOON, status="Late")
        (plan,) = host(on_existing=policy).plan_rows([day(ali)])
        assert plan.action is action

    def test_a_locked_day_that_would_change_is_locked(self, ali: CustomUser) -> None:
        class Closed(DeclaredHost):
            def locked(self, days: Any) -> Any:
                return dict.fromkeys(days, "payroll of January is closed")

        (plan,) = Closed().plan_rows([day(ali)])
        assert (plan.action, plan.reason, plan.changes) == (PostAction.LOCKED, "payroll of January is closed", ())
        (outcome,) = Closed().write_rows([plan])
        assert outcome.action is PostAction.LOCKED
        assert Attendance.objects.count() == 0
        (posted,) = post([day(ali)])
        (again,) = Closed().plan_rows([remembered(day(ali), posted)])
        assert again.action is PostAction.UNCHANGED


class TestOurOwnRows:
    def test_a_posted_day_is_unchanged_the_second_time(self, ali: CustomUser) -> None:
        (posted,) = post([day(ali)])
        row = remembered(day(ali), posted)
        (again,) = post([row])
        assert again.action is PostAction.UNCHANGED
        assert (again.host_pk, again.posted) == (posted.host_pk, posted.posted)

    def test_a_corrected_day_changes_our_row(self, ali: CustomUser) -> None:
        (posted,) = post([day(ali)])
        (again,) = post([remembered(day(ali), posted, check_out=None, status="missing_check_out")])
        row = Attendance.objects.get()
        assert again.action is PostAction.CHANGE
        assert (row.check_out_time, row.status) == (None, "Incomplete")
        assert again.posted["status"].found == "Incomplete"
        assert set(again.posted) == {"check_in_time", "check_out_time", "status", "device"}

    def test_a_row_that_a_person_edited_is_kept(self, ali: CustomUser) -> None:
        (posted,) = post([day(ali)])
        Attendance.objects.update(check_out_time=NOON)
        (again,) = post([remembered(day(ali), posted, check_out=None)])
        assert again.action is PostAction.KEPT
        assert again.plan.reason.startswith("edited by a person: check_out_time is '2026-01-05T12:00:00+00:00'")
        assert Attendance.objects.get().check_out_time == NOON
        assert again.posted == posted.posted

    def test_a_row_that_a_person_deleted_is_not_written_again(self, ali: CustomUser) -> None:
        (posted,) = post([day(ali)])
        Attendance.objects.all().delete()
        (again,) = post([remembered(day(ali), posted)])
        assert again.action is PostAction.KEPT
        assert again.plan.reason == (
            "a person deleted the row of ali on 2026-01-05 in hr.Attendance; it is not written again"
        )
        assert Attendance.objects.count() == 0

    def test_a_remembered_key_that_is_none_counts_as_deleted(self, ali: CustomUser) -> None:
        (posted,) = post([day(ali)])

        (plan,) = host().plan_rows([replace(remembered(day(ali), posted), host_pk="no key")])
        assert plan.action is PostAction.KEPT

    def test_a_row_that_a_person_moved_is_kept(self, ali: CustomUser) -> None:
        (posted,) = post([day(ali)])
        Attendance.objects.update(date=date(2026, 1, 6))
        (again,) = post([remembered(day(ali), posted)])
        assert again.action is PostAction.KEPT
        assert f"now stands for person {ali.pk} on 2026-01-06" in again.plan.reason

    def test_a_row_found_equal_is_not_ours_and_never_taken_over(self, ali: CustomUser) -> None:
        post([day(ali)])
        (found,) = post([day(ali)])
        assert (found.action, found.posted) == (PostAction.UNCHANGED, {})
        assert found.host_pk == str(Attendance.objects.get().pk)
        (later,) = post([remembered(day(ali), found, check_out=NOON)])
        assert later.action is PostAction.KEPT

    def test_only_what_we_filled_in_becomes_ours(self, ali: CustomUser) -> None:
        Attendance.objects.create(user=ali, date=MONDAY, check_in_time=NOON, status="Late")
        (outcome,) = post([day(ali)])
        assert set(outcome.posted) == {"check_out_time", "device"}
        row = Attendance.objects.get()
        assert (row.check_in_time, row.status, row.device) == (NOON, "Late", "Gate")
