"""What can be asked for now: by whom, by the queue or at once, and what the trail keeps of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django_q.models import OrmQ

from attendance_devices import tasks
from attendance_devices.models import (
    AuditEntry,
    Device,
    DeviceUser,
    ESSLAttendanceLog,
    Heartbeat,
    ProcessedAttendance,
)
from attendance_devices.services.days.derive import derive_pending
from example_project.hr.models import Attendance, CustomUser
from tests.builders.crm import (
    MONDAY,
    at,
    device,
    employee,
    mapped,
    on_the_wall,
    people,
    punched,
    taps,
    terminal,
    unplugged,
)

pytestmark = pytest.mark.django_db


def clerk(client: Client, *rights: str) -> CustomUser:
    user = CustomUser.objects.create_user("clerk", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)
    return user


def pressed(client: Client, model: Any, action: str) -> str:
    page = reverse(f"admin:attendance_devices_{model._meta.model_name}_changelist")
    keys = list(model.objects.values_list("pk", flat=True))
    return client.post(page, {"action": action, "_selected_action": keys}, follow=True).content.decode()


def trail() -> list[tuple[str, str, str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("verb", "outcome", "by_name", "device_name"))


@pytest.fixture
def workers() -> None:
    """One that began something a minute ago."""
    Heartbeat.objects.create(name="work", at=datetime.now(UTC) - timedelta(minutes=1))


def test_a_terminal_is_read_at_once_where_no_worker_is(client: Client) -> None:
    clerk(client, "view_device", "collect_punches")
    employee("7", "Asma Khan")
    with on_the_wall(terminal(people(("7", "Asma Khan")), taps(("7", at("09:00")), ("7", at("17:00"))))):
        told = pressed(client, Device, "poll_them_now")
    assert "2 new, 0 known, 0 unreadable." in told and "1 day was derived." in told
    assert ProcessedAttendance.objects.get(date=MONDAY).punch_count == 2
    assert OrmQ.objects.count() == 0
    assert trail()[0] == ("poll_now", "begun", "clerk", "Gate") and trail()[-1] == ("poll_now", "done", "clerk", "Gate")


def test_a_terminal_that_is_not_there_is_told_and_the_others_are_read(client: Client) -> None:
    clerk(client, "view_device", "collect_punches")
    unplugged("A dead one")
    with on_the_wall(terminal([], taps(("7", at("09:00"))))):
        told = pressed(client, Device, "poll_them_now")
    assert "1 new, 0 known" in told and "A dead one: " in told
    assert ("poll_now", "failed", "clerk", "A dead one") in trail()


def test_a_worker_that_is_there_does_it_once_however_often_it_is_asked(
    client: Client, workers: None, django_capture_on_commit_callbacks: Any
) -> None:
    clerk(client, "view_device", "collect_punches")
    with on_the_wall(terminal([], taps(("7", at("09:00"))))):
        for words in ("A worker does it for Gate", "Gate was asked already, by clerk."):
            with django_capture_on_commit_callbacks(execute=True):
                assert words in pressed(client, Device, "poll_them_now")
        assert [task.func() for task in OrmQ.objects.all()] == ["attendance_devices.tasks.do_job"]
        assert not ESSLAttendanceLog.objects.exists()
        assert tasks.do_job(*OrmQ.objects.get().task["args"])["ok"]
    assert ESSLAttendanceLog.objects.count() == 1
    assert trail()[-1] == ("poll_now", "done", "clerk", "Gate")


def test_a_terminal_is_tested_and_what_is_wrong_is_told_with_what_to_do(client: Client) -> None:
    clerk(client, "view_device", "collect_punches")
    with on_the_wall(terminal(people(("7", "Asma")), taps(("7", at("09:00"))))) as gate:
        assert "Gate: All well." in pressed(client, Device, "test_them")
        Device.objects.filter(pk=gate.pk).update(serial_number="another")
        told = pressed(client, Device, "test_them")
    assert "Gate: 1 to mend." in told and "identity: " in told
    assert [entry[1] for entry in trail() if entry[1] != "begun"] == ["done", "failed"]
    assert not ESSLAttendanceLog.objects.exists(), "a test stores nothing"


def test_days_are_derived_again_and_told_to_the_crm(client: Client) -> None:
    clerk(client, "view_processedattendance", "collect_punches")
    gate, asma = device(), employee("7")
    mapped(gate, "7", asma)
    lately = datetime.now(UTC).date() - timedelta(days=2)
    punched(gate, ("7", at("09:00", lately)), ("7", at("17:00", lately)))
    derive_pending()
    ProcessedAttendance.objects.update(punch_count=99)
    assert "1 day was derived." in pressed(client, ProcessedAttendance, "derive_them_again")
    assert ProcessedAttendance.objects.get().punch_count == 2
    assert Attendance.objects.get().user == asma
    assert [entry[:3] for entry in trail()] == [("derive", "done", "clerk")]


def test_days_are_derived_by_a_worker_that_is_there(
    client: Client, workers: None, django_capture_on_commit_callbacks: Any
) -> None:
    clerk(client, "view_processedattendance", "collect_punches")
    gate, asma = device(), employee("7")
    mapped(gate, "7", asma)
    punched(gate, ("7", at("09:00")))
    derive_pending()
    ProcessedAttendance.objects.update(punch_count=99)
    with django_capture_on_commit_callbacks(execute=True):
        assert "A worker brings the days up to date." in pressed(client, ProcessedAttendance, "derive_them_again")
    assert OrmQ.objects.count() == 1
    assert tasks.derive_and_post()["ok"]
    assert ProcessedAttendance.objects.get().punch_count == 1


def test_those_who_are_chosen_are_mapped_by_their_keys_and_no_others(client: Client) -> None:
    clerk(client, "view_deviceuser", "change_deviceuser")
    gate, asma = device(), employee("7")
    employee("8"), employee("9"), employee("9")
    for who in ("7", "8", "9", "10"):
        DeviceUser.objects.create(device=gate, device_user_id=who)
    page = reverse("admin:attendance_devices_deviceuser_changelist")
    chosen = list(DeviceUser.objects.exclude(device_user_id="8").values_list("pk", flat=True))
    told = client.post(page, {"action": "map_by_key", "_selected_action": chosen}, follow=True).content.decode()
    assert "1 users of terminals were mapped." in told
    assert "9: 2 employees have biometric_id" in told.replace("&#x27;", "'") and "10: no employee has" in told
    assert list(DeviceUser.objects.filter(is_mapped=True).values_list("device_user_id", "system_user")) == [
        ("7", asma.pk)
    ]
    assert [entry[:3] for entry in trail()] == [("map", "done", "clerk")]


ACTIONS = [
    (Device, "poll_them_now"),
    (Device, "test_them"),
    (ProcessedAttendance, "derive_them_again"),
    (DeviceUser, "map_by_key"),
]


@pytest.mark.parametrize(("model", "action"), ACTIONS, ids=[action for _, action in ACTIONS])
def test_each_action_has_its_right(client: Client, model: Any, action: str) -> None:
    clerk(client, "view_device", "view_deviceuser", "view_processedattendance", "change_device", "write_to_device")
    with on_the_wall(terminal(people(("7", "Asma")), taps(("7", at("09:00"))))) as gate:
        user = employee("7")
        DeviceUser.objects.create(device=gate, device_user_id="7")
        ProcessedAttendance.objects.create(
            user=user,
            date=MONDAY,
            worked=timedelta(),
            late=timedelta(),
            early=timedelta(),
            overtime=timedelta(),
            punch_count=9,
            derived_at=datetime.now(UTC),
        )
        page = reverse(f"admin:attendance_devices_{model._meta.model_name}_changelist")
        assert action not in client.get(page).content.decode()
        pressed(client, model, action)
    assert not ESSLAttendanceLog.objects.exists() and not DeviceUser.objects.filter(is_mapped=True).exists()
    assert ProcessedAttendance.objects.get().punch_count == 9
    assert trail() == []
