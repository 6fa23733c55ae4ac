"""Judges whether times in the CRM's columns may be taken for those of another clock. Asks the database."""

from collections.abc import Iterator

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, models
from django.utils import timezone

from attendance_devices import conf
from attendance_devices.hosts.checks.faults import Fault, line_to_paste
from attendance_devices.hosts.rows.table import read_shape
from attendance_devices.hosts.schema.conversion import holds_zone
from attendance_devices.models import Device

CLOCK_FACTS = ("check_in", "check_out")
KINDS = (models.TimeField, models.DateTimeField, models.CharField, models.TextField)


def clock_faults(given: conf.Settings) -> Iterator[Fault]:
    """Columns without a zone, and terminals whose clocks are not those of ``TIME_ZONE``."""
    columns = _without_zone(given)
    site = timezone.get_default_timezone_name()
    others = [zone for zone in _zones() if zone != site] if columns else []
    if others:
        own = given.column_time_zone == "device"
        message = (
            f"{', '.join(columns)} of {given.attendance_model} hold no time zone; terminals are in {', '.join(others)} "
            f"and TIME_ZONE is {site}: these columns get the times of "
            + ("the terminals' clocks." if own else f"{site}, and days of two dates are refused.")
        )
        hint = (
            f"If your CRM reads them so, write {line_to_paste('COLUMN_TIME_ZONE', repr(given.column_time_zone))} and "
            f'SILENCED_SYSTEM_CHECKS += ["attendance_devices.W032"]; else take the other of "device" and "site".'
        )
        yield Fault(code="W032", message=message, hint=hint)


def _without_zone(given: conf.Settings) -> list[str]:
    if not given.attendance_model:
        return []
    try:
        columns = read_shape(given).columns
    except ImproperlyConfigured:
        return []
    return [
        column.field.name
        for column in columns
        if column.fact in CLOCK_FACTS and isinstance(column.field, KINDS) and not holds_zone(column.field)
    ]


def _zones() -> list[str]:
    try:
        rows = Device.objects.filter(is_active=True).order_by("timezone").values_list("timezone", flat=True)
        return list(rows.distinct())
    except DatabaseError:
        # Before migrate there are no terminals.
        return []
