"""A day as a line of time: where its window, shift, work and punches lie on it, in per cent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from attendance_devices.domain.days.pairing import COUNTED, PunchRole, PunchUse
from attendance_devices.domain.days.work_day import WorkDay
from attendance_devices.domain.shifts.windows import ShiftWindow

HOUR = timedelta(hours=1)
AIR = timedelta(minutes=30)
"""Left free before the first and after the last thing on the line."""
STEPS = (1, 2, 3, 4, 6, 12)
"""Hours from one label to the next."""
MOST_LABELS = 9
ELSEWHERE = (PunchRole.OTHER_DAY, PunchRole.OUTSIDE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineSpan:
    """A stretch of the line."""

    slug: str
    """``window``, ``shift`` or ``worked``."""
    start: str
    """As the attribute of an SVG element takes it: ``12.50%``."""
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineMark:
    """A punch on the line, or an hour below it."""

    x: str
    words: str
    """The time as clocks of the day's zone show it."""
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What is drawn of a day."""

    spans: Sequence[TimelineSpan]
    """In the order in which they are drawn."""
    taps: Sequence[TimelineMark]
    hours: Sequence[TimelineMark]
    first: str
    """Where the line begins, as a clock shows it."""
    last: str


def draw_timeline(days: Sequence[WorkDay], zone: tzinfo) -> Timeline:
    """All shifts of one day on one line. :param days: at least one."""
    line = _Line.around(days, zone)
    uses = [use for day in days for use in day.uses if use.role not in ELSEWHERE]
    return Timeline(
        spans=[*_spans(days, zone, line)],
        taps=[_tap(use, line) for use in uses],
        hours=list(line.hours()),
        first=line.shown(line.start),
        last=line.shown(line.end),
    )


def _spans(days: Sequence[WorkDay], zone: tzinfo, line: "_Line") -> Iterator[TimelineSpan]:
    for slug, found in (
        ("window", (day.window for day in days)),
        ("shift", (hours for day in days if (hours := _hours(day, zone)))),
        ("worked", (one for day in days for one in _worked(day))),
    ):
        yield from (line.span(slug, one) for one in found)


def _hours(day: WorkDay, zone: tzinfo) -> ShiftWindow | None:
    """When somebody was expected; None if nobody was."""
    if not day.shift.has_hours or day.day_off:
        return None
    return ShiftWindow(start=day.shift.starts(day.date, zone), end=day.shift.ends(day.date, zone))


def _worked(day: WorkDay) -> Sequence[ShiftWindow]:
    """Of a day whose punches are no longer kept only its two ends are known."""
    if not day.stretches and day.check_in and day.check_out:
        return (ShiftWindow(start=day.check_in, end=day.check_out),)
    return day.stretches


def _tap(use: PunchUse, line: "_Line") -> TimelineMark:
    return TimelineMark(x=line.at(use.tap.at), words=line.shown(use.tap.at), counts=use.role in COUNTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """From full hour to full hour."""

    start: datetime
    end: datetime
    zone: tzinfo

    @classmethod
    def around(cls, days: Sequence[WorkDay], zone: tzinfo) -> "_Line":
        """All that happened or should have, with some air; the window where there is nothing else."""
        moments = [moment for day in days for moment in (day.check_in, day.check_out) if moment]
        moments += [use.tap.at for day in days for use in day.uses if use.role not in ELSEWHERE]
        for hours in (_hours(day, zone) for day in days):
            moments += [hours.start, hours.end] if hours else []
        moments = moments or [days[0].window.start + AIR, days[-1].window.end - AIR]
        start, end = min(moments) - AIR, max(moments) + AIR
        return cls(start=_full_hour(start, zone), end=_full_hour(end + HOUR - timedelta(seconds=1), zone), zone=zone)

    def at(self, moment: datetime) -> str:
        share = (moment - self.start) / (self.end - self.start)
        return f"{100 * min(max(share, 0.0), 1.0):.2f}%"

    def span(self, slug: str, found: ShiftWindow) -> TimelineSpan:
        start, end = max(found.start, self.start), min(found.end, self.end)
        width = max((end - start) / (self.end - self.start), 0.0)
        return TimelineSpan(slug=slug, start=self.at(start), width=f"{100 * width:.2f}%")

    def hours(self) -> Iterator[TimelineMark]:
        count = round((self.end - self.start) / HOUR)
        step = next((step for step in STEPS if count / step <= MOST_LABELS - 1), 24)
        for number in range(0, count + 1, step):
            moment = self.start + number * HOUR
            yield TimelineMark(x=self.at(moment), words=self.shown(moment))

    def shown(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.zone):%H:%M}"


def _full_hour(moment: datetime, zone: tzinfo) -> datetime:
    """The last full hour on the clocks of the zone, also where they are half an hour apart from others."""
    local = moment.astimezone(zone)
    return moment.astimezone(UTC) - timedelta(
        minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )
