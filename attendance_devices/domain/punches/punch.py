"""What one record of a terminal says, nothing added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

Cursor: TypeAlias = Mapping[str, Any]
"""A driver's own note of what has been read: JSON, opaque to everybody else."""


class PunchType(StrEnum):
    """The key a person pressed, in words; empty when the terminal does not say."""

    IN = "in"
    OUT = "out"
    BREAK_OUT = "break_out"
    BREAK_IN = "break_in"
    OVERTIME_IN = "overtime_in"
    OVERTIME_OUT = "overtime_out"
    UNSAID = ""


class Punch(NamedTuple):
    """One finger, face or card at a terminal.

    A named tuple and not a dataclass, alone in this package: half a million of them are made in one read, and a
    frozen dataclass costs two and a half times as much (docs/benchmarks.md).
    """

    biometric_id: str
    """The user id on the terminal: text, leading zeros and letters kept."""
    device_time: datetime
    """Naive: what the terminal's clock said."""
    fold: int | None = 0
    """0 or 1 as in PEP 495; None where the source does not know which pass of a repeated hour it was."""
    punch_type: str = ""
    """A `PunchType`."""
    raw_status: int | None = None
    """The in/out state as the terminal coded it; 255 is a terminal's "none"."""
    verify_mode: int | None = None
    """How the person was recognised, as the terminal coded it (0 password, 1 finger, 2 card, 4 or 15 face)."""
    work_code: str = ""
    slot: int | None = None
    """Set only where the record names a slot of the terminal and no user id. Slots are reused, so `biometric_id` is
    what the terminal's list said at the time of reading, and the slot is what the record said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRecord:
    """A record that could not be read. It is kept as it came."""

    raw: bytes
    reason: str
    """One clause that names what does not make sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A terminal says that something happened. Never stored: what happened is in its log, or will be in a moment."""

    who: str = ""
    """The user id that it names; empty where it names a slot, or nothing that can be read."""
    at: datetime | None = None
    """Naive: the time that it names; None where that is no date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A stretch of a terminal's log, and the cursor that covers everything up to its end."""

    punches: Sequence[Punch]
    bad: Sequence[BadRecord] = ()
    cursor: Cursor = field(default_factory=dict)
    records: int = 0
    """How many records of the terminal this stretch held, good and bad."""
    whole: bool = False
    """Was the log read from its first record, and not only its tail?"""
    shape: str = ""
    """What the records look like, in words for people."""
