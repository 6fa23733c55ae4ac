"""From pairs to numbers: worked, break, late, early, overtime. Elapsed time, exact until a rule rounds it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from attendance_devices.domain.days.pairing import PairedDay
from attendance_devices.domain.shifts.rule import ZERO, Breaks, RoundMode, ShiftRule, WorkedFrom
from attendance_devices.domain.shifts.windows import ShiftWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class DayNumbers:
    """The numbers of a day."""

    worked: timedelta
    break_time: timedelta
    late: timedelta
    early: timedelta
    overtime: timedelta


def day_numbers(found: PairedDay, day: date, rule: ShiftRule, zone: tzinfo, *, is_off: bool) -> DayNumbers:
    """:param is_off: nobody is late, early or over time on a day off."""
    stretches = _paid(found, day, rule, zone)
    gross = _total(stretches)
    pause = min(gross, _pause(gross, stretches, found.pauses, rule))
    is_due = rule.is_due(day) and not is_off
    return DayNumbers(
        worked=rounded(gross - pause, rule),
        break_time=pause,
        late=_beyond(found.check_in, rule.starts(day, zone), rule.grace) if is_due else ZERO,
        early=_short(found.check_out, rule.ends(day, zone), rule.early_grace) if is_due else ZERO,
        overtime=rounded(_overtime(found, day, rule, zone), rule) if is_due else ZERO,
    )


def rounded(length: timedelta, rule: ShiftRule) -> timedelta:
    """By the shift's own rule, if it has one. A half goes up."""
    if not rule.round_to:
        return length
    if rule.round_mode is RoundMode.UP:
        return -(-length // rule.round_to) * rule.round_to
    half = rule.round_to / 2 if rule.round_mode is RoundMode.NEAREST else ZERO
    return (length + half) // rule.round_to * rule.round_to


def _paid(found: PairedDay, day: date, rule: ShiftRule, zone: tzinfo) -> Sequence[ShiftWindow]:
    stretches = found.stretches
    if rule.worked_from is WorkedFrom.SPAN and stretches:
        stretches = (ShiftWindow(start=stretches[0].start, end=stretches[-1].end),)
    if not rule.paid_from_start or not rule.has_hours:
        return stretches
    start = rule.starts(day, zone)
    return tuple(ShiftWindow(start=max(start, one.start), end=one.end) for one in stretches if one.end > start)


def _pause(
    gross: timedelta, stretches: Sequence[ShiftWindow], pauses: Sequence[ShiftWindow], rule: ShiftRule
) -> timedelta:
    if rule.breaks is Breaks.FIXED:
        return rule.break_length if gross > rule.break_after else ZERO
    if rule.breaks is Breaks.PUNCHED:
        return sum((_shared(one, pause) for one in stretches for pause in pauses), ZERO)
    return ZERO


def _shared(one: ShiftWindow, other: ShiftWindow) -> timedelta:
    return max(ZERO, min(one.end, other.end) - max(one.start, other.start))


def presence(
    check_in: datetime | None, check_out: datetime | None, pairs: Sequence[ShiftWindow], rule: ShiftRule
) -> Sequence[ShiftWindow]:
    """When somebody was there, as the shift sees it: from first to last, or in every valid pair."""
    if check_in is None or check_out is None:
        return ()
    return pairs if rule.worked_from is WorkedFrom.PAIRS else (ShiftWindow(start=check_in, end=check_out),)


def overtime_stretches(
    there: Sequence[ShiftWindow], day: date, rule: ShiftRule, *, zone: tzinfo
) -> Sequence[ShiftWindow]:
    """What counts as overtime if the day has enough of it: before the start and after the end.

    :param there: as `presence` says, in order.
    """
    wanted, start = rule.overtime, rule.starts(day, zone)
    # A shift that the skipped hour of spring holds may end before it starts.
    end = max(start, rule.ends(day, zone))
    ahead = [ShiftWindow(start=one.start, end=min(start, one.end)) for one in there if one.start < start]
    behind = [ShiftWindow(start=max(end, one.start), end=one.end) for one in there if one.end > end]
    asked = ((ahead, wanted.before and not rule.paid_from_start), (behind, wanted.after))
    return tuple(one for side, counts in asked if counts and _total(side) > wanted.tolerance for one in side)


def _total(stretches: Iterable[ShiftWindow]) -> timedelta:
    return sum((one.end - one.start for one in stretches), ZERO)


def _overtime(found: PairedDay, day: date, rule: ShiftRule, zone: tzinfo) -> timedelta:
    there = presence(found.check_in, found.check_out, found.stretches, rule)
    total = _total(overtime_stretches(there, day, rule, zone=zone))
    return total if total >= rule.overtime.minimum else ZERO


def _beyond(moment: datetime | None, limit: datetime, grace: timedelta) -> timedelta:
    length = moment - limit if moment else ZERO
    return length if length > grace else ZERO


def _short(moment: datetime | None, limit: datetime, grace: timedelta) -> timedelta:
    length = limit - moment if moment else ZERO
    return length if length > grace else ZERO
