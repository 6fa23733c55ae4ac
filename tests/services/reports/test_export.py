"""What can be taken out as a file.

Covers: services/display/spreadsheets.
"""

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from attendance_devices.models import AuditEntry, DeviceUser
from attendance_devices.services.access.visibility import EVERYBODY, VisibleEmployees
from attendance_devices.services.corrections.correct import void_punch
from attendance_devices.services.display.spreadsheets import csv_parts, spreadsheet_of, xlsx_file
from attendance_devices.services.reports.export import MOST_DAYS, ExportKind, ExportRequest, count_rows, export_rows
from attendance_devices.services.reports.people import PeopleFilter
from tests.builders.crm import MONDAY, at, device, employee, punched
from tests.builders.export_days import TUESDAY, two_at_work
from tests.builders.inbox import boss, day_of

pytestmark = pytest.mark.django_db


def taken(
    what: ExportKind, first: date = MONDAY, last: date = TUESDAY, *, scope: VisibleEmployees = EVERYBODY, **wished: str
) -> Any:
    """The rows as dicts by their column."""
    asked = ExportRequest(what=what, first=first, last=last, wished=PeopleFilter(**wished))
    head, *rows = export_rows(asked, scope, by=None, form="csv")
    return [dict(zip(head, row, strict=True)) for row in rows]


def taken_lazily(what: ExportKind) -> Any:
    """The rows of two weeks, each read when it is asked for."""
    asked = ExportRequest(what=what, first=MONDAY, last=MONDAY + timedelta(days=13))
    rows = export_rows(asked, EVERYBODY, by=None, form="csv")
    next(rows)
    return rows


def test_a_row_for_each_person_and_day() -> None:
    two_at_work()

    rows = taken(ExportKind.DAYS)

    assert [(row["Date"], row["User name"]) for row in rows] == [(MONDAY, "asha"), (TUESDAY, "bilal")]
    asha = rows[0]
    assert (asha["Name"], asha["Office"], asha["Terminal"]) == ("Asha Nair", "North", "Gate")
    assert (asha["Check-in"], asha["Check-out"]) == (at("09:00"), at("17:30"))
    assert asha["Worked"] == timedelta(hours=8, minutes=30)


def test_a_row_for_each_person_with_the_sums_of_the_page() -> None:
    two_at_work()
    rows = {row["User name"]: row for row in taken(ExportKind.PEOPLE)}
    assert rows["asha"]["Days"] == 1 and rows["asha"]["Worked"] == timedelta(hours=8, minutes=30)
    assert rows["bilal"]["Worked"] == timedelta(hours=4)


def test_a_row_for_each_record_and_a_correction_is_marked() -> None:
    two_at_work()
    from attendance_devices.models import ESSLAttendanceLog

    log = ESSLAttendanceLog.objects.get(device_time=at("17:30"))
    void_punch(log.pk, by=boss(), why="a test")

    rows = taken(ExportKind.PUNCHES)

    assert [(row["Id on the device"], row["Time on the device"], row["Corrected"]) for row in rows] == [
        ("7", at("09:00"), ""),
        ("99", at("10:00"), ""),
        ("7", at("17:30"), "void"),
        ("8", at("08:00", TUESDAY), ""),
        ("8", at("12:00", TUESDAY), ""),
    ]
    assert [row["User name"] for row in rows] == ["asha", "", "asha", "bilal", "bilal"]


@pytest.mark.parametrize(
    ("wished", "names"),
    [
        ({"office": "North"}, {"asha"}),
        ({"search": "nair"}, {"asha"}),
        ({"search": "nobody"}, set()),
        ({"department": "none"}, set()),
    ],
)
@pytest.mark.parametrize("what", list(ExportKind))
def test_filters_leave_out_all_others_and_what_is_nobodys(
    what: ExportKind, wished: dict[str, str], names: set[str]
) -> None:
    two_at_work()
    assert {row["User name"] for row in taken(what, **wished)} == names


@pytest.mark.parametrize("what", list(ExportKind))
def test_only_people_in_scope_are_taken_out(what: ExportKind) -> None:
    asha, _ = two_at_work()
    assert {row["User name"] for row in taken(what, scope=VisibleEmployees(keys=frozenset({str(asha.pk)})))} == {"asha"}
    assert taken(what, scope=VisibleEmployees(keys=frozenset())) == []


