"""A person says who somebody is, of one or of many."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.models import DeviceUser, ESSLAttendanceLog, PendingDay
from attendance_devices.services.mapping.assign import assign_all
from tests.builders.crm import at, device, employee, punched, statements

pytestmark = pytest.mark.django_db


def unknown(count: int, first: int = 0) -> list[tuple[DeviceUser, object]]:
    """So many that punched once each, on two terminals, and whom they are."""
    gates = [device(f"North {first}"), device(f"South {first}")]
    for number in range(first, first + count):
        punched(gates[number % 2], (f"{number}", at("09:00")))
    rows = DeviceUser.objects.filter(device__in=gates).order_by("pk")
    return [(row, employee(f"of {row.device_user_id}").pk) for row in rows]


def test_the_punches_of_all_follow() -> None:
    wishes = unknown(4)
    assign_all(wishes, by="boss")
    assert set(ESSLAttendanceLog.objects.values_list("user", flat=True)) == {employee for _, employee in wishes}
    assert PendingDay.objects.count() == 4
    assert set(DeviceUser.objects.values_list("mapped_by", "mapped_reason", "is_mapped")) == {
        ("person", "by boss", True)
    }


def test_nobody_is_nothing() -> None:
    assign_all([], by="boss")


def test_as_many_queries_for_many_as_for_few() -> None:
    cost = []
    for first, count in ((0, 4), (100, 40)):
        wishes = unknown(count, first)
        with CaptureQueriesContext(connection) as queries:
            assign_all(wishes, by="boss")
        cost.append(statements(queries))
    assert cost[0] == cost[1]
