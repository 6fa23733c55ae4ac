"""The month of everybody, and that of one person.

Covers: services/display/badges, services/reports/month, services/reports/people, services/shifts/month.
"""

import csv
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from attendance_devices.models import DeviceUser, ProcessedAttendance
from attendance_devices.services.devices.local_time import today
from tests.builders.crm import HAS_PROFILES, MONDAY, ZONE, at, census, device, employee, host, mapped, setting
from tests.builders.visibility import OnlyAsha

pytestmark = pytest.mark.django_db
MONTH = "2024-01"
DASH = "\N{EN DASH}"
NOTHING = dict.fromkeys(("worked", "late", "early", "overtime"), timedelta(0))


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(get_user_model().objects.create_superuser(username="boss", password="x"))
    return client


def clerk(*rights: str) -> Client:
    user = get_user_model().objects.create_user(username="clerk", password="x")
    user.user_permissions.set(
        Permission.objects.filter(codename__in=rights, content_type__app_label="attendance_devices")
    )
    client = Client()
    client.force_login(user)
    return client


def a_day(user: Any, day: date = MONDAY, came: str = "09:00", left: str = "18:00", **more: Any) -> ProcessedAttendance:
    ends = {
        name: at(clock, day).replace(tzinfo=ZONE) if clock else None
        for name, clock in (("check_in", came), ("check_out", left))
    }
    usual = {"status": "present", "punch_count": 2, "worked": timedelta(hours=9), "derived_at": datetime.now(UTC)}
    return ProcessedAttendance.objects.create(user=user, date=day, **NOTHING | usual | ends | more)


def people() -> tuple[Any, Any]:
    gate = device(office="Karachi")
    asha, omar = employee("7", "Asha Nair"), employee("8", "Omar Hassan")
    mapped(gate, "7", asha)
    mapped(device("Depot", office="Lahore"), "8", omar)
    return asha, omar


def shown(client: Client, **query: Any) -> str:
    answer = client.get(reverse("attendance_devices:people"), {"month": MONTH, **query})
    assert answer.status_code == 200
    return answer.content.decode()


def test_strangers_log_in_and_others_need_the_right(client: Client) -> None:
    asha, _ = people()
    for page in (reverse("attendance_devices:people"), reverse("attendance_devices:person", args=[asha.pk])):
        assert client.get(page).status_code == 302
        assert client.get(page)["Location"].endswith(f"?next={page}")
    nobody = clerk("view_dashboard")
    assert nobody.get(reverse("attendance_devices:people")).status_code == 403
    assert nobody.get(reverse("attendance_devices:person", args=[asha.pk])).status_code == 403


def test_each_day_is_a_letter_with_words_and_leads_to_its_page(boss: Client) -> None:
    asha, omar = people()
    a_day(asha, came="09:20", status="late", late=timedelta(minutes=20))
    a_day(omar, came="", left="", status="absent", status_reason="not seen by Depot", worked=timedelta(0))

    page = shown(boss)

    base = reverse("attendance_devices:person", args=[asha.pk])
    assert f'href="{base}2024-01-08/"' in page
    assert f"Mon 8 Jan: late, 09:20 {DASH} 18:00" in page
    assert "Mon 8 Jan: absent, not seen by Depot" in page
    assert f'href="{base}?month=2024-01"' in page


def test_several_shifts_of_a_day_are_one_cell_and_one_day(boss: Client) -> None:
    asha, _ = people()
    a_day(asha, came="09:00", left="12:00", shift="Early", worked=timedelta(hours=3))
    a_day(asha, came="14:00", left="18:00", shift="Late", worked=timedelta(hours=4), overtime=timedelta(minutes=5))

    page = shown(boss, search="asha")

    assert f"Mon 8 Jan: on time, 09:00 {DASH} 18:00" in page
    assert page.count('ad-cell ad-present" tabindex') == 1
    assert '<td class="ad-num"><strong>1</strong></td>' in page
    assert '<td class="ad-num">7:00</td><td class="ad-num">0:05</td>' in page


