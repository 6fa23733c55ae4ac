"""Shifts, assignments and holidays changed in the admin."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from attendance_devices.models import Holiday, PendingDay, ProcessedAttendance, Shift, ShiftAssignment
from attendance_devices.services.days.derive import derive_pending
from tests.builders.crm import MONDAY, at, device, employee, mapped, punched

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(get_user_model().objects.create_superuser(username="boss", password="x"))
    return client


@pytest.fixture
def asha() -> Any:
    """Somebody with one derived day."""
    gate, user = device(), employee("7")
    mapped(gate, "7", user)
    punched(gate, ("7", at("09:00")), ("7", at("17:00")))
    derive_pending()
    return user


def status() -> str:
    derive_pending()
    return ProcessedAttendance.objects.get(date=MONDAY).status


def test_a_holiday_changes_the_days_that_are_there_and_goes_again(boss: Client, asha: Any) -> None:
    add = reverse("admin:attendance_devices_holiday_add")
    page = boss.post(add, {"date": MONDAY, "name": "Eid", "office": ""}, follow=True)
    assert "1 day will be derived again at the next run." in page.content.decode()
    assert status() == "worked_holiday"

    holiday = Holiday.objects.get()
    delete = reverse("admin:attendance_devices_holiday_delete", args=[holiday.pk])
    boss.post(delete, {"post": "yes"})
    assert status() == "present"


def test_several_assignments_are_deleted_at_once(boss: Client, asha: Any) -> None:
    shift = Shift.objects.create(name="late", start="11:00", end="19:00")
    rows = [
        ShiftAssignment.objects.create(shift=shift, user=asha, date_from=MONDAY, date_until=MONDAY),
        ShiftAssignment.objects.create(shift=shift, office="Nowhere", date_from=MONDAY),
    ]
    PendingDay.objects.create(user=asha, date=MONDAY)
    derive_pending()
    assert ProcessedAttendance.objects.get(date=MONDAY).shift == "late"

    page = reverse("admin:attendance_devices_shiftassignment_changelist")
    keys = [row.pk for row in rows]
    boss.post(page, {"action": "delete_selected", "_selected_action": keys, "post": "yes"})

    assert not ShiftAssignment.objects.exists()
    assert status() == "present"
    assert ProcessedAttendance.objects.get(date=MONDAY).shift == ""


def test_an_assignment_of_a_department_is_listed_by_its_name(boss: Client) -> None:
    shift = Shift.objects.create(name="late", start="11:00", end="19:00")
    add = reverse("admin:attendance_devices_shiftassignment_add")
    page = boss.post(add, {"shift": shift.pk, "department": "Sales", "date_from": MONDAY}, follow=True)
    assert "department Sales" in page.content.decode()


def test_shifts_that_run_into_each_other_are_refused_in_words(boss: Client, asha: Any) -> None:
    for name, start, end in (("night", "22:00", "06:00"), ("dawn", "05:00", "13:00")):
        Shift.objects.create(name=name, start=start, end=end)
    night, dawn = Shift.objects.get(name="night"), Shift.objects.get(name="dawn")
    ShiftAssignment.objects.create(shift=night, user=asha, date_from=MONDAY, date_until=MONDAY)
    add = reverse("admin:attendance_devices_shiftassignment_add")
    tomorrow = MONDAY + timedelta(days=1)

    page = boss.post(add, {"shift": dawn.pk, "user": asha.pk, "date_from": tomorrow}).content.decode()

    assert "dawn runs into night" in page
    assert ShiftAssignment.objects.count() == 1
