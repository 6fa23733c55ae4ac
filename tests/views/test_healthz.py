"""What a monitor is told, who may ask, and that strangers learn nothing."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import OperationalError, connection
from django.http import HttpResponse, HttpResponseRedirect
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attendance_devices.models import Device, ProcessedAttendance
from attendance_devices.services.monitoring.incidents import update_incidents
from tests.builders.crm import device, employee, nothing_is_written, setting

pytestmark = pytest.mark.django_db
PAGE = "/attendance-devices/healthz"
TOKEN = "a-long-token-of-the-monitor"
SECRETS = ("48151623", "hush-hush", "root-user", "192.0.2.", "Asha", TOKEN)


@pytest.fixture(autouse=True)
def token(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(HEALTH_TOKEN=TOKEN)


def gate(name: str = "Gate", **facts: Any) -> Device:
    now = datetime.now(UTC)
    secrets = {"comm_key": "48151623", "password": "hush-hush", "username": "root-user"}
    return device(name, **secrets | {"last_seen": now, "last_reconciled": now} | facts)


def asked(client: Client, given: str = f"Bearer {TOKEN}", page: str = PAGE, **more: Any) -> Any:
    return client.get(page, headers={"Authorization": given} if given else {}, **more)


def somebody(client: Client, *permissions: str) -> None:
    user = employee("7", "Asha Nair")
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)


def test_all_well_is_200(client: Client) -> None:
    where = gate()

    answer = asked(client)

    found = answer.json()
    assert (answer.status_code, found["status"], found["database"]) == (200, "ok", "ok")
    assert found["devices"][0] | {"signs": 0} == {
        "id": where.pk,
        "device": "Gate",
        "active": True,
        "level": "ok",
        "last_contact": found["devices"][0]["last_contact"],
        "silent_since": None,
        "failures": 0,
        "drift_seconds": None,
        "records": None,
        "capacity": None,
        "used": None,
        "days_until_full": None,
        "last_compared": found["devices"][0]["last_compared"],
        "coverage": None,
        "signs": 0,
    }
    assert found["clockwork"]["level"] == "ok"


def test_an_alarm_is_503_and_what_can_wait_is_200(client: Client) -> None:
    gate(failures=2)
    assert (asked(client).status_code, asked(client).json()["status"]) == (200, "warn")
    Device.objects.update(failures=3, last_error="192.0.2.1: the comm key 48151623 was refused")
    update_incidents()

    answer = asked(client)

    assert (answer.status_code, answer.json()["status"]) == (503, "alarm")
    assert [one["kind"] for one in answer.json()["incidents"]] == ["down"]


def test_nothing_secret_and_nobodys_name_is_in_it(client: Client) -> None:
    where = gate(failures=3, last_error="192.0.2.1: the comm key 48151623 was refused")
    update_incidents()
    asha = employee("7", "Asha Nair")
    ProcessedAttendance.objects.create(
        user=asha,
        date=datetime.now(UTC).date(),
        punch_count=1,
        status="present",
        derived_at=datetime.now(UTC),
        posting_state="failed",
        posting_note="Asha hush-hush",
        **dict.fromkeys(("worked", "late", "early", "overtime"), datetime.now(UTC) - datetime.now(UTC)),
    )

    text = asked(client).content.decode()

    assert where.name in text and '"rows_failed": 1' in text
    assert [secret for secret in SECRETS if secret in text] == []


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer \xfc"])
def test_a_stranger_is_told_to_say_who_it_is_and_nothing_else(client: Client, given: str) -> None:
    gate()

    answer = asked(client, given)

    assert (answer.status_code, list(answer.json()), answer["WWW-Authenticate"]) == (401, ["error"], "Bearer")
    assert "Gate" not in answer.content.decode()


@pytest.mark.parametrize("kind", ["", None])
def test_without_a_token_in_the_settings_an_empty_one_opens_nothing(
    client: Client, settings: Any, kind: str | None
) -> None:
    settings.ATTENDANCE_DEVICES = setting(HEALTH_TOKEN="") if kind is not None else setting()
    assert [asked(client, given).status_code for given in ("Bearer ", "Bearer", "")] == [401] * 3


def test_who_may_see_terminals_needs_no_token_and_others_are_refused(client: Client) -> None:
    somebody(client)
    refused = asked(client, "")
    assert (refused.status_code, refused.json()) == (
        403,
        {"error": "The permission attendance_devices.view_device is missing."},
    )
    somebody(client, "view_device")
    assert asked(client, "").status_code == 200
    assert asked(client, "Bearer wrong").status_code == 200


def test_the_address_has_a_name_and_works_with_and_without_the_slash(client: Client, settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.common.CommonMiddleware"]
    assert reverse("attendance_devices:healthz") == PAGE
    assert [asked(client, page=page).status_code for page in (PAGE, f"{PAGE}/")] == [200, 200]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_it_only_answers_questions(client: Client, method: str) -> None:
    answer = getattr(client, method)(PAGE, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 405


def test_head_has_the_code_alone_and_nothing_is_cached(client: Client) -> None:
    gate(failures=9)
    answer = client.head(PAGE, headers={"Authorization": f"Bearer {TOKEN}"})
    assert (answer.status_code, answer.content) == (503, b"")
    assert {"no-store", "private", "max-age=0"} <= set(answer["Cache-Control"].replace(" ", "").split(","))
    assert "no-store" in asked(client, "")["Cache-Control"]


def to_the_login(get_response: Any) -> Any:
    """A host that sends every stranger to its login, by Django's own middleware's rule."""

    def middleware(request: Any) -> HttpResponse:
        return get_response(request)

    def process_view(request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        return HttpResponseRedirect("/login") if getattr(view, "login_required", True) else None

    middleware.process_view = process_view  # type: ignore[attr-defined]
    return middleware


@pytest.mark.parametrize(
    "more", [["django.contrib.auth.middleware.LoginRequiredMiddleware"], [f"{__name__}.to_the_login"], []]
)
def test_it_never_redirects_in_hosts_that_redirect_everybody(client: Client, settings: Any, more: list[str]) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, *more]
    settings.LOGIN_URL = "/nowhere"
    assert [asked(client, "").status_code, asked(client).status_code] == [401, 200]


def test_a_host_without_users_in_its_requests_still_has_the_token(client: Client, settings: Any) -> None:
    settings.MIDDLEWARE = []
    assert [asked(client, "").status_code, asked(client).status_code] == [401, 200]


def test_a_database_that_does_not_answer_is_503(client: Client) -> None:
    def down(*args: Any) -> Any:
        raise OperationalError("the password hush-hush at 192.0.2.1 was refused")

    with connection.execute_wrapper(down):
        answer = asked(client)

    assert (answer.status_code, answer.json()) == (
        503,
        {"status": "alarm", "error": "The database does not answer."},
    )


def test_settings_that_are_wrong_are_503_without_their_values(client: Client, settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = {"HEALTH_TOKEN": ["hush-hush"]}
    answer = asked(client)
    assert answer.status_code == 503
    assert "hush-hush" not in answer.content.decode()


def test_nothing_is_written_and_forty_terminals_cost_the_queries_of_two(client: Client) -> None:
    costs = []
    for amount in (2, 38):
        for number in range(amount):
            gate(f"Gate {amount} {number}")
        with nothing_is_written():
            pass
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            found = json.loads(asked(client).content)
        assert not [query for query in queries if not query["sql"].startswith("SELECT")]
        costs.append((len(found["devices"]), len(queries)))

    assert [number for number, _ in costs] == [2, 40]
    assert costs[0][1] == costs[1][1] <= 10