def test_sums_count_what_a_payroll_asks(boss: Client) -> None:
    asha, _ = people()
    a_day(asha)
    a_day(asha, MONDAY + timedelta(days=1), status="missing_check_out", left="", late=timedelta(minutes=9))
    a_day(asha, MONDAY + timedelta(days=2), came="", left="", status="absent", worked=timedelta(0))
    a_day(asha, MONDAY + timedelta(days=3), status="absent", worked=timedelta(minutes=5))
    a_day(asha, MONDAY + timedelta(days=4), status="withdrawn", worked=timedelta(hours=50))
    a_day(asha, MONDAY + timedelta(days=40))
    page = shown(boss, search="Asha")
    numbers = '<strong>2</strong></td><td class="ad-num">1</td><td class="ad-num">2</td><td class="ad-num">18:05</td>'
    assert numbers in page


def test_filters_narrow_the_list_and_the_search_takes_parts_in_any_order(boss: Client) -> None:
    people()
    assert "Asha Nair" in shown(boss) and "Omar Hassan" in shown(boss)
    assert "Omar Hassan" not in shown(boss, office="Karachi")
    assert "Asha Nair" not in shown(boss, search="hass om")
    assert "Nobody is called so" in shown(boss, search="<script>")
    assert "<script>alert" not in shown(boss, search="<script>alert(1)")
    assert "Nobody is called so" in shown(boss, department="Sales")


@pytest.mark.parametrize(
    "query",
    [
        {"month": "2024-13"},
        {"month": "0001-01"},
        {"month": "9999-12"},
        {"month": "x"},
        {"month": "٢٠٢٤-01"},
        {"page": "-1"},
        {"page": "99999999999"},
        {"per_page": "0"},
        {"per_page": "1000000"},
        {"per_page": "²"},
        {"search": "\0"},
    ],
)
def test_nonsense_in_the_address_is_brought_back_into_bounds(boss: Client, query: dict[str, str]) -> None:
    asha, _ = people()
    assert boss.get(reverse("attendance_devices:people"), query).status_code == 200
    assert boss.get(reverse("attendance_devices:person", args=[asha.pk]), query).status_code == 200


def test_whoever_has_a_day_in_the_month_is_on_the_list_also_after_leaving(boss: Client) -> None:
    people()
    gone = employee("9", "Gone Long")
    a_day(gone)
    DeviceUser.objects.all().delete()
    page = shown(boss)
    assert "Gone Long" in page and "Omar" not in page
    assert "Gone Long" not in shown(boss, month="2024-02")


def test_a_list_is_shown_in_pages_and_the_links_keep_the_filters(boss: Client) -> None:
    people()
    page = shown(boss, per_page="1", office="")
    assert "1 to 1 of 2 people" in page and "Omar" not in page
    assert f"month={MONTH}&amp;per_page=1&amp;page=2" in page
    assert "Omar" in shown(boss, per_page="1", page="2")
    assert "Omar" in shown(boss, per_page="1", page="7"), "the last page there is"


def test_only_visible_people_are_on_the_list_and_in_the_file(boss: Client, settings: Any) -> None:
    asha, omar = people()
    a_day(omar)
    settings.ATTENDANCE_DEVICES = setting(HOST=host(OnlyAsha))
    page = shown(boss)
    assert "Asha Nair" in page and "Omar" not in page and "Lahore" not in page
    assert "Omar" not in boss.get(reverse("attendance_devices:people"), {"_export": "csv"}).content.decode()
    assert boss.get(reverse("attendance_devices:person", args=[asha.pk])).status_code == 200
    assert boss.get(reverse("attendance_devices:person", args=[omar.pk])).status_code == 404


@pytest.mark.parametrize("key", ["0", "999999", "x", "9" * 60, "00000000-0000-0000-0000-000000000000", "..", "%00"])
def test_who_does_not_exist_is_not_found(boss: Client, key: str) -> None:
    base = reverse("attendance_devices:people")
    assert boss.get(f"{base}{key}/").status_code == 404
    assert boss.get(f"{base}{key}/2024-01-08/").status_code == 404


def test_looking_changes_nothing(boss: Client) -> None:
    asha, _ = people()
    a_day(asha)
    boss.get(reverse("attendance_devices:people"))
    before = census()
    for page in (reverse("attendance_devices:people"), reverse("attendance_devices:person", args=[asha.pk])):
        for query in ({}, {"month": MONTH}, {"_export": "csv"}, {"_export": "xlsx"}):
            assert boss.get(page, query).status_code == 200
            assert boss.head(page, query).status_code == 200
        assert boss.post(page).status_code == 405
    assert census() == before


