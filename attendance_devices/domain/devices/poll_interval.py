"""When a terminal is tried next: on a grid of its own while all is well, and less and less often while it fails."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
GOLDEN = 0.6180339887498949
"""Multiples of it, taken modulo 1, lie as far apart as they can."""
TICK_OF_TIME = timedelta(microseconds=1)
MOST_DOUBLINGS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPace:
    """How often one terminal is read."""

    interval: timedelta
    """Between two polls while all is well."""
    longest: timedelta
    """The longest wait after failures; never shorter than the interval."""
    share: float = 0.0
    """Where in the interval its turn is, 0 to 1: terminals of one interval have theirs at different moments."""

    def longest_wait(self, failures: int) -> timedelta:
        """No wait after so many failures in a row is longer."""
        return max(self.interval, self.longest) if failures else self.interval


def share_of(key: int) -> float:
    """A share for the n-th terminal, far from those of its neighbours."""
    return key * GOLDEN % 1


def after_success(ended: datetime, pace: PollPace) -> datetime:
    """The next turn after `ended` (aware).

    The turns lie on a grid that starts at a fixed instant: however late a poll began and however long it took, the
    next ones are where they would have been, and no two terminals drift into one moment.
    """
    step = pace.interval // TICK_OF_TIME
    offset = int(step * pace.share)
    passed = (ended - EPOCH) // TICK_OF_TIME - offset
    return EPOCH + (offset + (passed // step + 1) * step) * TICK_OF_TIME


def after_failure(ended: datetime, pace: PollPace, *, failures: int, retryable: bool, jitter: float) -> datetime:
    """When to try again: twice as late after each failure in a row, up to the longest wait.

    :param failures: in a row, this one included.
    :param retryable: False waits the longest at once: only a person can help.
    :param jitter: 0 to 1; takes up to a quarter off, so that those that failed together do not come together.
    """
    longest = pace.longest_wait(failures)
    doublings = min(max(failures - 1, 0), MOST_DOUBLINGS)
    wait = min(pace.interval * 2**doublings, longest) if retryable else longest
    return ended + wait * (1 - jitter / 4)


def is_due(next_attempt: datetime | None, now: datetime, pace: PollPace, *, failures: int) -> bool:
    """Is it time? A turn further away than any wait was set by another clock, or for another interval: do not wait."""
    if next_attempt is None or next_attempt <= now:
        return True
    return next_attempt - now > pace.longest_wait(failures)
