"""The ready-made groups."""

from attendance_devices.exceptions.base import AttendanceDevicesError


class RightsMissing(AttendanceDevicesError):
    """Rights of this app are not in the database."""

    next_step = "Run manage.py migrate: it makes them."
