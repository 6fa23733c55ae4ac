"""Tables in and out of the admin, as a person with a browser and a spreadsheet does it."""

import base64
import csv
import random
import re
import tracemalloc
from datetime import date, time, timedelta
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from attendance_devices.admin.files import UploadForm
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.models import (
    AuditEntry,
    Device,
    DeviceUser,
    ESSLAttendanceLog,
    Holiday,
    PendingDay,
    ProcessedAttendance,
    Shift,
    ShiftAssignment,
)
from attendance_devices.resources import base
from attendance_devices.resources.devices import DeviceResource
from attendance_devices.resources.formats import CsvFile
from attendance_devices.services.days.derive import derive_pending
from example_project.hr.models import CustomUser
from tests.builders.crm import MONDAY, at, device, employee, host, mapped, punched, setting

pytestmark = pytest.mark.django_db
CSV, XLSX = 0, 1
MODELS = [Device, DeviceUser, ESSLAttendanceLog, Holiday, ProcessedAttendance, Shift, ShiftAssignment]


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(CustomUser.objects.create_superuser("boss", password="x"))
    return client


def clerk(client: Client, *rights: str) -> Client:
    user = CustomUser.objects.create_user("clerk", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)
    return client


def page(model: type, name: str) -> str:
    return reverse(f"admin:attendance_devices_{model._meta.model_name}_{name}")  # type: ignore[attr-defined]


def exported(client: Client, model: type, kind: int = CSV, query: str = "") -> bytes:
    answer = client.post(page(model, "export") + query, {"format": kind, "resource": 0})
    assert answer.headers["Content-Disposition"].startswith("attachment"), answer.content.decode()
    return answer.content


def lines(data: bytes) -> list[str]:
    return data.decode("utf-8-sig").splitlines()


def uploaded(client: Client, model: type, data: bytes | str, name: str = "table.csv") -> Any:
    content = data.encode() if isinstance(data, str) else data
    return client.post(page(model, "import"), {"import_file": SimpleUploadedFile(name, content), "resource": 0})


def confirmed(client: Client, model: type, preview: Any) -> str:
    hidden = preview.context["confirm_form"].initial
    return client.post(page(model, "process_import"), hidden, follow=True).content.decode()


def imported(client: Client, model: type, data: bytes | str) -> str:
    preview = uploaded(client, model, data)
    assert "confirm_form" in preview.context, preview.context.get("wrong") or preview.context["form"].errors
    return confirmed(client, model, preview)


def wrong(client: Client, model: type, data: bytes | str) -> str:
    answer = uploaded(client, model, data)
    assert answer.status_code == 200
    assert "confirm_form" not in answer.context
    told = [*answer.context.get("wrong", ()), *answer.context["form"].errors.get("import_file", ())]
    assert told
    return "\n".join(told)


def company() -> tuple[Device, Any]:
    gate, asma = device("Gate", serial_number="SN1", comm_key="4711", password="hush-hush"), employee("7", "Asma Khan")
    mapped(gate, "7", asma)
    punched(gate, ("7", at("09:00")), ("7", at("17:00")), ("00012", at("09:05")))
    shift = Shift.objects.create(name="Day", start=time(9), end=time(18))
    ShiftAssignment.objects.create(shift=shift, user=asma, date_from=date(2024, 1, 1))
    derive_pending()
    Holiday.objects.create(date=date(2024, 5, 1), name="Labour Day")
    return gate, asma


@pytest.mark.parametrize("kind", [CSV, XLSX], ids=["csv", "xlsx"])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_what_goes_out_comes_back_in_and_changes_nothing(boss: Client, model: type, kind: int) -> None:
    company()
    data = exported(boss, model, kind)
    if model is ProcessedAttendance:
        assert boss.get(page(model, "import")).status_code == 403
        return
    preview = uploaded(boss, model, data)
    assert "confirm_form" in preview.context, preview.context.get("wrong") or preview.context["form"].errors
    totals = preview.context["result"].totals
    assert totals["new"] == totals["update"] == 0 and totals["skip"] == model.objects.count()  # type: ignore[attr-defined]
    assert "Import these rows" not in preview.content.decode()


