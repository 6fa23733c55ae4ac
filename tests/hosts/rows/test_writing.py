"""Rows of the CRM written with care: one failing row stops no other, and what a person did meanwhile wins."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.db.models.signals import post_save, pre_save
from django.test.utils import CaptureQueriesContext

from attendance_devices.domain.posting.host_row import HostRow, PostAction, RowOutcome, RowPlan
from attendance_devices.hosts.declared import DeclaredHost
from example_project.hr.models import Attendance, CustomUser, Office
from tests.builders.first_host import NOON, Meanwhile, host, listening, post, silent
from tests.builders.host_days import MONDAY, day, remembered

pytestmark = pytest.mark.django_db


@pytest.fixture
def ali() -> CustomUser:
    return CustomUser.objects.create(username="ali")


class TestWrite:
    @pytest.mark.parametrize("receiver", [True, False])
    def test_a_row_is_created_with_all_that_was_said(self, ali: CustomUser, receiver: bool) -> None:
        rows = [day(ali), day(ali, MONDAY + timedelta(days=1), status="late", device="")]
        if receiver:
            with listening(post_save, silent):
                outcomes = post(rows)
        else:
            outcomes = post(rows)
        first, second = Attendance.objects.order_by("date")
        assert [outcome.action for outcome in outcomes] == [PostAction.CREATE] * 2
        assert [outcome.host_pk for outcome in outcomes] == [str(first.pk), str(second.pk)]
        assert (first.user, first.date, first.status, first.device) == (ali, MONDAY, "Present", "Gate")
        assert first.check_in_time == datetime(2026, 1, 5, 4, tzinfo=UTC)
        assert second.status == "Late"
        assert outcomes[0].posted["device"].sent == "Gate"

    def test_the_crms_own_receivers_run_for_each_row(self, ali: CustomUser) -> None:
        seen = []

        def note(instance: Attendance, **kwargs: Any) -> None:
            seen.append(instance.date)

        rows = [day(ali, MONDAY + timedelta(days=number)) for number in range(3)]
        with listening(pre_save, note):
            outcomes = post(rows)
            post([remembered(row, done, check_out=None) for row, done in zip(rows, outcomes, strict=True)])
        assert len(seen) == 6

    def test_what_the_crm_made_of_our_values_is_read_again(self, ali: CustomUser) -> None:
        def rename(instance: Attendance, **kwargs: Any) -> None:
            instance.device = instance.device.upper()

        with listening(pre_save, rename):
            (posted,) = post([day(ali)])
            assert (posted.posted["device"].sent, posted.posted["device"].found) == ("Gate", "GATE")
            (again,) = post([remembered(day(ali), posted)])
        assert again.action is PostAction.UNCHANGED

    def test_one_failing_row_never_stops_the_others(self, ali: CustomUser) -> None:
        ben = CustomUser.objects.create(username="ben")

        def refuse(instance: Attendance, **kwargs: Any) -> None:
            if instance.user_id == ali.pk:
                raise ValidationError({"check_in_time": "too early"})

        with listening(pre_save, refuse):
            failed, made = post([day(ali), day(ben)])
        assert failed.action is PostAction.FAILED
        assert failed.error.startswith("hr.Attendance of ali on 2026-01-05: check_in_time too early.")
        assert "ATTENDANCE_DEVICES" in failed.error
        assert made.action is PostAction.CREATE
        assert Attendance.objects.get().user == ben

    def test_a_batch_that_fails_together_is_tried_row_by_row(
        self, ali: CustomUser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ben = CustomUser.objects.create(username="ben")

        def broken(*args: Any, **kwargs: Any) -> None:
            raise IntegrityError("not together")

        monkeypatch.setattr("django.db.models.query.QuerySet.bulk_create", broken)
        monkeypatch.setattr("django.db.models.query.QuerySet.bulk_update", broken)
        rows = [day(ali), day(ben)]
        outcomes = post(rows)
        assert [outcome.action for outcome in outcomes] == [PostAction.CREATE] * 2
        again = post([remembered(row, done, device="Door") for row, done in zip(rows, outcomes, strict=True)])
        assert [outcome.action for outcome in again] == [PostAction.CHANGE] * 2
        assert set(Attendance.objects.values_list("device", flat=True)) == {"Door"}

    def test_a_row_that_the_crm_drops_is_told(self, ali: CustomUser) -> None:
        def drop(instance: Attendance, **kwargs: Any) -> None:
            Attendance.objects.filter(pk=instance.pk).delete()

        with listening(post_save, drop):
            (outcome,) = post([day(ali)])
        assert outcome.action is PostAction.FAILED
        assert "ali on 2026-01-05: the CRM dropped the row as it was saved" in outcome.error

    def test_a_plan_that_failed_stays_failed_with_its_reason(self) -> None:
        (outcome,) = post([day("99")])
        assert outcome.action is PostAction.FAILED
        assert "no user has the key '99'" in outcome.error

    def test_values_taken_from_the_person_and_constants_are_given_once(self, ali: CustomUser) -> None:
        ali.office = Office.objects.create(name="HQ")
        ali.save()
        given = {
            "extra_fields": {},
            "from_person": {"device": "office"},
            "constants": {"status": "Late"},
            "status_field": "",
        }
        (posted,) = post([day(ali)], **given)
        row = Attendance.objects.get()
        assert (row.device, row.status) == ("HQ", "Late")
        ali.office = Office.objects.create(name="Branch")
        ali.save()
        (again,) = post([remembered(day(ali), posted)], **given)
        assert again.action is PostAction.UNCHANGED

    def test_a_constant_may_be_a_row(self, ali: CustomUser) -> None:
        ben = CustomUser.objects.create(username="ben")
        crm = host(constants={"user": ben})
        (planned,) = crm._plan([day(ali)])
        assert planned.draft.fixed["user_id"] == ben.pk

    def test_what_the_person_lacks_is_told_by_path(self, ali: CustomUser) -> None:
        (plan,) = host(from_person={"date": "office.name"}).plan_rows([day(ali)])
        assert plan.action is PostAction.FAILED
        assert "date is taken from person.office.name of ali" in plan.reason

    @pytest.mark.parametrize("error", [AttributeError("no badge"), ValueError("no badge"), KeyError("no badge")])
    def test_a_property_of_the_person_that_fails_stops_only_that_row(
        self, ali: CustomUser, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        ben = CustomUser.objects.create(username="ben")

        def badge(self: CustomUser) -> str:
            if self.username == "ali":
                raise error
            return "B7"

        monkeypatch.setattr(CustomUser, "badge", property(badge), raising=False)
        failed, made = host(extra_fields={}, from_person={"device": "badge"}).plan_rows([day(ali), day(ben)])
        assert failed.action is PostAction.FAILED
        assert "device is taken from person.badge of ali" in failed.reason
        assert made.action is PostAction.CREATE

    def test_the_day_may_be_that_of_the_check_in(self, ali: CustomUser) -> None:
        late = datetime(2026, 1, 5, 20, tzinfo=UTC)
        given = {"date_field": "", "constants": {"date": MONDAY}}
        (outcome,) = post([day(ali, date(2026, 1, 6), check_in=late, check_out=None)], **given)
        assert outcome.action is PostAction.CREATE
        (again,) = host(**given).plan_rows([day(ali, date(2026, 1, 6), check_in=late, check_out=None)])
        assert again.action is PostAction.UNCHANGED

    def test_a_row_without_an_instant_has_no_day_and_is_passed_over(self, ali: CustomUser) -> None:
        from attendance_devices.hosts.rows import existing

        Attendance.objects.create(user=ali, date=MONDAY, status="Late")
        crm = host(date_field="", constants={"date": MONDAY})
        (row,) = existing.by_pk(crm._shape, [str(Attendance.objects.get().pk)]).values()
        assert row.day(None) is None


class TestMeanwhile:
    @pytest.mark.parametrize("people", [1, 2])
    def test_a_row_is_locked_before_it_is_compared_for_the_last_time(self, ali: CustomUser, people: int) -> None:
        users = [ali, CustomUser.objects.create(username="ben")][:people]
        posted = post([day(user) for user in users])
        wanted = [remembered(day(user), done, device="Door") for user, done in zip(users, posted, strict=True)]
        with CaptureQueriesContext(connection) as queries:
            post(wanted)
        locks = [number for number, query in enumerate(queries) if "FOR UPDATE" in query["sql"]]
        assert len(locks) == (1 if connection.features.has_select_for_update else 0)
        for number in locks:
            assert queries[number + 1]["sql"].startswith("SELECT")

    def test_an_edit_between_the_shown_plan_and_the_order_to_write_wins(self, ali: CustomUser) -> None:
        (posted,) = post([day(ali)])
        plans = host().plan_rows([remembered(day(ali), posted, device="Door")])
        assert plans[0].action is PostAction.CHANGE
        Attendance.objects.update(device="Kitchen")
        (outcome,) = host().write_rows(plans)
        assert outcome.action is PostAction.KEPT
        assert Attendance.objects.get().device == "Kitchen"

    def test_a_day_that_was_locked_since_the_plan_is_not_written(self, ali: CustomUser) -> None:
        class Closing(DeclaredHost):
            closed = False

            def locked(self, days: Any) -> Any:
                return dict.fromkeys(days, "closed") if self.closed else {}

        crm = Closing()
        plans = crm.plan_rows([day(ali)])
        crm.closed = True
        assert crm.write_rows(plans)[0].action is PostAction.LOCKED
        assert Attendance.objects.count() == 0

    @pytest.mark.parametrize("people", [1, 2])
    def test_an_edit_between_plan_and_write_wins(self, ali: CustomUser, people: int) -> None:
        users = [ali, CustomUser.objects.create(username="ben")][:people]
        rows = [day(user) for user in users]
        posted = post(rows)
        wanted = [remembered(row, done, device="Door") for row, done in zip(rows, posted, strict=True)]
        outcomes = Meanwhile().post(wanted, lambda: Attendance.objects.filter(user=ali).update(device="Kitchen"))
        assert outcomes[0].action is PostAction.KEPT
        assert "'Kitchen'" in outcomes[0].plan.reason
        assert outcomes[0].posted == posted[0].posted
        assert [outcome.action for outcome in outcomes[1:]] == [PostAction.CHANGE] * (people - 1)
        assert Attendance.objects.get(user=ali).device == "Kitchen"

    @pytest.mark.parametrize("people", [1, 2])
    def test_a_deletion_between_plan_and_write_wins(self, ali: CustomUser, people: int) -> None:
        users = [ali, CustomUser.objects.create(username="ben")][:people]
        posted = post([day(user) for user in users])
        wanted = [remembered(day(user), done, device="Door") for user, done in zip(users, posted, strict=True)]
        outcomes = Meanwhile().post(wanted, lambda: Attendance.objects.all().delete())
        assert [outcome.action for outcome in outcomes] == [PostAction.KEPT] * people
        assert Attendance.objects.count() == 0

    def test_all_edited_at_once_leaves_nothing_to_write(self, ali: CustomUser) -> None:
        users = [ali, CustomUser.objects.create(username="ben")]
        posted = post([day(user) for user in users])
        wanted = [remembered(day(user), done, device="Door") for user, done in zip(users, posted, strict=True)]
        outcomes = Meanwhile().post(wanted, lambda: Attendance.objects.update(device="Kitchen"))
        assert [outcome.action for outcome in outcomes] == [PostAction.KEPT] * 2

    @pytest.mark.parametrize("people", [1, 2])
    def test_a_row_made_by_another_worker_meanwhile_is_compared(self, ali: CustomUser, people: int) -> None:
        users = [ali, CustomUser.objects.create(username="ben")][:people]

        def rival() -> None:
            Attendance.objects.create(user=ali, date=MONDAY, status="Late")

        outcomes = Meanwhile().post([day(user) for user in users], rival)
        assert outcomes[0].action is PostAction.CHANGE
        assert [outcome.action for outcome in outcomes[1:]] == [PostAction.CREATE] * (people - 1)
        row = Attendance.objects.get(user=ali)
        assert (row.status, row.device) == ("Late", "Gate")

    def test_a_row_that_a_person_filled_meanwhile_is_left(self, ali: CustomUser) -> None:
        Attendance.objects.create(user=ali, date=MONDAY, status="Late", device="Gate", check_in_time=NOON)
        outcomes = Meanwhile().post([day(ali)], lambda: Attendance.objects.update(check_out_time=NOON))
        assert outcomes[0].action is PostAction.KEPT
        assert Attendance.objects.get().check_out_time == NOON

    def test_planned_and_written_at_once_the_crm_is_asked_once_and_a_person_wins(self, ali: CustomUser) -> None:
        ben, carl = (CustomUser.objects.create(username=name) for name in ("ben", "carl"))
        posted = post([day(ali), day(ben)])
        wanted = [remembered(day(user), done, device="Door") for user, done in zip((ali, ben), posted, strict=True)]
        crm = Meanwhile()
        crm.act = lambda: Attendance.objects.filter(user=ali).update(device="Kitchen")
        with CaptureQueriesContext(connection) as queries:
            edited, changed, made = crm.post_rows([*wanted, day(carl)])
        assert (edited.action, changed.action, made.action) == (PostAction.KEPT, PostAction.CHANGE, PostAction.CREATE)
        assert set(Attendance.objects.values_list("user__username", "device")) == {
            ("ali", "Kitchen"),
            ("ben", "Door"),
            ("carl", "Gate"),
        }
        assert sum("customuser" in query["sql"].split(" WHERE ")[0] for query in queries) == 1

    @pytest.mark.parametrize("people", [1, 2])
    def test_a_row_that_another_worker_makes_while_we_plan_and_write_at_once_is_compared(
        self, ali: CustomUser, people: int
    ) -> None:
        users = [ali, CustomUser.objects.create(username="ben")][:people]
        crm = Meanwhile()
        crm.act = lambda: Attendance.objects.create(user=ali, date=MONDAY, status="Late")
        outcomes = crm.post_rows([day(user) for user in users])
        assert [outcome.action for outcome in outcomes] == [PostAction.CHANGE, PostAction.CREATE][:people]
        assert Attendance.objects.get(user=ali).device == "Gate"

    def test_a_host_with_a_say_in_the_plan_or_the_writing_is_heard_when_both_are_done_at_once(
        self, ali: CustomUser
    ) -> None:
        class Holding(DeclaredHost):
            def plan_rows(self, rows: Sequence[HostRow]) -> list[RowPlan]:
                return [replace(plan, action=PostAction.KEPT, reason="held") for plan in super().plan_rows(rows)]

        class Counting(DeclaredHost):
            seen = 0

            def write_rows(self, plans: Sequence[RowPlan]) -> list[RowOutcome]:
                self.seen += len(plans)
                return super().write_rows(plans)

        (held,) = Holding().post_rows([day(ali)])
        assert (held.action, held.plan.reason) == (PostAction.KEPT, "held")
        counting = Counting()
        rows = [day(ali), day(ali, MONDAY + timedelta(days=1), check_in=None, check_out=None, status="absent")]
        actions = [outcome.action for outcome in counting.post_rows(rows)]
        assert actions == [PostAction.CREATE, PostAction.SKIPPED]
        assert counting.seen == 1

    def test_the_person_is_put_into_words_only_for_a_row_that_fails(
        self, ali: CustomUser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(CustomUser, "__str__", lambda self: 1 / 0)
        with listening(post_save, silent):
            (outcome,) = post([day(ali)])
        assert outcome.action is PostAction.CREATE

    def test_a_clash_that_stays_is_told_with_what_to_do(self, ali: CustomUser) -> None:
        def clash(**kwargs: Any) -> None:
            raise IntegrityError("duplicate key.")

        with listening(pre_save, clash):
            (outcome,) = post([day(ali)])
        assert outcome.action is PostAction.FAILED
        assert outcome.error.startswith("hr.Attendance of ali on 2026-01-05: the CRM refused it: duplicate key. Fill")
