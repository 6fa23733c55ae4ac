# ruff: noqa: RUF001 - spans have dashes, and junk has digits of other scripts
"""Mapping: who may see and decide what, what is shown before, and what it costs.

Covers: services/mapping/suggestions, services/review/mapping.
"""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attendance_devices.domain.devices.device import Enrolment
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.models import AuditEntry, DeviceUser, Heartbeat, PendingDay, ProcessedAttendance
from attendance_devices.services.collection.enrolments import store_enrolments
from attendance_devices.services.mapping import preview
from example_project.hr.models import CustomUser
from tests.builders.crm import (
    MONDAY,
    at,
    crm_rows,
    days,
    device,
    employee,
    host,
    mapped,
    nothing_is_written,
    punched,
    setting,
)

pytestmark = pytest.mark.django_db


class OnlyOffice(DeclaredHost):
    """A viewer sees who is of no office but the first."""

    def visible_employees(self, viewer: Any) -> Any:
        return {str(key) for key in CustomUser.objects.filter(email="mine@x.test").values_list("pk", flat=True)}


def somebody(client: Client, *rights: str, username: str = "officer") -> Any:
    user = CustomUser.objects.create(username=username)
    names = rights or ("view_deviceuser", "change_deviceuser", "add_customuser")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    return user


def url(name: str, *args: Any) -> str:
    return reverse(f"attendance_devices:{name}", args=args)


def text(answer: Any) -> str:
    """What a person reads: without tags, blanks joined."""
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


def stranger(key: str = "9", name: str = "Bilal Khan", where: Any = None, count: int = 2) -> DeviceUser:
    """Somebody whom the CRM does not know, with two punches on each of so many days."""
    where = where or device()
    punched(where, *[(key, at(clock, day)) for day in days(count) for clock in ("09:00", "17:00")])
    DeviceUser.objects.filter(device=where, device_user_id=key).update(device_user_name=name, on_device=True)
    return DeviceUser.objects.get(device=where, device_user_id=key)


def chosen(answer: Any, user: DeviceUser) -> str:
    """Who is chosen for it in the form; empty for nobody."""
    select = re.search(rf'<select name="to-{user.pk}".*?</select>', answer.content.decode(), re.DOTALL)
    assert select is not None
    found = re.search(r'<option value="([^"]*)" selected>', select[0])
    return found[1] if found else ""


def decided(client: Client, action: str, *users: DeviceUser, **more: Any) -> Any:
    return client.post(
        url("mapping_plan"), {"action": action, "user": [user.pk for user in users], **more}, follow=True
    )


def test_strangers_go_to_the_login_and_who_may_not_see_users_of_terminals_is_refused(client: Client) -> None:
    user = stranger()
    pages = [url("mapping"), url("stranger", user.pk), f"{url('mapping_plan')}?action=ignore&user={user.pk}"]
    for address in pages:
        assert "/login/" in client.get(address).headers["Location"]
    assert "/login/" in client.post(url("mapping_plan"), {"action": "ignore", "user": user.pk}).headers["Location"]
    somebody(client, "view_device", "change_deviceuser")
    for address in pages:
        assert client.get(address).status_code == 403
    assert client.post(url("mapping_plan"), {"action": "ignore", "user": user.pk}).status_code == 403
    assert not AuditEntry.objects.exists()


def test_to_see_them_is_not_to_decide_and_to_map_is_not_to_make_accounts(client: Client) -> None:
    user = stranger()
    somebody(client, "view_deviceuser")
    assert client.get(f"{url('mapping_plan')}?action=ignore&user={user.pk}").status_code == 403
    assert client.post(url("mapping_plan"), {"action": "ignore", "user": user.pk}).status_code == 403
    assert 'name="action"' not in client.get(url("mapping")).content.decode()
    somebody(client, "view_deviceuser", "change_deviceuser", username="mapper")
    assert client.get(f"{url('mapping_plan')}?action=create&user={user.pk}").status_code == 403
    assert client.post(url("mapping_plan"), {"action": "create", "user": user.pk}).status_code == 403
    assert 'value="create"' not in client.get(url("mapping")).content.decode()
    assert not AuditEntry.objects.exists() and DeviceUser.objects.get().ignored is False


