"""The third host: one parent row a department and day, and below it a Boolean for each teacher.

Covers: hosts/rows/parents.
"""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.conf import ParentSettings, Settings
from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.hosts.rows import parents
from tests.builders.host_days import MONDAY, day, remembered
from tests.hosts.profile_crm.models import Member
from tests.hosts.school.models import Attendance, AttendanceReport, Department, Teacher

pytestmark = pytest.mark.django_db


def teacher(name: str, department: Department | None) -> Member:
    user = Member.objects.create(username=name)
    Teacher.objects.create(admin=user, department=department)
    return user


@pytest.fixture
def science() -> Department:
    return Department.objects.create(title="Science")


def school(**changes: Any) -> DeclaredHost:
    usual: dict[str, Any] = {
        "attendance_model": "school.AttendanceReport",
        "person_path": "teacher",
        "person_field": "teacher",
        "date_field": "",
        "check_in_field": "",
        "check_out_field": "",
        "status_field": "status",
        "parent": ParentSettings(
            model="school.Attendance",
            field="attendance",
            keys={"department": "person.department", "date": "date"},
        ),
    }
    return DeclaredHost(Settings(**usual | changes))


def post(rows: Any, **changes: Any) -> Any:
    crm = school(**changes)
    return crm.write_rows(crm.plan_rows(rows))


def test_the_parent_row_is_made_once_for_a_department_and_day(science: Department) -> None:
    arts = Department.objects.create(title="Arts")
    users = [teacher("ann", science), teacher("ben", science), teacher("cem", arts)]
    outcomes = post([day(user) for user in users])
    assert [outcome.action for outcome in outcomes] == [PostAction.CREATE] * 3
    assert Attendance.objects.count() == 2
    assert {report.teacher.admin: report.attendance.department for report in AttendanceReport.objects.all()} == {
        users[0]: science,
        users[1]: science,
        users[2]: arts,
    }
    assert AttendanceReport.objects.filter(status=True, attendance__date=MONDAY).count() == 3


def test_a_parent_row_that_stands_is_used(science: Department) -> None:
    opened = Attendance.objects.create(department=science, date=MONDAY)
    post([day(teacher("ann", science)), day(teacher("ben", science))])
    assert set(AttendanceReport.objects.values_list("attendance", flat=True)) == {opened.pk}


def test_the_plan_names_the_parent_row(science: Department) -> None:
    (plan,) = school().plan_rows([day(teacher("ann", science))])
    changes = {change.name: change.new for change in plan.changes}
    assert changes["attendance"] == f"school.Attendance(department_id={science.pk}, date=2026-01-05)"
    assert changes["status"] == "True"
    assert Attendance.objects.count() == 0


@pytest.mark.parametrize("path", ["", "attendance__date"])
def test_a_report_that_stands_is_found_through_its_parent(science: Department, path: str) -> None:
    user = teacher("ann", science)
    (made,) = post([day(user)], date_field=path)
    (again,) = school(date_field=path).plan_rows([day(user)])
    assert (again.action, again.host_pk) == (PostAction.UNCHANGED, made.host_pk)
    (other,) = school(date_field=path).plan_rows([day(user, date(2026, 1, 6))])
    assert other.action is PostAction.CREATE


def test_a_report_that_a_person_changed_is_kept(science: Department) -> None:
    user = teacher("ann", science)
    (made,) = post([day(user)])
    AttendanceReport.objects.update(status=False)
    (again,) = post([remembered(day(user), made)])
    assert again.action is PostAction.KEPT


def test_absent_as_said_by_a_person_is_not_ours_to_change(science: Department) -> None:
    user = teacher("ann", science)
    opened = Attendance.objects.create(department=science, date=MONDAY)
    AttendanceReport.objects.create(teacher=user.teacher, attendance=opened, status=False)
    (outcome,) = post([day(user)])
    assert outcome.action is PostAction.KEPT
    assert AttendanceReport.objects.get().status is False


