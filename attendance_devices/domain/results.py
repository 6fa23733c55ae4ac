"""What a run did: typed, so that no door can say "fetched" when it was not."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectResult:
    """One terminal's collect. A failure keeps the counts of what was stored before it."""

    device: str
    new: int = 0
    known: int = 0
    quarantined: int = 0
    flagged: int = 0
    """Of the new ones: how many wait for a person to look at them."""
    older: int = 0
    """Of the new ones: how many are older than the bound that was asked for."""
    enrolments: int | None = None
    """People the terminal lists; None if they were not read."""
    unknown_ids: Sequence[str] = ()
    """Ids that punched but are not in the terminal's list of people."""
    device_records: int | None = None
    """Records on the terminal; set when its whole log was read."""
    whole: bool = False
    """Was the whole log read, and not only its tail?"""
    error: str = ""
    """What went wrong and what to do next; empty if all went well."""
    retryable: bool = False
    taken: bool = False
    """Did another process hold its session? Then that one reads it, and nothing is wrong."""

    @property
    def ok(self) -> bool:
        """Was everything read that the terminal holds?"""
        return not self.error

    @property
    def missing(self) -> int:
        """Records on the terminal minus records accounted for: 0, or something was lost."""
        if self.device_records is None:
            return 0
        return self.device_records - self.new - self.known - self.quarantined


@dataclass(frozen=True, slots=True, kw_only=True)
class DeriveResult:
    """How many days a derive touched, and how."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PostResult:
    """How many of the CRM's rows a post touched, and how."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    kept: int = 0
    locked: int = 0
    failed: int = 0
    removed: int = 0
    """Rows of ours, taken back because the day is none any more."""
    skipped: int = 0
    """Days of which the CRM is not told."""
    errors: Sequence[str] = ()
