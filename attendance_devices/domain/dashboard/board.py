"""Who is here now: one state for each person, from what is expected, what is stored and how far terminals were read.

A board is for people and may be overtaken a minute later; what is written to anybody's row is decided by `roll`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.shifts.rule import ZERO


class PresenceState(StrEnum):
    """What a board counts. Each person has one."""

    ON_TIME = "on_time"
    """Seen, and not late; gone home again or not."""
    LATE = "late"
    ABSENT = "absent"
    """Should be here, and no terminal saw the person, though each that could have was read."""
    NO_DATA = "no_data"
    """Nobody can tell: a terminal that could have seen the person is silent, or a punch waits for a look."""
    NOT_DUE = "not_due"
    """Expected later."""
    OFF = "off"
    """On leave, a holiday, a day off, or no hours to be here at."""


HERE = frozenset({PresenceState.ON_TIME, PresenceState.LATE})
DUE = (PresenceState.ON_TIME, PresenceState.LATE, PresenceState.ABSENT, PresenceState.NO_DATA, PresenceState.NOT_DUE)
"""Those of whom something is expected, in the order in which they are shown."""
NEVER = datetime.max.replace(tzinfo=UTC)
BEFORE = timedelta(hours=12)
"""A punch that waits for a look, and reached us so long before the shift, may be one of it."""
BY_STATUS = {
    DayStatus.ABSENT: PresenceState.ABSENT,
    DayStatus.NO_DATA: PresenceState.NO_DATA,
    DayStatus.ON_LEAVE: PresenceState.OFF,
    DayStatus.HOLIDAY: PresenceState.OFF,
    DayStatus.DAY_OFF: PresenceState.OFF,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedSpan:
    """A shift of the day, in aware instants."""

    starts: datetime
    ends: datetime
    grace: timedelta = ZERO
    """Arriving this much after the start is not late."""
    has_hours: bool = True
    """Is the start known? A working day without hours is the whole calendar day."""

    @property
    def latest(self) -> datetime:
        """Who has not come by then is missing."""
        return self.starts + self.grace if self.has_hours else self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is expected of one person on one day, before anybody looks at punches."""

    spans: Sequence[ExpectedSpan] = ()
    """In their order; empty where there are no hours to be here at."""
    off: str = ""
    """Why nobody is expected, in words; empty if somebody is."""
    devices: frozenset[int] = frozenset()
    """The terminals that could see the person."""
    doubtful: Sequence[datetime] = ()
    """When punches of the person that wait for a look were received."""

    def is_over(self, now: datetime) -> bool:
        """Is nothing expected any more? Also where there are no hours."""
        return not self.spans or self.spans[-1].ends <= now

    def due(self, now: datetime) -> ExpectedSpan | None:
        """The last shift that should have begun, its grace included."""
        begun = [span for span in self.spans if span.latest <= now]
        return begun[-1] if begun else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalReading:
    """How a terminal has been heard. Instants are aware."""

    place: str
    until: datetime | None
    """Until when it has told everything; None: it was never read."""
    patience: timedelta
    """So long after that it counts as silent."""
    zone: tzinfo

    def is_silent(self, moment: datetime) -> bool:
        """Must it have been heard since, for anybody to know about `moment`?"""
        return self.until is None or self.until + self.patience < moment

    @property
    def deaf_from(self) -> datetime | None:
        """After this it is silent about the present, unless it is read again."""
        return None if self.until is None else self.until + self.patience

    def since(self, now: datetime) -> str:
        """Since when it is silent, in words."""
        if self.until is None:
            return f"{self.place} was never read"
        shown, today = self.until.astimezone(self.zone), now.astimezone(self.zone).date()
        form = "%H:%M" if shown.date() == today else "%Y-%m-%d %H:%M"
        return f"{self.place} silent since {shown:{form}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDay:
    """What our rows say of the day, all its shifts as one."""

    status: DayStatus
    check_in: datetime | None = None
    check_out: datetime | None = None
    late: timedelta = ZERO
    reason: str = ""
    """Of a day without a punch."""
    device: str = ""
    """Where the first punch was made."""

    @property
    def first(self) -> datetime | None:
        """The first moment at which the person was seen."""
        return self.check_in or self.check_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """How one person stands."""

    state: PresenceState
    words: str = ""
    """Why, or since when; may be empty."""
    silent: Sequence[str] = ()
    """The terminals that are the reason of `State.NO_DATA`."""
    waits: bool = False
    """Is the person due, and the next read of a terminal will tell?"""


