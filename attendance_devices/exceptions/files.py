"""Punches that a person hands in were not stored, or not all of them. What was stored before stays, and comes once."""

from attendance_devices.exceptions.base import AttendanceDevicesError


class FileError(AttendanceDevicesError):
    """A file of punches was not imported, or not to its end. Importing it again doubles nothing."""


class FileUnreadable(FileError):
    """It is no log of a terminal, or in an encoding that is not known. Nothing was stored."""

    next_step = (
        "Choose the file that the terminal wrote to the USB stick (1_attlog.dat, or its serial number before it)."
    )


class FileDoubtful(FileError):
    """It may be the log of another terminal. Nothing was stored."""

    next_step = "Choose the terminal that wrote it; if this is the one all the same, say so."


class FileTooLarge(FileError):
    """It is larger than this door takes. Nothing was stored."""


class FileChanged(FileError):
    """It is not the file that was looked at before. Nothing was stored."""

    next_step = "Choose the same file again, or look at this one first."


class ZoneChanged(FileError):
    """The zone in which times were reckoned is not that of the device any more. What was stored before it stays."""

    retryable = True
    next_step = "Import the file again: what is stored already comes once."


class ImportForbidden(FileError):
    """Whoever asked has no right to import."""

    next_step = "An administrator grants it in the admin under Users: 'can bring attendance in from files'."
