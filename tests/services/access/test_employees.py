"""Whom somebody means by what he types."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.models import DeviceUser
from attendance_devices.services.access.employees import devices_listing, find_employees, find_employees_in_bulk
from tests.builders.crm import device, employee, mapped

pytestmark = pytest.mark.django_db


def keys(*users: Any) -> list[str]:
    return sorted(str(user.pk) for user in users)


def test_a_user_name_a_key_of_the_terminals_and_a_primary_key_are_all_understood() -> None:
    asha = employee("A-7", username="asha")

    assert find_employees("asha") == find_employees("A-7") == find_employees(str(asha.pk)) == keys(asha)


def test_a_user_name_goes_before_a_key_and_a_key_before_a_primary_key() -> None:
    asha = employee("first")
    bilal = employee(str(asha.pk), username="7")
    chen = employee("7")

    assert find_employees("7") == keys(bilal)
    assert find_employees(str(asha.pk)) == keys(bilal)
    assert chen.pk != bilal.pk


def test_a_key_that_two_carry_is_both() -> None:
    two = employee("same"), employee("same")

    assert find_employees("same") == keys(*two)


@pytest.mark.parametrize("text", ["", "nobody", "99999999", "9" * 40, "²", " "])
def test_nobody_is_nobody(text: str) -> None:
    employee("7")

    assert find_employees(text) == []


def test_terminals_that_list_the_id_for_nobody_are_named() -> None:
    north, south = device("North"), device("South")
    mapped(north, "7", employee("7"))
    DeviceUser.objects.create(device=south, device_user_id="7")

    assert devices_listing("7") == ["South"]
    assert devices_listing("8") == []


def test_many_are_found_at_once_as_each_would_be() -> None:
    asha, bilal = employee("A-7", username="asha"), employee("007")
    two = employee("same"), employee("same")
    by_name = employee("8", username="A-8")
    employee("A-8")

    found = find_employees_in_bulk({"asha", "A-7", "007", "7", "same", "nobody", "A-8", "ASHA"})

    assert {text: sorted(some) for text, some in found.items()} == {
        "asha": keys(asha),
        "A-7": keys(asha),
        "007": keys(bilal),
        "same": keys(*two),
        "A-8": keys(by_name),
    }


def test_as_many_queries_for_many_as_for_few() -> None:
    for number in range(60):
        employee(f"{number}")
    with CaptureQueriesContext(connection) as few:
        find_employees_in_bulk({"1", "2"})
    with CaptureQueriesContext(connection) as many:
        assert len(find_employees_in_bulk({str(number) for number in range(60)})) == 60
    assert len(many) == len(few)