def test_forged_forms_are_kept_out_and_looking_changes_nothing() -> None:
    user, forger, asha = stranger(), Client(enforce_csrf_checks=True), employee("7", "Bilal Khan")
    somebody(forger)
    order = {"action": "map", "user": user.pk, f"to-{user.pk}": asha.pk}
    assert forger.post(url("mapping_plan"), order).status_code == 403
    other = mapped(device("Gate 2"), "7", asha)
    forger.get(url("mapping"))
    with nothing_is_written():
        for address in (url("mapping"), f"{url('mapping')}?tab=mapped", url("stranger", user.pk)):
            assert forger.get(address).status_code == 200
        for action in ("map", "create", "ignore"):
            assert forger.get(url("mapping_plan"), order | {"action": action}).status_code == 200
        assert forger.get(url("mapping_plan"), {"action": "unmap", "user": other.pk}).status_code == 200


def test_most_punches_come_first_with_who_it_may_be(client: Client) -> None:
    where = device()
    few, many = stranger("8", "PRIYA NA", where, 1), stranger("9", "Muhammad", where, 3)
    asha = employee("8x", "Priya Nair", username="priya.nair")
    employee("1", "Muhammad Ali", username="m.ali")
    employee("2", "Muhammad Khan", username="m.khan")
    by_key = stranger("77", "Somebody", where, 2)
    key_owner = employee("77", "Usman Malik", username="usman")
    somebody(client)

    answer = client.get(url("mapping"))

    shown = text(answer)
    assert shown.index("Muhammad") < shown.index("Somebody") < shown.index("PRIYA NA")
    assert "8 Jan – 10 Jan" in shown
    assert chosen(answer, few) == str(asha.pk) and "Priya Nair – 98 %" in shown
    assert chosen(answer, many) == "", "two are as much like it"
    assert "Muhammad Ali – 80 %" in shown and "Muhammad Khan – 80 %" in shown
    assert chosen(answer, by_key) == str(key_owner.pk) and "Usman Malik – by its key" in shown


def test_who_is_called_otherwise_comes_or_goes_is_seen_at_the_next_look(client: Client) -> None:
    user = stranger("8", "Priya Nair")
    asha, bilal = employee("7", "Bilal Khan"), employee("6", "Priya Nair")
    somebody(client)
    assert chosen(client.get(url("mapping")), user) == str(bilal.pk)

    CustomUser.objects.filter(pk=bilal.pk).update(is_active=False)
    CustomUser.objects.filter(pk=asha.pk).update(first_name="Priya", last_name="Nair")
    assert chosen(client.get(url("mapping")), user) == str(asha.pk)
    CustomUser.objects.filter(pk=asha.pk).update(first_name="Zainab", last_name="Qureshi")
    assert "no similar name" in text(client.get(url("mapping")))


def test_a_name_that_the_terminal_knows_already_is_suggested_with_that(client: Client) -> None:
    where, asha = device(), employee("7", "Priya Nair")
    mapped(where, "7", asha)
    again = stranger("8", "Priya Nair", where)
    somebody(client)
    answer = client.get(url("mapping"))
    assert "Priya Nair – 100 %, already 7 there" in text(answer)
    assert chosen(answer, again) == "", "a person has to say that somebody has two ids"


