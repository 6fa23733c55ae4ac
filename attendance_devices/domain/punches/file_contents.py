"""What a file of punches holds, against what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from attendance_devices.domain.results import CollectResult

FROM_FILE, FROM_TABLE = "import_log", "import_punches"
"""What the trail calls an import of a terminal's own file, and one of punches that stood elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedDays:
    """Of one id on a terminal: the days that new punches touch."""

    biometric_id: str
    employee: str
    """Primary key of the employee, as text; empty as long as nobody is mapped."""
    days: int
    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContents:
    """A whole file. Nothing of it is stored by looking."""

    device: str
    name: str
    """Of the file."""
    digest: str
    """SHA-256 of its bytes, hexadecimal."""
    records: int
    """Lines that say something, good and bad."""
    new: int
    known: int
    quarantined: int
    flagged: int
    """Of the new ones: how many wait for a person to look at them."""
    touched: Sequence[TouchedDays] = ()
    unlisted: Sequence[str] = ()
    """Ids that the device does not know yet."""
    unreadable: Sequence[str] = ()
    """Why lines cannot be read: the first few."""
    doubts: Sequence[str] = ()
    """Why this may not be the log of this terminal, a clause each; a person has to say that it is."""

    @property
    def first(self) -> date | None:
        """The first day that is touched."""
        return min((one.first for one in self.touched), default=None)

    @property
    def last(self) -> date | None:
        """The last day that is touched."""
        return max((one.last for one in self.touched), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """A file that was stored."""

    look: FileContents
    """What it would do, just before."""
    result: CollectResult
    """What it did; a poll may have come between."""
