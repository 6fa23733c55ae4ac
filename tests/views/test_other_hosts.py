"""Our pages in hosts of other shapes: mounted elsewhere, with other logins, below a prefix, in a frame of their own."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client
from django.urls import reverse, set_script_prefix
from django.utils.functional import empty

from attendance_devices import urls
from tests.builders.clients import client_of, text
from tests.builders.crm import employee
from tests.builders.inbox import boss
from tests.builders.visibility import something_of_everything

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def static_urls_are_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """The storage of static files remembers the prefix of its first question."""
    monkeypatch.setattr(staticfiles_storage, "_wrapped", empty)


SIMPLE = sorted(
    str(pattern.name)
    for pattern in urls.urlpatterns
    if not pattern.pattern.converters and pattern.name not in ("healthz", "take", "devices_act", "review_item")
)
"""Pages that need nothing to be said."""


def mounted(settings: Any, name: str) -> None:
    settings.ROOT_URLCONF = f"tests.views.mounted.{name}"


def pages(client: Client) -> dict[str, str]:
    """Address -> what it shows, of every page that answers to a plain question."""
    found = {}
    for name in SIMPLE:
        address = reverse(f"attendance_devices:{name}")
        response = client.get(address)
        # Some take a form, and some have to be told what they are to show.
        if response.status_code not in (400, 405):
            assert response.status_code == 200, (address, response.status_code)
            found[address] = text(response)
    return found


def links(said: str) -> set[str]:
    """Addresses of ours that a page leads to."""
    found = re.findall(r'(?:href|action|hx-get|hx-post)="([^"#?]+)', said)
    return {link for link in found if link.startswith("/") and not link.startswith("/static/")}


@pytest.mark.parametrize(
    ("name", "start"), [("elsewhere", "/hr/people/attendance/"), ("languages", "/en-us/attendance-devices/")]
)
def test_wherever_they_are_mounted_every_link_stays_there(settings: Any, name: str, start: str) -> None:
    mounted(settings, name)
    something_of_everything("7")

    shown = pages(client_of(boss()))

    assert len(shown) >= 5
    for address, said in shown.items():
        assert address.startswith(start)
        assert all(link.startswith(start) for link in links(said)), links(said)


def test_in_another_language_a_stranger_goes_to_the_login_of_that_language(settings: Any) -> None:
    mounted(settings, "languages")
    settings.LOGIN_URL = "login"
    response = Client().get("/en-us/attendance-devices/review/")
    assert response.url == "/en-us/accounts/login/?next=/en-us/attendance-devices/review/"


def test_below_a_prefix_every_link_has_it_and_the_login_is_found(settings: Any) -> None:
    mounted(settings, "elsewhere")
    settings.FORCE_SCRIPT_NAME = "/crm"
    something_of_everything("7")
    # As the handler of a web server does; that of the tests leaves it out.
    set_script_prefix("/crm/")
    try:
        for login in ("login", "/crm/accounts/login/"):
            settings.LOGIN_URL = login
            response = Client().get("/hr/people/attendance/review/")
            assert response.url == "/crm/accounts/login/?next=/crm/hr/people/attendance/review/"
        said = text(client_of(boss()).get("/hr/people/attendance/review/"))
        assert links(said) and all(link.startswith("/crm/hr/people/attendance/") for link in links(said))
    finally:
        set_script_prefix("/")


def test_a_host_without_a_login_of_its_own_has_that_of_the_admin(settings: Any) -> None:
    mounted(settings, "admin_only")
    assert Client().get("/attendance-devices/review/").url == "/admin/login/?next=/attendance-devices/review/"


def test_a_host_without_any_login_refuses_strangers_and_leads_nowhere(settings: Any, tmp_path: Path) -> None:
    mounted(settings, "no_login")
    # That of the example CRM leads to pages that this host has not.
    (tmp_path / "403.html").write_text("<p>Not for you</p>")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)]}]
    assert Client().get("/attendance-devices/review/").status_code == 403


def test_where_everybody_has_to_log_in_pages_lead_to_the_login_and_parts_say_so(settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]

    assert "/login/?next=" in Client().get("/attendance-devices/review/").url
    assert Client().get("/attendance-devices/review/", headers={"HX-Request": "true"}).status_code == 401
    assert Client().get("/attendance-devices/healthz/").status_code == 401
    assert client_of(boss()).get("/attendance-devices/review/").status_code == 200


def test_a_middleware_that_sends_strangers_away_does_no_harm(settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.views.mounted.frame.everybody_logs_in"]

    assert Client().get("/attendance-devices/review/").url == "/accounts/login/?next=/attendance-devices/review/"
    assert client_of(boss()).get("/attendance-devices/review/").status_code == 200


def test_a_frame_of_the_host_holds_every_page_once(settings: Any, tmp_path: Path) -> None:
    frame = "<!doctype html><html><head><title>{% block title %}{% endblock %}</title></head>"
    body = "<body><header>The CRM</header><main>{% block content %}{% endblock %}</main></body></html>"
    (tmp_path / "crm.html").write_text(frame + body)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)]}]
    settings.ATTENDANCE_DEVICES = {**settings.ATTENDANCE_DEVICES, "BASE_TEMPLATE": "crm.html"}
    something_of_everything("7")

    for address, said in pages(client_of(boss())).items():
        if "<html" in said:
            assert said.count("<header>The CRM</header>") == said.count("<main>") == said.count("<html") == 1, address
            assert said.count("<h1") == 1, address


def test_any_template_of_ours_can_be_replaced(settings: Any, tmp_path: Path) -> None:
    own = tmp_path / "attendance_devices" / "review"
    own.mkdir(parents=True)
    (own / "_tabs.html").write_text("<p>Our own tabs</p>")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)]}]
    assert "Our own tabs" in text(client_of(boss()).get("/attendance-devices/review/"))


def test_pages_stand_without_messages_and_without_the_menu_of_anybody(settings: Any) -> None:
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "messages" not in one]
    settings.INSTALLED_APPS = [one for one in settings.INSTALLED_APPS if one != "django.contrib.messages"]
    something_of_everything("7")
    client = client_of(boss())
    assert pages(client)
    said = client.post("/attendance-devices/review/item/?key=failed:1:2024-01-09&do=acknowledge", {"why": "x"})
    assert said.status_code in (302, 404)
    assert employee("9").pk
