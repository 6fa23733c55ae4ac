"""The widget asked for again and again by an open page.

Covers: services/dashboard/widget, services/dashboard/no_data.
"""

import re

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import Client

from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.models import Device
from attendance_devices.services.days.derive import derive_pending
from tests.builders.board_pages import mark_in, now, ours, wall
from tests.builders.crm import employee, host, nothing_is_written, punched, setting
from tests.builders.staff import gate, known, works

pytestmark = pytest.mark.django_db
ADDRESS = "/attendance-devices/widget/"


class Team(DeclaredHost):
    """Everybody sees person-2."""

    def visible_employees(self, viewer):
        from django.contrib.auth import get_user_model

        return list(get_user_model().objects.filter(username="person-2").values_list("pk", flat=True))


@pytest.fixture(autouse=True)
def nothing_is_kept():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def client():
    user = employee("900")
    user.user_permissions.add(Permission.objects.get(codename="view_dashboard"))
    found = Client()
    found.force_login(user)
    return found


@pytest.fixture
def front():
    where = gate("Front")
    works("00:00-23:59")
    known("1", where)
    known("2", where)
    punched(where, ("1", wall()))
    derive_pending()
    Device.objects.update(last_sync=now())
    return where


def test_a_stranger_is_told_to_log_in_again_and_whoever_lacks_the_right_is_refused(front):
    stranger = Client()
    assert stranger.get(ADDRESS).status_code == 302
    assert stranger.get(ADDRESS, headers={"HX-Request": "true"}).status_code == 401
    stranger.force_login(employee("901"))
    assert stranger.get(ADDRESS).status_code == 403


def test_it_is_a_part_and_not_a_page_and_looking_changes_nothing(client, front):
    with nothing_is_written():
        answer = client.get(ADDRESS)
    assert answer.text.lstrip().startswith("<section")
    assert "<script" not in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert client.post(ADDRESS).status_code == 405


def test_what_did_not_change_costs_one_question_and_no_body(client, front, django_assert_max_num_queries):
    given = mark_in(client.get(ADDRESS).text)
    with django_assert_max_num_queries(5) as asked:
        answer = client.get(ADDRESS, headers={"If-None-Match": given})
    assert (answer.status_code, answer.content) == (304, b"")
    assert ours(asked) == 1


def test_an_arrival_changes_it(client, front):
    page = client.get(ADDRESS).text
    given = mark_in(page)
    punched(front, ("2", wall()))
    derive_pending()
    fresh = client.get(ADDRESS, headers={"If-None-Match": given})
    assert fresh.status_code == 200
    assert keys(fresh.text) > keys(page)


def keys(page):
    return set(re.findall(r'data-ad-key="([^"]+)"', page))


def test_a_terminal_that_falls_silent_changes_it(client, front):
    given = mark_in(client.get(ADDRESS).text)
    Device.objects.update(last_sync=None)
    assert client.get(ADDRESS, headers={"If-None-Match": given}).status_code == 200


@pytest.mark.parametrize("query", ["?size=compact", "?title=X", "?refresh=60", "?office=Pune", "?number=2"])
def test_other_options_are_another_widget(client, front, query):
    given = mark_in(client.get(ADDRESS).text)
    assert client.get(ADDRESS + query, headers={"If-None-Match": given}).status_code == 200


def test_another_viewer_or_language_is_another_widget(client, front, settings):
    given = mark_in(client.get(ADDRESS).text)
    settings.LANGUAGE_CODE = "de"
    assert client.get(ADDRESS, headers={"If-None-Match": given}).status_code == 200
    settings.LANGUAGE_CODE = "en-us"
    settings.ATTENDANCE_DEVICES = setting(HOST=host(Team))
    fresh = client.get(ADDRESS, headers={"If-None-Match": given})
    assert fresh.status_code == 200
    assert keys(fresh.text) == set()
    assert '<strong>1</strong> <span class="ad-label">absent' in fresh.text


@pytest.mark.parametrize("query", ["?size=huge", "?refresh=1", "?refresh=soon", "?number=x", "?refresh=99999999"])
def test_an_option_that_cannot_be_is_refused(client, front, query):
    answer = client.get(ADDRESS + query)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "text/plain"


def test_six_questions_at_most_and_six_more_once_a_minute(client, front, django_assert_max_num_queries):
    with django_assert_max_num_queries(6 + 1 + 6):
        client.get(ADDRESS)
    with django_assert_max_num_queries(6):
        client.get(ADDRESS)


def test_what_is_asked_in_an_address_is_escaped(client, front):
    page = client.get(ADDRESS, {"title": '"><script>alert(1)</script>', "office": "<b>"}).text
    assert "<script" not in page
    assert "<b>" not in page
