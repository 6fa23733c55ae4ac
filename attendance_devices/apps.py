"""Registers the checks, and nothing else: no work at import, none at start."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttendanceDevicesConfig(AppConfig):
    """The app as Django knows it."""

    name = "attendance_devices"
    label = "attendance_devices"
    verbose_name = _("Attendance devices")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the system checks known."""
        from attendance_devices import checks  # noqa: F401, PLC0415
