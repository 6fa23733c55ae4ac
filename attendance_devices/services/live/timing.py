"""Intervals and timeouts of live capture, in seconds."""

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The defaults are for real terminals; tests are in a hurry."""

    wait: float = 0.5
    """The longest wait for an event, and so for anything else that is asked of a line meanwhile."""
    heartbeat: float = 15.0
    """Silence after which a terminal is asked the time: one that was restarted sends no event and no error."""
    safety: float = 30.0
    """Between two looks into the log that no event asked for. Each also renews the lease."""
    look: float = 60.0
    """The longest time that one look may take."""
    lease: timedelta = timedelta(seconds=90)
    """Longer than a look and the pause before it; a killed daemon on another machine keeps a terminal no longer."""
    looks: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0)
    """When to look again if the log does not show yet what was hinted: some firmware writes it a moment later."""
    first_retry: float = 1.0
    last_retry: float = 60.0
    steady: float = 30.0
    """A session that lasted so long was a good one: the next failure counts as the first."""
    taken: float = 10.0
    """Before asking again for a terminal that another process reads."""
    polled_only: float = 300.0
    """Between two polls of a terminal that has no live events."""
    table: float = 10.0
    """Between two looks at the table of devices."""
    shutdown: float = 5.0
    """How long all lines together may take to say good-bye."""

    def retry(self, failures: int) -> float:
        """The pause after so many failures in a row: doubled each time, and never the same for two terminals."""
        longest = min(self.first_retry * 2.0 ** min(failures - 1, 30), self.last_retry)
        return longest * random.uniform(0.5, 1)  # noqa: S311 - to spread them, not to hide anything
