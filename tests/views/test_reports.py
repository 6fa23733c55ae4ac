"""Attendance as files."""

import re
import tracemalloc
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from attendance_devices.models import AuditEntry, ProcessedAttendance
from attendance_devices.services.access import permissions
from tests.builders.clients import allowed, client_of, text
from tests.builders.crm import MONDAY, employee, host, nothing_is_written, setting
from tests.builders.export_days import two_at_work
from tests.builders.inbox import boss, day_of
from tests.builders.visibility import Sees

pytestmark = pytest.mark.django_db
PAGE, TAKE = "/attendance-devices/reports/", "/attendance-devices/reports/take/"
WEEK = {"first": "2024-01-08", "last": "2024-01-14"}


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_the_page_offers_what_the_viewer_may_take_and_nothing_else() -> None:
    said = text(client_of(allowed(permissions.EXPORT, permissions.VIEW_DAYS)).get(PAGE))
    assert 'value="days"' in said and 'value="people"' in said and 'value="punches"' not in said
    assert "PDF" not in said
    assert 'value="days"' not in text(client_of(allowed(permissions.EXPORT)).get(PAGE))


def test_the_days_as_csv() -> None:
    two_at_work()

    response = client_of(boss()).post(TAKE, {"what": "days", "form": "csv", **WEEK})

    assert response["Content-Disposition"] == 'attachment; filename="attendance-days-2024-01-08-2024-01-14.csv"'
    lines = body(response).decode("utf-8-sig").splitlines()
    assert len(lines) == 3 and lines[1].startswith("2024-01-08,Asha Nair,asha,North,")
    assert ",'=Bilal,bilal," in lines[2]
    assert AuditEntry.objects.get().subject == "days 2024-01-08 to 2024-01-14"


@pytest.mark.parametrize("what", ["days", "people", "punches"])
def test_a_workbook(what: str) -> None:
    two_at_work()
    response = client_of(boss()).post(TAKE, {"what": what, "form": "xlsx", **WEEK})
    assert response.status_code == 200 and body(response).startswith(b"PK")


