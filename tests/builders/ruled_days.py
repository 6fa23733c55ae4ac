"""Days judged by the rules of a shift."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from attendance_devices.domain.days.pairing import DayPunch
from attendance_devices.domain.days.work_day import Around, WorkDay, work_day
from attendance_devices.domain.shifts.rule import Breaks, Pairing, ShiftRule, WorkedFrom
from attendance_devices.domain.shifts.windows import ShiftsAround
from tests.builders.shift_rules import KARACHI, MONDAY

HOUR, MINUTE, NONE = timedelta(hours=1), timedelta(minutes=1), timedelta(0)


WORKWEEK = frozenset(range(5))


DAY = ShiftRule(name="day", start=time(9), end=time(17), weekdays=WORKWEEK)


TURNS = replace(DAY, pairing=Pairing.ALTERNATING, worked_from=WorkedFrom.PAIRS)


KEYS = replace(DAY, pairing=Pairing.BY_STATE, worked_from=WorkedFrom.PAIRS)


GATES = replace(DAY, pairing=Pairing.BY_DEVICE, worked_from=WorkedFrom.PAIRS)


PAUSED = replace(DAY, breaks=Breaks.PUNCHED)


def moment(shown: str, day: date = MONDAY) -> datetime:
    """ "+06:00" is on the morning after, "-23:30" on the evening before."""
    on = day + timedelta(days={"+": 1, "-": -1}.get(shown[0], 0))
    return datetime.combine(on, time.fromisoformat(shown.lstrip("+-")), tzinfo=KARACHI).astimezone(UTC)


def judged(punches: str, rule: ShiftRule = DAY, day: date = MONDAY, **around: Any) -> WorkDay:
    """ "09:00 17:00", or with the key pressed "09:00=in 17:00=out", or the gate "09:00>in 17:00>out"."""
    taps = []
    for key, punch in enumerate(punches.split(), start=1):
        state = punch.partition("=")[2].partition(">")[0]
        facing = punch.partition(">")[2].partition("=")[0]
        shown = punch.partition("=")[0].partition(">")[0]
        taps.append(DayPunch(key=key, at=moment(shown, day), place="Gate", punch_type=state, facing=facing or "both"))
    return work_day(day, taps, ShiftsAround(before=rule, on=rule, after=rule), KARACHI, around=Around(**around))


SATURDAY = date(2024, 1, 13)


states = st.sampled_from(["", "in", "out", "break_out", "break_in"])


punches = st.lists(st.tuples(st.integers(-40 * 3600, 64 * 3600), states, st.sampled_from(["both", "in", "out"])))