@pytest.mark.parametrize("kind", [CSV, XLSX], ids=["csv", "xlsx"])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_no_secret_goes_out_and_none_is_in_a_page(boss: Client, model: type, kind: int) -> None:
    company()
    data = exported(boss, model, kind)
    shown = b"".join(unzipped(data)) if kind == XLSX else data
    for secret in (b"4711", b"hush-hush", b"comm_key", b"password", b"gAAAA"):
        assert secret not in shown


def unzipped(data: bytes) -> list[bytes]:
    with ZipFile(BytesIO(data)) as package:
        return [package.read(name) for name in package.namelist()]


def test_no_cell_is_a_formula_in_either_format(boss: Client) -> None:
    gate = device("=cmd|'/c calc'!A1", office="@office", encoding="utf-8")
    evil = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "'=1"]
    for number, name in enumerate(evil):
        DeviceUser.objects.create(device=gate, device_user_id=f"{name}{number}", device_user_name=name)
    before = list(DeviceUser.objects.order_by("pk").values())
    for kind in (CSV, XLSX):
        data = exported(boss, DeviceUser, kind)
        if kind == XLSX:
            sheet = load_workbook(BytesIO(data)).active
            assert {cell.data_type for row in sheet for cell in row if cell.value is not None} == {"s"}
            cells = [str(cell.value or "") for row in sheet for cell in row]
        else:
            cells = [cell for row in csv.reader(StringIO(data.decode("utf-8-sig"), newline="")) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
        assert "'=cmd|'/c calc'!A1" in cells
    data = exported(boss, DeviceUser, CSV)
    DeviceUser.objects.all().delete()
    imported(boss, DeviceUser, data)
    names = ("device_user_id", "device_user_name")
    after = list(DeviceUser.objects.order_by("pk").values_list(*names))
    assert sorted(after) == sorted((row[names[0]], row[names[1]]) for row in before)


def test_an_id_keeps_its_zeros_through_a_spreadsheet(boss: Client) -> None:
    gate = device("Gate")
    for kind in (CSV, XLSX):
        DeviceUser.objects.all().delete()
        DeviceUser.objects.create(device=gate, device_user_id="00012")
        data = exported(boss, DeviceUser, kind)
        DeviceUser.objects.all().delete()
        imported(boss, DeviceUser, data)
        assert DeviceUser.objects.get().device_user_id == "00012"


def test_a_mapping_is_imported_by_names_ids_and_serial_numbers(boss: Client) -> None:
    gate, asma, omar = device("Gate", serial_number="SN1"), employee("7"), employee("8", username="omar")
    asma.employee_id = "E-7"
    asma.save()
    punched(gate, ("007", at("09:00")), ("8", at("09:00")))
    table = "device,device_user_id,employee\nSN1,007,E-7\nGate,8,omar\nGate,9,\n"

    preview = uploaded(boss, DeviceUser, table)
    assert "<ins>" in preview.content.decode()
    assert not DeviceUser.objects.filter(is_mapped=True).exists(), "a preview stores nothing"
    assert "2 updated" in confirmed(boss, DeviceUser, preview)

    rows = DeviceUser.objects.order_by("device_user_id").values_list("device_user_id", "system_user", "mapped_reason")
    assert list(rows) == [("007", asma.pk, "by boss"), ("8", omar.pk, "by boss"), ("9", None, "")]
    assert set(ESSLAttendanceLog.objects.values_list("user", flat=True)) == {asma.pk, omar.pk}
    assert PendingDay.objects.count() == 2
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.by_name, entry.words) == ("import", "boss", "table.csv: 1 new, 2 changed")


def test_errors_name_the_line_and_nothing_is_imported(boss: Client) -> None:
    company()
    employee("twin")
    employee("twin")
    table = (
        "device,device_user_id,employee,ignored\n"
        "Gate,00012,7,no\n"
        "Gate,9,nobody,\n"
        "Wall,10,7,\n"
        "Gate,,7,\n"
        "Gate,11,twin,\n"
        "\n"
        "Gate,12,7,perhaps\n"
        "Gate,7,twin,\n"
        "SN1,00012,7,no\n"
    )
    before = list(DeviceUser.objects.values())
    told = wrong(boss, DeviceUser, table)
    for words in (
        "Line 3: Nobody has the user name or employee id 'nobody'.",
        "Line 4: No device has the name or serial number 'Wall'.",
        "Line 5: device_user_id: An id on the device is missing.",
        "Line 6: 'twin' may be several people: ",
        "Line 8: ignored: 'perhaps' is neither yes nor no",
        "Line 10: Line 2 speaks of the same already.",
    ):
        assert words in told
    assert "Line 2:" not in told.replace("Line 10: Line 2", "")
    assert list(DeviceUser.objects.values()) == before
    assert not AuditEntry.objects.exists()


