"""A punch as a derive carries it, and the zone of the clock that showed it."""

import logging
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone

from attendance_devices.domain.pairing import Tap
from attendance_devices.models import Device

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Punched:
    """One punch of one employee, with what the rules do not need but the row does."""

    user: Any
    shown_on: date
    """The date on the terminal's own clock."""
    device: Any
    """None for a punch that a person added and that no terminal should have seen."""
    tap: Tap

    @property
    def tells_zone(self) -> bool:
        """Was the person at this terminal, so that the day is reckoned by its clock?"""
        by = self.tap.amended
        return self.device is not None if by is None else self.device is not None and not by.is_void


def default_zone() -> ZoneInfo:
    """The zone of the site."""
    return ZoneInfo(timezone.get_default_timezone_name())


def zone_of(device: Device) -> ZoneInfo:
    """Punches that are stored have their instants; a zone spoilt since must not stop everybody's days."""
    try:
        return device.zone
    except (ZoneInfoNotFoundError, ValueError, OSError):
        facts = {"device": device.pk}
        logger.warning("%s: unknown time zone %r, the default is used", device.name, device.timezone, extra=facts)
        return default_zone()
