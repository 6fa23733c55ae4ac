"""Which punches belong to which shift: where one gives way to the next."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, tzinfo
from functools import lru_cache

from attendance_devices.domain.shifts.rule import ONE_DAY, ShiftRule, at_clock

REMEMBERED = 4_096
"""Windows: two months of some twenty combinations of shifts, in a few megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftWindow:
    """The half-open stretch [start, end) of UTC instants whose punches belong to one shift of one day."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftsAround:
    """The rule of a shift and of those around it: all that its window depends on."""

    before: ShiftRule
    on: ShiftRule
    after: ShiftRule
    eve: ShiftRule = field(default_factory=ShiftRule)
    """The one before `before`; it matters where a night and an early shift meet in a plain calendar day."""
    before_is_same_day: bool = False
    """Is `before` another shift of the same date?"""
    after_is_same_day: bool = False
    """Is `after` another shift of the same date?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ShiftOnDate:
    """A rule on a date, and the instants that it means there."""

    rule: ShiftRule
    starts: datetime
    ends: datetime
    begins: datetime
    """The start of the date."""
    midnight: datetime
    """The end of the date."""
    is_worked: bool
    """Is the date one of the shift's working days?"""

    @property
    def as_day_off(self) -> "_ShiftOnDate":
        """The date without the hours that are not worked on it."""
        plain = replace(self.rule, start=None, end=None, margin_before=None, margin_after=None, day_boundary=time(0))
        return replace(self, rule=plain, starts=self.begins, ends=self.midnight)


# Colleagues share their days: of a thousand people a few windows each are computed, and asked for again and again.
@lru_cache(maxsize=REMEMBERED)
def shift_window(
    day: date, rules: ShiftsAround, zone: tzinfo, zone_after: tzinfo | None = None, *, zone_before: tzinfo | None = None
) -> ShiftWindow:
    """The window of the shift `rules.on` of `day`. Windows never overlap, so a punch belongs to one day at most.

    Without margins they touch, and a punch belongs to exactly one.

    :param zone_after: the zone of the next day, for a person who travels; a boundary goes by the day it begins.
    :param zone_before: the zone of the day before.
    """
    first = day if rules.before_is_same_day else day - ONE_DAY
    last = day + ONE_DAY
    opened = None
    if rules.on.margin_before is not None:
        eve_zone = zone_before or zone
        _, opened = _gap(_turn(first - ONE_DAY, rules.eve, eve_zone), _turn(first, rules.before, eve_zone))
    before_on = _turn(first, rules.before, zone), _turn(day, rules.on, zone)
    _, start = _gap(*before_on, opened, is_same_day=rules.before_is_same_day)
    if rules.after_is_same_day:
        end, _ = _gap(_turn(day, rules.on, zone), _turn(day, rules.after, zone), start, is_same_day=True)
    else:
        over = zone_after or zone
        end, _ = _gap(_turn(day, rules.on, over), _turn(last, rules.after, over), start)
    return ShiftWindow(start=start, end=end)


def _turn(day: date, rule: ShiftRule, zone: tzinfo) -> _ShiftOnDate:
    starts = rule.starts(day, zone)
    return _ShiftOnDate(
        rule=rule,
        starts=starts,
        ends=max(starts, rule.ends(day, zone)),
        begins=at_clock(day, time(0), zone),
        midnight=at_clock(day + ONE_DAY, time(0), zone),
        is_worked=day.weekday() in rule.weekdays,
    )


def _gap(
    before: _ShiftOnDate, on: _ShiftOnDate, opened: datetime | None = None, *, is_same_day: bool = False
) -> tuple[datetime, datetime]:
    """Where the window of `before` closes, and that of `on` opens; one and the same where there is no gap.

    :param opened: where the window of a plain calendar day `before` opens; no margin reaches beyond it.
    """
    before, on = _without_days_off(before, on)
    middle = _middle(before, on)
    after = before.rule.margin_after if before.rule.has_hours else None
    ahead = on.rule.margin_before if on.rule.has_hours else None
    if (after is None and ahead is None) or (before.rule.has_hours and _overlap(before, on)):
        return middle, middle
    closes = middle if after is None else before.ends + after
    opens = middle if ahead is None else on.starts - ahead
    if ahead is None:
        return _closes_first(closes, middle, on)
    if after is None:
        floor = before.ends if before.rule.has_hours else opened or before.starts
        opens = max(opens, floor)
        return min(closes, opens) if before.rule.has_hours else min(before.ends, opens), opens
    if closes <= opens:
        return closes, opens
    # Two margins that reach over each other: the free time between two dates is halved, and on one date the earlier
    # shift ends where it ends.
    cut = before.ends if is_same_day else before.ends + (on.starts - before.ends) / 2
    return cut, cut


def _without_days_off(before: _ShiftOnDate, on: _ShiftOnDate) -> tuple[_ShiftOnDate, _ShiftOnDate]:
    """Hours of a day off do not bound a shift that is worked: where the two meet, the day off has no hours."""
    meet = before.rule.has_hours and on.rule.has_hours and before.ends >= on.starts
    if not meet or before.is_worked == on.is_worked:
        return before, on
    return (before, on.as_day_off) if before.is_worked else (before.as_day_off, on)


def _closes_first(closes: datetime, middle: datetime, on: _ShiftOnDate) -> tuple[datetime, datetime]:
    """The one before says how far it reaches: what comes after takes what is left."""
    if on.rule.has_hours:
        closes = min(closes, on.starts)
        return closes, max(middle, closes)
    reach = middle if middle > on.starts else on.starts + (on.midnight - on.starts) / 2
    closes = min(closes, reach)
    return closes, max(on.starts, closes)


def _overlap(before: _ShiftOnDate, on: _ShiftOnDate) -> bool:
    return on.rule.has_hours and before.ends > on.starts


def _middle(before: _ShiftOnDate, on: _ShiftOnDate) -> datetime:
    """Where `before` gives way without any margin: in the middle of the free time between two shifts.

    Two that overlap: at the end of the one that ends first. A plain calendar day has its own boundary, but whoever
    works into it from a night shift has until the middle of what is left of it to check out.
    """
    if before.rule.has_hours and on.rule.has_hours:
        if before.ends >= on.starts:
            return min(before.ends, on.ends)
        return before.ends + (on.starts - before.ends) / 2
    if on.rule.has_hours:
        return min(on.starts, before.ends)
    if not before.rule.has_hours or before.ends < on.starts:
        return on.starts
    return before.ends + (on.midnight - before.ends) / 2
