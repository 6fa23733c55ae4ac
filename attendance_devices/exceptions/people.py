"""Somebody was not mapped, or not set free again. Nothing was changed."""

from attendance_devices.exceptions.base import AttendanceDevicesError


class MappingError(AttendanceDevicesError):
    """What a person said about a user of a terminal was not done."""


class MappingForbidden(MappingError):
    """Whoever asked may not say who somebody is, or may not make accounts."""

    next_step = "An administrator grants it in the admin under Users: 'Can change device user', and to add users."


class DecidedMeanwhile(MappingError):
    """Somebody else was faster."""

    next_step = "Look at the list again; undo it there if it is wrong."


class EmployeeUnknown(MappingError):
    """There is no such employee among those whom the viewer may see."""

    next_step = "Choose one of the employees that the search shows."


class MappingStays(MappingError):
    """A mapping cannot be undone as long as something hangs on it."""
