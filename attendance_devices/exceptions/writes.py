"""A terminal was not written to, or not as it should be; and the queue."""

from attendance_devices.exceptions.base import AttendanceDevicesError


class WriteError(AttendanceDevicesError):
    """A terminal was not written to, or not as it should be."""


class WriteForbidden(WriteError):
    """Whoever asked has no right to write to terminals."""

    next_step = "An administrator grants it in the admin under Users: 'can write to terminals'."


class WriteRefused(WriteError):
    """It would do harm, so it was not begun. The terminal is as it was."""


class NotProven(WriteRefused):
    """Not every record of the terminal is proven to be stored, so that its log must stay."""

    next_step = "Run poll_devices for it, which stores what is missing, and try again."


class NotVerified(WriteError):
    """The terminal took the order, and does not show that it followed it."""

    retryable = True
    next_step = "Look at the terminal itself, and run test_device."


class LeftDisabled(WriteError):
    """The terminal was kept from taking punches, and could not be told to take them again. It is tried at each poll."""

    retryable = True
    next_step = "Nobody can punch there: run poll_devices for it now, or switch the terminal off and on."


class QueueMissing(AttendanceDevicesError):
    """There is no queue whose schedules could be installed."""

    next_step = (
        "Add 'django_q' to INSTALLED_APPS, paste Q_CLUSTER from the README and migrate; or do without, by cron: "
        "*/5 * * * * cd /srv/crm && venv/bin/python manage.py map_and_fetch_attendance --verbosity 0"
    )
