"""Every page of the example CRM: who may see it, and what it says."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from example_project.csp import ContentSecurityPolicyMiddleware
from example_project.hr import board
from example_project.hr.models import Attendance, CustomUser, Office
from example_project.hr.months import Month

pytestmark = [pytest.mark.django_db, pytest.mark.urls("example_project.urls")]
KARACHI = ZoneInfo("Asia/Karachi")
PAGES = ("/", "/staff/", "/my-month/", "/admin/hr/attendance/")
TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 15, 30, tzinfo=KARACHI)


@pytest.fixture
def crm(settings, monkeypatch):
    settings.STATIC_URL = "/static/"
    monkeypatch.setattr(timezone, "now", lambda: NOW.astimezone(UTC))
    office = Office.objects.create(name="Ace Track")
    common = {"office": office, "password": "!"}
    people = {
        role: CustomUser.objects.create(username=role, role=role, first_name=role.title(), last_name="Okafor", **common)
        for role in ("ceo", "hr", "employee")
    }
    people["ceo"].is_staff = people["ceo"].is_superuser = True
    people["ceo"].save()
    return people


def row(user, day=TODAY, *, into="08:58:12", out="18:01:00", status="Present"):
    def moment(text):
        return datetime.combine(day, time.fromisoformat(text), tzinfo=KARACHI) if text else None

    return Attendance.objects.create(
        user=user, date=day, check_in_time=moment(into), check_out_time=moment(out), status=status, device="Gate <1>"
    )


def as_(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("page", [*PAGES, "/staff/1/"])
def test_strangers_are_asked_to_log_in(client, crm, page):
    answer = client.get(page)
    assert answer.status_code == 302
    assert "login" in answer.url


@pytest.mark.parametrize("role", ["ceo", "hr"])
def test_managers_see_the_company_and_everybody(crm, role):
    client = as_(crm[role])
    assert client.get("/").url == "/staff/"
    assert client.get("/staff/").status_code == 200
    assert client.get(f"/staff/{crm['employee'].pk}/").status_code == 200


def test_the_widget_is_for_whoever_may_see_who_is_here(crm):
    assert "Attendance today" in as_(crm["ceo"]).get("/staff/").text
    assert "Attendance today" not in as_(crm["hr"]).get("/staff/").text
    crm["hr"].user_permissions.add(Permission.objects.get(codename="view_dashboard"))
    page = as_(crm["hr"]).get("/staff/").text
    assert "Attendance today" in page
    assert page.count('href="/attendance-devices/"') == 1


def test_our_pages_live_in_the_crm_with_one_navigation(crm, settings):
    settings.ATTENDANCE_DEVICES = {**settings.ATTENDANCE_DEVICES, "BASE_TEMPLATE": "hr/base.html"}
    page = as_(crm["ceo"]).get("/attendance-devices/").text
    assert "<title>Today · Example CRM</title>" in page
    assert page.count("<nav") == page.count('<nav class="hr-nav"') + page.count('<nav class="ad-tabs"')
    assert page.count('aria-current="page"') == 1


def test_an_employee_sees_only_the_own_month(crm):
    row(crm["employee"])
    client = as_(crm["employee"])
    assert client.get("/").url == "/my-month/"
    page = client.get("/my-month/")
    assert "08:58:12" in page.text
    for path in ("/staff/", f"/staff/{crm['employee'].pk}/", f"/staff/{crm['ceo'].pk}/"):
        answer = client.get(path)
        assert answer.status_code == 403
        assert "This page is for HR and the CEO" in answer.text


def test_only_the_ceo_is_shown_the_admin(crm):
    assert as_(crm["ceo"]).get("/admin/hr/customuser/").status_code == 200
    assert as_(crm["hr"]).get("/admin/hr/customuser/").status_code == 302
    assert "Admin" not in as_(crm["hr"]).get("/staff/").text


@pytest.mark.parametrize("model", ["office", "department", "designation", "customuser", "attendance"])
def test_every_table_of_the_crm_can_be_edited_in_the_admin(crm, model):
    client = as_(crm["ceo"])
    assert client.get(f"/admin/hr/{model}/").status_code == 200
    assert client.get(f"/admin/hr/{model}/add/").status_code == 200


def test_logging_in_and_out(client, crm):
    crm["hr"].set_password("open sesame")
    crm["hr"].save()
    wrong = client.post("/accounts/login/", {"username": "hr", "password": "guess"})
    assert "hr-error" in wrong.text
    right = client.post("/accounts/login/", {"username": "hr", "password": "open sesame"})
    assert right.url == "/"
    assert client.get("/accounts/login/").url == "/"
    assert client.post("/accounts/logout/").url == "/accounts/login/"
    assert client.get("/staff/").status_code == 302


def test_logging_in_does_not_lead_to_a_stranger_site(client, crm):
    crm["hr"].set_password("open sesame")
    crm["hr"].save()
    login = {"username": "hr", "password": "open sesame", "next": "https://evil.example/"}
    assert client.post("/accounts/login/", login).url == "/"


def test_a_missing_check_out_is_open_only_while_a_shift_may_last(crm):
    today = row(crm["ceo"], status="Incomplete", out="")
    before = row(crm["ceo"], TODAY - timedelta(days=1), status="Incomplete", out="")
    assert board.mark_of(today, NOW) is board.OPEN
    assert board.mark_of(before, NOW) is board.INCOMPLETE


def test_a_status_that_the_page_does_not_know_is_no_record(crm):
    assert board.mark_of(row(crm["ceo"], status="Sabbatical"), NOW) is board.NONE


def test_the_month_shows_letters_and_names_the_times(crm):
    row(crm["employee"])
    row(crm["employee"], TODAY - timedelta(days=1), status="Late")
    page = as_(crm["ceo"]).get("/staff/").text
    assert '<abbr class="hr-cell hr-present" title="20 Nov: on time, in 08:58, out 18:01">P</abbr>' in page
    assert '<abbr class="hr-cell hr-late" title="19 Nov: late, in 08:58, out 18:01">L</abbr>' in page


def test_the_month_can_be_turned_and_narrowed_to_an_office(crm):
    other = Office.objects.create(name="Bootcamp")
    CustomUser.objects.create(username="hana", last_name="Kim", office=other)
    client = as_(crm["ceo"])
    page = client.get("/staff/", {"month": "2026-10", "office": other.pk}).text
    month = page.partition('id="month"')[2]
    assert "October 2026" in page
    assert "Kim" in month
    assert "Okafor" not in month
    assert 'href="?month=2026-11&amp;office=' in month
    assert "?month=2026-12" not in client.get("/staff/").text


@pytest.mark.parametrize(
    "query", ["month=2026-13", "month=x", "month=0000-01", "month=0001-01", "month=9999-12", "office=x", "office=99999"]
)
def test_a_query_that_makes_no_sense_shows_this_month_and_everybody(crm, query):
    page = as_(crm["ceo"]).get(f"/staff/?{query}")
    assert page.status_code == 200
    assert "November 2026" in page.text
    assert "Okafor" in page.text


def test_a_month_knows_its_days_and_its_neighbours():
    month = Month(first=date(2028, 2, 1))
    assert len(month.days) == 29
    assert month.after == date(2028, 3, 1)
    assert month.before == date(2028, 1, 1)


def test_a_person_that_is_not_there_is_a_friendly_404(crm):
    answer = as_(crm["ceo"]).get("/staff/99999/")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_pages_are_escaped_and_hold_no_inline_code(crm):
    crm["employee"].first_name = "<b>Mallory"
    crm["employee"].save()
    row(crm["employee"])
    client = as_(crm["ceo"])
    for path in ("/staff/", f"/staff/{crm['employee'].pk}/", "/my-month/"):
        page = client.get(path).text
        assert "<b>Mallory" not in page
        assert "Gate <1>" not in page
        assert all("src=" in tag for tag in re.findall("<script[^>]*>", page))
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page


def test_the_number_of_queries_does_not_grow_with_staff(crm, django_assert_max_num_queries):
    for number in range(40):
        row(CustomUser.objects.create(username=f"u{number}", office=crm["ceo"].office))
    client = as_(crm["ceo"])
    with django_assert_max_num_queries(20):
        client.get("/staff/")


def test_the_policy_header_of_old_django_comes_from_the_setting(rf, settings):
    settings.SECURE_CSP = {"default-src": ["'self'"], "img-src": ["'self'", "data:"]}
    from django.http import HttpResponse

    answer = ContentSecurityPolicyMiddleware(lambda request: HttpResponse())(rf.get("/"))
    assert answer.headers["Content-Security-Policy"] == "default-src 'self'; img-src 'self' data:"