def presence_of(
    expected: Expected, stored: StoredDay | None, ears: Mapping[int, TerminalReading], *, now: datetime
) -> Presence:
    """Rows go before what is expected: they were derived by the same facts, and a person may have corrected them."""
    if stored is not None and stored.first is not None:
        return _seen(stored, is_over=expected.is_over(now))
    if stored is not None and stored.status in BY_STATUS:
        silent = _deaf(expected, ears, now) if stored.status is DayStatus.NO_DATA else ()
        return Presence(state=BY_STATUS[stored.status], words=stored.reason, silent=tuple(ear.place for ear in silent))
    if expected.off or not expected.spans:
        return Presence(state=PresenceState.OFF, words=expected.off or "no hours to be here at")
    span = expected.due(now)
    return Presence(state=PresenceState.NOT_DUE) if span is None else _missing(expected, span, ears, now)


def next_change(expected: Expected, ears: Mapping[int, TerminalReading], now: datetime) -> datetime | None:
    """When time alone may next change how a person stands of whom no punch is known; None: not on this day."""
    due = [span.latest for span in expected.spans]
    deaf = [ear.deaf_from for ear in _watch(expected, ears)] if expected.due(now) else []
    return min((moment for moment in [*due, *deaf] if moment is not None and moment > now), default=None)


def _seen(stored: StoredDay, *, is_over: bool) -> Presence:
    """Too little work is an absence once the day is over: before, the person may be at lunch."""
    if stored.status is DayStatus.ABSENT and is_over:
        return Presence(state=PresenceState.ABSENT, words="here, but too briefly")
    if stored.late or stored.status is DayStatus.LATE:
        return Presence(state=PresenceState.LATE)
    words = "only a check-out is known" if stored.check_in is None else ""
    return Presence(state=PresenceState.ON_TIME, words=words)


def _missing(expected: Expected, span: ExpectedSpan, ears: Mapping[int, TerminalReading], now: datetime) -> Presence:
    """Should be here. Was everybody read who could tell?"""
    watch = _watch(expected, ears)
    silent = _deaf(expected, ears, now)
    if silent or not watch:
        words = "; ".join(ear.since(now) for ear in silent) or "no terminal in use knows the person"
        return Presence(state=PresenceState.NO_DATA, words=words, silent=tuple(ear.place for ear in silent))
    first = expected.spans[0]
    if any(first.starts - BEFORE <= at for at in expected.doubtful):
        return Presence(state=PresenceState.NO_DATA, words="a punch waits for a person's look")
    behind = [ear.place for ear in watch if ear.until is not None and ear.until < span.latest]
    if behind:
        return Presence(state=PresenceState.NOT_DUE, words=f"due, and {', '.join(behind)} not read since", waits=True)
    return Presence(state=PresenceState.ABSENT)


def _watch(expected: Expected, ears: Mapping[int, TerminalReading]) -> list[TerminalReading]:
    return [ears[key] for key in sorted(expected.devices) if key in ears]


def _deaf(expected: Expected, ears: Mapping[int, TerminalReading], now: datetime) -> list[TerminalReading]:
    """Those that should have been heard: now, or at the end of a day that is over."""
    moment = min(now, expected.spans[-1].ends) if expected.spans else now
    return [ear for ear in _watch(expected, ears) if ear.is_silent(moment)]


def as_one(rows: Iterable[StoredDay]) -> StoredDay | None:
    """The shifts of one day as one: seen in any of them is seen. In any order."""
    given = list(rows)
    if len(given) == 1:
        return given[0]
    seen = sorted((row for row in given if row.first is not None), key=lambda row: row.first or NEVER)
    if not seen:
        worst = [row for status in (DayStatus.NO_DATA, DayStatus.ABSENT) for row in given if row.status is status]
        return next(iter(worst or given), None)
    return StoredDay(
        status=_merged(seen),
        check_in=min((row.check_in for row in seen if row.check_in), default=None),
        check_out=seen[-1].check_out,
        late=sum((row.late for row in seen), ZERO),
        device=seen[0].device,
    )


def _merged(seen: Sequence[StoredDay]) -> DayStatus:
    order = (DayStatus.MISSING_CHECK_OUT, DayStatus.MISSING_CHECK_IN, DayStatus.LATE)
    found = {row.status for row in seen}
    rest = [row.status for row in seen if row.status is not DayStatus.ABSENT]
    return next((status for status in order if status in found), rest[0] if rest else DayStatus.ABSENT)
