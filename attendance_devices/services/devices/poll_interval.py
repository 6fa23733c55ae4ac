"""The pace of a stored device: the setting, or what the device says itself."""

import random
from datetime import UTC, datetime, timedelta

from attendance_devices import conf
from attendance_devices.domain.devices.poll_interval import PollPace, after_failure, after_success, share_of
from attendance_devices.models import Device


def poll_pace_of(key: int, poll_minutes: int | None, settings: conf.Settings) -> PollPace:
    """How often this device is read."""
    return PollPace(
        interval=timedelta(minutes=poll_minutes or settings.poll_minutes),
        longest=timedelta(minutes=settings.backoff_minutes),
        share=share_of(key),
    )


def next_poll(device: Device) -> datetime:
    """After a read that went well."""
    return after_success(datetime.now(UTC), poll_pace_of(device.pk, device.poll_minutes, conf.load()))


def next_retry(device: Device, *, retryable: bool) -> datetime:
    """After one more failure than `device` tells of."""
    pace = poll_pace_of(device.pk, device.poll_minutes, conf.load())
    jitter = random.random()  # noqa: S311 - to spread them, not to hide anything
    return after_failure(datetime.now(UTC), pace, failures=device.failures + 1, retryable=retryable, jitter=jitter)