def test_who_sees_some_employees_learns_of_no_others(client: Client, settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(HOST=host(OnlyOffice))
    where = device()
    user, known = stranger("9", "Priya Nair", where), stranger("10", "Usman Malik", where)
    mine, theirs = employee("71", "Priya Naira", username="mine"), employee("10", "Priya Nair", username="theirs")
    CustomUser.objects.filter(pk=mine.pk).update(email="mine@x.test")
    mapped(where, "71", mine)
    foreign = mapped(where, "10x", theirs)
    somebody(client)

    pages = [
        client.get(url("mapping")),
        client.get(url("stranger", user.pk), {"q": "priya"}),
        client.get(url("stranger", known.pk), {"q": "theirs"}),
        client.get(f"{url('mapping')}?tab=mapped"),
        client.get(f"{url('mapping')}?tab=mapped&q=theirs"),
        client.get(url("mapping_plan"), {"action": "map", "user": user.pk, f"to-{user.pk}": theirs.pk}),
        client.get(url("mapping_plan"), {"action": "unmap", "user": foreign.pk}),
        client.get(url("mapping_plan"), {"action": "create", "user": known.pk}),
        decided(client, "map", user, **{f"to-{user.pk}": theirs.pk}),
        decided(client, "unmap", foreign),
        decided(client, "create", known),
    ]

    for page in pages:
        shown = page.content.decode()
        assert page.status_code == 200
        assert f'<option value="{theirs.pk}"' not in shown and "theirs" not in shown.replace('value="theirs"', "")
        assert f"employee {theirs.pk}" not in shown
    assert "Priya Naira" in text(pages[0]) and "mine" in text(pages[1])
    assert not AuditEntry.objects.exists()
    assert set(DeviceUser.objects.filter(system_user__isnull=False).values_list("system_user", flat=True)) == {
        mine.pk,
        theirs.pk,
    }


def test_what_will_change_is_shown_and_then_made_with_the_days(client: Client) -> None:
    user, asha = stranger(), employee("7", "Priya Nair", username="priya")
    somebody(client)

    shown = text(client.get(url("mapping_plan"), {"action": "map", "user": user.pk, f"to-{user.pk}": asha.pk}))

    assert "Gate, 9 Bilal Khan is Priya Nair (priya)" in shown
    assert "4 punches · 2 days change · 2 new in the CRM" in shown
    assert "Mon 8 Jan 2024 nothing on time 09:00 – 17:00" in shown
    assert not ProcessedAttendance.objects.exists()

    done = decided(client, "map", user, **{f"to-{user.pk}": asha.pk})

    assert "Gate, 9 Bilal Khan is Priya Nair (priya) from now on, with 4 earlier punches." in text(done)
    assert "2 days were derived." in text(done)
    assert list(ProcessedAttendance.objects.values_list("user", "date").order_by("date")) == [
        (asha.pk, day) for day in days(2)
    ]
    assert AuditEntry.objects.get().verb == "map"


def test_with_a_worker_the_days_are_its_work(client: Client, django_capture_on_commit_callbacks: Any) -> None:
    Heartbeat.objects.create(name="work", at=datetime.now(UTC))
    user, asha = stranger(), employee("7", "Priya Nair")
    somebody(client)
    with django_capture_on_commit_callbacks(execute=True):
        done = decided(client, "map", user, **{f"to-{user.pk}": asha.pk})
    assert "A worker brings the days up to date." in text(done)
    assert PendingDay.objects.count() == 2 and not ProcessedAttendance.objects.exists()


def test_the_crm_has_the_days_of_somebody_who_was_mapped_lately(client: Client) -> None:
    user, asha = stranger(), employee("7", "Priya Nair", username="priya")
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    punched(user.device, ("9", at("09:00", yesterday)), ("9", at("17:00", yesterday)))
    somebody(client)
    decided(client, "map", user, **{f"to-{user.pk}": asha.pk})
    assert ("priya", yesterday, "09:00:00", "17:00:00") in crm_rows()


def test_of_many_at_once_one_that_cannot_be_done_stops_no_other(client: Client) -> None:
    where = device()
    first, second, third = (stranger(key, f"Name {key}", where) for key in ("7a", "8a", "9a"))
    asha, other = employee("1", "Priya Nair", username="priya"), employee("2", "Usman Malik", username="usman")
    somebody(client)
    to = {f"to-{first.pk}": asha.pk, f"to-{second.pk}": "", f"to-{third.pk}": other.pk}
    shown = text(client.get(url("mapping_plan"), {"action": "map", "user": [first.pk, second.pk, third.pk], **to}))
    assert "Gate, 8a Name 8a Choose an employee for it first." in shown
    done = decided(client, "map", first, second, third, **to)
    assert "there is no such employee" in text(done) and text(done).count("from now on") == 2
    assert AuditEntry.objects.count() == 2


def test_an_account_is_shown_with_every_field_and_then_made(client: Client) -> None:
    where = device(office="Head office")
    store_enrolments(where, [Enrolment(device_user_id="9", name="Bilal Khan")])
    punched(where, ("9", at("09:00")), ("9", at("17:00")))
    user = DeviceUser.objects.get()
    somebody(client)

    shown = text(client.get(url("mapping_plan"), {"action": "create", "user": user.pk}))
    assert "username 9" in shown and "is_superuser False" in shown and "password unusable" in shown
    assert "role employee" in shown and "Mon 8 Jan 2024 nothing" in shown

    done = decided(client, "create", user)
    assert "from now on, with 2 earlier punches" in text(done)
    assert CustomUser.objects.get(username="9").first_name == "Bilal Khan"
    assert ProcessedAttendance.objects.count() == 1


def test_who_is_ignored_is_in_a_list_of_its_own_and_can_wait_again(client: Client) -> None:
    user = stranger()
    somebody(client)
    assert "is ignored from now on" in text(decided(client, "ignore", user))
    assert "Nobody waits" in text(client.get(url("mapping")))
    ignored = client.get(url("mapping"), {"tab": "ignored"})
    assert "Bilal Khan" in text(ignored) and 'value="notice"' in ignored.content.decode()
    assert "waits again to be mapped" in text(decided(client, "notice", user))
    assert "Bilal Khan" in text(client.get(url("mapping")))


def test_a_mapping_is_found_and_undone_after_it_was_shown_what_goes(client: Client) -> None:
    user, asha = stranger(), employee("7", "Priya Nair", username="priya")
    somebody(client)
    decided(client, "map", user, **{f"to-{user.pk}": asha.pk})
    mapped(device("Other"), "5", employee("5", "Usman Malik", username="usman"))

    for words in ("priya", "Nair", "Gate", "9", "bilal", "gate priya"):
        found = text(client.get(url("mapping"), {"tab": "mapped", "q": words}))
        assert "Priya Nair" in found and "Usman" not in found, words
    assert "Nobody fits that." in text(client.get(url("mapping"), {"tab": "mapped", "q": "gate usman"}))
    assert "Usman" not in text(client.get(url("mapping"), {"tab": "mapped", "device": user.device_id}))

    shown = text(client.get(url("mapping_plan"), {"action": "unmap", "user": user.pk}))
    assert "is Priya Nair (priya) no more" in shown and "4 punches · 2 days change" in shown
    assert "Mon 8 Jan 2024 on time 09:00 – 17:00 nothing" in shown
    done = decided(client, "unmap", user)
    assert "4 punches are nobody's again" in text(done)
    assert not ProcessedAttendance.objects.exists() and crm_rows() == []
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == ["map", "unmap"]


def test_the_second_of_two_officers_is_told_before_and_after(client: Client) -> None:
    user, asha = stranger(), employee("7", "Priya Nair", username="priya")
    somebody(client)
    decided(client, "map", user, **{f"to-{user.pk}": asha.pk})
    somebody(client, username="second")
    shown = client.get(url("mapping_plan"), {"action": "map", "user": user.pk, f"to-{user.pk}": asha.pk})
    assert "It was decided about meanwhile" in text(shown) and ">Map</button>" not in shown.content.decode()
    assert "it was mapped already (by officer)" in text(decided(client, "map", user, **{f"to-{user.pk}": asha.pk}))
    assert client.get(url("stranger", user.pk)).status_code == 404


@pytest.mark.parametrize("junk", ["x", "-1", "9" * 30, "١", "1' OR 1=1", "\0"])
def test_junk_in_the_address_is_nothing_and_no_error(client: Client, junk: str) -> None:
    stranger()
    somebody(client)
    assert client.get(url("mapping"), {"device": junk, "page": junk, "per_page": junk, "tab": junk}).status_code == 200
    assert client.get(url("mapping"), {"tab": "mapped", "q": junk}).status_code == 200
    assert client.get(url("stranger", DeviceUser.objects.get().pk), {"q": junk}).status_code == 200
    answer = client.get(url("mapping_plan"), {"action": "map", "user": junk}, follow=True)
    assert "Choose one user of a terminal or more." in text(answer)
    assert client.get(url("mapping_plan"), {"action": junk}).status_code == 400
    one = DeviceUser.objects.get().pk
    shown = client.get(url("mapping_plan"), {"action": "map", "user": one, f"to-{one}": junk})
    assert "Choose an employee for it first." in text(shown)


def test_pages_are_turned_and_no_page_is_longer_than_a_hundred(client: Client) -> None:
    where = device()
    DeviceUser.objects.bulk_create([DeviceUser(device=where, device_user_id=f"{n:03}") for n in range(130)])
    somebody(client)
    first = client.get(url("mapping"), {"per_page": "1000000"})
    assert first.content.decode().count('name="user"') == 100
    second = client.get(url("mapping"), {"page": 2})
    assert second.content.decode().count('name="user"') == 25 and "Page 2" in text(second)


def test_many_cost_the_queries_of_few(client: Client) -> None:
    somebody(client, "view_deviceuser", "change_deviceuser", "add_customuser")
    where, costs = device(), []
    for amount in (3, 20):
        users = [stranger(f"{amount}-{n}", f"Priya N{n}", where, 1) for n in range(amount)]
        people = [employee(f"{amount}x{n}", f"Priya Na{n}") for n in range(amount)]
        for n in range(amount):
            mapped(where, f"m{amount}-{n}", people[n])
        wishes = {f"to-{user.pk}": someone.pk for user, someone in zip(users, people, strict=True)}
        every = {"user": [user.pk for user in users], **wishes}
        asked = [
            (url("mapping"), {}),
            (url("mapping"), {"tab": "mapped"}),
            (url("stranger", users[0].pk), {"q": "priya"}),
            (url("mapping_plan"), {"action": "ignore", **every}),
        ]
        found = []
        for address, query in asked:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address, query).status_code == 200
            found.append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url("mapping_plan"), {"action": "map", **every}).status_code == 200
        costs.append((found, len(queries)))
    assert costs[0] == costs[1]
    assert max(costs[0][0]) <= 15, costs
    assert costs[0][1] <= 35, "the exact days and the CRM's rows of all that are chosen"