def test_whoever_is_mapped_stays_mapped(boss: Client) -> None:
    company()
    employee("8", username="omar")
    told = wrong(boss, DeviceUser, "device,device_user_id,employee\nGate,7,omar\n")
    assert "is employee-7" in told and "already, and stays so" in told


def test_devices_come_in_with_secrets_and_an_empty_cell_keeps_them(boss: Client) -> None:
    gate, _ = company()
    Device.objects.update(cursor={"position": 7})
    table = (
        f"name,address,timezone,comm_key,password,port\nGate,{gate.address},UTC,99,,4371\nNew,192.0.2.77,UTC,,s3cret,\n"
    )
    preview = uploaded(boss, Device, table)
    for secret in ("99</", "s3cret", "hush"):
        assert secret not in preview.content.decode()
    confirmed(boss, Device, preview)
    gate.refresh_from_db()
    assert (gate.comm_key, gate.password, gate.port, gate.cursor) == ("99", "hush-hush", 4371, {"position": 7})
    assert ESSLAttendanceLog.objects.first().punch_time.utcoffset().total_seconds() == 0
    assert ESSLAttendanceLog.objects.order_by("punch_time").first().punch_time.hour == 9, "the zone moved the punches"
    new = Device.objects.get(name="New")
    assert (new.password, new.port, new.transport) == ("s3cret", 4370, "tcp")
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == [
        "change device",
        "add device",
        "import",
    ]


def test_a_device_is_renamed_by_its_serial_number(boss: Client) -> None:
    gate, _ = company()
    imported(boss, Device, "name,serial_number\nMain door,SN1\n")
    gate.refresh_from_db()
    assert gate.name == "Main door"
    device("Gate 2")
    assert "lead to several devices" in wrong(boss, Device, "name,serial_number\nGate 2,SN1\n")


def test_a_device_that_makes_no_sense_is_refused_by_the_model_in_words(boss: Client) -> None:
    table = "name,address,timezone,latitude,transport\nWall,192.0.2.9,Karachi,95,pigeon\n"
    told = wrong(boss, Device, table)
    for words in ("Karachi is not a time zone", "latitude", "'pigeon' is not a valid choice"):
        assert words in told
    assert not Device.objects.exists()


def test_the_timetable_comes_in_and_its_days_wait_to_be_derived(boss: Client) -> None:
    _, asma = company()
    assert ProcessedAttendance.objects.get().shift == "Day"
    imported(
        boss, Shift, "name,start,end,weekdays,grace_minutes\nDay,10:00,19:00,Mon Tue,\nNight,22:00,06:00,01234,5\n"
    )
    assert (Shift.objects.get(name="Day").start, Shift.objects.get(name="Day").weekdays) == (time(10), "01")
    assert Shift.objects.get(name="Night").grace_minutes == 5
    assert PendingDay.objects.filter(user=asma, date=MONDAY).exists()
    imported(boss, Holiday, f"date,name\n{MONDAY},Eid\n2024-05-01,May Day\n")
    assert Holiday.objects.count() == 2 and Holiday.objects.filter(name="May Day").exists()
    imported(boss, ShiftAssignment, "shift,employee,date_from,date_until\nDay,7,2024-01-01,2024-06-30\n")
    assert ShiftAssignment.objects.get().date_until == date(2024, 6, 30)


def test_assignments_that_run_into_each_other_are_refused_within_one_file_too(boss: Client) -> None:
    company()
    Shift.objects.create(name="Late", start=time(17), end=time(23))
    table = "shift,employee,office,date_from\nLate,,North,2024-01-01\nDay,,North,2024-02-01\nGone,7,,2024-01-01\n"
    told = wrong(boss, ShiftAssignment, table)
    assert "Line 3: On " in told and "Line 4: shift: There is no shift 'Gone'." in told
    assert ShiftAssignment.objects.count() == 1


