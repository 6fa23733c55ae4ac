"""What a simulated ZKTeco terminal is and holds: its make, its people, their punches. Values only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

RecordLayout = Literal["8", "8prime", "16", "40", "49"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedUser:
    """One person as the terminal stores it."""

    user_id: str
    """The number the person types; digits for terminals with 28-byte users or 16-byte records."""
    uid: int
    """The slot in the terminal's table, 1 to 65535."""
    name: str = ""
    """Encoded by the profile and cut at the field's byte length, even mid-character, as terminals do."""
    privilege: int = 0
    """0 user, 2 enroller, 6 admin, 14 super admin; bit 0 set means disabled."""
    password: str = ""
    """Stored and sent in plain text, as terminals do."""
    card: int = 0
    """Number of the badge, 0 for none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedPunch:
    """One touch of a finger, face or card."""

    user_id: str
    """Who; need not be a user the terminal still knows."""
    at: datetime | None = None
    """Naive wall clock of the terminal, whole seconds. None only with `raw_time`."""
    verify: int = 1
    """How: 0 password, 1 finger, 2 card, 15 face; model-dependent."""
    state: int = 0
    """0 in, 1 out, 2 break out, 3 break in, 4 overtime in, 5 overtime out, 255 none."""
    work_code: int = 0
    """Job code; only the 16-byte layout has room for it."""
    uid: int | None = None
    """The slot, for layouts that carry it; None looks it up among the users."""
    raw_time: int | None = None
    """The encoded time as stored (unsigned 32 bits), for dates no calendar has; wins over `at`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """What make of terminal this is. Every field may differ between two terminals on the same wall."""

    serial_number: str = "SIM0001"
    device_name: str = "F18/ID"
    platform: str = "ZEM760_TFT"
    firmware: str = "Ver 6.60 Apr 26 2016"
    mac: str = "00:17:61:00:00:01"
    record_layout: RecordLayout = "40"
    """Bytes of one attendance record; "8prime" is the 8-byte form with flags of the ZEM500 and MA300."""
    user_size: Literal[28, 72] = 72
    """Bytes of one user."""
    frame_size: int = 65536
    """Data bytes per burst frame on TCP: 65536 on newer firmware, 1008 on older. UDP is always 1024."""
    size_table: Literal[4, 80, 92, 112] = 80
    """Bytes of the GET_FREE_SIZES answer; 4 is a terminal that does not really support it."""
    sentinel: bool = False
    """Does the firmware put ff 32 35 35 00 00 00 00 00 before the block of records?"""
    time_range_reads: bool = False
    """Does it answer command 10004, the log between two times? Otherwise it is refused."""
    comm_key: int = 0
    """The password of the connection, 0 for none."""
    always_challenge: bool = False
    """Does it ask for AUTH even when the comm key is 0?"""
    encrypted: bool = False
    """Does it answer CONNECT with 6001, as firmware that wants an encrypted session?"""
    encoding: str = "utf-8"
    """Of people's names."""
    user_capacity: int = 3000
    log_capacity: int = 100_000
    rollover: int = 100
    """How many of the oldest records are deleted when the log is full."""
    pacing: float = 0.0
    """Seconds of rest after every frame; 0 sends them apart but without a pause. Clients that handle
    one frame per read want 0.001 or more, and real terminals take their time."""
    event_size: Literal[10, 12, 14, 32, 36, 37, 52] = 32
    """Bytes of a live event."""
    option_nul: bool = True
    """Do answers to option requests end with NUL?"""
    silent_restart: bool = True
    """Does RESTART go unanswered, as on most terminals?"""
    enables_itself: bool = False
    """Does it take punches again when the client that disabled it is gone? Most stay disabled."""
    options: tuple[tuple[str, str], ...] = ()
    """More option keys and their values; they win over the built-in ones."""
    refused_options: frozenset[str] = frozenset()
    """Option keys this firmware does not know."""
