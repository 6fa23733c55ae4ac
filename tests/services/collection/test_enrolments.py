"""The people a terminal lists."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.domain.devices.device import Enrolment, Privilege
from attendance_devices.models import DeviceUser
from attendance_devices.services.collection.enrolments import compare_enrolments, store_enrolments
from tests.builders.crm import device, employee, nothing_is_written

pytestmark = pytest.mark.django_db


def listed(*people: tuple[str, str]) -> list[Enrolment]:
    return [Enrolment(device_user_id=key, name=name, uid=uid) for uid, (key, name) in enumerate(people, start=1)]


def kept() -> list[tuple[str, str, bool]]:
    rows = DeviceUser.objects.order_by("pk")
    return [(row.device_user_id, row.device_user_name, row.on_device) for row in rows]


def test_new_people_are_kept_in_the_order_of_the_list() -> None:
    store_enrolments(device(), listed(("9", "Zoya"), ("10", "Asha")))

    assert kept() == [("9", "Zoya", True), ("10", "Asha", True)]


def test_a_new_name_or_privilege_is_copied_and_the_mapping_stays() -> None:
    gate, asha = device(), employee("7")
    store_enrolments(gate, listed(("7", "Asha")))
    gate.users.update(system_user=asha)

    store_enrolments(
        gate, [Enrolment(device_user_id="7", name="Asha Nair", uid=4, privilege=Privilege.ADMIN, card="12")]
    )

    row = DeviceUser.objects.get()
    assert (row.device_user_name, row.uid, row.privilege, row.card) == ("Asha Nair", 4, "admin", "12")
    assert row.system_user_id == asha.pk


def test_whoever_left_the_list_stays_with_his_name_and_may_come_back() -> None:
    gate = device()
    store_enrolments(gate, listed(("7", "Asha"), ("8", "Bilal")))

    store_enrolments(gate, listed(("8", "Bilal")))
    assert kept() == [("7", "Asha", False), ("8", "Bilal", True)]

    store_enrolments(gate, listed(("7", "Asha"), ("8", "Bilal")))
    assert kept() == [("7", "Asha", True), ("8", "Bilal", True)]


def test_ids_are_kept_to_the_letter() -> None:
    ids = ["7", "07", "7 ", "a", "A", "=1+1"]
    store_enrolments(device(), listed(*[(key, "") for key in ids]))

    assert [row[0] for row in kept()] == ids


def test_the_same_id_listed_twice_or_too_long_is_one_row_at_every_poll() -> None:
    gate = device()
    people = listed(("7", "Asha"), ("7", "Asha Nair"), ("x" * 70, "n" * 300))

    store_enrolments(gate, people)
    store_enrolments(gate, people)

    assert kept() == [("7", "Asha Nair", True), ("x" * 64, "n" * 128, True)]


def test_two_devices_do_not_know_each_others_people() -> None:
    store_enrolments(device("North"), listed(("7", "Asha")))
    store_enrolments(device("South"), listed(("7", "Bilal")))

    assert [row[1] for row in kept()] == ["Asha", "Bilal"]


def test_a_comparison_writes_nothing() -> None:
    gate = device()
    store_enrolments(gate, listed(("7", "Asha"), ("8", "Bilal"), ("9", "Chen")))

    with nothing_is_written():
        stored, new, changed = compare_enrolments(gate, listed(("7", "Asha"), ("8", "B."), ("10", "Dia")))

    assert [user.device_user_id for user in stored] == ["7", "8", "9"]
    assert [user.device_user_id for user in new] == ["10"]
    assert [(user.device_user_id, user.device_user_name, user.on_device) for user in changed] == [
        ("8", "B.", True),
        ("9", "Chen", False),
    ]


def test_a_thousand_people_cost_the_queries_of_ten() -> None:
    counts = []
    for number, amount in enumerate((10, 400)):
        gate = device(f"Gate {number}")
        store_enrolments(gate, listed(*[(str(key), "old") for key in range(amount)]))
        with CaptureQueriesContext(connection) as queries:
            store_enrolments(gate, listed(*[(str(key), "old") for key in range(amount + 1)]))
        counts.append(len(queries))

    assert counts[0] == counts[1]
