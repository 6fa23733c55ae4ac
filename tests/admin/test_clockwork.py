"""The clock's buttons on the list of terminals."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from attendance_devices.models import Device
from tests.builders.crm import device

pytestmark = pytest.mark.django_db
LIST = "admin:attendance_devices_device_changelist"


@pytest.fixture
def clerk(client: Client) -> Any:
    """May see and change terminals, and nothing else."""
    user = get_user_model().objects.create_user(username="clerk", password="x", is_staff=True)
    for name in ("view_device", "change_device"):
        user.user_permissions.add(Permission.objects.get(codename=name))
    client.force_login(user)
    return user


def pressed(client: Client, action: str) -> str:
    keys = list(Device.objects.values_list("pk", flat=True))
    answer = client.post(reverse(LIST), {"action": action, "_selected_action": keys}, follow=True)
    return answer.content.decode()


def test_terminals_are_read_at_the_next_tick(client: Client, clerk: Any) -> None:
    device(next_attempt=datetime.now(UTC) + timedelta(hours=1), failures=5)
    assert "1 terminals are read at the next tick." in pressed(client, "read_soon")
    assert Device.objects.get().next_attempt is None


def test_schedules_are_installed_by_whoever_may_add_schedules(client: Client, clerk: Any) -> None:
    rows = apps.get_model("django_q", "Schedule").objects
    device()
    pressed(client, "install_schedules")
    assert rows.count() == 0
    clerk.user_permissions.add(Permission.objects.get(codename="add_schedule"))
    assert "Schedules created: poll, sweep" in pressed(client, "install_schedules")
    assert "Nothing was missing." in pressed(client, "install_schedules")
    assert rows.count() >= 2


def test_a_terminal_that_was_changed_is_tried_soon_and_keeps_what_a_poll_wrote_meanwhile(
    client: Client, clerk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = device(next_attempt=datetime.now(UTC) + timedelta(hours=1), failures=5)
    kept = ("name", "vendor", "address", "port", "transport", "encoding", "timezone", "direction")
    form = {name: str(getattr(gate, name)) for name in kept} | {"is_active": "on", "poll_minutes": "30"}
    usual = Device.full_clean

    def meanwhile(row: Device, *args: Any, **kwargs: Any) -> None:
        Device.objects.update(cursor={"position": 7})
        usual(row, *args, **kwargs)

    monkeypatch.setattr(Device, "full_clean", meanwhile)
    client.post(reverse("admin:attendance_devices_device_change", args=[gate.pk]), form)
    gate.refresh_from_db()
    assert (gate.poll_minutes, gate.next_attempt, gate.cursor) == (30, None, {"position": 7})
