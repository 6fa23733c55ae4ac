"""The contract of a driver: what every vendor must do, and what one may say it cannot."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, tzinfo
from typing import ClassVar

from attendance_devices.domain.devices.device import DeviceAddress, DeviceIdentity, DeviceStatus, Enrolment
from attendance_devices.domain.punches.punch import Batch, Cursor, Hint
from attendance_devices.exceptions import Unsupported

POLL_IT = "Nothing to do: it is polled, and its punches come a few minutes later."


class Ear(ABC):
    """Hears a terminal that says when somebody punches. Between two waits its session may be used as always."""

    @abstractmethod
    def wait(self, seconds: float, *, then: float = 60.0) -> Sequence[Hint]:
        """What it has said since the last wait; if nothing, whatever it says within so many seconds.

        :param then: how long the session may be used afterwards, until the next wait.

        May return earlier, and with nothing. Raises `DeviceError`.
        """


class Session(ABC):
    """One conversation with one terminal. Reading leaves it as it was found: nothing disabled, cleared or written."""

    @abstractmethod
    def identity(self) -> DeviceIdentity:
        """Who answers."""

    @abstractmethod
    def status(self) -> DeviceStatus:
        """Its clock, counts and capacities."""

    @abstractmethod
    def enrolments(self) -> Sequence[Enrolment]:
        """The people it lists."""

    @abstractmethod
    def batches(self, cursor: Cursor, zone: tzinfo, *, whole: bool = False) -> Iterator[Batch]:
        """What it holds that `cursor` does not cover, in the order of its log, in stretches of bounded size.

        :param cursor: the driver's own note from an earlier batch; empty for "nothing yet".
        :param zone: the zone of the terminal's clock, for the hour that repeats in autumn.
        :param whole: read everything again, whatever the cursor says.

        Every batch carries the cursor that covers the log up to its end. Raises `DeviceError`; the batches yielded
        before stay valid.
        """

    def listen(self) -> AbstractContextManager[Ear]:
        """Have it say when somebody punches, until the context is left: then it says nothing more, as before.

        What it says is a hint and no record. Raises `Unsupported` on entering, and `DeviceError`.
        """
        raise Unsupported(type(self).__name__, "cannot say when somebody punches", next_step=POLL_IT)

    def clock(self) -> datetime | None:
        """What its clock shows at this moment, naive; None if that is no date."""
        return self.status().clock

    # Writing. Each raises `WriteRejected` if the terminal says no, and `Unsupported` where the vendor has none.

    def set_clock(self, shown: datetime) -> None:
        """Make the terminal's clock show the naive time `shown`."""
        del shown
        raise Unsupported(type(self).__name__, "cannot set the terminal's clock")

    def disable(self) -> None:
        """Take no more punches until `enable`. It outlasts the session."""
        raise Unsupported(type(self).__name__, "cannot keep people from punching")

    def enable(self) -> None:
        """Take punches again; harmless where they are taken."""
        raise Unsupported(type(self).__name__, "cannot let people punch again")

    def clear_log(self) -> None:
        """Delete every record of the log, for ever. People and settings stay."""
        raise Unsupported(type(self).__name__, "cannot clear the terminal's log")

    def restart(self) -> bool:
        """Switch it off and on. Did it answer before it went? The session is of no more use."""
        raise Unsupported(type(self).__name__, "cannot restart the terminal")


class LogFile(ABC):
    """The log of one terminal in a file that it wrote, to a USB stick say. It covers nothing: no cursor comes of it."""

    @property
    @abstractmethod
    def serial(self) -> str:
        """The serial number of the terminal as the file says it, once a batch was read; empty if it does not."""

    @abstractmethod
    def batches(self) -> Iterator[Batch]:
        """Its punches in the order of the file, and what cannot be read, in stretches of bounded size. Once only."""


class Driver(ABC):
    """Opens sessions with terminals of one vendor."""

    label: ClassVar[str]
    """The vendor's name for people."""
    default_port: ClassVar[int]
    supports_udp: ClassVar[bool] = False
    """Can its terminals be reached by UDP?"""
    supports_live: ClassVar[bool] = False
    """Can its terminals say at once that somebody punches?"""
    supports_set_clock: ClassVar[bool] = False
    """Can the terminal's clock be set?"""
    supports_write_users: ClassVar[bool] = False
    """Can people be written to the terminal?"""
    supports_clear_log: ClassVar[bool] = False
    """Can the terminal's log be cleared, and the terminal be kept from taking punches meanwhile?"""
    supports_restart: ClassVar[bool] = False
    """Can the terminal be restarted?"""
    supports_files: ClassVar[bool] = False
    """Can a log be read that the terminal wrote to a file?"""

    @abstractmethod
    def session(self, address: DeviceAddress) -> AbstractContextManager[Session]:
        """Open a session; closed on leaving, also after an error. Raises `DeviceError`."""

    def log_file(self, chunks: Iterable[bytes], *, name: str, zone: tzinfo, encoding: str = "") -> LogFile:
        """Read a log that a terminal wrote to a file. Memory stays flat however long it is.

        :param name: of the file, which may name the terminal. :param zone: of the terminal's clock.
        :param encoding: empty to tell it by the first bytes. Raises `ValueError` if there is none of that name.
        """
        del chunks, zone, encoding
        raise Unsupported(name, "terminals of this vendor write no file that can be read", next_step=POLL_IT)