@pytest.mark.parametrize("what", list(ExportKind))
def test_only_the_days_that_are_asked_for(what: ExportKind) -> None:
    two_at_work()
    rows = taken(what, TUESDAY, TUESDAY)
    told = [row for row in rows if row.get("Days", 1)]
    assert {row["User name"] for row in told} == {"bilal"}


def test_a_year_is_read_in_stretches_and_nothing_is_lost_or_doubled_between_them() -> None:
    user = employee("7", username="asha")
    days = [MONDAY + timedelta(days=number) for number in range(40)]
    for day in days:
        day_of(user, day)
    assert [row["Date"] for row in taken(ExportKind.DAYS, days[0], days[-1])] == days


def test_withdrawn_days_are_left_out() -> None:
    day_of(employee("7"), status="withdrawn")
    assert taken(ExportKind.DAYS) == []


def test_who_took_what_is_noted_before_the_rows_are_read() -> None:
    two_at_work()
    by = boss()
    asked = ExportRequest(what=ExportKind.DAYS, first=MONDAY, last=TUESDAY, wished=PeopleFilter(office="North"))

    export_rows(asked, EVERYBODY, by=by, form="xlsx")

    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.by, entry.subject) == ("take out", by, "days 2024-01-08 to 2024-01-09")
    assert entry.details["office"] == "North" and entry.details["form"] == "xlsx"


@pytest.mark.parametrize("what", list(ExportKind))
def test_the_questions_grow_with_the_weeks_and_not_with_the_people(what: ExportKind) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            taken(what)
        return len(queries)

    two_at_work()
    few = asked()
    for number in range(20):
        user = employee(str(100 + number))
        day_of(user)
        DeviceUser.objects.create(device=device(f"G{number}"), device_user_id="1", system_user=user)
    assert asked() == few


def test_a_count_is_never_less_than_the_rows() -> None:
    two_at_work()
    for what in ExportKind:
        asked = ExportRequest(what=what, first=MONDAY, last=TUESDAY)
        rows = [row for row in taken(what) if row.get("Days", 1)]
        assert count_rows(asked, EVERYBODY) >= len(rows)


def test_the_longest_range_there_is() -> None:
    assert taken(ExportKind.DAYS, date(2005, 1, 1), date(2005, 1, 1) + timedelta(days=MOST_DAYS - 1)) == []


ROWS = [["Name", "=1+1"], *[[f"@{number}", timedelta(hours=30), date(2024, 1, 8), number] for number in range(2_500)]]


def test_a_file_in_parts_is_the_file_as_a_whole() -> None:
    parts = list(csv_parts(ROWS))
    assert len(parts) == 3
    assert b"".join(parts) == spreadsheet_of("csv", ROWS, title="x")
    told = list(csv.reader(io.StringIO(b"".join(parts).decode("utf-8-sig"))))
    assert told[0] == ["Name", "'=1+1"] and told[1] == ["'@0", "30:00", "2024-01-08", "0"]


def test_a_workbook_on_disk_is_harmless_too_and_its_dates_are_dates() -> None:
    with xlsx_file(ROWS, title="days") as made:
        sheet = load_workbook(made)["days"]
        assert sheet["B1"].value == "'=1+1" and sheet["B1"].data_type == "s"
        assert (sheet["B2"].value, sheet["C2"].value) == (timedelta(hours=30), datetime(2024, 1, 8))
        assert sheet.max_row == 2_501


def test_a_file_of_nothing_is_its_columns_or_nothing() -> None:
    assert b"".join(csv_parts([])) == b"\xef\xbb\xbf"
    assert b"".join(csv_parts([["a"]])) == b"\xef\xbb\xbfa\r\n"


def test_a_terminal_that_is_added_while_a_file_is_read_is_named_too() -> None:
    two_at_work()
    rows = taken_lazily(ExportKind.PUNCHES)
    first = next(rows)
    punched(device("New", office="East"), ("5", at("09:00", TUESDAY + timedelta(days=6))))

    found = [first, *rows]

    assert {(row[5], row[6]) for row in found} == {("Gate", "North"), ("Back", "South"), ("New", "East")}
