"""Tables through the resources, without the admin, in either CRM and on every database."""

from datetime import time
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from attendance_devices.models import (
    AuditEntry,
    Device,
    DeviceUser,
    ESSLAttendanceLog,
    Holiday,
    ProcessedAttendance,
    Shift,
    ShiftAssignment,
)
from attendance_devices.resources.base import TableResource
from attendance_devices.resources.days import DayResource
from attendance_devices.resources.devices import DeviceResource
from attendance_devices.resources.formats import CsvFile
from attendance_devices.resources.logs import LogResource
from attendance_devices.resources.mapping import DeviceUserResource
from attendance_devices.resources.timetable import AssignmentResource, HolidayResource, ShiftResource
from attendance_devices.services.days.derive import derive_pending
from tests.builders.crm import MONDAY, at, device, employee, mapped, punched

pytestmark = pytest.mark.django_db
RESOURCES = [DeviceResource, DeviceUserResource, LogResource, HolidayResource, ShiftResource, AssignmentResource]


def company() -> Any:
    gate, asma = device("Gate", serial_number="SN1", comm_key="4711", latitude=-33.9), employee("7", "Asma Khan")
    mapped(gate, "7", asma)
    shift = Shift.objects.create(name="=Day", start=time(9), end=time(18), weekdays="0156")
    ShiftAssignment.objects.create(shift=shift, user=asma, date_from=MONDAY)
    ShiftAssignment.objects.create(shift=shift, office="North", date_from=MONDAY)
    Holiday.objects.create(date=MONDAY, name="-Holiday", office="+1")
    punched(gate, ("7", at("09:00")), ("7", at("17:00")), ("007", at("09:05")))
    derive_pending()
    return asma


def boss() -> Any:
    return get_user_model().objects.create_superuser(username="boss", password="x")


def come_in(kind: type[TableResource], data: bytes | str, **options: Any) -> Any:
    table = CsvFile().create_dataset(data.encode() if isinstance(data, str) else data)
    return kind().import_data(table, user=options.pop("user", None), file_name="table.csv", **options)


def go_out(kind: type[TableResource]) -> bytes:
    return CsvFile().export_data(kind().export(kind._meta.model.objects.order_by("pk")))


@pytest.mark.parametrize("kind", RESOURCES, ids=lambda kind: kind.__name__)
def test_a_table_that_comes_back_changes_nothing(kind: type[TableResource]) -> None:
    company()
    model = kind._meta.model
    before = list(model.objects.order_by("pk").values())
    result = come_in(kind, go_out(kind), user=boss())
    assert not result.has_errors() and not result.has_validation_errors()
    assert result.totals["skip"] == len(before) and result.totals["new"] == result.totals["update"] == 0
    assert list(model.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("kind", RESOURCES, ids=lambda kind: kind.__name__)
def test_a_table_makes_again_what_was_deleted(kind: type[TableResource]) -> None:
    company()
    model = kind._meta.model
    if kind is DeviceResource or kind is ShiftResource:
        return  # what hangs on them keeps them from being deleted
    table = go_out(kind)
    model.objects.all()._raw_delete(model.objects.db)
    result = come_in(kind, table, user=boss())
    assert not result.has_errors() and not result.has_validation_errors(), result.base_errors
    assert go_out(kind).splitlines()[0] == table.splitlines()[0]
    told = {line.split(b",poll,")[0] for line in table.splitlines()}
    made = {line.split(b",file,")[0] for line in go_out(kind).splitlines()}
    if kind is not DeviceUserResource:  # who said so is told anew, and whether the terminal lists them
        assert made == told
    assert model.objects.count() == len(table.splitlines()) - 1


def test_one_bad_row_keeps_all_of_them_out() -> None:
    company()
    employee("8", username="omar")
    result = come_in(
        DeviceUserResource, "device,device_user_id,employee\nGate,007,omar\nGate,9,omar\nGate,10,nobody\n", user=boss()
    )
    assert [row.number for row in result.invalid_rows] == [4]
    assert DeviceUser.objects.count() == 2 and not DeviceUser.objects.filter(device_user_id="9").exists()
    assert not ESSLAttendanceLog.objects.filter(biometric_id="007", user__isnull=False).exists()
    assert not AuditEntry.objects.exists()


def test_a_dry_run_stores_nothing_and_says_the_same() -> None:
    company()
    employee("8", username="omar")
    table = "device,device_user_id,employee\nSN1,007,omar\nGate,9,8\n"
    tried = come_in(DeviceUserResource, table, dry_run=True, user=boss())
    assert DeviceUser.objects.count() == 2 and not AuditEntry.objects.exists()
    done = come_in(DeviceUserResource, table, user=get_user_model().objects.get(username="boss"))
    assert dict(tried.totals) == dict(done.totals) == dict(done.totals) | {"new": 1, "update": 1}
    assert DeviceUser.objects.filter(is_mapped=True).count() == 3


def test_ids_are_told_apart_to_the_byte() -> None:
    gate = device("Gate")
    come_in(DeviceUserResource, "device,device_user_id\nGate,7\nGate,07\nGate,a\nGate,A\nGate,7 \n", user=boss())
    assert sorted(DeviceUser.objects.filter(device=gate).values_list("device_user_id", flat=True)) == [
        "07",
        "7",
        "7 ",
        "A",
        "a",
    ]


def test_days_go_out_with_hours_that_a_person_reads() -> None:
    asma = company()
    lines = go_out(DayResource).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("employee,name,date,shift,check_in,check_out,worked,")
    assert lines[1].startswith(f"{asma.get_username()},Asma Khan,2024-01-08,'=Day,2024-01-08 09:00:00")
    assert ",8:00:00,0:00:00," in lines[1]
    assert ProcessedAttendance.objects.count() == 1


def test_the_terminals_own_words_survive_a_new_zone() -> None:
    company()
    before = list(ESSLAttendanceLog.objects.order_by("pk").values_list("device_time", flat=True))
    result = come_in(DeviceResource, "name,timezone\nGate,Asia/Kathmandu\n", user=boss())
    assert result.totals["update"] == 1 and Device.objects.get().timezone == "Asia/Kathmandu"
    assert list(ESSLAttendanceLog.objects.order_by("pk").values_list("device_time", flat=True)) == before
