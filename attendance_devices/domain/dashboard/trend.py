"""How many of those who were expected came, day by day: shares, and a line through them that is broken where
nobody knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDay:
    """A day that is over, counted. Each person once."""

    day: date
    came: int = 0
    absent: int = 0
    unknown: int = 0
    """Of whom nobody can tell."""
    off: int = 0
    """On leave, a holiday, a day off."""

    @property
    def is_off(self) -> bool:
        """Did nobody have to come, and nobody come?"""
        return self.off > 0 and not (self.came or self.absent or self.unknown)

    @property
    def is_known(self) -> bool:
        """Is something told, of more people than not?"""
        return self.came + self.absent > self.unknown

    @property
    def share(self) -> float | None:
        """Of those of whom it is known, how many came, 0 to 1; None where too little is known."""
        return self.came / (self.came + self.absent) if self.is_known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The days on which somebody was expected, in their order."""

    days: Sequence[PastDay]

    @property
    def known(self) -> list[PastDay]:
        """Those of which something is told."""
        return [one for one in self.days if one.is_known]

    @property
    def gaps(self) -> int:
        """On how many of them nobody can tell."""
        return len(self.days) - len(self.known)

    @property
    def mean(self) -> float:
        """Of all who were expected on known days, the share that came, 0 to 1."""
        came, expected = sum(one.came for one in self.known), sum(one.came + one.absent for one in self.known)
        return came / expected if expected else 0.0

    @property
    def lowest(self) -> PastDay | None:
        """The day with the smallest share; of equals the last."""
        return min(reversed(self.known), key=lambda one: one.share or 0.0, default=None)

    def path(self, width: float, height: float) -> str:
        """The ``d`` of an SVG path: all at the top, nobody at the bottom, a gap where nobody knows."""
        step = width / max(1, len(self.days) - 1)
        strokes, is_drawing = [], False
        for number, one in enumerate(self.days):
            share = one.share
            if share is not None:
                # A day between two gaps is a line of no length: its round ends make a dot of it.
                point = f"{number * step:.1f} {height * (1 - share):.1f}"
                strokes.append(f"L{point}" if is_drawing else f"M{point}h0")
            is_drawing = share is not None
        return "".join(strokes)


def trend(days: Sequence[PastDay]) -> Trend:
    """Leave out days off, and what lies before the first day of which something is told.

    :param days: one for each date, in order; a date without a row is one of which nobody can tell.
    """
    worked = [one for one in days if not one.is_off]
    first = next((number for number, one in enumerate(worked) if one.is_known), len(worked))
    return Trend(days=tuple(worked[first:]))
