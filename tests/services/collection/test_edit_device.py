"""A terminal is added, or what a person changed of it is stored."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model

from attendance_devices.models import AuditEntry, Device, ESSLAttendanceLog
from attendance_devices.services.collection.edit_device import save_device
from tests.builders.crm import at, device, employee, mapped, punched

pytestmark = pytest.mark.django_db


def test_what_a_poll_wrote_meanwhile_stays() -> None:
    gate = device(next_attempt=datetime.now(UTC) + timedelta(hours=1))
    Device.objects.update(cursor={"position": 7}, failures=3)
    port = gate.port
    gate.name, gate.port = "Main door", port + 1
    assert save_device(gate, ["name"], by=employee("7")) == 0
    stored = Device.objects.get()
    assert (stored.name, stored.cursor, stored.failures, stored.next_attempt) == ("Main door", {"position": 7}, 3, None)
    assert stored.port == port, "nobody said that it was changed"


def test_a_corrected_zone_moves_the_punches() -> None:
    gate = device(timezone="UTC")
    mapped(gate, "7", employee("7"))
    punched(gate, ("7", at("09:00")))
    gate.timezone = "Asia/Kathmandu"
    assert save_device(gate, ["timezone"], by=None) == 1
    assert ESSLAttendanceLog.objects.get().punch_time == datetime(2024, 1, 8, 3, 15, tzinfo=UTC)


def test_the_trail_says_who_changed_what() -> None:
    boss = get_user_model().objects.create_user(username="boss", password="x")
    save_device(Device(name="New", address="192.0.2.1"), [], by=boss)
    save_device(Device.objects.get(), ["name", "comm_key"], by=boss)
    save_device(Device.objects.get(), [], by=boss)
    entries = list(AuditEntry.objects.order_by("pk").values_list("verb", "by_name", "words"))
    assert entries == [("add device", "boss", ""), ("change device", "boss", "name, comm_key")]