LOGS = "device,biometric_id,device_time,punch_type\nGate,7,2024-01-08 09:00:00,out\nSN1,7,2024-01-09 08:59:00,in\n"


def test_punches_come_in_by_the_verb_and_what_is_stored_stays(boss: Client) -> None:
    company()
    before = list(ESSLAttendanceLog.objects.order_by("pk").values())
    preview = uploaded(boss, ESSLAttendanceLog, LOGS)
    assert preview.context["result"].totals["new"] == 1
    assert ESSLAttendanceLog.objects.count() == len(before)
    confirmed(boss, ESSLAttendanceLog, preview)
    assert list(ESSLAttendanceLog.objects.order_by("pk").values())[: len(before)] == before
    new = ESSLAttendanceLog.objects.order_by("pk").last()
    assert (new.source, new.punch_type, str(new.device_time)) == ("file", "in", "2024-01-09 08:59:00")
    assert PendingDay.objects.filter(date=date(2024, 1, 9)).exists()
    assert AuditEntry.objects.get().subject == "table.csv"
    assert "Import these rows" not in uploaded(boss, ESSLAttendanceLog, LOGS).content.decode()


def test_punches_that_make_no_sense_are_told_by_their_lines(boss: Client) -> None:
    company()
    rows = ["Gate,7,yesterday,,", "Gate,7,0001-01-01 00:00:00,,", "Gate,7,2024-01-09T08:00:00+05:00,,"]
    rows += ["Gate,7,2024-01-09 08:00:00,sideways,", "Gate,7,2024-01-09 08:00:00,in,99999", f"Gate,{'7' * 65},x,,"]
    rows += ["Gate,7,2024-01-09 08:00:00,in,"]
    told = wrong(boss, ESSLAttendanceLog, "\n".join(["device,biometric_id,device_time,punch_type,verify_mode", *rows]))
    for line in range(2, 8):
        assert f"Line {line}: " in told
    assert "Line 8" not in told
    assert ESSLAttendanceLog.objects.count() == 3


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("big.csv", b"x" * 6_000_000, "The file has 6.0 MB, and at most 5 MB are read"),
        ("old.csv", "name\nJosé".encode("cp1252"), "Line 2: it is not UTF-8"),
        ("some.csv", b"name,colour\na,red\n", "there is no column 'colour'. The columns are: name, serial_number"),
        ("some.csv", b"address\n1\n", "a column is missing: name"),
        ("some.csv", b"name\n", "No valid data"),
        ("some.xlsx", b"PK\x03\x04 nothing", "it cannot be read"),
        ("noise.csv", None, "it is too large to be looked at first"),
    ],
)
def test_a_file_that_is_none_is_told_in_words(boss: Client, name: str, data: bytes | None, words: str) -> None:
    told = wrong(boss, Device, random.Random(7).randbytes(3_000_000) if data is None else data)
    assert words in told


