"""The numbers of a day in words: what was taken from what, and why a number is nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from attendance_devices.domain.days.numbers import overtime_stretches, presence
from attendance_devices.domain.days.work_day import WorkDay
from attendance_devices.domain.display.times import clock, length
from attendance_devices.domain.shifts.rule import Breaks

ZERO = timedelta(0)
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of a day."""

    name: str
    """The field of the `WorkDay` that holds it."""
    value: timedelta
    words: str
    """How it came about; times as a clock in the zone of the day shows them."""


def figures(day: WorkDay, zone: tzinfo) -> tuple[Figure, ...]:
    """Every number of the day with its arithmetic, from the day alone."""
    parts: tuple[tuple[str, Callable[[WorkDay, tzinfo], str]], ...] = (
        ("worked", _worked),
        ("break_time", _break),
        ("late", _late),
        ("early", _early),
        ("overtime", _overtime),
    )
    return tuple(Figure(name=name, value=getattr(day, name), words=words(day, zone)) for name, words in parts)


def figures_of_sealed_day(day: WorkDay) -> tuple[Figure, ...]:
    """The numbers of a day whose punches are no longer kept."""
    names = ("worked", "break_time", "late", "early", "overtime")
    return tuple(
        Figure(name=name, value=getattr(day, name), words=f"{length(getattr(day, name))}, as it was reckoned")
        for name in names
    )


def _worked(day: WorkDay, zone: tzinfo) -> str:
    if day.check_in is None and day.check_out is not None:
        return f"0 s: check-out {clock(day.check_out, day.date, zone)}, and no check-in"
    if day.check_in is None:
        return "0 s: no punch counts"
    if day.check_out is None and not day.worked:
        return f"0 s: check-in {clock(day.check_in, day.date, zone)}, and no check-out"
    if day.check_out is None:
        return f"{length(day.worked)} by the rule of the shift"
    return _difference(day.worked, day.check_out, day.check_in, clock_of(day, zone)) + _turned(day, zone)


def _turned(day: WorkDay, zone: tzinfo) -> str:
    """The night on which the clocks are changed: what they show does not add up without this."""
    assert day.check_in is not None and day.check_out is not None  # noqa: S101, PT018 - the caller has looked
    offsets = [moment.astimezone(zone).utcoffset() or ZERO for moment in (day.check_in, day.check_out)]
    change = offsets[1] - offsets[0]
    if not change:
        return ""
    return f"; the clocks went {'forward' if change > ZERO else 'back'} {length(change)} in between"


def _break(day: WorkDay, zone: tzinfo) -> str:
    del zone
    rule, gross = day.shift, day.worked + day.break_time
    if rule.breaks is Breaks.PAID:
        return "0 s: the shift pays them"
    if rule.breaks is Breaks.PUNCHED:
        return f"{length(day.break_time)} by the break keys"
    if day.break_time:
        return f"{length(day.break_time)}: fixed, for whoever worked more than {length(rule.break_after)}"
    if not gross:
        return "0 s: nothing was worked"
    return f"0 s: fixed, but not for whoever worked no more than {length(rule.break_after)}"


def _late(day: WorkDay, zone: tzinfo) -> str:
    shown = clock_of(day, zone)
    if day.check_in is None:
        return "0 s: no check-in"
    if not day.late:
        return f"0 s: {_undue(day) or _in_time(day, zone)}"
    words = _difference(day.late, day.check_in, day.shift.starts(day.date, zone), shown)
    return f"{words}, more than the grace of {length(day.shift.grace)}" if day.shift.grace else words


def _in_time(day: WorkDay, zone: tzinfo) -> str:
    assert day.check_in is not None  # noqa: S101 - the caller has looked
    start, shown = day.shift.starts(day.date, zone), clock_of(day, zone)
    behind = day.check_in - start
    if behind <= ZERO:
        return f"{shown(day.check_in)} is not after the start {shown(start)}"
    why = f"within the grace of {length(day.shift.grace)}" if behind <= day.shift.grace else "which the shift allows"
    return f"{shown(day.check_in)} is {length(behind)} after the start {shown(start)}, {why}"


def _early(day: WorkDay, zone: tzinfo) -> str:
    if day.check_out is None:
        return "0 s: no check-out"
    end, shown = day.shift.ends(day.date, zone), clock_of(day, zone)
    if day.early:
        return _difference(day.early, end, day.check_out, shown)
    return f"0 s: {_undue(day) or _against(day.check_out, end, 'before', shown)}"


def _overtime(day: WorkDay, zone: tzinfo) -> str:
    if day.check_in is None or day.check_out is None:
        return "0 s: no check-out" if day.check_out is None else "0 s: no check-in"
    end, shown = day.shift.ends(day.date, zone), clock_of(day, zone)
    if not day.overtime:
        return f"0 s: {_undue(day) or _against(day.check_out, end, 'after', shown)}"
    there = presence(day.check_in, day.check_out, day.stretches, day.shift)
    parts = overtime_stretches(there, day.date, day.shift, zone=zone)
    if len(parts) == 1:
        return _difference(day.overtime, parts[0].end, parts[0].start, shown)
    summed = " + ".join(f"({shown(one.end)} {MINUS} {shown(one.start)})" for one in parts)
    return _rest(f"{length(day.overtime)} = {summed}", day.overtime, sum((one.end - one.start for one in parts), ZERO))


def _against(moment: datetime, end: datetime, side: str, shown: Callable[[datetime], str]) -> str:
    """Why a check-out is neither early nor overtime."""
    ahead = end - moment if side == "before" else moment - end
    if ahead <= ZERO:
        return f"{shown(moment)} is not {side} the end {shown(end)}"
    return f"{shown(moment)} is {length(ahead)} {side} the end {shown(end)}, which the shift allows"


def _undue(day: WorkDay) -> str:
    """Why nobody was expected at an hour; empty when somebody was."""
    return day.day_off if day.shift.has_hours else "the day has no hours to hold it against"


def clock_of(day: WorkDay, zone: tzinfo) -> Callable[[datetime], str]:
    """`clock`, on the day and in its zone; the zone's name where the day has an hour twice."""

    def shown(moment: datetime) -> str:
        local = moment.astimezone(zone)
        twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
        return clock(moment, day.date, zone) + (f" {local:%Z}" if twice else "")

    return shown


def _difference(value: timedelta, later: datetime, earlier: datetime, shown: Callable[[datetime], str]) -> str:
    """The value as one instant less another, and what the rule of the shift took off or added."""
    return _rest(f"{length(value)} = {shown(later)} {MINUS} {shown(earlier)}", value, later - earlier)


def _rest(words: str, value: timedelta, plain: timedelta) -> str:
    if plain == value:
        return words
    side = "less" if plain > value else "plus"
    return f"{words} ({length(plain)}), {side} {length(plain - value)} by the rule of the shift"
