"""The admin: terminals can be kept there, secrets never come out, and what terminals said cannot be touched."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from attendance_devices import models
from attendance_devices.admin import ReadOnlyAdmin
from example_project.hr.models import CustomUser

PAGES = [model for model in site._registry if model._meta.app_label == "attendance_devices"]
READ_ONLY = [model for model in PAGES if isinstance(site._registry[model], ReadOnlyAdmin)]
NEVER_DELETED = [*READ_ONLY, models.DeviceUser]


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(CustomUser.objects.create_superuser("boss", password="x"))
    return client


@pytest.fixture
def gate() -> models.Device:
    gate = models.Device.objects.create(name="Gate 1", address="127.0.0.9", comm_key="4711", password="hush-hush")
    now = datetime(2026, 5, 4, 4, tzinfo=UTC)
    person = CustomUser.objects.create(username="asma")
    models.DeviceUser.objects.create(device=gate, device_user_id="7", system_user=person)
    naive = datetime(2026, 5, 4, 9)
    models.ESSLAttendanceLog.objects.create(
        device=gate, biometric_id="7", device_time=naive, punch_time=now, received_at=now, user=person
    )
    models.QuarantinedRecord.objects.create(device=gate, raw=b"\x01", digest="d", reason="no date", received_at=now)
    models.SyncRun.objects.create(device=gate, started_at=now)
    return gate


@pytest.mark.django_db
@pytest.mark.parametrize("model", PAGES, ids=lambda model: model._meta.model_name)
def test_every_list_opens_and_searches(boss: Client, gate: models.Device, model: type) -> None:
    page = reverse(f"admin:attendance_devices_{model._meta.model_name}_changelist")
    assert boss.get(page).status_code == 200
    if site._registry[model].search_fields:
        assert boss.get(page, {"q": "7"}).status_code == 200


def device_form(gate: models.Device, **changes: str) -> dict[str, str]:
    kept = ("name", "vendor", "address", "port", "transport", "encoding", "timezone", "direction")
    return {name: str(getattr(gate, name)) for name in kept} | {"is_active": "on"} | changes


@pytest.mark.django_db
def test_secrets_are_never_in_the_page_and_an_empty_field_keeps_them(boss: Client, gate: models.Device) -> None:
    page = reverse("admin:attendance_devices_device_change", args=[gate.pk])
    shown = boss.get(page).content.decode()
    assert "4711" not in shown
    assert "hush-hush" not in shown
    answer = boss.post(page, device_form(gate, name="Gate 1b"))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    gate.refresh_from_db()
    assert (gate.name, gate.comm_key, gate.password) == ("Gate 1b", "4711", "hush-hush")


@pytest.mark.django_db
def test_a_new_secret_replaces_the_stored_one_and_is_stored_encrypted(boss: Client, gate: models.Device) -> None:
    boss.post(reverse("admin:attendance_devices_device_change", args=[gate.pk]), device_form(gate, comm_key="99"))
    gate.refresh_from_db()
    assert gate.comm_key == "99"
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT comm_key FROM attendance_devices_device")
        assert cursor.fetchone()[0].startswith("gAAAA")


@pytest.mark.django_db
def test_a_terminal_can_be_added(boss: Client) -> None:
    form = device_form(models.Device(name="Gate 2", address="gate2.example", timezone="Asia/Kolkata"))
    boss.post(reverse("admin:attendance_devices_device_add"), form)
    assert models.Device.objects.get().timezone == "Asia/Kolkata"


@pytest.mark.django_db
@pytest.mark.parametrize("model", NEVER_DELETED, ids=lambda model: model._meta.model_name)
def test_no_door_of_the_admin_deletes_or_adds_what_terminals_said(
    boss: Client, gate: models.Device, model: type
) -> None:
    name = f"admin:attendance_devices_{model._meta.model_name}"
    row = model.objects.first()
    before = list(model.objects.values())
    assert boss.get(reverse(f"{name}_add")).status_code == 403
    if row is not None:
        assert boss.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
        bulk = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        boss.post(reverse(f"{name}_changelist"), bulk)
    if model in READ_ONLY and row is not None:
        assert boss.post(reverse(f"{name}_change", args=[row.pk]), {"biometric_id": "8"}).status_code == 403
    assert list(model.objects.values()) == before


@pytest.mark.django_db
def test_a_device_with_punches_cannot_be_deleted(boss: Client, gate: models.Device) -> None:
    boss.post(reverse("admin:attendance_devices_device_delete", args=[gate.pk]), {"post": "yes"})
    assert models.Device.objects.filter(pk=gate.pk).exists()


@pytest.mark.django_db
def test_a_wrong_time_zone_is_refused_in_words(boss: Client) -> None:
    form = device_form(models.Device(name="Gate 2", address="gate2.example", timezone="Karachi"))
    page = boss.post(reverse("admin:attendance_devices_device_add"), form).content.decode()
    assert "Karachi is not a time zone; write it as Asia/Karachi." in page


@pytest.mark.django_db
def test_a_person_has_one_shift_a_day() -> None:
    person = CustomUser.objects.create(username="asma")
    shift = models.Shift.objects.create(name="Day", start=time(9), end=time(18))
    models.ShiftAssignment.objects.create(user=person, shift=shift, date_from=date(2026, 1, 1))
    second = models.ShiftAssignment(user=person, shift=shift, date_from=datetime(2026, 5, 1).date())
    with pytest.raises(Exception, match="runs into Day, which asma works from 2026-01-01"):
        second.full_clean()


@pytest.mark.django_db
def test_mapping_an_unknown_person_gives_them_their_earlier_punches(boss: Client, gate: models.Device) -> None:
    person = CustomUser.objects.create(username="omar")
    unknown = models.DeviceUser.objects.create(device=gate, device_user_id="9")
    at = datetime(2026, 5, 4, 4, tzinfo=UTC)
    models.ESSLAttendanceLog.objects.create(
        device=gate, biometric_id="9", device_time=datetime(2026, 5, 4, 9), punch_time=at, received_at=at
    )
    page = reverse("admin:attendance_devices_deviceuser_change", args=[unknown.pk])
    assert boss.post(page, {"system_user": person.pk}).status_code == 302
    unknown.refresh_from_db()
    assert (unknown.system_user, unknown.mapped_reason, unknown.is_mapped) == (person, "by boss", True)
    assert models.ESSLAttendanceLog.objects.get(biometric_id="9").user == person
    assert list(models.PendingDay.objects.values_list("user", "date")) == [(person.pk, datetime(2026, 5, 4).date())]


@pytest.mark.django_db
def test_somebody_mapped_cannot_be_mapped_to_another(boss: Client, gate: models.Device) -> None:
    other = CustomUser.objects.create(username="omar")
    mapped = models.DeviceUser.objects.get(device_user_id="7")
    boss.post(reverse("admin:attendance_devices_deviceuser_change", args=[mapped.pk]), {"system_user": other.pk})
    mapped.refresh_from_db()
    assert mapped.system_user.username == "asma"


@pytest.mark.django_db
def test_a_corrected_time_zone_moves_the_punches_that_are_stored(boss: Client, gate: models.Device) -> None:
    page = reverse("admin:attendance_devices_device_change", args=[gate.pk])
    answer = boss.post(page, device_form(gate, timezone="UTC"), follow=True)
    assert "1 punches were moved" in answer.content.decode()
    assert models.ESSLAttendanceLog.objects.get().punch_time == datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.mark.django_db
def test_a_doubtful_punch_is_accepted_by_who_may_and_the_log_says_who(client: Client, gate: models.Device) -> None:
    models.ESSLAttendanceLog.objects.update(review="future")
    page = reverse("admin:attendance_devices_esslattendancelog_changelist")
    post = {"action": "accept_as_they_are", "_selected_action": [models.ESSLAttendanceLog.objects.get().pk]}
    viewer = CustomUser.objects.create_user("viewer", password="x", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_esslattendancelog"))
    client.force_login(viewer)
    client.post(page, post)
    assert models.ESSLAttendanceLog.objects.get().review == "future"
    viewer.user_permissions.add(Permission.objects.get(codename="change_esslattendancelog"))
    client.post(page, post)
    assert models.ESSLAttendanceLog.objects.get().review == ""
    assert LogEntry.objects.get().user == viewer
    assert models.PendingDay.objects.count() == 1


@pytest.mark.django_db
def test_the_mail_about_a_failed_device_form_holds_no_secret(
    boss: Client, gate: models.Device, settings: Any, monkeypatch: pytest.MonkeyPatch, mailoutbox: list[Any]
) -> None:
    def broken(*args: Any, **more: Any) -> None:
        raise RuntimeError("the form fails")

    settings.ADMINS, settings.DEBUG = [("Ann", "ann@example.com")], False
    monkeypatch.setattr("attendance_devices.admin.devices.save_device", broken)
    boss.raise_request_exception = False
    page = reverse("admin:attendance_devices_device_change", args=[gate.pk])
    assert boss.post(page, device_form(gate, comm_key="90210", password="open sesame")).status_code == 500
    (mail,) = mailoutbox
    sent = mail.body + "".join(str(content) for content, _ in mail.alternatives)
    assert "the form fails" in sent
    assert "90210" not in sent and "open sesame" not in sent