def test_fifty_megabytes_are_refused_without_being_read(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = SimpleUploadedFile("big.csv", b"x" * 50_000_000)
    tracemalloc.start()
    form = UploadForm([CsvFile], [DeviceResource], data={"resource": 0}, files={"import_file": upload})
    assert "50.0 MB" in str(form.errors)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_what_was_shown_is_what_is_imported(boss: Client) -> None:
    preview = uploaded(boss, Holiday, "date,name\n2024-05-01,May Day\n")
    hidden = dict(preview.context["confirm_form"].initial)
    for changes in (
        {"import_file_name": hidden["import_file_name"][:-9] + "AAAAAAAA="},
        {"import_file_name": "../../etc/passwd"},
        {"import_file_name": ""},
        {"format": "7"},
        {"format": "x"},
        {"resource": "3"},
    ):
        answer = boss.post(page(Holiday, "process_import"), hidden | changes, follow=True)
        assert answer.redirect_chain[-1][0].endswith("/import/")
        assert not Holiday.objects.exists()
    assert boss.get(page(Holiday, "process_import")).status_code == 405
    assert boss.post(page(Holiday, "process_import"), hidden, follow=True).status_code == 200
    assert Holiday.objects.get().name == "May Day"


def test_a_row_that_became_wrong_since_the_preview_stops_all_of_them(boss: Client) -> None:
    gate = device("Gate")
    employee("7"), employee("8")
    for who in ("1", "2"):
        DeviceUser.objects.create(device=gate, device_user_id=who)
    preview = uploaded(boss, DeviceUser, "device,device_user_id,employee\nGate,1,7\nGate,2,8\n")
    DeviceUser.objects.filter(device_user_id="2").update(system_user=employee("9"))
    told = confirmed(boss, DeviceUser, preview)
    assert "Nothing was imported: the rows have changed meanwhile" in told
    assert "Line 3: employee:" in told
    assert DeviceUser.objects.filter(is_mapped=True).count() == 1
    assert not AuditEntry.objects.exists()


def test_a_secret_in_a_file_is_sealed_while_it_waits_in_the_page(boss: Client) -> None:
    shown = uploaded(boss, Device, "name,address,comm_key\nGate,192.0.2.1,424242\n").content
    token = re.search(rb'name="import_file_name" value="([^"]+)"', shown)
    assert token and b"424242" not in shown
    assert b"424242" not in base64.urlsafe_b64decode(token[1])


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_each_door_has_its_right(client: Client, model: type) -> None:
    name = model._meta.model_name  # type: ignore[attr-defined]
    everything = [f"{verb}_{name}" for verb in ("view", "add", "change", "delete")]
    clerk(client, *everything)
    for door in ("import", "export"):
        assert client.get(page(model, door)).status_code == 403
        assert client.post(page(model, door), {"format": 0}).status_code == 403
        assert page(model, door) not in client.get(page(model, "changelist")).content.decode()
    assert client.post(page(model, "process_import"), {}).status_code == 403
    CustomUser.objects.all().delete()

    clerk(client, "export_attendance", "import_attendance")
    for door in ("import", "export"):
        assert client.get(page(model, door)).status_code == 403, "without the right to see"
    CustomUser.objects.all().delete()

    clerk(client, "export_attendance", "import_attendance", *everything)
    shown = client.get(page(model, "changelist")).content.decode()
    assert client.get(page(model, "export")).status_code == 200 and page(model, "export") in shown
    if model is not ProcessedAttendance:
        assert client.get(page(model, "import")).status_code == 200 and page(model, "import") in shown


def test_a_file_may_do_no_more_than_its_owner_at_the_forms(client: Client) -> None:
    clerk(client, "import_attendance", "view_device", "view_deviceuser", "view_shift", "view_esslattendancelog")
    assert client.get(page(ESSLAttendanceLog, "import")).status_code == 200
    for model in (Device, DeviceUser, Shift):
        assert client.get(page(model, "import")).status_code == 403


class OnlyAsma(DeclaredHost):
    """Whoever looks sees one person."""

    def visible_employees(self, viewer: Any) -> Any:
        return {str(user.pk) for user in CustomUser.objects.filter(first_name="Asma")}


def test_only_rows_of_people_one_may_see_go_out_and_only_they_are_found(boss: Client, settings: Any) -> None:
    gate, asma = company()
    omar = employee("8", "Omar Shah", username="omar")
    mapped(gate, "8", omar)
    punched(gate, ("8", at("09:00")))
    derive_pending()
    assert b"omar" in exported(boss, ProcessedAttendance)
    settings.ATTENDANCE_DEVICES = setting(HOST=host(OnlyAsma))
    for model in (ProcessedAttendance, ESSLAttendanceLog, DeviceUser):
        data = exported(boss, model)
        assert b"omar" not in data and asma.username.encode() in data
    assert "Nobody has" in wrong(boss, DeviceUser, "device,device_user_id,employee\nGate,55,omar\n")


def test_a_list_goes_out_as_it_is_filtered_and_only_in_what_is_offered(boss: Client) -> None:
    company()
    device("Gate 2")  # a filter of one device is none
    assert len(lines(exported(boss, ESSLAttendanceLog))) == 4
    assert len(lines(exported(boss, ESSLAttendanceLog, query="?q=00012"))) == 2
    assert len(lines(exported(boss, ESSLAttendanceLog, query="?month=2023-01"))) == 1
    for form in ({"format": "2"}, {"format": "json"}, {}, {"format": "0", "export_items": ["1"]}):
        answer = boss.post(page(ESSLAttendanceLog, "export"), form)
        assert answer.status_code == 200 and "Content-Disposition" not in answer.headers
    for query in ("?_export=json", "?colour=red", "?device__id__exact=x", "?month=never", "?device__name__regex=("):
        answer = boss.post(page(ESSLAttendanceLog, "export") + query, {"format": 0})
        assert "Content-Disposition" not in answer.headers, query
        assert answer.headers["Location"].endswith("/esslattendancelog/?e=1"), query
    settings_say = {"IMPORT_EXPORT_SKIP_ADMIN_EXPORT_UI": True, "IMPORT_EXPORT_SKIP_ADMIN_CONFIRM": True}
    with override_settings(**settings_say):
        assert "Content-Disposition" not in boss.get(page(ESSLAttendanceLog, "export")).headers
        uploaded(boss, Holiday, "date,name\n2024-05-02,Some Day\n")
        assert Holiday.objects.count() == 1, "a preview comes first, whatever the settings say"


def test_who_took_what_out_is_kept(boss: Client) -> None:
    company()
    exported(boss, ProcessedAttendance, query="?month=2024-01")
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.by_name, entry.subject, entry.words) == (
        "export",
        "boss",
        "processed attendance",
        "month=2024-01",
    )


