"""A log from a USB stick in the admin: looked at first, and stored by a second upload of the same file."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.urls import reverse

from attendance_devices.admin import usb
from attendance_devices.models import AuditEntry, Device, ESSLAttendanceLog, PendingDay, ProcessedAttendance
from attendance_devices.services.pipeline import follow_up
from example_project.hr.models import CustomUser
from tests.builders.crm import MONDAY, device, employee, host, mapped, nothing_is_written, punched, setting
from tests.builders.log_files import stick, week

pytestmark = pytest.mark.django_db
LOG = stick(week(), b"nonsense\r\n").getvalue()


@pytest.fixture
def gate() -> Device:
    return device()


def clerk(client: Client, *rights: str) -> Client:
    user = CustomUser.objects.create_user("clerk", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=("view_device", *rights)))
    client.force_login(user)
    return client


def importer(client: Client) -> Client:
    return clerk(client, "import_attendance")


def page(gate: Device) -> str:
    return reverse("admin:attendance_devices_device_usb", args=[gate.pk])


def upload(data: bytes = LOG, name: str = "1_attlog.dat", **more: Any) -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, data), **more}


def text(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def digest(answer: Any) -> str:
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', answer.content.decode())
    assert found
    return found.group(1)


def test_the_first_upload_shows_what_it_would_do_and_the_second_does_it(client: Client, gate: Device) -> None:
    ann = employee("7", "Ann Lee")
    mapped(gate, "7", ann)
    punched(gate, week()[0])
    boss = importer(client)
    assert 'type="file"' in boss.get(page(gate)).content.decode()

    looked = boss.post(page(gate), upload())
    told = text(looked)
    assert looked.status_code == 200
    for words in (
        "Records 13",
        "New punches 11",
        "Stored already 1",
        f"7 Ann Lee 6 {MONDAY}",
        "line 13: there is no tab",
    ):
        assert words in told, words
    assert ESSLAttendanceLog.objects.count() == 1
    assert not AuditEntry.objects.exists()

    done = boss.post(page(gate), upload(digest=digest(looked)), follow=True)
    assert "11 new punches of Gate are stored, 1 were known, 1 are quarantined." in text(done)
    assert "Their days are derived, and the CRM is told." in text(done)
    assert f"For those of older days, from {MONDAY} on, run process_attendance." in text(done)
    assert ESSLAttendanceLog.objects.filter(source="file").count() == 11
    assert ProcessedAttendance.objects.count() == 6
    entry = AuditEntry.objects.filter(verb="import_log").order_by("-pk")[0]
    assert (entry.outcome, entry.by_name, entry.subject) == ("done", "clerk", "1_attlog.dat")

    again = boss.post(page(gate), upload(digest=digest(looked)), follow=True)
    assert "0 new punches of Gate are stored, 13 were known" in text(again)
    assert ESSLAttendanceLog.objects.count() == 12


def test_where_a_queue_goes_it_derives(client: Client, gate: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(follow_up, "is_working", lambda: True)
    monkeypatch.setattr(follow_up, "enqueue", asked.append)
    employee("7")
    boss = importer(client)
    looked = boss.post(page(gate), upload())
    done = boss.post(page(gate), upload(digest=digest(looked)), follow=True)
    assert "The queue derives their days now, and tells the CRM." in text(done)
    assert (asked, PendingDay.objects.count(), ProcessedAttendance.objects.count()) == (["derive_and_post"], 6, 0)


def test_another_file_than_the_one_that_was_looked_at_is_not_stored(client: Client, gate: Device) -> None:
    boss = importer(client)
    looked = boss.post(page(gate), upload())
    answer = boss.post(page(gate), upload(LOG + b"8\t2024-01-08 09:00:00\t1\t0\t1\t0\r\n", digest=digest(looked)))
    assert answer.status_code == 400
    assert "it is not the file that was looked at. Choose the same file again" in text(answer)
    assert not ESSLAttendanceLog.objects.exists()


def test_a_doubtful_file_takes_a_word(client: Client, gate: Device) -> None:
    Device.objects.update(serial_number="AAA1111111111")
    boss, name = importer(client), "CGKK223862906_attlog.dat"
    looked = boss.post(page(gate), upload(name=name))
    assert "Is it the log of this terminal? It is of the terminal with serial number CGKK223862906" in text(looked)
    assert 'name="sure"' in looked.content.decode()
    refused = boss.post(page(gate), upload(name=name, digest=digest(looked)))
    assert (refused.status_code, ESSLAttendanceLog.objects.count()) == (400, 0)
    assert "was not imported" in text(refused)
    boss.post(page(gate), upload(name=name, digest=digest(looked), sure="on"))
    assert ESSLAttendanceLog.objects.count() == 12


@pytest.mark.parametrize(
    ("data", "more", "said"),
    [
        (b"PK\x03\x04" + bytes(range(256)), {}, "there is no punch in it"),
        (LOG, {"encoding": "klingon"}, "'klingon' is no encoding of such a file"),
        (LOG, {"encoding": "utf-16"}, "there is no punch in it"),
        (b"", {}, "The submitted file is empty."),
    ],
    ids=["no log", "no encoding", "another encoding", "empty"],
)
def test_what_is_no_log_is_told(client: Client, gate: Device, data: bytes, more: dict[str, str], said: str) -> None:
    answer = importer(client).post(page(gate), upload(data, **more))
    assert (answer.status_code, said in text(answer)) == (400, True)


def test_no_file_at_all(client: Client, gate: Device) -> None:
    answer = importer(client).post(page(gate), {})
    assert (answer.status_code, "This field is required." in text(answer)) == (400, True)


def test_a_large_file_ends_with_a_message_and_is_kept_nowhere(
    client: Client, gate: Device, tmp_path: Path, settings: Any
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    answer = importer(client).post(page(gate), upload(LOG * 80_000))
    assert len(LOG) * 100_000 > 8 * usb.MOST_BYTES
    assert answer.status_code == 400
    assert "The file is larger than 5 MB. On the server, import_attlog takes files of any size." in text(answer)
    assert list(tmp_path.iterdir()) == []


def test_so_it_does_where_the_form_was_read_before(
    client: Client, gate: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usb, "MOST_BYTES", 100)
    monkeypatch.setattr(usb.Quota, "receive_data_chunk", lambda self, raw, start: raw)
    answer = importer(client).post(page(gate), upload())
    assert (answer.status_code, "The file is larger than" in text(answer)) == (400, True)


def test_only_with_the_right_and_nobody_else_sees_the_way_there(client: Client, gate: Device) -> None:
    other = clerk(client, "change_device", "add_device", "view_esslattendancelog")
    assert other.get(page(gate)).status_code == 403
    assert other.post(page(gate), upload()).status_code == 403
    change = reverse("admin:attendance_devices_device_change", args=[gate.pk])
    assert "usb-stick" not in other.get(change).content.decode()
    CustomUser.objects.get(username="clerk").user_permissions.add(Permission.objects.get(codename="import_attendance"))
    assert page(gate) in other.get(change).content.decode()
    assert not ESSLAttendanceLog.objects.exists()


def test_strangers_forged_forms_and_unknown_devices(gate: Device) -> None:
    assert "/login/" in Client().post(page(gate), upload()).headers["Location"]
    boss = importer(Client(enforce_csrf_checks=True))
    assert boss.post(page(gate), upload()).status_code == 403
    shown = boss.get(page(gate))
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', shown.content.decode())
    assert token
    assert boss.post(page(gate), {"csrfmiddlewaretoken": token.group(1), **upload()}).status_code == 200
    assert boss.get(page(Device(pk=gate.pk + 999))).status_code == 404


def test_looking_writes_nothing(client: Client, gate: Device) -> None:
    boss = importer(client)
    boss.get(page(gate))
    with nothing_is_written():
        boss.get(page(gate))
        boss.post(page(gate), upload())


def test_names_are_those_whom_the_viewer_may_see(client: Client, gate: Device, settings: Any) -> None:
    from tests.admin import narrow

    settings.ATTENDANCE_DEVICES = setting(HOST=host(narrow.SeesNobody))
    mapped(gate, "7", employee("7", "Ann Lee"))
    told = text(importer(client).post(page(gate), upload()))
    assert "Ann Lee" not in told
    assert f"7 - 6 {MONDAY}" in told


def test_in_a_crm_with_a_transaction_a_request(client: Client, gate: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    facts: dict[str, Any] = connections.settings["default"]
    monkeypatch.setitem(facts, "ATOMIC_REQUESTS", True)
    boss = importer(client)
    looked = boss.post(page(gate), upload())
    assert boss.post(page(gate), upload(digest=digest(looked))).status_code == 302
    assert ESSLAttendanceLog.objects.count() == 12


def test_what_the_file_says_is_text_and_no_markup(client: Client, gate: Device) -> None:
    evil = b"<script>x</script>\t2024-01-08 09:00:00\t1\t0\t1\t0\r\n<b>\r\n"
    shown = importer(client).post(page(gate), upload(evil)).content.decode()
    assert "<script>x" not in shown
    assert "&lt;script&gt;x" in shown
