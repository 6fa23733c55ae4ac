"""Days without a punch: told in the CRM's own words only, and only where its table can hold them."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, models
from django.db.models.signals import pre_save

from attendance_devices.domain.posting.host_row import HostRow, OnExisting, PostAction
from attendance_devices.hosts.base import Host
from example_project.hr.models import Attendance, CustomUser
from tests.builders.first_host import NOON, host, listening, post
from tests.builders.host_days import MONDAY, day, remembered

pytestmark = pytest.mark.django_db
WORDS = {"present": "Present", "late": "Late", "missing_check_out": "Incomplete", "absent": "Absent"}
TOLD: dict[str, Any] = {"status_values": WORDS}


@pytest.fixture
def ali() -> CustomUser:
    return CustomUser.objects.create(username="ali")


def nobody(who: Any, status: str = "absent", **facts: Any) -> HostRow:
    """A day on which nobody came."""
    usual: dict[str, Any] = {"check_in": None, "check_out": None, "worked": timedelta(0), "device": ""}
    return day(who, status=status, **usual | facts)


def test_a_word_of_the_crms_own_is_told(ali: CustomUser) -> None:
    (outcome,) = post([nobody(ali)], **TOLD)
    assert outcome.action is PostAction.CREATE
    row = Attendance.objects.get()
    assert (row.status, row.check_in_time, row.check_out_time, row.device) == ("Absent", None, None, "")
    (again,) = post([remembered(nobody(ali), outcome)], **TOLD)
    assert again.action is PostAction.UNCHANGED


@pytest.mark.parametrize("status", ["on_leave", "holiday", "day_off", "no_data"])
def test_the_nearest_word_is_none(ali: CustomUser, status: str) -> None:
    (plan,) = host(**TOLD).plan_rows([nobody(ali, status)])
    assert (plan.action, plan.reason) == (PostAction.SKIPPED, f"the CRM has no word for {status} (STATUS_VALUES)")


def test_an_absence_that_nobody_spelled_is_skipped_whatever_is_near(ali: CustomUser) -> None:
    (plan,) = host().plan_rows([nobody(ali)])
    assert (plan.action, plan.reason) == (PostAction.SKIPPED, "the CRM has no word for absent (STATUS_VALUES)")


def test_without_a_status_column_nothing_is_told(ali: CustomUser) -> None:
    given = {"status_field": "", "constants": {"status": "Present"}}
    (plan,) = host(**TOLD, **given).plan_rows([nobody(ali)])
    assert plan.action is PostAction.SKIPPED


def test_a_withdrawn_day_is_never_told_whatever_is_spelled(ali: CustomUser) -> None:
    (plan,) = host(status_values=WORDS | {"withdrawn": "Absent"}).plan_rows([nobody(ali, "withdrawn")])
    assert (plan.action, plan.reason) == (PostAction.SKIPPED, "the day means nothing any more")


def test_a_boolean_column_is_told_of_a_day_without_a_punch_only_when_it_is_spelled(
    ali: CustomUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Attendance._meta.get_field("status"), "__class__", models.BooleanField)
    assert host(status_values={}).plan_rows([nobody(ali)])[0].action is PostAction.SKIPPED
    told = host(status_values={"absent": False}).plan_rows([nobody(ali)])[0]
    assert ("status", "False") in {(change.name, change.new) for change in told.changes}


class TestATableThatCannotHoldIt:
    @pytest.mark.parametrize("default", [models.NOT_PROVIDED, NOON])
    def test_a_check_in_that_may_not_be_empty(
        self, ali: CustomUser, monkeypatch: pytest.MonkeyPatch, default: Any
    ) -> None:
        column = Attendance._meta.get_field("check_in_time")
        monkeypatch.setattr(column, "null", False)
        monkeypatch.setattr(column, "default", default)
        (plan,) = host(**TOLD).plan_rows([nobody(ali)])
        assert plan.action is PostAction.SKIPPED
        assert plan.reason == "check_in_time of the CRM may not be empty, and a day that is absent has no punch"
        assert host(**TOLD).plan_rows([day(ali)])[0].action is PostAction.CREATE

    def test_a_row_that_told_of_punches_is_taken_back_there(
        self, ali: CustomUser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (made,) = post([day(ali)], **TOLD)
        monkeypatch.setattr(Attendance._meta.get_field("check_in_time"), "null", False)
        (outcome,) = post([remembered(nobody(ali), made, host_made=True)], **TOLD)
        assert outcome.action is PostAction.REMOVE
        assert Attendance.objects.count() == 0

    def test_another_column_that_has_nothing_to_say(self, ali: CustomUser) -> None:
        given: Any = {"extra_fields": {"date": "office"}}
        (plan,) = host(**TOLD, **given).plan_rows([nobody(ali, office="")])
        assert plan.reason == "date of the CRM may not be empty, and a day that is absent has no punch"

    def test_a_table_that_keeps_the_day_in_the_check_in(self, ali: CustomUser) -> None:
        given = {"date_field": "", "constants": {"date": MONDAY}}
        (plan,) = host(**TOLD, **given).plan_rows([nobody(ali)])
        assert plan.reason == "the CRM keeps the day in check_in_time, and a day that is absent has no punch"

    def test_a_crm_that_refuses_such_a_row_is_not_asked_at_every_run(self, ali: CustomUser) -> None:
        def refuse(**kwargs: Any) -> None:
            raise ValidationError("nobody came")

        with listening(pre_save, refuse):
            skipped, failed = post([nobody(ali), day(CustomUser.objects.create(username="ben"))], **TOLD)
        assert (skipped.action, skipped.error) == (PostAction.SKIPPED, "")
        assert "nobody came" in skipped.plan.reason
        assert failed.action is PostAction.FAILED

    def test_a_database_that_is_away_is_asked_again(self, ali: CustomUser) -> None:
        def away(**kwargs: Any) -> None:
            raise OperationalError("gone away")

        with listening(pre_save, away):
            (outcome,) = post([nobody(ali)], **TOLD)
        assert outcome.action is PostAction.FAILED

    def test_a_row_of_ours_that_it_will_not_empty_stays_a_failure(self, ali: CustomUser) -> None:
        (made,) = post([day(ali)], **TOLD)

        def refuse(**kwargs: Any) -> None:
            raise ValidationError("nobody came")

        with listening(pre_save, refuse):
            (outcome,) = post([remembered(nobody(ali), made, host_made=True)], **TOLD)
        assert outcome.action is PostAction.FAILED


class TestARowThatWasThereBefore:
    @pytest.mark.parametrize("policy", list(OnExisting))
    def test_a_check_in_by_hand_is_never_called_absent(self, ali: CustomUser, policy: OnExisting) -> None:
        Attendance.objects.create(user=ali, date=MONDAY, check_in_time=NOON, status="")
        (plan,) = host(**TOLD, on_existing=policy).plan_rows([nobody(ali)])
        assert plan.action is PostAction.KEPT

    def test_a_leave_that_a_person_entered_is_not_mixed_with_ours(self, ali: CustomUser) -> None:
        Attendance.objects.create(user=ali, date=MONDAY, status="Leave")
        given: Any = {"extra_fields": {"device": "shift"}}
        (plan,) = host(**TOLD, **given).plan_rows([nobody(ali, shift="early")])
        assert plan.action is PostAction.KEPT
        assert plan.reason == (
            "the row was there before us and says status 'Leave'; a day without a punch changes nothing"
        )

    def test_an_empty_one_is_filled(self, ali: CustomUser) -> None:
        Attendance.objects.create(user=ali, date=MONDAY, status="")
        (outcome,) = post([nobody(ali)], **TOLD)
        assert outcome.action is PostAction.CHANGE
        assert Attendance.objects.get().status == "Absent"

    def test_overwrite_replaces_a_word(self, ali: CustomUser) -> None:
        Attendance.objects.create(user=ali, date=MONDAY, status="Present")
        (outcome,) = post([nobody(ali)], **TOLD, on_existing=OnExisting.OVERWRITE)
        assert outcome.action is PostAction.CHANGE

    def test_what_we_filled_in_is_kept_where_a_check_in_by_hand_stands(self, ali: CustomUser) -> None:
        Attendance.objects.create(user=ali, date=MONDAY, check_in_time=NOON, status="")
        (filled,) = post([day(ali)], **TOLD)
        (plan,) = host(**TOLD).plan_rows([remembered(nobody(ali), filled)])
        assert plan.action is PostAction.KEPT
        assert "check_in_time '2026-01-05T12:00:00+00:00'" in plan.reason


def test_rows_are_read_although_they_could_not_be_written(ali: CustomUser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Attendance._meta.get_field("check_in_time"), "null", False)
    Attendance.objects.create(user=ali, date=MONDAY, check_in_time=NOON, status="Leave")
    (values,) = host(**TOLD).read_rows([nobody(ali)])
    assert values is not None
    assert values["status"] == "Leave"


@pytest.mark.parametrize("crm", [Host(), host(attendance_model="")])
def test_a_host_that_says_nothing_is_told_of_punches_only(crm: Host) -> None:
    assert crm.why_untold(day("1")) == ""
    assert "this one is on_leave" in crm.why_untold(nobody("1", "on_leave"))
    assert crm.why_untold(nobody("1", "withdrawn")) == "the day means nothing any more"