def test_a_file_of_too_many_rows_is_not_made(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    company()
    monkeypatch.setattr(base, "MOST_EXPORTED", 2)
    answer = boss.post(page(ESSLAttendanceLog, "export"), {"format": 0}, follow=True)
    assert "it would have more than 2 rows" in answer.content.decode()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_a_file_that_goes_out_costs_as_many_queries_for_many_rows_as_for_few(boss: Client, model: type) -> None:
    company()
    with CaptureQueriesContext(connection) as few:
        exported(boss, model)
    crowd(40)
    with CaptureQueriesContext(connection) as many:
        assert len(lines(exported(boss, model))) > 30
    assert len(many) == len(few)


def crowd(count: int) -> None:
    """So many more of everything."""
    for number in range(count):
        gate, user = device(f"Gate {number}"), employee(f"1{number:03}")
        mapped(gate, f"1{number:03}", user)
        punched(gate, (f"1{number:03}", at("09:00")))
        shift = Shift.objects.create(name=f"Shift {number}", start=time(9), end=time(18))
        ShiftAssignment.objects.create(shift=shift, user=user, date_from=MONDAY)
        Holiday.objects.create(date=date(2025, 1, 1) + timedelta(days=number), name="Holiday")
    derive_pending()


def test_people_are_looked_up_for_all_rows_at_once(boss: Client) -> None:
    gate = device("Gate")

    def cost(first: int, count: int) -> int:
        for number in range(first, first + count):
            employee(f"{number}")
            DeviceUser.objects.create(device=gate, device_user_id=f"{number}")
        rows = "".join(f"Gate,{number},{number}\n" for number in range(first, first + count))
        preview = uploaded(boss, DeviceUser, "device,device_user_id,employee\n" + rows)
        with CaptureQueriesContext(connection) as queries:
            confirmed(boss, DeviceUser, preview)
        return len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    assert cost(100, 5) == cost(200, 50)


def test_no_import_writes_a_row_of_the_crm(boss: Client) -> None:
    company()
    theirs = [model for model in apps.get_models() if model._meta.app_label == "hr"]
    before = {model: list(model._base_manager.order_by("pk").values()) for model in theirs}
    imported(boss, DeviceUser, "device,device_user_id,employee\nGate,00012,7\n")
    imported(boss, ESSLAttendanceLog, LOGS)
    imported(boss, Holiday, f"date,name\n{MONDAY},Eid\n")
    for model, rows in before.items():
        after = list(model._base_manager.order_by("pk").values())
        assert [{**row, "last_login": None} for row in after] == [{**row, "last_login": None} for row in rows]
