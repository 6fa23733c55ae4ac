"""Rows of ours, taken out of the CRM again by its own ``delete()``."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import ProtectedError, RestrictedError
from django.db.models.signals import post_delete, pre_delete
from django.test.utils import CaptureQueriesContext

from attendance_devices.domain.posting.host_row import HostRow, PostAction, RowOutcome
from example_project.hr.models import Attendance, CustomUser
from tests.builders.first_host import NOON, Meanwhile, host, listening, post
from tests.builders.host_days import MONDAY, day, remembered

pytestmark = pytest.mark.django_db
GONE: dict[str, Any] = {"status": "withdrawn", "check_in": None, "check_out": None, "worked": timedelta(0)}


@pytest.fixture
def ali() -> CustomUser:
    return CustomUser.objects.create(username="ali")


def withdrawn(row: HostRow, outcome: RowOutcome) -> HostRow:
    """The same day without its punches, as it is remembered after it was posted."""
    return remembered(row, outcome, host_made=outcome.action is PostAction.CREATE, **GONE)


def posted(*users: CustomUser) -> list[HostRow]:
    rows = [day(user) for user in users]
    return [withdrawn(row, done) for row, done in zip(rows, post(rows), strict=True)]


def test_the_plan_names_every_field_that_goes(ali: CustomUser) -> None:
    (plan,) = host().plan_rows(posted(ali))
    assert plan.action is PostAction.REMOVE
    assert [(change.name, change.old, change.new) for change in plan.changes] == [
        ("check_in_time", "2026-01-05T04:00:00+00:00", ""),
        ("check_out_time", "2026-01-05T13:00:00+00:00", ""),
        ("status", "Present", ""),
        ("device", "Gate", ""),
    ]
    assert Attendance.objects.count() == 1


def test_the_crms_own_delete_and_its_receivers_run_for_each_row(
    ali: CustomUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    delete = Attendance.delete

    def counting(self: Attendance) -> Any:
        seen.append(self.user)
        return delete(self)

    monkeypatch.setattr(Attendance, "delete", counting)
    rows = posted(ali, CustomUser.objects.create(username="ben"))
    with listening(post_delete, lambda instance, **kwargs: seen.append(instance.date)):
        outcomes = post(rows)
    assert [outcome.action for outcome in outcomes] == [PostAction.REMOVE] * 2
    assert len(seen) == 4
    assert Attendance.objects.count() == 0


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ProtectedError("Payroll hangs on it", {object()}), "the CRM refused it: Payroll hangs on it. Delete in the"),
        (RestrictedError("Payroll hangs on it", {object()}), "the CRM refused it: Payroll hangs on it. Delete in the"),
        (ValidationError("the month is closed"), "the month is closed"),
        (KeyError("x"), "the CRM refused it: KeyError: 'x'"),
    ],
)
def test_a_row_that_cannot_be_deleted_stops_no_other(ali: CustomUser, error: Exception, said: str) -> None:
    rows = posted(ali, CustomUser.objects.create(username="ben"))

    def refuse(instance: Attendance, **kwargs: Any) -> None:
        if instance.user_id == ali.pk:
            raise error

    with listening(pre_delete, refuse):
        failed, gone = post(rows)
    assert (failed.action, gone.action) == (PostAction.FAILED, PostAction.REMOVE)
    assert failed.host_pk == rows[0].host_pk
    assert failed.error.startswith("hr.Attendance of ali on 2026-01-05: ")
    assert said in failed.error
    assert Attendance.objects.get().user == ali


def test_a_delete_that_does_nothing_is_no_removal(ali: CustomUser, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = posted(ali)
    monkeypatch.setattr(Attendance, "delete", lambda self: None)
    (outcome,) = post(rows)
    assert outcome.action is PostAction.FAILED
    assert "the CRM's own delete() left it as it was. Delete it by hand" in outcome.error


def test_a_delete_that_only_hides_the_row_is_one(ali: CustomUser, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = posted(ali)

    def hide(self: Attendance) -> None:
        self.device = "deleted"
        self.save()

    monkeypatch.setattr(Attendance, "delete", hide)
    (outcome,) = post(rows)
    assert outcome.action is PostAction.REMOVE
    assert Attendance.objects.get().device == "deleted"


@pytest.mark.parametrize(
    ("meanwhile", "expected"),
    [
        (lambda: Attendance.objects.update(check_out_time=NOON), PostAction.KEPT),
        (lambda: Attendance.objects.update(date=MONDAY + timedelta(days=1)), PostAction.KEPT),
        (lambda: Attendance.objects.all().delete(), PostAction.SKIPPED),
    ],
    ids=["edited", "moved", "deleted"],
)
def test_what_a_person_did_between_plan_and_removal_wins(
    ali: CustomUser, meanwhile: Callable[[], Any], expected: PostAction
) -> None:
    (row,) = posted(ali)
    (outcome,) = Meanwhile().post([row], meanwhile)
    assert outcome.action is expected
    assert (outcome.host_pk, outcome.posted) == (row.host_pk, row.posted)
    assert Attendance.objects.count() == (0 if expected is PostAction.SKIPPED else 1)


def test_the_rows_are_locked_before_they_are_compared_for_the_last_time(ali: CustomUser) -> None:
    rows = posted(ali, CustomUser.objects.create(username="ben"))
    with CaptureQueriesContext(connection) as queries:
        post(rows)
    locks = [number for number, query in enumerate(queries) if "FOR UPDATE" in query["sql"]]
    assert len(locks) == (1 if connection.features.has_select_for_update else 0)
    for number in locks:
        assert queries[number + 1]["sql"].startswith("SELECT")


def test_a_row_that_we_only_filled_is_kept(ali: CustomUser) -> None:
    Attendance.objects.create(user=ali, date=MONDAY, check_in_time=NOON, status="Late")
    (row,) = posted(ali)
    (outcome,) = post([row])
    assert outcome.action is PostAction.KEPT
    assert outcome.plan.reason == (
        "the row was there before us and we wrote check_out_time '2026-01-05T13:00:00+00:00', device 'Gate' into it; "
        "the day means nothing any more: correct it by hand"
    )


def test_a_row_that_we_made_with_no_column_of_ours_goes_too(ali: CustomUser) -> None:
    given: dict[str, Any] = {
        "check_in_field": "",
        "check_out_field": "",
        "status_field": "",
        "extra_fields": {},
        "constants": {"status": "Present"},
    }
    (made,) = post([day(ali)], **given)
    assert made.posted == {}
    (outcome,) = post([withdrawn(day(ali), made)], **given)
    assert outcome.action is PostAction.REMOVE
    assert Attendance.objects.count() == 0


def test_removals_creations_and_changes_go_together(ali: CustomUser) -> None:
    users = [ali, *(CustomUser.objects.create(username=name) for name in ("ben", "cem", "dan", "eva"))]
    gone = posted(*users[:2])
    changed = [replace(row, **{**GONE, "status": "present", "check_in": NOON}) for row in posted(*users[2:4])]
    outcomes = post([gone[0], changed[0], day(users[4]), gone[1], changed[1]])
    assert [outcome.action for outcome in outcomes] == [
        PostAction.REMOVE,
        PostAction.CHANGE,
        PostAction.CREATE,
        PostAction.REMOVE,
        PostAction.CHANGE,
    ]
    assert set(Attendance.objects.values_list("user__username", flat=True)) == {"cem", "dan", "eva"}
