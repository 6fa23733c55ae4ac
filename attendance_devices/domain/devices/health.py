"""How a terminal is doing, from what is known of it: in words, and how bad it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from attendance_devices.domain.display.times import distance

NONE = timedelta(0)
ONE_DAY = timedelta(days=1)
SOON_FULL = 14
"""Days before a log is full in which somebody should think of it."""


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    """A person should look at it some day."""
    ALARM = "alarm"
    """Punches are missing, late or wrong until somebody acts."""


LEVELS = tuple(Level)


class HealthTopic(StrEnum):
    """What is judged."""

    CONTACT = "contact"
    CLOCK = "clock"
    ROOM = "room"
    COVERAGE = "coverage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Beyond what a terminal is unwell."""

    failures: int = 3
    """In a row."""
    silence: timedelta = timedelta(hours=1)
    """Without an answer; zero: any silence will do."""
    drift: timedelta = timedelta(minutes=1)
    worst_drift: timedelta = timedelta(minutes=10)
    """A clock this far ahead has its punches wait for a person."""
    full: float = 0.9
    """Used share of the room for records, 0 to 1."""
    compared: timedelta = timedelta(days=2)
    """Since the whole log was compared; zero: any age will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceVitals:
    """What is known of one terminal. Instants are aware; None where nobody knows."""

    key: int
    device: str
    is_active: bool = True
    last_contact: datetime | None = None
    """When it last answered."""
    last_compared: datetime | None = None
    """When its whole log was last held against what is stored."""
    failures: int = 0
    """In a row."""
    error: str = ""
    """What went wrong last, and what to do next; empty if all went well."""
    drift: timedelta | None = None
    """Positive: its clock is ahead."""
    records: int | None = None
    capacity: int | None = None
    pace: float = 0
    """New punches a day, of late."""
    compared: int | None = None
    """Records that it held when its whole log was last compared."""
    missing: int | None = None
    """How many of them are accounted for nowhere."""
    interval: timedelta = NONE
    """How often it is read."""

    @property
    def used(self) -> float | None:
        """Used share of the room for records, 0 to 1."""
        return None if self.records is None or not self.capacity else self.records / self.capacity

    @property
    def days_until_full(self) -> float | None:
        """At the pace of late; None if nobody knows, or at no pace at all."""
        if self.records is None or not self.capacity or self.pace <= 0:
            return None
        return max(0, self.capacity - self.records) / self.pace

    @property
    def coverage(self) -> float | None:
        """Of the records that it held when compared, the share that is stored or in quarantine, 0 to 1."""
        if self.compared is None or self.missing is None:
            return None
        return 1 - self.missing / self.compared if self.compared else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSign:
    """One thing that was judged."""

    about: HealthTopic
    level: Level
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """A terminal, judged."""

    vitals: DeviceVitals
    signs: Sequence[HealthSign]
    silent_since: datetime | None = None
    """Its last answer, if that is too long ago; aware."""
    compared_age: timedelta | None = None
    """Since its whole log was compared."""

    @property
    def level(self) -> Level:
        """The worst of its signs."""
        return worst(sign.level for sign in self.signs)


def worst(levels: Iterator[Level] | Sequence[Level]) -> Level:
    """The worst of them; well if there are none."""
    return max(levels, key=LEVELS.index, default=Level.OK)


def judge_health(vitals: DeviceVitals, limits: Limits, now: datetime) -> Health:
    """The rule. A terminal that is switched off is well, whatever is known of it. :param now: aware."""
    age = None if vitals.last_compared is None else now - vitals.last_compared
    if not vitals.is_active:
        off = HealthSign(about=HealthTopic.CONTACT, level=Level.OK, words="switched off")
        return Health(vitals=vitals, signs=(off,), compared_age=age)
    return Health(
        vitals=vitals,
        signs=tuple(_signs(vitals, limits, now)),
        silent_since=vitals.last_contact if is_silent(vitals, limits, now) else None,
        compared_age=age,
    )


def is_silent(vitals: DeviceVitals, limits: Limits, now: datetime) -> bool:
    """Was it heard, and then not for too long? Whoever is read seldom on purpose may be silent for three turns."""
    longest = max(limits.silence, 3 * vitals.interval)
    return bool(limits.silence) and vitals.last_contact is not None and now - vitals.last_contact > longest


def _signs(vitals: DeviceVitals, limits: Limits, now: datetime) -> Iterator[HealthSign]:
    yield _contact(vitals, limits, now)
    if vitals.drift is not None:
        yield _clock(vitals.drift, limits)
    if vitals.used is not None:
        yield _room(vitals, vitals.used, limits)
    if vitals.last_contact is not None:
        yield _coverage(vitals, limits, now)


def _contact(vitals: DeviceVitals, limits: Limits, now: datetime) -> HealthSign:
    heard = "never read" if vitals.last_contact is None else f"last heard {distance(now - vitals.last_contact)} ago"
    level = Level.OK if vitals.last_contact else Level.WARN
    if vitals.failures:
        heard = f"failed {vitals.failures:,} in a row, {heard}"
        level = Level.ALARM if vitals.failures >= limits.failures else Level.WARN
    if is_silent(vitals, limits, now):
        level = Level.ALARM
    return HealthSign(about=HealthTopic.CONTACT, level=level, words=heard)


def _clock(drift: timedelta, limits: Limits) -> HealthSign:
    far = abs(drift)
    level = Level.ALARM if far > max(limits.worst_drift, limits.drift) else Level.WARN
    side = "ahead" if drift > NONE else "behind"
    if far <= limits.drift:
        return HealthSign(about=HealthTopic.CLOCK, level=Level.OK, words="clock right")
    return HealthSign(about=HealthTopic.CLOCK, level=level, words=f"clock {distance(far)} {side}")


def _room(vitals: DeviceVitals, used: float, limits: Limits) -> HealthSign:
    words = f"{100 * used:.0f} % full"
    days = vitals.days_until_full
    if days is not None:
        words += f", about {days:,.0f} days left" if days >= 1 else ", full within a day"
    soon = days is not None and days < SOON_FULL
    level = Level.WARN if used >= limits.full or soon else Level.OK
    return HealthSign(about=HealthTopic.ROOM, level=level, words=words)


def _coverage(vitals: DeviceVitals, limits: Limits, now: datetime) -> HealthSign:
    if vitals.last_compared is None:
        return HealthSign(about=HealthTopic.COVERAGE, level=Level.WARN, words="whole log never compared")
    age = now - vitals.last_compared
    words = f"whole log compared {distance(age)} ago"
    if vitals.missing:
        words = f"{vitals.missing:,} of {vitals.compared or 0:,} records not stored when the whole log was compared"
        return HealthSign(about=HealthTopic.COVERAGE, level=Level.ALARM, words=words)
    level = Level.WARN if limits.compared and age > limits.compared else Level.OK
    return HealthSign(about=HealthTopic.COVERAGE, level=level, words=words)
