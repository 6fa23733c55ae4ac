"""A round by cron: the whole river once, and then people are told what came of it. A queue has a task for each part."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from attendance_devices.models import Device
from attendance_devices.services.monitoring.digest import send_outlier_alerts
from attendance_devices.services.monitoring.incidents import IncidentChanges, update_incidents
from attendance_devices.services.pipeline.run import RunResult, run
from attendance_devices.services.workers.isolation import error_boundary


def run_once_by_cron(devices: Collection[Device], **wish: Any) -> RunResult:
    """Run for these devices, and tell people. :param wish: as `run` takes it."""
    result = run(devices, **wish)
    return replace(result, errors=(*result.errors, *send_notifications()))


def send_notifications() -> tuple[str, ...]:
    """Mail new outliers, look after all terminals, and mail incidents. Returns what failed."""
    errors: list[str] = []
    error_boundary("the mail about outliers", send_outlier_alerts, 0, errors)
    looked = error_boundary("looking after the terminals", update_incidents, IncidentChanges(), errors)
    return (*errors, *looked.errors)
