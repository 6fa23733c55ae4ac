"""What a day is called, and whether a person should look at it."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from attendance_devices.domain.days.numbers import DayNumbers
from attendance_devices.domain.days.pairing import COUNTED, PairedDay, PunchRole
from attendance_devices.domain.days.travel import impossible_journeys
from attendance_devices.domain.shifts.rule import ShiftRule


class DayStatus(StrEnum):
    """What a day is called."""

    PRESENT = "present"
    LATE = "late"
    HALF_DAY = "half_day"
    ABSENT = "absent"
    WORKED_DAY_OFF = "worked_day_off"
    WORKED_HOLIDAY = "worked_holiday"
    MISSING_CHECK_IN = "missing_check_in"
    MISSING_CHECK_OUT = "missing_check_out"
    ON_LEAVE = "on_leave"
    HOLIDAY = "holiday"
    DAY_OFF = "day_off"
    NO_DATA = "no_data"
    """Nobody knows: a terminal that could have seen the person was not read since."""
    WITHDRAWN = "withdrawn"
    """The day means nothing any more, and the CRM has still to be told so."""


SILENT = frozenset(
    {DayStatus.ON_LEAVE, DayStatus.HOLIDAY, DayStatus.DAY_OFF, DayStatus.NO_DATA, DayStatus.WITHDRAWN},
)
"""Days without a punch. A CRM is told of them only in words of its own."""
NEAREST = {
    DayStatus.HALF_DAY: DayStatus.PRESENT,
    DayStatus.ABSENT: DayStatus.MISSING_CHECK_OUT,
    DayStatus.WORKED_DAY_OFF: DayStatus.PRESENT,
    DayStatus.WORKED_HOLIDAY: DayStatus.PRESENT,
    DayStatus.MISSING_CHECK_IN: DayStatus.MISSING_CHECK_OUT,
}
"""For a CRM that has no word for a status: the nearest that every CRM spells."""

ENDS = {PunchRole.CHECK_IN: "check-in", PunchRole.CHECK_OUT: "check-out"}
"""How the reasons of an outlier name the two ends of a day."""


def status(found: PairedDay, numbers: DayNumbers, rule: ShiftRule, *, off: DayStatus | None) -> DayStatus | None:
    """None for a day without a punch that counts. :param off: what it is called to have worked on a day off."""
    if found.check_in is None and found.check_out is None:
        return None
    if found.check_in is None or found.check_out is None:
        return DayStatus.MISSING_CHECK_OUT if found.check_in else DayStatus.MISSING_CHECK_IN
    if off is not None:
        return off
    if numbers.worked < rule.absent_below:
        return DayStatus.ABSENT
    if numbers.worked < rule.half_day_below:
        return DayStatus.HALF_DAY
    return DayStatus.LATE if numbers.late else DayStatus.PRESENT


def outliers(found: PairedDay, day: date, rule: ShiftRule, zone: tzinfo, *, is_off: bool) -> Iterator[str]:
    """Each limit that the day is beyond, in words."""
    limits = rule.outliers
    if rule.is_due(day) and not is_off:
        start, end = rule.starts(day, zone), rule.ends(day, zone)
        for what, moment, against, word, early, late in (
            (ENDS[PunchRole.CHECK_IN], found.check_in, start, "start", limits.check_in_early, limits.check_in_late),
            (ENDS[PunchRole.CHECK_OUT], found.check_out, end, "end", limits.check_out_early, limits.check_out_late),
        ):
            if moment is not None:
                yield from _distance(moment - against, f"{what} {{}} {{}} the {word}", early, late)
    if found.check_in and found.check_out and limits.longest is not None:
        length = found.check_out - found.check_in
        if length > limits.longest:
            yield f"{clock(length)} from check-in to check-out, more than {clock(limits.longest)}"
    if limits.speed is not None:
        yield from impossible_journeys([use.tap for use in found.uses if use.role in COUNTED], limits.speed, zone)


def punch_at_fault(reasons: Sequence[str]) -> PunchRole | None:
    """The end of the day that every reason is about; None if they are about both, or about something else."""
    ends = {next((role for role, word in ENDS.items() if reason.startswith(f"{word} ")), None) for reason in reasons}
    return ends.pop() if len(ends) == 1 else None


def clock(length: timedelta) -> str:
    """Hours, minutes and seconds."""
    seconds = int(length.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _distance(apart: timedelta, words: str, early: timedelta | None, late: timedelta | None) -> Iterator[str]:
    if early is not None and -apart > early:
        yield f"{words.format(clock(-apart), 'before')}, more than {clock(early)}"
    if late is not None and apart > late:
        yield f"{words.format(clock(apart), 'after')}, more than {clock(late)}"


def is_expected(found: PairedDay, rule: ShiftRule, day: date, zone: tzinfo) -> datetime | None:
    """When the check-out that is missing will be written by itself; None if it is there, or never will be."""
    moment = rule.auto_out(day, zone) if found.open_since else None
    return moment if moment and found.open_since and moment > found.open_since else None
