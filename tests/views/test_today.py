"""The page Today: whom it shows to whom, in what order, and what stands in its files.

Covers: services/dashboard/today.
"""

import csv
import re
from datetime import datetime, timedelta
from io import BytesIO, StringIO

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import Client
from openpyxl import load_workbook

from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.models import Device
from attendance_devices.services.days.derive import derive_pending
from tests.builders.board_pages import mark_in, now, ours, wall
from tests.builders.crm import employee, host, nothing_is_written, punched, setting
from tests.builders.staff import gate, known, works

pytestmark = pytest.mark.django_db
PAGE = "/attendance-devices/"
PART = {"HX-Request": "true", "HX-Target": "ad-board"}


class OwnOnly(DeclaredHost):
    """A person sees nobody else."""

    def visible_employees(self, viewer):
        return [viewer.pk]


@pytest.fixture(autouse=True)
def nothing_is_kept():
    cache.clear()
    yield
    cache.clear()


def may(user, *rights):
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return type(user).objects.get(pk=user.pk)


@pytest.fixture
def viewer():
    return may(employee("900", "Sana Qureshi"), "view_dashboard")


@pytest.fixture
def client(viewer):
    found = Client()
    found.force_login(viewer)
    return found


@pytest.fixture
def company():
    """One gate in each of two offices; three people of whom one came."""
    front, back = gate("Front", office="Pune"), gate("Back", office="Oslo")
    works("00:00-23:59")
    users = [known("1", front), known("2", front), known("3", back)]
    for user, name in zip(users, ("Ana =1+1", "Bo Zhang", "Cy Rao"), strict=True):
        user.first_name, user.last_name = name.split(" ", 1)
        user.save()
    punched(front, ("1", wall()))
    derive_pending()
    Device.objects.update(last_sync=now())
    return users


def names(answer):
    return re.findall(r'<th scope="row">(?:<a [^>]*>)?([^<]+)', answer.text)


def test_a_stranger_is_asked_to_log_in_and_whoever_lacks_the_right_is_refused(company):
    stranger = Client()
    answer = stranger.get(PAGE)
    assert answer.status_code == 302
    assert "login" in answer.url
    assert stranger.get(PAGE, headers=PART).status_code == 401
    stranger.force_login(employee("901"))
    assert stranger.get(PAGE).status_code == 403
    assert stranger.get(f"{PAGE}?_export=csv").status_code == 403


def test_everybody_is_shown_by_name_and_looking_changes_nothing(client, company):
    with nothing_is_written():
        answer = client.get(PAGE)
    assert names(answer) == ["Ana =1+1", "Bo Zhang", "Cy Rao"]
    assert client.post(PAGE).status_code == 405


def test_a_viewer_sees_the_people_whom_the_crm_lets_see(client, viewer, company, settings):
    settings.ATTENDANCE_DEVICES = setting(HOST=host(OwnOnly))
    page = client.get(PAGE).text
    assert "Bo Zhang" not in page
    assert "Oslo" not in page
    assert "Of the people meant here, no terminal knows anybody yet." in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("office=Oslo", ["Cy Rao"]),
        ("office=Atlantis", []),
        ("q=ZHANG", ["Bo Zhang"]),
        ("q=%20bo%20", ["Bo Zhang"]),
        ("state=absent", ["Bo Zhang", "Cy Rao"]),
        ("state=absent&office=Oslo", ["Cy Rao"]),
        ("state=inside", ["Ana =1+1"]),
        ("state=off", []),
        ("sort=-name", ["Cy Rao", "Bo Zhang", "Ana =1+1"]),
        ("sort=office,name", ["Cy Rao", "Ana =1+1", "Bo Zhang"]),
        ("sort=came", ["Ana =1+1", "Bo Zhang", "Cy Rao"]),
        ("sort=nothing", ["Ana =1+1", "Bo Zhang", "Cy Rao"]),
        ("per_page=1&page=2", ["Bo Zhang"]),
        ("per_page=1&page=99", ["Cy Rao"]),
        ("per_page=1&page=x", ["Ana =1+1"]),
        ("per_page=0", ["Ana =1+1"]),
        ("per_page=99999999999&page=-1", ["Ana =1+1", "Bo Zhang", "Cy Rao"]),
        ("per_page=%F0%9F%98%80", ["Ana =1+1", "Bo Zhang", "Cy Rao"]),
    ],
)
def test_the_query_says_who_and_in_what_order(client, company, query, shown):
    assert names(client.get(f"{PAGE}?{query}")) == shown


def test_the_tabs_count_whoever_the_other_filters_leave(client, company):
    page = client.get(f"{PAGE}?office=Pune&state=absent").text
    found = dict(re.findall(r"([a-z -]+) <strong>(\d+)</strong></a>", page))
    assert (found["all"], found["absent"], found["no check-out yet"]) == ("2", "1", "1")
    assert 'office=Pune&amp;state=late"' in page
    assert page.count('aria-current="true"') == 1


def test_a_silent_terminal_is_told_and_its_people_are_not_absent(client, company):
    Device.objects.filter(name="Back").update(last_sync=now() - timedelta(hours=30))
    page = client.get(f"{PAGE}?state=no_data")
    assert names(page) == ["Cy Rao"]
    assert "Back has been silent since" in page.text


