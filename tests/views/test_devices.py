"""Devices: who may see and ask what, what is shown, and what it costs.

Covers: services/monitoring/overview.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attendance_devices.models import AuditEntry, Device, DeviceUser, Heartbeat, Incident, SyncRun
from attendance_devices.services.access.audit_log import note
from tests.builders.crm import at as clock
from tests.builders.crm import device, employee, nothing_is_written, on_the_wall, people, taps, terminal, unplugged

pytestmark = pytest.mark.django_db
SECRETS = ("48151623", "hush-hush", "root-user")


def gate(name: str = "Gate", **facts: Any) -> Device:
    now = datetime.now(UTC)
    secrets = {"comm_key": "48151623", "password": "hush-hush", "username": "root-user"}
    return device(name, **secrets | {"last_seen": now, "last_reconciled": now} | facts)


def somebody(client: Client, *rights: str) -> Any:
    user = employee("99", "Sana Qureshi", username="sana")
    user.user_permissions.set(Permission.objects.filter(codename__in=rights or ("view_device",)))
    client.force_login(user)
    return user


def url(name: str, *args: Any) -> str:
    return reverse(f"attendance_devices:{name}", args=args)


def text(answer: Any) -> str:
    """What a person reads: without tags, blanks joined."""
    body = re.sub(r"<(script|style).*?</\1>", "", answer.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def pages(where: Device) -> list[str]:
    alone = [url("device", where.pk), url("device_progress", where.pk)]
    return [url("devices"), url("devices_progress"), *alone]


def test_strangers_go_to_the_login_and_who_may_not_see_terminals_is_refused(client: Client) -> None:
    where = gate()
    for address in pages(where):
        assert "/login/" in client.get(address).headers["Location"]
    assert "/login/" in client.post(url("devices_act"), {"verb": "poll_now", "device": where.pk}).headers["Location"]
    somebody(client, "view_dashboard", "collect_punches")
    for address in pages(where):
        assert client.get(address).status_code == 403
    assert client.post(url("devices_act"), {"verb": "poll_now", "device": where.pk}).status_code == 403
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("verb", ["poll_now", "test_device", "check_clock"])
def test_to_see_terminals_is_not_to_ask_anything_of_them(client: Client, verb: str) -> None:
    where = gate()
    somebody(client)
    assert client.post(url("devices_act"), {"verb": verb, "device": where.pk}).status_code == 403
    shown = client.get(url("devices")).content.decode()
    assert f'value="{verb}"' not in shown
    assert not AuditEntry.objects.exists()


def test_forged_forms_are_kept_out_and_a_link_asks_nothing() -> None:
    where, forger = gate(), Client(enforce_csrf_checks=True)
    somebody(forger, "view_device", "collect_punches")
    assert forger.post(url("devices_act"), {"verb": "poll_now", "device": where.pk}).status_code == 403
    assert forger.get(url("devices_act"), {"verb": "poll_now", "device": where.pk}).status_code == 405
    assert not AuditEntry.objects.exists()


def test_looking_changes_nothing(client: Client) -> None:
    where = gate()
    somebody(client)
    client.get(url("devices"))
    with nothing_is_written():
        for address in pages(where):
            assert client.get(address).status_code == 200


def test_the_worst_comes_first_with_what_to_do_and_no_secret_is_shown(client: Client) -> None:
    gate("A well one", clock_drift=timedelta(0), record_count=90, record_capacity=100)
    sick = gate("Z sick one", failures=5, last_error="Z sick one: nothing listens at its port. Check the port.")
    gate("M off", is_active=False)
    somebody(client)

    answer = client.get(url("devices"))

    shown = text(answer)
    assert shown.index("Z sick one") < shown.index("A well one") < shown.index("M off")
    assert "1 needs somebody" in shown and "1 to be looked at" in shown and "1 switched off" in shown
    assert "failed 5 in a row" in shown and "Check the port." in shown
    assert "clock right" in shown and "90 % full" in shown
    for page in (answer, client.get(url("device", sick.pk))):
        assert [secret for secret in SECRETS if secret in page.content.decode()] == []


def test_one_terminal_shows_its_runs_incidents_and_what_people_did(client: Client) -> None:
    now = datetime.now(UTC)
    where = gate(disabled_since=now)
    for number in range(25):
        begun = now - timedelta(minutes=number)
        SyncRun.objects.create(device=where, started_at=begun, finished_at=begun, new=1000 + number, error="")
    SyncRun.objects.create(device=where, started_at=now, finished_at=now, error="Gate: the cable is out. Put it in.")
    Incident.objects.create(device=where, kind="down", opened_at=now, note="silent since noon")
    DeviceUser.objects.create(device=where, device_user_id="5", device_user_name="Nobody")
    asked = note("poll_now", "begun", device=where, details={"until": (now - timedelta(hours=2)).isoformat()})
    note("poll_now", "failed", device=where, words="no route", details={"job": asked.pk, "ended": True})
    AuditEntry.objects.update(at=now - timedelta(hours=2))
    note("restart", device=where, words="Gate was told to restart")
    note("map", device=where, subject="user 5 Asha Nair", words="Asha Nair is user 5")
    somebody(client)

    shown = text(client.get(url("device", where.pk)))

    assert "The cable is out" not in shown and "the cable is out. Put it in." in shown
    assert "1000" in shown and "1018" in shown and "1019" not in shown, "the last twenty"
    assert "Does not answer : silent since noon" in shown
    assert "Restart done: Gate was told to restart" in shown and "Asha Nair" not in shown
    assert "Poll failed: no route" in shown and shown.count("Poll") == 1, "how it ended, once"
    assert "0 mapped, 1 waiting, 0 ignored" in shown
    assert "nobody may be able to punch there" in shown


def test_a_terminal_that_is_not_there_is_404_and_so_is_no_known_verb_400(client: Client) -> None:
    somebody(client, "view_device", "collect_punches")
    for key in (987_654, 10**30):
        for name in ("device", "device_progress"):
            assert client.get(url(name, key)).status_code == 404
    assert client.post(url("devices_act"), {"verb": "destroy", "device": 1}).status_code == 400
    told = client.post(url("devices_act"), {"verb": "poll_now", "device": "none"}, follow=True)
    assert "Choose one terminal or more." in text(told)


def test_without_a_worker_the_answer_comes_with_the_page(client: Client) -> None:
    somebody(client, "view_device", "collect_punches")
    with on_the_wall(terminal(people(("7", "Asha")), taps(("7", clock("09:00"))))) as where:
        assert "No worker of a queue is running" in text(client.get(url("device", where.pk)))
        order = {"verb": "poll_now", "device": [where.pk, unplugged().pk]}
        answer = client.post(url("devices_act"), order, follow=True)
    shown = text(answer)
    assert answer.redirect_chain == [(url("devices"), 302)]
    assert "Gate: The whole log was read: 1 new, 0 known, 0 unreadable." in shown
    assert "nothing listens" in shown
    assert 'hx-trigger="load' not in answer.content.decode(), "nothing is under way any more"


@pytest.mark.parametrize(("age", "words"), [(1, "A worker does it"), (4, "No worker of a queue is running")])
def test_the_list_knows_whether_a_worker_goes(client: Client, age: int, words: str) -> None:
    gate()
    somebody(client, "view_device", "collect_punches")
    Heartbeat.objects.create(name="tick", at=datetime.now(UTC))
    Heartbeat.objects.create(name="work", at=datetime.now(UTC) - timedelta(minutes=age))
    assert words in text(client.get(url("devices")))


def test_with_a_worker_the_page_asks_again_until_it_is_over(client: Client) -> None:
    Heartbeat.objects.create(name="work", at=datetime.now(UTC))
    where = gate()
    somebody(client, "view_device", "collect_punches")

    order = {"verb": "poll_now", "device": where.pk, "back": "device"}
    answer = client.post(url("devices_act"), order, follow=True)

    assert answer.redirect_chain == [(url("device", where.pk), 302)]
    assert "Poll: a worker does it for 1 terminal." in text(answer)
    part = client.get(url("device_progress", where.pk), headers={"HX-Request": "true"})
    assert f'hx-get="{url("device_progress", where.pk)}"' in part.content.decode()
    assert "<html" not in part.content.decode()
    assert "Waits for a worker." in text(part) and "Refresh" in text(part)
    again = client.post(url("devices_act"), order, follow=True)
    assert "was asked already, by sana." in text(again)

    entry = AuditEntry.objects.filter(verb="poll_now").latest("pk")
    note("poll_now", "done", device=where, words="3 new.", details={"job": entry.pk, "ended": True})

    part = client.get(url("device_progress", where.pk))
    assert "hx-get" not in part.content.decode() and "3 new." in text(part)


def test_a_session_that_ended_is_told_to_the_part_of_a_page_by_401(client: Client) -> None:
    assert client.get(url("devices_progress"), headers={"HX-Request": "true"}).status_code == 401


def test_a_clock_is_set_only_after_somebody_looked(client: Client) -> None:
    somebody(client, "view_device", "write_to_device")
    machine = terminal()
    with on_the_wall(machine) as where:
        machine.now = machine.now - timedelta(minutes=5)
        told = client.post(url("devices_act"), {"verb": "sync_clock", "device": where.pk}, follow=True)
        assert "Look at the clock first" in text(told)
        forged = client.post(url("devices_act"), {"verb": "sync_clock", "plan": "987654"}, follow=True)
        assert "Look at the clock first" in text(forged)

        looked = client.post(url("devices_act"), {"verb": "check_clock", "device": where.pk}, follow=True)
        assert "would be set to" in text(looked) and "Set the clock of Gate" in text(looked)
        assert not [command for command, _ in machine.journal if command == 202]

        plan = re.search(r'name="plan" value="(\d+)"', looked.content.decode())
        assert plan is not None
        done = client.post(url("devices_act"), {"verb": "sync_clock", "plan": plan[1]}, follow=True)
        assert "was set to" in text(done)
        assert [command for command, _ in machine.journal if command == 202] == [202]


def test_a_clock_that_is_right_offers_nothing_to_set(client: Client) -> None:
    somebody(client, "view_device", "write_to_device")
    with on_the_wall(terminal()) as where:
        looked = client.post(url("devices_act"), {"verb": "check_clock", "device": where.pk}, follow=True)
    assert "which is right" in text(looked) and 'name="plan"' not in looked.content.decode()


def test_in_a_crm_with_a_transaction_a_request_the_trail_is_stored_before_the_terminal_hears(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: dict[str, Any] = connections.settings["default"]
    monkeypatch.setitem(settings, "ATOMIC_REQUESTS", True)
    somebody(client, "view_device", "write_to_device")
    machine = terminal()
    with on_the_wall(machine) as where:
        machine.now = machine.now - timedelta(minutes=5)
        looked = client.post(url("devices_act"), {"verb": "check_clock", "device": where.pk}, follow=True)
        plan = re.search(r'name="plan" value="(\d+)"', looked.content.decode())
        assert plan is not None
        client.post(url("devices_act"), {"verb": "sync_clock", "plan": plan[1]})
        assert [command for command, _ in machine.journal if command == 202] == [202]


def test_forty_terminals_cost_the_queries_of_two(client: Client) -> None:
    somebody(client, "view_device", "collect_punches", "write_to_device", "view_deviceuser")
    costs = []
    for amount in (2, 38):
        for number in range(amount):
            where = gate(f"Gate {amount} {number}", failures=number)
            now = datetime.now(UTC)
            SyncRun.objects.create(device=where, started_at=now, finished_at=now, new=1)
            note("poll_now", "begun", device=where, details={"until": (now + timedelta(minutes=5)).isoformat()})
        cache.clear()
        for address in (url("devices"), url("device", where.pk)):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            costs.append(len(queries))
    assert costs[:2] == costs[2:]
    assert max(costs) <= 15, costs
