"""Whom somebody means by what he types."""

from typing import Any

import pytest

from attendance_devices.models import DeviceUser
from attendance_devices.services.employees import find_employees, unmapped_on
from tests.services.house import device, employee, mapped

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

    assert unmapped_on("7") == ["South"]
    assert unmapped_on("8") == []
