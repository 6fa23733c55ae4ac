"""Corrections in the admin: through the verbs, with their errors in words, and nothing is edited or deleted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from attendance_devices.models import Correction, Device, ESSLAttendanceLog, PendingDay
from example_project.hr.models import CustomUser

pytestmark = pytest.mark.django_db
ADD = "admin:attendance_devices_correction_add"
LIST = "admin:attendance_devices_correction_changelist"


@pytest.fixture
def asma() -> Any:
    """Asma, who punched once in New York."""
    gate = Device.objects.create(name="Gate", address="127.0.0.9", timezone="America/New_York")
    asma = CustomUser.objects.create(username="asma")
    now = datetime(2024, 5, 6, 13, tzinfo=UTC)
    ESSLAttendanceLog.objects.create(
        device=gate, biometric_id="7", device_time=datetime(2024, 5, 6, 9), punch_time=now, received_at=now, user=asma
    )
    return asma


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(CustomUser.objects.create_superuser("boss", password="x"))
    return client


def clerk(client: Client, *rights: str) -> Client:
    user = CustomUser.objects.create_user("clerk", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)
    return client


def filled(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "why": "forgot the card", **more}


def errors(client: Client, form: dict[str, Any]) -> str:
    answer = client.post(reverse(ADD), form)
    assert answer.status_code == 200, "the form is shown again"
    assert not Correction.objects.exists() and not PendingDay.objects.exists() and not LogEntry.objects.exists()
    return str(answer.context["adminform"].form.errors)


def test_a_punch_is_added_at_the_time_that_the_wall_shows(boss: Client, asma: Any) -> None:
    assert boss.get(reverse(ADD)).status_code == 200
    gate = Device.objects.get()
    form = filled("add", user=asma.pk, device=gate.pk, shown_on="2024-05-06", shown_at="18:00", punch_type="out")

    assert boss.post(reverse(ADD), form).status_code == 302

    made = Correction.objects.get()
    assert (made.at, made.punch_type, made.device, made.made_by_name) == (
        datetime(2024, 5, 6, 22, tzinfo=UTC),
        "out",
        gate,
        "boss",
    )
    assert LogEntry.objects.get().object_id == str(made.pk)
    assert PendingDay.objects.exists()


def test_the_second_pass_of_a_repeated_hour_can_be_told(boss: Client, asma: Any) -> None:
    gate = Device.objects.get()
    form = filled("add", user=asma.pk, device=gate.pk, shown_on="2023-11-05", shown_at="01:30")
    boss.post(reverse(ADD), form)
    boss.post(reverse(ADD), form | {"second_pass": "on"})
    second, first = Correction.objects.order_by("-pk")
    assert second.at - first.at == timedelta(hours=1)


def test_a_punch_is_voided_and_changed_by_its_log(boss: Client, asma: Any) -> None:
    log = ESSLAttendanceLog.objects.get()
    assert boss.post(reverse(ADD), filled("void", log=log.pk)).status_code == 302
    assert boss.post(reverse(LIST), chosen(Correction.objects.get())).status_code == 302
    changed = filled("change", log=log.pk, shown_on="2024-05-06", shown_at="10:00")
    assert boss.post(reverse(ADD), changed).status_code == 302
    change, void = Correction.objects.order_by("-pk")
    assert (void.kind, void.undone_by_name, void.stands_for) == ("void", "boss", None)
    assert (change.kind, change.at, change.user) == ("change", datetime(2024, 5, 6, 14, tzinfo=UTC), asma)


def chosen(*rows: Correction) -> dict[str, Any]:
    return {"action": "undo_them", "_selected_action": [row.pk for row in rows]}


def test_what_the_verb_refuses_is_an_error_of_the_form(boss: Client, asma: Any) -> None:
    log, both = ESSLAttendanceLog.objects.get(), {"shown_on": "2024-05-06", "shown_at": "18:00"}
    add = filled("add", user=asma.pk)
    cases: list[tuple[dict[str, Any], str]] = [
        (add | {"shown_on": "2099-01-01", "shown_at": "09:00"}, "that is still to come"),
        (add | {"shown_on": "0001-01-01", "shown_at": "00:00"}, "no punch is of that year"),
        (add | {"shown_on": "2024-05-06"}, "Give both the date and the time"),
        (add, "Give the date and the time of the added punch"),
        (filled("add", **both), "Name the employee of an added punch"),
        (add | both | {"log": log.pk}, "no attendance log"),
        (filled("void"), "Name the attendance log that is corrected"),
        (filled("void", log=log.pk, user=asma.pk), "neither employee nor device"),
        (filled("void", log=log.pk, **both), "A voided punch has no other time"),
        (filled("change", log=log.pk), "it says that already"),
        (filled("void", log=log.pk) | {"why": " "}, "This field is required"),
        (filled("void", log=log.pk) | {"why": "\u200b"}, "no reason was given"),
        (filled("void", log=999), "Select a valid choice"),
        (filled("steal", log=log.pk), "Select a valid choice"),
    ]
    for form, words in cases:
        assert words in errors(boss, form), form


def test_a_clock_that_went_forward_never_showed_that_hour(boss: Client, asma: Any) -> None:
    form = filled("add", user=asma.pk, device=Device.objects.get().pk, shown_on="2024-03-10", shown_at="02:30")
    assert "never showed it" in errors(boss, form)


def test_a_second_correction_of_one_punch_is_told_in_the_form(boss: Client, asma: Any) -> None:
    form = filled("void", log=ESSLAttendanceLog.objects.get().pk)
    boss.post(reverse(ADD), form)
    answer = boss.post(reverse(ADD), form)
    assert answer.status_code == 200
    assert "Undo that one first" in answer.content.decode()
    assert Correction.objects.count() == 1


def test_what_is_undone_already_is_a_message(boss: Client, asma: Any) -> None:
    boss.post(reverse(ADD), filled("void", log=ESSLAttendanceLog.objects.get().pk))
    row = Correction.objects.get()
    for words in ("1 corrections were undone", "somebody undid it before"):
        assert words in boss.post(reverse(LIST), chosen(row), follow=True).content.decode()
    assert LogEntry.objects.filter(object_id=str(row.pk)).count() == 2, "made once, undone once"


def test_it_can_be_read_and_neither_edited_nor_deleted(boss: Client, asma: Any) -> None:
    boss.post(reverse(ADD), filled("void", log=ESSLAttendanceLog.objects.get().pk))
    before = list(Correction.objects.values())
    row = Correction.objects.get()
    page = reverse("admin:attendance_devices_correction_change", args=[row.pk])
    shown = boss.get(page)
    assert shown.status_code == 200
    assert "forgot the card" in shown.content.decode()
    assert boss.post(page, filled("void", why="another reason")).status_code == 403
    delete = reverse("admin:attendance_devices_correction_delete", args=[row.pk])
    assert boss.post(delete, {"post": "yes"}).status_code == 403
    boss.post(reverse(LIST), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert list(Correction.objects.values()) == before


def test_the_rights_of_the_admin_are_those_of_the_verbs(client: Client, asma: Any) -> None:
    form = filled("void", log=ESSLAttendanceLog.objects.get().pk)
    clerk(client, "view_correction", "change_correction")
    assert client.post(reverse(ADD), form).status_code == 403
    CustomUser.objects.get(username="clerk").delete()

    clerk(client, "view_correction", "add_correction")
    assert client.post(reverse(ADD), form).status_code == 302
    row = Correction.objects.get()
    client.post(reverse(LIST), chosen(row))
    row.refresh_from_db()
    assert row.undone_at is None
