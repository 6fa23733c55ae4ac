"""A terminal could not be read."""

from attendance_devices.exceptions.base import AttendanceDevicesError


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
    """The terminal closed the connection in the middle of a session."""

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
    next_step = "Switch off the encrypted SDK connection in the terminal's Comm menu, then poll again."


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
    next_step = "Report what test_device prints; meanwhile bring its log in from a USB stick: import_attlog."


class ProtocolError(DeviceError):
    """The terminal answered something that makes no sense at this point of the conversation."""

    next_step = "Poll again; if it stays, restart the terminal and report the firmware that test_device prints."


class Unsupported(DeviceError):
    """The vendor's terminals, or this firmware, cannot do what was asked."""

    retryable = False
    next_step = "Nothing to do: this terminal cannot do it."


class WriteRejected(DeviceError):
    """The terminal said no to a write. It is as it was."""

    next_step = "Leave the terminal's own menu and close other programs that use it, then try again."


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
