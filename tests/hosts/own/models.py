"""One line is enough."""

from attendance_devices.models.abstract import AbstractAttendance


class Attendance(AbstractAttendance):
    """One day of one employee."""
