"""What terminals said is never edited and never deleted: every door is tried, by somebody who may do all."""

from datetime import datetime
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.admin.utils import flatten_fieldsets
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, get_resolver, reverse

from attendance_devices.models import (
    Correction,
    Device,
    DeviceUser,
    ESSLAttendanceLog,
    ProcessedAttendance,
    QuarantinedRecord,
)
from attendance_devices.services.days.derive import derive_pending
from example_project.hr.models import CustomUser
from tests.builders.crm import at, device, employee, mapped, punched

pytestmark = pytest.mark.django_db
RAW = [ESSLAttendanceLog, QuarantinedRecord]
NOTES = {"user_id", "review"}
"""Our notes on a punch, which verbs write: whose it is, and whether a person should look at it."""
SAID = {
    "biometric_id": "8",
    "device_time": "2024-01-08 10:00:00",
    "punch_type": "out",
    "fold": "1",
    "reason": "none",
    "review": "",
    "user": "",
}


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(CustomUser.objects.create_superuser("boss", password="x"))
    return client


@pytest.fixture
def stored() -> dict[str, list[dict[str, Any]]]:
    """Punches of somebody known and of somebody unknown, one of them doubtful, and a record that cannot be read."""
    gate, asma = device("Gate"), employee("7")
    mapped(gate, "7", asma)
    punched(gate, ("7", at("09:00")), ("7", at("17:00")), ("9", at("09:05")), ("7", datetime(2099, 1, 1, 9)))
    now = ESSLAttendanceLog.objects.first().received_at
    QuarantinedRecord.objects.create(device=gate, raw=b"\x01", digest="d", reason="no date", received_at=now)
    derive_pending()
    return raw()


def raw() -> dict[str, list[dict[str, Any]]]:
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in NOTES}
            for row in model.objects.order_by("pk").values()
        ]
        for model in RAW
    }


def doors(model: Any) -> list[str]:
    """Every address that the admin has for this table, those without arguments and those of each row."""
    start = f"attendance_devices_{model._meta.model_name}_"
    names = {str(name) for name in get_resolver().namespace_dict["admin"][1].reverse_dict if isinstance(name, str)}
    found = []
    for name in sorted(name for name in names if name.startswith(start)):
        for arguments in ([], *[[pk] for pk in model.objects.values_list("pk", flat=True)], ["set-clock"]):
            try:
                found.append(reverse(f"admin:{name}", args=arguments))
            except NoReverseMatch:
                continue
    return found


@pytest.mark.parametrize("model", RAW, ids=lambda model: model.__name__)
def test_no_address_of_the_admin_changes_or_deletes_a_row(boss: Client, stored: Any, model: Any) -> None:
    tried = doors(model)
    assert len(tried) >= 4 + 3 * model.objects.count() - 1, "list, add, autocomplete…, and for each row three"
    for address in tried:
        for form in ({}, SAID, {"post": "yes"}, {"_save": "1", **SAID}, {"_saveasnew": "1", **SAID}):
            boss.post(address, form)
        for ask in (boss.get, boss.put, boss.patch, boss.delete):
            ask(address)
        assert raw() == stored, address


@pytest.mark.parametrize("model", RAW, ids=lambda model: model.__name__)
def test_no_action_of_the_admin_changes_or_deletes_a_row(boss: Client, stored: Any, model: Any) -> None:
    page = reverse(f"admin:attendance_devices_{model._meta.model_name}_changelist")
    request = RequestFactory().get(page)
    request.user = CustomUser.objects.get(username="boss")
    actions = {*site._registry[model].get_actions(request), "delete_selected", "export_admin_action"}
    for action in sorted(actions):
        for across in ("0", "1"):
            keys = list(model.objects.values_list("pk", flat=True))
            form = {"action": action, "_selected_action": keys, "select_across": across, "post": "yes"}
            boss.post(page, form)
            assert raw() == stored, action
    listed = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": 1, "_save": "1"}
    boss.post(page, listed | {f"form-0-{name}": value for name, value in SAID.items()})
    assert raw() == stored