def test_a_spelling_decides_what_the_boolean_says(science: Department) -> None:
    post([day(teacher("ann", science), status="late")], status_values={"late": False})
    assert AttendanceReport.objects.get().status is False


def test_a_person_without_what_the_parent_needs_is_told(science: Department) -> None:
    (lost, found) = post([day(teacher("ann", None)), day(teacher("ben", science))])
    assert lost.action is PostAction.FAILED
    assert "department is taken from person.department of teacher ann" in lost.error
    assert found.action is PostAction.CREATE


def test_a_parent_row_made_by_another_worker_meanwhile_is_used(
    science: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Attendance.objects.create(department=science, date=MONDAY)
    honest = parents.Parents._first
    monkeypatch.setattr(parents.Parents, "load", lambda self, wanted: None)
    blind = iter([True])

    def first(self: Any, values: Any) -> Any:
        return None if next(blind, False) else honest(self, values)

    monkeypatch.setattr(parents.Parents, "_first", first)
    (outcome,) = post([day(teacher("ann", science))])
    assert outcome.action is PostAction.CREATE
    assert AttendanceReport.objects.get().attendance == opened


def test_a_parent_row_that_cannot_be_made_fails_its_own_rows_only(
    science: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    arts = Department.objects.create(title="Arts")
    honest = Attendance.save

    def save(self: Attendance, *args: Any, **kwargs: Any) -> None:
        if self.department == arts:
            raise IntegrityError("the arts are closed")
        honest(self, *args, **kwargs)

    monkeypatch.setattr(Attendance, "save", save)
    rows = [day(teacher("ann", arts)), day(teacher("ben", science))]
    failed, made = post(rows)
    assert failed.action is PostAction.FAILED
    assert failed.error.startswith(f"school.Attendance(department_id={arts.pk}, date=2026-01-05): the CRM refused it")
    assert made.action is PostAction.CREATE
    assert Attendance.objects.get().department == science


def test_a_parent_row_made_for_a_row_that_failed_is_made_again_for_the_next(
    science: Department, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "attendance_devices")
    honest = AttendanceReport.save

    def save(self: AttendanceReport, *args: Any, **kwargs: Any) -> None:
        if self.teacher.admin.username == "ann":
            raise ValueError("not ann")
        honest(self, *args, **kwargs)

    monkeypatch.setattr(AttendanceReport, "save", save)
    failed, made = post([day(teacher("ann", science)), day(teacher("ben", science))])
    assert (failed.action, made.action) == (PostAction.FAILED, PostAction.CREATE)
    assert 'raise ValueError("not ann")' in caplog.text, "where in the CRM's code it happened is in the log"
    assert made.posted["status"].found == "True"
    assert Attendance.objects.count() == 1


def test_planning_and_writing_read_the_same_for_10_and_200_rows(science: Department) -> None:
    costs = []
    for count in (10, 200):
        users = [teacher(f"{count}-{number}", science) for number in range(count)]
        with CaptureQueriesContext(connection) as queries:
            outcomes = post([day(user, date(2026, 2, count % 7 + 1)) for user in users])
        assert {outcome.action for outcome in outcomes} == {PostAction.CREATE}
        costs.append(sum(not query["sql"].startswith("INSERT") for query in queries))
    assert costs[0] == costs[1]


def test_a_batch_that_fails_together_finds_its_parent_rows_again(
    science: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise IntegrityError("not together")

    monkeypatch.setattr("django.db.models.query.QuerySet.bulk_create", broken)
    opened = Attendance.objects.create(department=science, date=MONDAY)
    outcomes = post([day(teacher("ann", science)), day(teacher("ben", science))])
    assert [outcome.action for outcome in outcomes] == [PostAction.CREATE] * 2
    assert set(AttendanceReport.objects.values_list("attendance", flat=True)) == {opened.pk}
