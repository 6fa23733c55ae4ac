"""State and counters of one listener, as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ListenerState(StrEnum):
    """What a line does at the moment."""

    CONNECTING = "connecting"
    CATCHING_UP = "catching up"
    """Connected; reading what happened meanwhile."""
    LISTENING = "listening"
    WAITING = "waiting"
    """It failed, and tries again in a while."""
    TAKEN = "left alone"
    """Another process reads the terminal."""
    POLLED_ONLY = "polled only"
    """The terminal has no live events; it is read every few minutes."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerStatus:
    """One terminal, as its line sees it."""

    key: int
    """Primary key of the device."""
    device: str
    state: ListenerState = ListenerState.CONNECTING
    since: datetime | None = None
    """Aware: connected since; None while it is not."""
    events: int = 0
    """Hints heard since the daemon began."""
    stored: int = 0
    """Punches stored by this line since then."""
    last_punch: datetime | None = None
    """Aware: when it last stored one."""
    last_error: str = ""
    """What went wrong last, and what to do; empty again once the terminal is listened to."""
