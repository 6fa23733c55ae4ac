"""Finds the driver of a vendor. The one place where vendors are listed."""

from collections.abc import Mapping
from functools import cache

from django.utils.module_loading import import_string

from attendance_devices.drivers.base import Driver

DRIVERS: Mapping[str, str] = {
    "zkteco": "attendance_devices.drivers.zkteco.driver.ZKTecoDriver",
}

VENDOR_CHOICES = [("zkteco", "ZKTeco / eSSL")]


@cache
def driver(vendor: str) -> Driver:
    """The driver of `vendor`; imported on first use, so that a host without it pays nothing."""
    found: type[Driver] = import_string(DRIVERS[vendor])
    return found()
