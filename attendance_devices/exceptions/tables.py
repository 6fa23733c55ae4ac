"""A table (CSV, XLSX) did not come in or go out. Of its rows none was stored."""

from attendance_devices.exceptions.base import AttendanceDevicesError


class TableError(AttendanceDevicesError):
    """A table was refused as a whole."""


class TableUnreadable(TableError):
    """It is no table, or not one of this kind."""


class TableTooLarge(TableError):
    """It has more than fits into memory, or than anybody looks through."""


class TableChanged(TableError):
    """It is not the table that was looked at before."""
