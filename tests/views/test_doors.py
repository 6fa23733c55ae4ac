"""Every address of this app, found by itself: who may open it, whom it shows, and that looking changes nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, reverse
from django.urls.resolvers import RoutePattern

from attendance_devices import urls
from attendance_devices.models import Correction, CorrectionRequest, Device, DeviceUser, ProcessedAttendance
from attendance_devices.services.corrections.correct import add_punch
from attendance_devices.services.days.derive import derive_pending
from tests.builders.clients import client_of
from tests.builders.crm import MONDAY, ZONE, at, census, employee, host, setting
from tests.builders.inbox import boss
from tests.builders.visibility import Sees, something_of_everything

pytestmark = pytest.mark.django_db
PATTERNS: Mapping[str, URLPattern] = {str(pattern.name): pattern for pattern in urls.urlpatterns}
PUBLIC = {"healthz": "tells strangers 401, and a monitor with the token what it asks for"}
"""Open without a login, by design."""
OWN = {"mine", "my_day", "withdraw"}
"""Whoever is logged in sees the own days."""
HTMX = {"HX-Request": "true"}


@dataclass(frozen=True, kw_only=True)
class World:
    """Somebody whom the viewer may see, and somebody who is in another office."""

    seen: Any
    hidden: Any

    def of(self, user: Any) -> dict[str, Any]:
        """What addresses about this person are made of."""
        return {
            "user": user.pk,
            "day": MONDAY,
            "correction": Correction.objects.get(user=user).pk,
            "request": CorrectionRequest.objects.get(user=user).pk,
            "device": Device.objects.get(name=f"Gate {user.username[-1]}").pk,
            "mapped": DeviceUser.objects.get(system_user=user).pk,
            "unknown": DeviceUser.objects.get(device_user_id=f"9{user.username[-1]}").pk,
            "outlier": f"outlier:{user.pk}:{MONDAY}:",
        }


Fill = Callable[[dict[str, Any]], dict[str, Any]]
FILL: Mapping[str, Fill] = {
    "person": lambda one: {"key": one["user"]},
    "day": lambda one: {"key": one["user"], "day": one["day"]},
    "undo": lambda one: {"key": one["user"], "day": one["day"], "correction": one["correction"]},
    "decide": lambda one: {"key": one["user"], "day": one["day"], "asked": one["request"]},
    "withdraw": lambda one: {"asked": one["request"]},
    "my_day": lambda one: {"day": one["day"]},
    "stranger": lambda one: {"key": one["unknown"]},
    "device": lambda one: {"key": one["device"]},
    "device_progress": lambda one: {"key": one["device"]},
}
"""What the address of each pattern with arguments is made of: whoever adds one says it here."""
ASK: Mapping[str, Fill] = {"review_item": lambda one: {"key": one["outlier"]}}
"""What is said behind the question mark, where the address alone names nothing."""
SAY: Mapping[str, dict[str, str]] = {"decide": {"do": "decline", "answer": "no"}}
"""What a form has to say for its address to be there at all."""
ABOUT_PEOPLE = {"person", "day", "undo", "decide", "withdraw", "review_item"}
"""Addresses that name a person: of somebody in another office they are not there."""


@pytest.fixture(scope="module")
def two_offices(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once for all these tests, in a transaction around those of the tests, which is undone after the last."""
    with django_db_blocker.unblock(), transaction.atomic():
        users = [something_of_everything(key) for key in ("7", "8")]
        _live(users, boss())
        yield World(seen=users[0], hidden=users[1])
        transaction.set_rollback(True)


def _live(users: Sequence[Any], by: Any) -> None:
    """They have names, and on their Monday something was corrected and something is strange."""
    for user, name in zip(users, ("Asha Sichtbar", "Bilal Verborgen"), strict=True):
        user.first_name, _, user.last_name = name.partition(" ")
        user.save()
        add_punch(user.pk, at("12:00").replace(tzinfo=ZONE), punch_type="in", by=by, why="a test")
    derive_pending()
    for user in users:
        ProcessedAttendance.objects.update_or_create(
            user=user, date=MONDAY, shift="", defaults={"is_outlier": True, "outlier_reasons": ["too long"]}
        )


@pytest.fixture
def world(two_offices: World, settings: Any) -> World:
    settings.ATTENDANCE_DEVICES = setting(HOST=host(Sees))
    Sees.keys = {str(two_offices.seen.pk), str(boss_of(two_offices).pk)}
    return two_offices


def address(name: str, person: Any, world: World) -> str:
    """One address of the pattern, about this person where it is about one."""
    pattern, facts = PATTERNS[name], world.of(person)
    if pattern.pattern.converters or (not isinstance(pattern.pattern, RoutePattern) and pattern.pattern.regex.groups):
        assert name in FILL, f"test_doors does not know how to fill {pattern.pattern}: add it to FILL"
    query = "&".join(f"{key}={value}" for key, value in ASK.get(name, dict)(facts).items()) if name in ASK else ""
    path = reverse(f"attendance_devices:{name}", kwargs=FILL[name](facts) if name in FILL else {})
    return f"{path}?{query}" if query else path


