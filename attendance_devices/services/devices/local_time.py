"""What date it is at the site, and which day is so many back. Dates are those of ``TIME_ZONE``, whatever ``USE_TZ``."""

import logging
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone

from attendance_devices import conf
from attendance_devices.domain.punches.instants import OLDEST_YEAR, instant, is_skipped
from attendance_devices.exceptions import InstantInvalid
from attendance_devices.models import Device

logger = logging.getLogger(__name__)


def today() -> date:
    """The date that clocks of the site show."""
    return datetime.now(timezone.get_default_timezone()).date()


def days_ago(days: float) -> date:
    """So many days before today; the first of all dates if that is further than dates go."""
    try:
        return today() - timedelta(days=days)
    except OverflowError:
        return date.min


def first_day_posted() -> date:
    """The first day of which the CRM is told where nobody names one: as the setting ``POST_DAYS`` says."""
    return days_ago(conf.load().post_days)


LATEST_YEAR = 9_000
TIME_FORMAT_HINT = "Write it as 2026-01-31 09:00"


def parse_instant(text: str, zone: tzinfo) -> datetime:
    """Aware. With an offset as it is; without one as the clocks of `zone` showed it. Raises `InstantInvalid`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InstantInvalid(
            repr(text), "it is no time", next_step=f"{TIME_FORMAT_HINT}, or 2026-01-31T09:00+05:00."
        ) from error
    if not OLDEST_YEAR <= found.year <= LATEST_YEAR:
        raise InstantInvalid(repr(text), f"no punch is of the year {found.year}", next_step=f"{TIME_FORMAT_HINT}.")
    if found.tzinfo:
        return found
    if is_skipped(found, zone):
        raise InstantInvalid(repr(text), f"the clocks of {zone} went forward over it and never showed it")
    return instant(found, zone, 0)


def default_zone() -> ZoneInfo:
    """The zone of the site."""
    return ZoneInfo(timezone.get_default_timezone_name())


def zone_of(device: Device | None) -> ZoneInfo:
    """Return the zone of a terminal's clock; that of the site without a terminal, or where its zone is unknown.

    Punches that are stored have their instants: a zone spoilt since must not stop everybody's days.
    """
    if device is None:
        return default_zone()
    try:
        return device.zone
    except (ZoneInfoNotFoundError, ValueError, OSError):
        facts = {"device": device.pk}
        logger.warning("%s: unknown time zone %r, the default is used", device.name, device.timezone, extra=facts)
        return default_zone()


def zone_of_some_device() -> ZoneInfo:
    """Return the zone of the first active terminal; that of the site where there is none. One query."""
    return zone_of(Device.objects.filter(is_active=True).only("name", "timezone").order_by("pk").first())


def zone_by_name(name: str) -> ZoneInfo:
    """The zone that an item names; that of the site if it names none."""
    return ZoneInfo(name) if name else default_zone()
