"""What a write to a terminal would do, or has done, in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

RIGHT = timedelta(seconds=1)
"""A clock of whole seconds that is not further off is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSet:
    """A terminal's clock, and the time that it should show."""

    device: str
    shown: datetime | None
    """Naive: what it showed; None if that was no date."""
    target: datetime
    """Naive: what it should have shown at that moment, in its own zone."""
    left: timedelta | None = None
    """How far it is off afterwards; None as long as it was not set."""

    @property
    def drift(self) -> timedelta | None:
        """How far it was ahead; negative: behind."""
        return None if self.shown is None else self.shown - self.target

    @property
    def is_right(self) -> bool:
        """Is there nothing to set?"""
        return self.drift is not None and abs(self.drift) <= RIGHT

    @property
    def words(self) -> str:
        """One sentence, without the full stop."""
        was = self.shown
        if self.is_right:
            return f"the clock of {self.device} shows {was:%H:%M:%S}, which is right: it is left as it is"
        form = "%H:%M:%S" if was and was.date() == self.target.date() else "%Y-%m-%d %H:%M:%S"
        shows = "no date" if was is None else format(was, form)
        told = f"{self.target:{form}}{_way(self.drift)}"
        if self.left is None:
            return f"the clock of {self.device} shows {shows}, would be set to {told}{self._twice(form)}"
        return f"the clock of {self.device} showed {shows}, was set to {told}, and is {_off(self.left)}"

    def _twice(self, form: str) -> str:
        """A clock that is set back shows some times again: people should know before they do it."""
        if self.shown is None or self.shown <= self.target:
            return ""
        return f"; the times from {self.target:{form}} to {self.shown:{form}} come a second time"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCleared:
    """A log of which every record is proven to be stored."""

    device: str
    records: int
    seconds: float
    """How long it took to read it: about as long nobody can punch."""
    cleared: bool = False

    @property
    def words(self) -> str:
        """One sentence, without the full stop."""
        if not self.records:
            return f"the log of {self.device} is empty: there is nothing to clear"
        held = f"{self.records:,} {'record' if self.records == 1 else 'records'}, all stored"
        if self.cleared:
            return f"{self.device}: {held}, {'was' if self.records == 1 else 'were'} cleared"
        still = f"nobody can punch there for about {max(round(self.seconds), 1)} s"
        return f"{self.device}: {held}, would be cleared; {still}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarted:
    """A terminal that is switched off and on."""

    device: str
    answered: bool | None = None
    """Did it answer the order? Most do not. None as long as it was not given."""

    @property
    def words(self) -> str:
        """One sentence, without the full stop."""
        if self.answered is None:
            return f"{self.device} would be restarted; nobody can punch there for about a minute"
        how = "took the order" if self.answered else "went without an answer, as most do"
        return f"{self.device} was told to restart and {how}; it is back in about a minute"


def clock_text(length: timedelta) -> str:
    """A length in words: 3 min 56 s, 2 h 5 min, 9,500 days."""
    seconds = round(abs(length).total_seconds())
    minutes, rest = divmod(seconds, 60)
    hours = minutes // 60
    if hours >= 48:
        return f"{hours // 24:,} days"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _way(drift: timedelta | None) -> str:
    if drift is None:
        return ""
    return f" ({clock_text(drift)} {'back' if drift > timedelta(0) else 'ahead'})"


def _off(left: timedelta) -> str:
    return (
        "right now" if abs(left) <= RIGHT else f"{clock_text(left)} {'ahead' if left > timedelta(0) else 'behind'} now"
    )