def answers(client: Client, url: str, **more: Any) -> dict[str, int]:
    """Method -> status, for those that the address takes."""
    found = {
        method: getattr(client, method)(url, **more).status_code for method in ("get", "head", "post", "put", "delete")
    }
    return {method: status for method, status in found.items() if status != 405}


each = pytest.mark.parametrize("name", sorted(PATTERNS))
guarded = pytest.mark.parametrize("name", sorted(set(PATTERNS) - set(PUBLIC)))


def test_every_pattern_has_a_name_of_its_own_and_the_lists_here_name_no_other() -> None:
    assert all(pattern.name for pattern in urls.urlpatterns) and len(PATTERNS) == len(urls.urlpatterns)
    assert {*PUBLIC, *OWN, *FILL, *ASK, *ABOUT_PEOPLE} <= set(PATTERNS)


@guarded
def test_a_stranger_is_sent_to_the_login(world: World, name: str) -> None:
    found = answers(Client(), address(name, world.seen, world))
    assert found and set(found.values()) == {302}, found
    for method in ("get", "post"):
        response = getattr(Client(), method)(address(name, world.seen, world))
        assert response.status_code == 405 or "/login/?next=" in response.url


@guarded
def test_a_part_of_a_page_is_not_swapped_for_the_login(world: World, name: str) -> None:
    found = answers(Client(), address(name, world.seen, world), headers=HTMX)
    assert found and set(found.values()) == {401}, found


@guarded
def test_whoever_has_no_right_is_refused(world: World, name: str) -> None:
    found = answers(client_of(employee("", username="without")), address(name, world.seen, world))
    if name in OWN:
        assert found and 403 not in found.values()
    else:
        assert found and set(found.values()) == {403}, found


@guarded
def test_with_every_right_the_address_that_is_tested_here_is_there(world: World, name: str) -> None:
    client, url = client_of(boss_of(world)), address(name, world.seen, world)
    found = answers(client, url) | ({"post": client.post(url, SAY[name]).status_code} if name in SAY else {})
    expected = {404} if name == "withdraw" else {200, 302, 400, 403, 422}
    assert found and set(found.values()) <= expected, found


@pytest.mark.parametrize("name", sorted(ABOUT_PEOPLE))
def test_people_of_another_office_are_not_there(world: World, name: str) -> None:
    for headers in ({}, HTMX):
        found = answers(client_of(boss_of(world)), address(name, world.hidden, world), headers=headers)
        if name == "review_item" and headers:
            # The part of the page says that nothing is there (any more), as it does for what somebody settled.
            said = client_of(boss_of(world)).get(address(name, world.hidden, world), headers=headers).content.decode()
            assert "Verborgen" not in said and "too long" not in said
        else:
            assert found and set(found.values()) == {404}, found


@guarded
def test_nobody_of_another_office_is_named_anywhere(world: World, name: str) -> None:
    client = client_of(boss_of(world))
    for person in (world.seen, world.hidden):
        for query in ("", "?kind=outlier", "?kind=request", "?who=a", "?date=2024-01-08", "?month=2024-01"):
            url = address(name, person, world)
            said = client.get(url if "?" in url else url + query).content.decode(errors="replace")
            assert "Verborgen" not in said and "user-8" not in said, (url, query)


@contextmanager
def refused_writes() -> Iterator[None]:
    """Only questions, and the marks of transactions around them."""

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        start = sql.lstrip("( ").upper()
        assert start.startswith(("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK")), f"a write: {sql}"
        return execute(sql, params, many, context)

    before = census()
    with connection.execute_wrapper(refuse):
        yield
    assert census() == before


@each
def test_looking_changes_nothing(world: World, name: str) -> None:
    client = client_of(boss_of(world))
    url = address(name, world.seen, world)
    with refused_writes():
        for method in (client.get, client.head, client.options):
            method(url)
            method(url, headers=HTMX)


@guarded
def test_a_post_without_the_token_of_a_form_is_refused(world: World, name: str) -> None:
    client = client_of(boss_of(world), csrf=True)
    before = census()
    # What takes no POST may say so first.
    assert client.post(address(name, world.seen, world)).status_code in (403, 405)
    for method in (client.put, client.patch, client.delete):
        assert method(address(name, world.seen, world)).status_code in (403, 405)
    assert census() == before


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_what_is_public_tells_strangers_nothing(world: World, name: str) -> None:
    del world
    response = Client().get(f"/attendance-devices/{name}/")
    assert response.status_code == 401 and "Gate" not in response.content.decode()


def boss_of(world: World) -> Any:
    """The superuser of the fixture, whom this host lets see only some."""
    return type(world.seen).objects.get(username="boss")