def test_more_than_a_workbook_can_be_made_of_in_time_is_refused_with_what_to_do(monkeypatch: Any) -> None:
    two_at_work()
    monkeypatch.setattr("attendance_devices.views.reports.MOST_IN_XLSX", 1)

    response = client_of(boss()).post(TAKE, {"what": "days", "form": "xlsx", **WEEK})

    assert response.status_code == 422 and "more than 1 rows: take CSV" in text(response)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"what": "days", "form": "json"}, "There is CSV and XLSX."),
        ({"what": "secrets", "form": "csv"}, "Select a valid choice"),
        ({"what": "days", "form": "csv", "first": "2024-01-15"}, "not before the first"),
        ({"what": "days", "form": "csv", "first": "0001-01-01"}, "no day before 2005"),
        ({"what": "days", "form": "csv", "last": "9999-12-31"}, "not before the first"),
        ({"what": "days", "form": "csv", "first": "2010-01-01", "last": "2024-01-01"}, "ten years"),
        ({"what": "days", "form": "csv", "last": "soon"}, "Enter a valid date."),
        ({"what": "days", "form": "csv", "search": "\x00"}, "Null characters"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_its_place(given: dict[str, str], said: str) -> None:
    response = client_of(boss()).post(TAKE, {**WEEK, **given})
    assert response.status_code == 422 and said in text(response)
    assert not AuditEntry.objects.exists()


def test_what_the_viewer_may_not_see_is_not_taken_by_asking_for_it() -> None:
    client = client_of(allowed(permissions.EXPORT, permissions.VIEW_DAYS))
    assert client.post(TAKE, {"what": "punches", "form": "csv", **WEEK}).status_code == 422
    assert client_of(employee("9")).post(TAKE, {"what": "days", "form": "csv", **WEEK}).status_code == 403


def test_nobody_outside_the_scope_is_in_a_file(settings: Any) -> None:
    asha, _ = two_at_work()
    settings.ATTENDANCE_DEVICES = setting(HOST=host(Sees))
    Sees.keys = {str(asha.pk)}
    client = client_of(boss())
    for what in ("days", "people", "punches"):
        said = body(client.post(TAKE, {"what": what, "form": "csv", **WEEK})).decode()
        assert "asha" in said and "bilal" not in said and ",99," not in said


def test_looking_at_the_page_changes_nothing_and_taking_needs_a_post_and_its_token() -> None:
    client = client_of(boss())
    client.get(PAGE)
    with nothing_is_written():
        assert client.get(PAGE).status_code == 200
        assert client.get(TAKE).status_code == 405
    assert client_of(employee("9"), csrf=True).post(TAKE, {"what": "days", "form": "csv", **WEEK}).status_code == 403


def test_the_places_to_choose_from_are_those_of_whom_the_viewer_may_see(settings: Any) -> None:
    asha, _ = two_at_work()
    client = client_of(boss())
    assert offices(client) == ["North", "South"]
    settings.ATTENDANCE_DEVICES = setting(HOST=host(Sees))
    Sees.keys = {str(asha.pk)}
    assert offices(client) == ["North"]


def offices(client: Any) -> list[str]:
    listed = client.get(PAGE).content.decode().split('<datalist id="ad-offices">')[1].split("</datalist>")[0]
    return re.findall('value="([^"]+)"', listed)


def test_the_page_is_cheap(django_assert_max_num_queries: Any) -> None:
    client = client_of(boss())
    with django_assert_max_num_queries(4):
        client.get(PAGE)


def a_year_of(people: int) -> None:
    """One row each by the usual way, and the rest of the year copied by the database."""
    users = [employee(str(number)) for number in range(people)]
    for user in users:
        day_of(user)
    columns = [field.column for field in ProcessedAttendance._meta.local_concrete_fields if not field.primary_key]
    table = ProcessedAttendance._meta.db_table
    values = ", ".join("date(t.date, '+' || n || ' days')" if name == "date" else f't."{name}"' for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    numbers = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 364)"
    with connection.cursor() as cursor:
        cursor.execute(f"{numbers} INSERT INTO {table} ({names}) SELECT {values} FROM {table} t, s")


def taken_until(last: date, client: Any) -> tuple[int, int]:
    """Lines of the file from Monday on, and the bytes that were in memory at most while it was sent."""
    response = client.post(TAKE, {"what": "days", "form": "csv", "first": f"{MONDAY}", "last": f"{last}"})
    tracemalloc.start()
    lines = sum(part.count(b"\n") for part in response.streaming_content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return lines, peak


def test_a_year_takes_no_more_memory_than_a_quarter(monkeypatch: pytest.MonkeyPatch) -> None:
    for at_once in ("reports.export.ROWS_AT_ONCE", "display.spreadsheets.ROWS_IN_MEMORY"):
        monkeypatch.setattr(f"attendance_devices.services.{at_once}", 100)
    a_year_of(10)
    client = client_of(boss())
    taken_until(MONDAY, client)  # what is remembered from the first time on is no part of it
    lines, quarter = taken_until(MONDAY + timedelta(days=90), client)
    assert lines == 10 * 91 + 1
    lines, year = taken_until(MONDAY + timedelta(days=364), client)
    # As text the file has half a million bytes, of which the quarter has a fourth.
    assert (lines, year < 1.3 * quarter) == (10 * 365 + 1, True), (quarter, year)


@pytest.mark.soak
def test_a_year_of_500_people_takes_little_memory() -> None:
    a_year_of(500)
    lines, peak = taken_until(date(2025, 1, 6), client_of(boss()))
    # As text the file has some 25 million bytes.
    assert (lines, peak < 8_000_000) == (500 * 365 + 1, True), peak