def test_the_days_of_a_year_are_shown_as_far_as_anybody_reads(client: Client) -> None:
    user, asha = stranger(count=70), employee("7", "Priya Nair")
    somebody(client)
    shown = text(client.get(url("mapping_plan"), {"action": "map", "user": user.pk, f"to-{user.pk}": asha.pk}))
    assert "70 days change" in shown and "The first 62 are shown." in shown
    assert MONDAY


def test_so_many_punches_that_nobody_could_look_at_their_days_are_counted(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "MOST_PUNCHES", 3)
    user, asha = stranger(), employee("7", "Priya Nair")
    somebody(client)
    query = {"action": "map", "user": user.pk, f"to-{user.pk}": asha.pk}
    assert "4 punches · its days are too many to be shown here" in text(client.get(url("mapping_plan"), query))
    assert client.get(url("stranger", 10**30)).status_code == 404


def test_two_people_of_one_id_are_shown_apart_and_one_person_once(client: Client) -> None:
    """On one terminal 9 is Bilal, on another it is Priya: two accounts, and each has the own days."""
    gates = [device("Gate 1"), device("Gate 2"), device("Gate 3")]
    for where, name, day in zip(gates, ("Bilal Khan", "Priya Nair", "Bilal K"), days(3), strict=True):
        store_enrolments(where, [Enrolment(device_user_id="9", name=name)])
        punched(where, ("9", at("09:00", day)), ("9", at("17:00", day)))
    somebody(client)
    keys = list(DeviceUser.objects.order_by("device__name").values_list("pk", flat=True))
    shown = text(client.get(url("mapping_plan"), {"action": "create", "user": keys}))
    first, second = (shown.split(f"Gate {number}, 9")[1] for number in (1, 2))
    assert "2 punches · 2 days change" in first, "both of his days are those of one account"
    assert "2 punches · 1 day changes" in second


def test_the_mapped_are_sorted_and_turned_by_pages_and_junk_sorts_nothing(client: Client) -> None:
    where = device()
    for key, username in (("1", "cem"), ("2", "asha"), ("3", "bo")):
        mapped(where, key, employee(f"k{key}", username=username))
    somebody(client)

    def order(**query: str) -> list[str]:
        shown = text(client.get(url("mapping"), {"tab": "mapped", **query}))
        return sorted(["asha", "bo", "cem"], key=lambda name: shown.find(f"{name} {name}"))

    assert order() == ["cem", "asha", "bo"], "by terminal and id"
    assert order(sort="employee") == ["asha", "bo", "cem"]
    assert order(sort="-employee") == ["cem", "bo", "asha"]
    assert order(sort="password") == order(sort="system_user__password") == order()
    head = client.get(url("mapping"), {"tab": "mapped", "sort": "employee", "q": "a"}).content.decode()
    assert 'aria-sort="ascending"' in head and "sort=-employee" in head and "q=a" in head
    second = text(client.get(url("mapping"), {"tab": "mapped", "per_page": "2", "page": "2"}))
    assert "bo bo" in second and "cem cem" not in second and "Page 2" in second
