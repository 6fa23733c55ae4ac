"""A day without a punch: off, on leave, absent, or nobody knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.shifts.rule import ShiftRule
from attendance_devices.domain.shifts.windows import ShiftWindow

POLLED_WITHIN = timedelta(days=1)
"""A punch with an absurd clock was made at most this long before it reached us, or its terminal was silent anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Employment:
    """From when until when somebody is employed, both dates included; None is open."""

    joined: date | None = None
    left: date | None = None

    def outside(self, day: date) -> str:
        """Why the person is not expected on `day`, in words; empty if employed."""
        if self.joined is not None and day < self.joined:
            return f"joined on {self.joined}"
        if self.left is not None and day > self.left:
            return f"left on {self.left}"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How far a terminal that knows the person has been read."""

    place: str
    since: datetime | None
    """Its first stored punch, aware; what happened before, it cannot tell. None: it never told anything."""
    until: datetime | None
    """Aware; what happened after, it has not told yet. None: it was never read."""
    zone: ZoneInfo
    """The zone of its clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """What one day is for one person, besides the shift."""

    holiday: str = ""
    """What is celebrated; empty for none."""
    leave: str = ""
    """The CRM's word for the leave; empty for none."""
    is_working: bool | None = None
    """The CRM's own word, which goes before weekdays and holidays. None: it has none."""
    outside: str = ""
    """Why the person is not employed that day, in words; empty if employed."""
    watch: Sequence[Reading] = ()
    """The terminals that could have seen the person. None of them: nobody can say who is absent."""
    known_since: date | None = None
    """Before this day nobody could know the person. None: nobody knows the person at all."""
    doubtful: Sequence[datetime] = ()
    """When punches of the person that wait for a person's look were received, aware."""

    def is_expected(self, rule: ShiftRule) -> bool:
        """Is it known that the person should be there? Not by hours alone: somebody has to name the days, too."""
        return bool(self.is_working) or (rule.has_hours and rule.weekdays_known)

    def why_off(self, rule: ShiftRule, day: date) -> str:
        """Why nobody is expected, though the person is employed, in words; empty if somebody is."""
        if self.is_working is not None:
            return "" if self.is_working else "the CRM says that it is no working day"
        if self.holiday:
            return f"{self.holiday} is a holiday"
        if rule.has_hours and not rule.is_due(day):
            return f"{day:%A} is no working day of the shift"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPunchStatus:
    """What a day without a punch is called, and why."""

    status: DayStatus
    reason: str


def status_without_punch(
    day: date, rule: ShiftRule, zone: tzinfo, calendar: Calendar, *, span: ShiftWindow, now: datetime
) -> NoPunchStatus | None:
    """None where there is nothing to say: a day to come, one that nobody expects anything of, or nobody can know of.

    Absent is only who was seen by no terminal, though every one that could have seen the person was read past the end
    of the shift.
    """
    ends = rule.ends(day, zone)
    watch = [one for one in calendar.watch if one.since is not None and one.since < span.end]
    is_known = calendar.known_since is not None and day >= calendar.known_since and bool(watch)
    if not is_known or calendar.outside or now < rule.starts(day, zone):
        return None
    if calendar.leave:
        return NoPunchStatus(status=DayStatus.ON_LEAVE, reason=calendar.leave)
    off = calendar.why_off(rule, day)
    if off:
        status = DayStatus.HOLIDAY if calendar.holiday else DayStatus.DAY_OFF
        return NoPunchStatus(status=status, reason=calendar.holiday or off)
    if now < ends or not calendar.is_expected(rule):
        return None
    deaf = [one for one in watch if one.until is None or one.until < ends]
    if deaf:
        return NoPunchStatus(status=DayStatus.NO_DATA, reason="; ".join(_since(one, day) for one in deaf))
    return _missing(watch, calendar, span)


def _missing(watch: Sequence[Reading], calendar: Calendar, span: ShiftWindow) -> NoPunchStatus:
    """Every terminal has told all; only what they told may still be in doubt."""
    waiting = [at for at in calendar.doubtful if span.start <= at < span.end + POLLED_WITHIN]
    if waiting:
        words = f"a punch received {min(waiting).astimezone(watch[0].zone):%Y-%m-%d %H:%M} waits for a person's look"
        return NoPunchStatus(status=DayStatus.NO_DATA, reason=words)
    places = ", ".join(one.place for one in watch)
    return NoPunchStatus(status=DayStatus.ABSENT, reason=f"not seen by {places}, read past the end of the shift")


def _since(deaf: Reading, day: date) -> str:
    if deaf.until is None:
        return f"{deaf.place} was never read"
    shown = deaf.until.astimezone(deaf.zone)
    return (
        f"{deaf.place} silent since {shown:%H:%M}"
        if shown.date() == day
        else f"{deaf.place} silent since {shown:%Y-%m-%d %H:%M}"
    )
