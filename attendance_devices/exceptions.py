"""Everything that can go wrong, each with what to do next. ``retryable`` says whether trying again may help."""

from typing import ClassVar


class AttendanceDevicesError(Exception):
    """Base of all errors of this app."""

    retryable: ClassVar[bool] = False
    next_step: ClassVar[str] = ""

    def __init__(self, subject: str, happened: str = "", *, next_step: str = "") -> None:
        """:param subject: the device, row or person it happened to. :param happened: one clause, no full stop."""
        self.subject = subject
        self.happened = happened or type(self).__name__
        self.advice = next_step or self.next_step
        super().__init__(subject, happened)

    def __str__(self) -> str:
        return f"{self.subject}: {self.happened}. {self.advice}".rstrip()


class DeviceError(AttendanceDevicesError):
    """A terminal could not be read. Nothing was lost: what it holds is read at the next poll."""

    retryable = True


class AddressInvalid(DeviceError):
    """The address is neither an IP address nor a host name."""

    retryable = False
    next_step = "Enter the terminal's IP address or host name, without a scheme, a port or blanks."


class HostNameUnknown(DeviceError):
    """The host name does not resolve."""

    next_step = "Check the spelling, or enter the IP address that the terminal shows under Menu > Comm > Ethernet."


class DeviceUnreachable(DeviceError):
    """No route, or the network refused to carry the packet."""

    next_step = "Check that this server and the terminal share a network or a route, and that the cable is in."


class ConnectionRefused(DeviceError):
    """Something answers at the address, but nothing listens on the port."""

    next_step = "Check the port (ZK terminals listen on 4370) and that TCP/IP is switched on in the terminal's menu."


class DeviceTimeout(DeviceError):
    """The terminal did not answer within the time allowed."""

    next_step = "Check that it is switched on and not busy with another program, then poll again."


class DeviceHungUp(DeviceError):
    """The terminal closed the connection in the middle of an answer."""

    next_step = "It may be restarting, or another program may have taken the line. Poll again in a minute."


class NotATerminal(DeviceError):
    """Something answered that does not speak the terminal's protocol."""

    retryable = False
    next_step = "Check address and port: another service answers there."


class Unauthorised(DeviceError):
    """The terminal refused the comm key or the password."""

    retryable = False
    next_step = "Enter the comm key shown in the terminal's menu under Comm > PC connection (0 when none is set)."


class EncryptedSession(DeviceError):
    """The terminal insists on an encrypted session (answer 6001), which no open client speaks."""

    retryable = False
    next_step = "Switch the terminal to push (ADMS), or turn off its encrypted SDK connection in the Comm menu."


class WrongDevice(DeviceError):
    """Another terminal answers at this address than the one that was stored."""

    retryable = False
    next_step = "Correct the address, or clear the stored serial number if the terminal was replaced."


class DeviceBusy(DeviceError):
    """The terminal refused the request for the moment."""

    next_step = "Close other programs that read this terminal, then poll again."


class ShortTransfer(DeviceError):
    """The terminal delivered other bytes than it announced. None of them were used."""

    next_step = "Poll again; if it stays, use TCP instead of UDP, or a shorter cable path."


class ZeroCount(DeviceError):
    """The terminal says it holds no punches, yet it announces punch data."""

    retryable = False
    next_step = "Set the record size of this device by hand (8, 16, 40 or 49 bytes); its firmware miscounts."


class UnknownLayout(DeviceError):
    """The records have no length that is known, or more than one length fits. Nothing was guessed."""

    retryable = False
    next_step = "Run test_device on it and report what it prints; meanwhile import the log from a USB stick."


class ProtocolError(DeviceError):
    """The terminal answered something that makes no sense at this point of the conversation."""

    next_step = "Poll again; if it stays, restart the terminal and report the firmware that test_device prints."


class Unsupported(DeviceError):
    """The vendor's terminals, or this firmware, cannot do what was asked."""

    retryable = False
    next_step = "Nothing to do: this terminal cannot do it."


class CursorTaken(DeviceError):
    """Another process stored a later part of this device's log meanwhile. What was read here was not stored twice."""

    next_step = "Nothing to do: the next poll goes on from there."


class DeviceTaken(DeviceError):
    """Another process holds the session of this device at the moment."""

    next_step = "Wait until it is done; one session at a time reaches a terminal."


class SecretUnreadable(DeviceError):
    """A stored comm key or password cannot be decrypted with the keys in the settings."""

    retryable = False
    next_step = "Restore SECRET_KEY and SALT_KEY (old ones belong in SECRET_KEY_FALLBACKS), or enter the secret again."


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


class InboxError(AttendanceDevicesError):
    """An item of the inbox could not be settled. Nothing was changed."""


class ItemClosed(InboxError):
    """The item is not there any more: its cause is gone, or somebody settled it."""

    next_step = "Nothing to do; list the inbox again to see what still waits."


class ActionNotOffered(InboxError):
    """This item has no such action."""

    next_step = "Take one of the actions that the item offers."


class InputMissing(InboxError):
    """The action needs something that was not given, or that makes no sense."""

    next_step = "Give what the action needs."


class ActionNotAllowed(InboxError):
    """The person may not do this."""

    next_step = "Ask somebody who may, or have the permission granted in the admin under Users."


class NotSettled(InboxError):
    """It was tried, and the item is still there."""

    retryable = True
    next_step = "See the item for what is wrong, and try again."