def test_a_file_is_what_the_page_shows_and_runs_nothing(boss: Client) -> None:
    gate = device()
    evil = employee("9", '=HYPERLINK("http://x")')
    mapped(gate, "9", evil)
    a_day(evil, came="09:20", status="late", late=timedelta(minutes=20))
    asha = employee("7", "Asha Nair")
    mapped(gate, "7", asha)
    answer = boss.get(reverse("attendance_devices:people"), {"month": MONTH, "_export": "csv", "per_page": "1"})
    assert answer["Content-Disposition"] == 'attachment; filename="attendance-2024-01.csv"'
    rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["Name", *map(str, range(1, 32)), "Days", "Late", "Absent", "Worked", "Overtime"]
    assert [row[0] for row in rows[1:]] == ['\'=HYPERLINK("http://x")', "Asha Nair"]
    assert (rows[1][8], rows[1][32:]) == ("L", ["1", "1", "0", "9:00", "0:00"])

    answer = boss.get(reverse("attendance_devices:people"), {"month": MONTH, "_export": "xlsx"})
    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    cells = {cell.value: cell for row in sheet for cell in row}
    assert cells['\'=HYPERLINK("http://x")'].data_type == "s"
    assert cells[timedelta(hours=9)].number_format == "[h]:mm"
    assert not any(cell.data_type == "f" for cell in cells.values())


def test_files_take_a_right_of_their_own_and_only_what_is_offered() -> None:
    people()
    page = reverse("attendance_devices:people")
    viewer = clerk("view_processedattendance")
    assert "_export" not in viewer.get(page).content.decode()
    assert viewer.get(page, {"_export": "csv"}).status_code == 403


def test_a_kind_of_file_that_is_not_offered_is_refused(boss: Client) -> None:
    for kind in ("json", "html", "CSV", "../csv"):
        assert boss.get(reverse("attendance_devices:people"), {"_export": kind}).status_code == 400


def test_a_month_of_five_hundred_people_takes_nine_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    # In the second host each takes a profile that is saved for itself, and the queries are the same.
    staff = [employee(str(number), f"N{number:03} X") for number in range(20 if HAS_PROFILES else 500)]
    gate = device(office="Karachi")
    DeviceUser.objects.bulk_create(
        [DeviceUser(device=gate, device_user_id=user.username, system_user=user) for user in staff]
    )
    facts = {**NOTHING, "worked": timedelta(hours=9), "punch_count": 2, "status": "present"}
    days = [MONDAY + timedelta(days=number) for number in range(20)]
    ProcessedAttendance.objects.bulk_create(
        [
            ProcessedAttendance(
                user=user,
                date=day,
                check_in=at("09:00", day).replace(tzinfo=ZONE),
                derived_at=datetime.now(UTC),
                **facts,
            )
            for user in staff
            for day in days
        ]
    )
    viewer = clerk("view_processedattendance", "export_attendance")
    with django_assert_max_num_queries(9):
        page = shown(viewer, per_page=500)
    assert page.count('ad-cell ad-present" tabindex') == 20 * len(staff)


def test_the_month_of_a_person_is_a_list_that_leads_to_each_day(
    boss: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    asha, _ = people()
    a_day(asha)
    page = reverse("attendance_devices:person", args=[asha.pk])
    with django_assert_max_num_queries(7):
        text = boss.get(page, {"month": MONTH}).content.decode()
    assert f'href="{page}2024-01-08/"' in text
    assert f"09:00 {DASH} 18:00" in text and "9 h 00 min" in text
    assert "Gate" in text and "user 7 of the terminal" in text


def test_days_to_come_lead_nowhere(boss: Client) -> None:
    asha, _ = people()
    base = reverse("attendance_devices:person", args=[asha.pk])
    text = boss.get(base).content.decode()
    tomorrow = today() + timedelta(days=1)
    assert f"{base}{today().isoformat()}/" in text
    assert f"{base}{tomorrow.isoformat()}/" not in text
    assert 'aria-current="date"' in text


def test_in_another_language_nothing_breaks(boss: Client, settings: Any) -> None:
    asha, _ = people()
    a_day(asha)
    settings.LANGUAGE_CODE = "ar"
    assert 'dir="rtl"' in shown(boss)
    assert boss.get(reverse("attendance_devices:person", args=[asha.pk]), {"month": MONTH}).status_code == 200
