"""From a terminal's bytes to the rows of the other two hosts: UUID keys, no zones, logic in save(), a parent row."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import override_settings

from attendance_devices.domain.days.pairing import PunchRole
from attendance_devices.models import Device, DeviceUser, ESSLAttendanceLog, ProcessedAttendance
from attendance_devices.services.explanations.explain import explain
from attendance_devices.services.pipeline.run import RunResult, run
from attendance_devices.simulators.zkteco import SimulatedPunch, SimulatedUser, Terminal
from tests.hosts.profile_crm.models import Company, Employee, Member, TimeSheet
from tests.hosts.school.models import Attendance, AttendanceReport, Department, Teacher

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 2)
SCHOOL = {
    "ATTENDANCE_MODEL": "school.AttendanceReport",
    "PERSON_PATH": "teacher",
    "PERSON_FIELD": "teacher",
    "DATE_FIELD": "",
    "CHECK_IN_FIELD": "",
    "CHECK_OUT_FIELD": "",
    "STATUS_FIELD": "status",
    "STATUS_VALUES": {"present": True, "late": True, "missing_check_out": True},
    "PARENT": {
        "MODEL": "school.Attendance",
        "FIELD": "attendance",
        "KEYS": {"department": "person.department", "date": "date"},
    },
    "EMPLOYEE_LOOKUPS": {"username": "username"},
}


def punch(who: str, day: date, clock: str) -> SimulatedPunch:
    return SimulatedPunch(user_id=who, at=datetime.combine(day, time.fromisoformat(clock)))


@pytest.fixture
def gate() -> Iterator[Terminal]:
    terminal = Terminal(
        users=[SimulatedUser(user_id="7", uid=1, name="Asma Khan"), SimulatedUser(user_id="8", uid=2, name="Omar")],
        punches=[punch("7", MONDAY, "09:00:05"), punch("8", MONDAY, "09:30"), punch("7", MONDAY, "18:00:05")],
    )
    with terminal.serve("127.0.0.1", 0) as (host, port):
        Device.objects.create(name="Gate 1", address=host, port=port, timezone="America/New_York")
        yield terminal


def go(*, create: bool = False) -> RunResult:
    found = run(list(Device.objects.all()), fetch=True, map_people=True, create=create, since=date(2024, 1, 1))
    assert found.failures == []
    return found


def employee(name: str, device_id: str, company: Company) -> Member:
    user = Member.objects.create(username=name)
    Employee.objects.update_or_create(user=user, defaults={"device_id": device_id, "company": company})
    return user


def test_punches_become_time_sheets_in_local_time_and_the_hosts_save_runs(gate: Terminal) -> None:
    employee("asma", "7", Company.objects.create(name="Acme"))
    go()
    sheet = TimeSheet.objects.get()
    assert (sheet.day, sheet.came, sheet.went) == (MONDAY, time(9, 0, 5), time(18, 0, 5))
    assert (sheet.hours, sheet.state) == (Decimal("8.50"), "full"), "computed by the host's own save()"
    assert DeviceUser.objects.get(device_user_id="8").system_user is None


def test_a_second_run_changes_nothing_and_a_late_punch_moves_the_check_out(gate: Terminal) -> None:
    employee("asma", "7", Company.objects.create(name="Acme"))
    go()
    again = go()
    assert (again.posted.created, again.posted.changed) == (0, 0)
    gate.punch(user_id="7", at=datetime.combine(MONDAY, time(19, 30)))
    later = go()
    assert later.posted.changed == 1
    assert TimeSheet.objects.get().went == time(19, 30)


def test_a_sheet_that_a_person_edited_stays_theirs(gate: Terminal) -> None:
    employee("asma", "7", Company.objects.create(name="Acme"))
    go()
    sheet = TimeSheet.objects.get()
    sheet.came = time(8)
    sheet.save()
    gate.punch(user_id="7", at=datetime.combine(MONDAY, time(19, 30)))
    later = go()
    assert later.posted.kept == 1
    assert (TimeSheet.objects.get().came, TimeSheet.objects.get().went) == (time(8), time(18, 0, 5))
    assert "edited by a person" in ProcessedAttendance.objects.get().posting_note


def test_both_passes_of_the_autumn_hour_survive_a_host_without_zones(gate: Terminal) -> None:
    night = date(2024, 11, 3)
    gate.set_punches([punch("7", night, clock) for clock in ("00:50", "01:30", "01:59", "01:30", "01:45")])
    user = employee("asma", "7", Company.objects.create(name="Acme"))
    go()
    times = list(ESSLAttendanceLog.objects.order_by("punch_time").values_list("punch_time", flat=True))
    assert [later - times[0] for later in times] == [timedelta(minutes=m) for m in (0, 40, 69, 100, 115)]
    day = ProcessedAttendance.objects.get()
    assert (day.worked, day.punch_count) == (timedelta(minutes=115), 5)
    told = explain(user.pk, night)
    assert (told.work_day.check_in, told.work_day.check_out) == (day.check_in, day.check_out)
    assert [use.role for use in told.work_day.uses].count(PunchRole.WITHIN) == 3


def test_created_accounts_are_employees_whatever_the_hosts_default_says(gate: Terminal, settings: Any) -> None:
    company = Company.objects.create(name="Acme")
    settings.ATTENDANCE_DEVICES = settings.ATTENDANCE_DEVICES | {
        "CONSTANTS": {"company": company.pk},
        "FROM_PERSON": {},
    }
    found = go(create=True)
    assert found.mapped.created == 2
    for user in Member.objects.all():
        assert (user.user_type, user.is_staff, user.is_superuser) == (3, False, False)
        assert not user.has_usable_password()
    assert TimeSheet.objects.count() == 2


@override_settings(ATTENDANCE_DEVICES=SCHOOL)
def test_a_department_gets_one_parent_row_and_its_teachers_one_report_each(gate: Terminal) -> None:
    science = Department.objects.create(title="Science")
    for name in ("7", "8"):
        Teacher.objects.create(admin=Member.objects.create(username=name), department=science)
    go()
    go()
    assert Attendance.objects.get().date == MONDAY
    assert AttendanceReport.objects.filter(status=True).count() == AttendanceReport.objects.count() == 2
