"""Writes from the admin: the plan first, then a POST, and only for whoever may."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connections
from django.test import Client
from django.urls import reverse

from attendance_devices.models import AuditEntry, Device, ESSLAttendanceLog
from attendance_devices.simulators.zkteco import Profile
from example_project.hr.models import CustomUser
from tests.builders.crm import terminal
from tests.builders.terminal_writes import only_read, orders, stored, trail

pytestmark = pytest.mark.django_db
LIST = "admin:attendance_devices_device_changelist"
ACTIONS = ["set_their_clocks", "restart_them", "clear_their_logs"]


def clerk(client: Client, *rights: str) -> Client:
    user = CustomUser.objects.create_user("clerk", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=("view_device", *rights)))
    client.force_login(user)
    return client


def page(verb: str, *devices: Device) -> str:
    chosen = "&".join(f"device={device.pk}" for device in devices)
    return f"{reverse('admin:attendance_devices_device_write', args=[verb])}?{chosen}"


def test_an_action_leads_to_the_plan_and_a_post_does_it(client: Client) -> None:
    with stored() as (machine, gate):
        boss = clerk(client, "write_to_device")
        answer = boss.post(reverse(LIST), {"action": "clear_their_logs", "_selected_action": [gate.pk]})
        assert answer.headers["Location"] == page("clear-log", gate)

        shown = boss.get(answer.headers["Location"]).content.decode()
        assert "Gate 1: 6 records, all stored, would be cleared" in shown
        assert "csrfmiddlewaretoken" in shown
        assert only_read(machine)

        done = boss.post(answer.headers["Location"], follow=True).content.decode()
        assert "Gate 1: 6 records, all stored, were cleared" in done
        assert machine.record_count == 0
    assert AuditEntry.objects.first().by_name == "clerk"
    assert "were cleared" in LogEntry.objects.get().change_message


def test_a_refusal_is_in_the_plan_and_offers_nothing_to_do(client: Client) -> None:
    with stored() as (machine, gate):
        ESSLAttendanceLog.objects.all().delete()
        boss = clerk(client, "write_to_device")
        shown = boss.get(page("clear-log", gate)).content.decode()
        assert "6 records are not stored" in shown
        assert "Do it" not in shown
        told = boss.post(page("clear-log", gate), follow=True).content.decode()
        assert "6 records are not stored" in told
        assert machine.record_count == 6
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    ("action", "verb"), list(zip(ACTIONS, ("set-clock", "restart", "clear-log"), strict=True)), ids=ACTIONS
)
def test_each_action_leads_to_its_own_plan(client: Client, action: str, verb: str) -> None:
    gate = Device.objects.create(name="Gate 1", address="192.0.2.1")
    boss = clerk(client, "write_to_device")
    answer = boss.post(reverse(LIST), {"action": action, "_selected_action": [gate.pk]})
    assert answer.headers["Location"] == page(verb, gate)


@pytest.mark.parametrize(("verb", "order"), [("set-clock", "set time"), ("restart", "restart")])
def test_clocks_are_set_and_terminals_restarted(client: Client, verb: str, order: str) -> None:
    with stored(terminal(profile=Profile(silent_restart=False)), timezone="Asia/Kathmandu") as (machine, gate):
        boss = clerk(client, "write_to_device")
        assert boss.get(page(verb, gate)).status_code == 200
        boss.post(page(verb, gate))
        assert orders(machine) == [order]


@pytest.mark.parametrize("verb", ["set-clock", "restart", "clear-log"])
def test_the_right_to_change_a_devices_row_is_not_the_right_to_write_to_it(client: Client, verb: str) -> None:
    with stored() as (machine, gate):
        asked = len(machine.journal)
        other = clerk(client, "change_device")
        assert other.get(page(verb, gate)).status_code == 403
        assert other.post(page(verb, gate)).status_code == 403
        for action in ACTIONS:
            answer = other.post(reverse(LIST), {"action": action, "_selected_action": [gate.pk]})
            assert "/write/" not in answer.headers.get("Location", "")
            assert action not in other.get(reverse(LIST)).content.decode()
        assert len(machine.journal) == asked
    assert trail() == []


def test_strangers_and_forged_forms_are_kept_out() -> None:
    with stored() as (machine, gate):
        asked = len(machine.journal)
        assert "/login/" in Client().post(page("clear-log", gate)).headers["Location"]
        boss = clerk(Client(enforce_csrf_checks=True), "write_to_device")
        assert boss.post(page("clear-log", gate)).status_code == 403
        assert len(machine.journal) == asked


def test_an_unknown_verb_or_device_is_nothing(client: Client) -> None:
    boss = clerk(client, "write_to_device")
    assert boss.get(page("destroy")).status_code == 404
    assert boss.get(f"{page('restart')}device=none").status_code == 200


def test_in_a_crm_with_a_transaction_a_request_the_trail_is_stored_before_the_terminal_hears(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: dict[str, Any] = connections.settings["default"]
    monkeypatch.setitem(settings, "ATOMIC_REQUESTS", True)
    with stored() as (machine, gate):
        boss = clerk(client, "write_to_device")
        boss.post(page("clear-log", gate))
        assert machine.record_count == 0
