"""Vendors are found by name."""

import pytest

from attendance_devices.drivers.registry import DRIVERS, VENDOR_CHOICES, driver
from attendance_devices.drivers.zkteco.driver import ZKTecoDriver


def test_a_vendor_is_found_by_its_name_and_made_once() -> None:
    assert isinstance(driver("zkteco"), ZKTecoDriver)
    assert driver("zkteco") is driver("zkteco")


def test_every_vendor_that_can_be_chosen_has_a_driver() -> None:
    assert [name for name, _ in VENDOR_CHOICES] == list(DRIVERS)


def test_an_unknown_vendor_is_not_guessed() -> None:
    with pytest.raises(KeyError):
        driver("nobody")
