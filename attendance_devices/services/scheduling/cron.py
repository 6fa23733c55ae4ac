"""A round by cron: the whole river once, and then people are told what came of it. A queue has a task for each part."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from attendance_devices.models import Device
from attendance_devices.services.monitoring.digest import send_outlier_alerts
from attendance_devices.services.monitoring.incidents import Looked, look_after
from attendance_devices.services.pipeline.run import RunResult, run
from attendance_devices.services.workers.isolation import attempted


def make_round(devices: Collection[Device], **wish: Any) -> RunResult:
    """Run for these devices, and tell people. :param wish: as `run` takes it."""
    result = run(devices, **wish)
    return replace(result, errors=(*result.errors, *tell_people()))


def tell_people() -> tuple[str, ...]:
    """Mail new outliers, look after all terminals, and mail incidents. Returns what failed."""
    errors: list[str] = []
    attempted("the mail about outliers", send_outlier_alerts, 0, errors)
    looked = attempted("looking after the terminals", look_after, Looked(), errors)
    return (*errors, *looked.errors)