def test_no_form_of_the_admin_offers_a_field_of_them(boss: Client, stored: Any) -> None:
    for model in RAW:
        row = model.objects.first()
        page = boss.get(reverse(f"admin:attendance_devices_{model._meta.model_name}_change", args=[row.pk]))
        form = page.context["adminform"]
        assert flatten_fieldsets(form.fieldsets)
        assert not form.form.fields
        assert not page.context["has_delete_permission"] and not page.context["has_change_permission"]


@pytest.mark.parametrize("model", [Device, DeviceUser], ids=lambda model: model.__name__)
def test_nothing_that_rows_hang_on_takes_them_along(boss: Client, stored: Any, model: Any) -> None:
    name = f"admin:attendance_devices_{model._meta.model_name}"
    for pk in model.objects.values_list("pk", flat=True):
        boss.post(reverse(f"{name}_delete", args=[pk]), {"post": "yes"})
    keys = list(model.objects.values_list("pk", flat=True))
    boss.post(reverse(f"{name}_changelist"), {"action": "delete_selected", "_selected_action": keys, "post": "yes"})
    assert raw() == stored


def test_a_deleted_account_takes_no_punch_along(boss: Client, stored: Any) -> None:
    asma = CustomUser.objects.get(biometric_id="7")
    log = ESSLAttendanceLog.objects.filter(user=asma).first()
    boss.post(reverse("admin:attendance_devices_correction_add"), {"kind": "void", "log": log.pk, "why": "not at work"})
    day = ProcessedAttendance.objects.get(date=at("09:00").date())
    for row in (Correction.objects.get(), day):
        name = f"admin:attendance_devices_{row._meta.model_name}_delete"
        assert boss.post(reverse(name, args=[row.pk]), {"post": "yes"}).status_code == 403, "alone it does not go"
    boss.post(reverse("admin:hr_customuser_delete", args=[asma.pk]), {"post": "yes"})
    assert not CustomUser.objects.filter(pk=asma.pk).exists()
    assert raw() == stored


def test_an_import_with_other_words_for_the_same_punches_adds_nothing_and_changes_nothing(
    boss: Client, stored: Any
) -> None:
    page = reverse("admin:attendance_devices_esslattendancelog_import")
    export = reverse("admin:attendance_devices_esslattendancelog_export")
    table = boss.post(export, {"format": 0, "resource": 0}).content.decode("utf-8-sig")
    changed = table.replace(",0,,", ",0,out,").replace("poll", "manual")
    assert changed != table
    for data in (table, changed, table.splitlines()[0] + "\n"):
        upload = SimpleUploadedFile("table.csv", data.encode())
        preview = boss.post(page, {"import_file": upload, "resource": 0})
        form = preview.context.get("confirm_form")
        if form is not None:
            boss.post(reverse("admin:attendance_devices_esslattendancelog_process_import"), form.initial)
        assert raw() == stored


def test_an_import_only_adds(boss: Client, stored: Any) -> None:
    data = (
        b"device,biometric_id,device_time,punch_type\nGate,7,2024-01-08 09:00:00,out\nGate,7,2024-01-08 12:00:00,out\n"
    )
    page = reverse("admin:attendance_devices_esslattendancelog_import")
    preview = boss.post(page, {"import_file": SimpleUploadedFile("table.csv", data), "resource": 0})
    confirm = reverse("admin:attendance_devices_esslattendancelog_process_import")
    boss.post(confirm, preview.context["confirm_form"].initial)
    now = raw()
    assert now["ESSLAttendanceLog"][: len(stored["ESSLAttendanceLog"])] == stored["ESSLAttendanceLog"]
    assert len(now["ESSLAttendanceLog"]) == len(stored["ESSLAttendanceLog"]) + 1
    assert now["QuarantinedRecord"] == stored["QuarantinedRecord"]


def test_a_mapping_and_a_correction_leave_what_was_said(boss: Client, stored: Any) -> None:
    unknown, log = DeviceUser.objects.get(device_user_id="9"), ESSLAttendanceLog.objects.first()
    omar = employee("9")
    boss.post(reverse("admin:attendance_devices_deviceuser_change", args=[unknown.pk]), {"system_user": omar.pk})
    boss.post(reverse("admin:attendance_devices_correction_add"), {"kind": "void", "log": log.pk, "why": "not at work"})
    assert ESSLAttendanceLog.objects.filter(user=omar).exists()
    assert raw() == stored
