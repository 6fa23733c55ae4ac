"""Count the events whose punches the log does not show yet, and say when to read it again."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Backlog:
    """Moments are seconds of a clock that only runs forward."""

    delays: Sequence[float]
    """When to look again after a look that showed too little; after the last, nothing is owed any more."""
    hints: int = 0
    at: float | None = None
    """When to look; None: nothing is owed."""
    tries: int = 0

    def hear(self, count: int, now: float) -> None:
        """So many hints came: look at once."""
        self.hints, self.at, self.tries = self.hints + count, now, 0

    def see(self, records: int, now: float) -> None:
        """A look showed so many records. An event may come before its record, after it, or twice."""
        self.hints = max(self.hints - records, 0)
        if self.at is None:
            return
        if not self.hints or self.tries == len(self.delays):
            self.hints, self.at = 0, None
            return
        self.at = now + self.delays[self.tries]
        self.tries += 1

    def put_off(self, until: float) -> None:
        """The look failed for a reason of ours: look then, whether anything was owed or not."""
        self.hints, self.at = max(self.hints, 1), until

    def is_due(self, now: float) -> bool:
        """Is it time to look?"""
        return self.at is not None and now >= self.at

    def wait(self, longest: float, now: float) -> float:
        """How long there is nothing to do, at most `longest`."""
        return longest if self.at is None else min(max(self.at - now, 0.0), longest)
