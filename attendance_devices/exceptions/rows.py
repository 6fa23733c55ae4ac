"""The CRM, the calendar, and corrections of punches."""

from attendance_devices.exceptions.base import AttendanceDevicesError


class HostError(AttendanceDevicesError):
    """The CRM did not take a row or an account."""

    next_step = "Run check_host to see the row and what the CRM demands."


class HolidaysUnknown(AttendanceDevicesError):
    """The library of holidays does not know the country, or is not there."""

    next_step = "Use two letters for the country (PK, IE), and a subdivision that the library names."


class CorrectionError(AttendanceDevicesError):
    """A correction was not made, or not undone. Nothing was written."""


class CorrectionForbidden(CorrectionError):
    """Whoever asked has no right to correct punches."""

    next_step = "An administrator grants it in the admin: 'can add correction', and 'can change correction' to undo."


class ReasonMissing(CorrectionError):
    """Nobody said why."""

    next_step = "Say in a few words why; it is shown with the day for ever."


class InstantInvalid(CorrectionError):
    """The time of the punch is none, or nobody could have punched then."""

    next_step = "Give the date, the time and, where it matters, the offset from UTC of a moment that is past."


class MeaningInvalid(CorrectionError):
    """No key of a terminal means this."""

    next_step = "Use in, out, break_out, break_in, overtime_in or overtime_out."


class NothingToCorrect(CorrectionError):
    """There is no such row, or it says already what it was to say."""

    next_step = "Check the number in the admin under attendance logs or corrections."


class PunchOfNobody(CorrectionError):
    """No employee stands behind the punch yet, so there is no day to correct."""

    next_step = "Map the user of the terminal first: map_and_fetch_attendance --dry-run says why that did not happen."


class AlreadyCorrected(CorrectionError):
    """Another correction of the same punch stands."""

    next_step = "Undo that one first."


class AlreadyUndone(CorrectionError):
    """The correction does not stand any more."""

    next_step = "Nothing to do; make a new correction if the punch has to be corrected again."


class DaySealed(CorrectionError):
    """The punches of the day, or of one beside it, are no longer kept: it is not derived again."""

    next_step = "Change the CRM's row of that day by hand; what a person writes there stays."


class RequestError(AttendanceDevicesError):
    """What an employee asked for, or what was said to it, was not stored. Nothing was changed."""


class RequestInvalid(RequestError):
    """What is asked for is none of the person's own, or makes no sense for that day."""

    next_step = "Look at the day once more, and ask for a punch of your own within it."


class TooManyRequests(RequestError):
    """More requests than a person can look at."""

    next_step = "Wait until some of them are answered, or withdraw one that is not needed any more."


class RequestClosed(RequestError):
    """It was granted, declined or withdrawn before."""

    next_step = "Nothing to do; a new request can be made if something is still wrong."