def test_what_nobody_knows_is_said(client, company):
    Device.objects.update(last_sync=None)
    assert "No terminal was read yet" in client.get(PAGE).text


def rows(answer):
    return list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))


def test_a_file_has_the_rows_and_columns_that_are_shown_and_no_formula(client, viewer, company):
    may(viewer, "view_dashboard", "export_attendance")
    answer = client.get(f"{PAGE}?_export=csv&state=absent&sort=-name&per_page=1")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert f'filename="attendance-{now():%Y-%m-%d}.csv"' in answer.headers["Content-Disposition"]
    heads, *found = rows(answer)
    assert heads == ["Name", "Office", "Department", "Status", "In", "Out", "Late", "Terminal", "Why"]
    assert [row[:4] for row in found] == [["Cy Rao", "Oslo", "", "absent"], ["Bo Zhang", "Pune", "", "absent"]]


def test_a_spreadsheet_runs_nothing_of_it(client, viewer, company):
    may(viewer, "view_dashboard", "export_attendance")
    company[0].first_name, company[0].last_name = "=cmd|' /C calc'!A0", ""
    company[0].save()
    cache.clear()
    book = load_workbook(BytesIO(client.get(f"{PAGE}?_export=xlsx").content))
    cell = book.active["A2"]
    assert (cell.data_type, cell.value) == ("s", "'=cmd|' /C calc'!A0")
    assert rows(client.get(f"{PAGE}?_export=csv"))[1][0] == "'=cmd|' /C calc'!A0"


def test_only_what_is_offered_is_exported_and_only_with_the_right(client, viewer, company):
    page = client.get(PAGE).text
    assert "_export" not in page
    assert client.get(f"{PAGE}?_export=csv").status_code == 403
    may(viewer, "view_dashboard", "export_attendance")
    assert "_export=xlsx" in client.get(PAGE).text
    assert client.get(f"{PAGE}?_export=json").status_code == 404
    assert client.get(f"{PAGE}?_export=").status_code == 404


def test_an_earlier_day_is_shown_as_it_is_stored_and_is_not_asked_for_again(client, company):
    day = now().date() - timedelta(days=1)
    where = Device.objects.get(name="Front")
    punched(where, ("2", datetime.combine(day, datetime.min.time()).replace(hour=9)))
    derive_pending()
    page = client.get(f"{PAGE}?date={day}")
    assert names(page) == ["Bo Zhang"]
    assert "hx-get" not in page.text
    assert "no check-out yet" not in page.text


@pytest.mark.parametrize("text", ["2026-02-30", "yesterday", "9999-01-01", "0"])
def test_a_day_that_is_none_is_not_found(client, company, text):
    assert client.get(f"{PAGE}?date={text}").status_code == 404


@pytest.mark.parametrize("query", ["date=0001-01-01", "q=%00", "office=%00&state=%27", "q=%ff", "sort=%00,-"])
def test_whatever_is_asked_is_answered(client, company, query):
    assert client.get(f"{PAGE}?{query}").status_code == 200


def test_its_moving_part_keeps_the_filters_and_costs_one_question_while_it_stands(
    client, company, django_assert_num_queries
):
    address = f"{PAGE}?office=Pune&sort=-name"
    whole = client.get(address).text
    assert f'hx-get="{address.replace("&", "&amp;")}"' in whole
    given = mark_in(whole)
    with django_assert_num_queries(5) as asked:
        answer = client.get(address, headers={**PART, "If-None-Match": given})
    assert (answer.status_code, answer.content) == (304, b"")
    assert ours(asked) == 1
    punched(Device.objects.get(name="Front"), ("2", wall()))
    derive_pending()
    fresh = client.get(address, headers={**PART, "If-None-Match": given})
    assert fresh.status_code == 200
    assert "<html" not in fresh.text
    assert names(fresh) == ["Bo Zhang", "Ana =1+1"]
    assert mark_in(fresh.text) != given


def test_another_page_of_the_browser_is_not_answered_with_304(client, company):
    given = mark_in(client.get(PAGE).text)
    assert client.get(PAGE, headers={"If-None-Match": given}).status_code == 200
    assert client.get(f"{PAGE}?q=bo", headers={**PART, "If-None-Match": given}).status_code == 200


def test_twelve_questions_at_most_however_many_people(client, company, django_assert_max_num_queries):
    with django_assert_max_num_queries(12) as most:
        client.get(PAGE)
    with django_assert_max_num_queries(6) as few:
        client.get(PAGE)
    where = Device.objects.get(name="Front")
    for number in range(100, 140):
        known(str(number), where)
        punched(where, (str(number), wall()))
    derive_pending()
    cache.clear()
    with django_assert_max_num_queries(len(most)):
        client.get(PAGE)
    with django_assert_max_num_queries(len(few)):
        answer = client.get(f"{PAGE}?per_page=500")
    assert len(names(answer)) == 43


def test_names_are_escaped_and_lead_to_people_only_for_whoever_may_see_their_days(client, company):
    company[0].first_name = "<b>Mallory"
    company[0].save()
    cache.clear()
    page = client.get(f"{PAGE}?q=<b>").text
    assert "<b>Mallory" not in page
    assert "&lt;b&gt;Mallory" in page
    assert "/people/" not in page
    assert " style=" not in page
