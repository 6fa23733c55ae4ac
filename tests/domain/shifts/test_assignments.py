"""Rotas: different shifts on different dates, each punch with the date on which its shift starts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from attendance_devices.domain.days.pairing import DayPunch
from attendance_devices.domain.shifts.rule import Pairing, ShiftRule, WorkedFrom
from attendance_devices.domain.shifts.windows import ShiftsAround, shift_window
from tests.builders.consecutive_days import own, turns, week_of
from tests.builders.shift_rules import KARACHI, MONDAY, PLAIN, local

HOUR = timedelta(hours=1)
ONE_DAY = timedelta(days=1)
MORNING = ShiftRule(name="morning", start=time(6), end=time(14))
EVENING = ShiftRule(name="evening", start=time(14), end=time(22))
NIGHT = ShiftRule(name="night", start=time(22), end=time(6))
DAY = ShiftRule(name="day", start=time(9), end=time(17))
DAWN = ShiftRule(name="dawn", start=time(0, 30), end=time(8), margin_before=HOUR, margin_after=HOUR)
FORENOON = ShiftRule(name="forenoon", start=time(8), end=time(12))
AFTERNOON = ShiftRule(name="afternoon", start=time(12, 30), end=time(16, 30))


def wide(rule: ShiftRule, hours: float = 2) -> ShiftRule:
    return replace(rule, margin_before=hours * HOUR, margin_after=hours * HOUR)


SPLIT = [FORENOON, AFTERNOON]
WIDE_SPLIT = [wide(FORENOON), wide(AFTERNOON)]
Rota = Sequence[Sequence[ShiftRule]]
BOUNDARIES: Mapping[str, tuple[Rota, Sequence[str]]] = {
    "a rotation forward gives way in the middle of the free time": (
        ([MORNING], [EVENING], [NIGHT]),
        ("morning -1 22:00", "evening 1 02:00", "night 2 10:00"),
    ),
    "a rotation back, with eight hours between": (
        ([NIGHT], [EVENING], [MORNING]),
        ("night 0 14:00", "evening 1 10:00", "morning 2 02:00"),
    ),
    "back-to-back nights": (([NIGHT], [NIGHT], [NIGHT]), ("night 0 14:00", "night 1 14:00", "night 2 14:00")),
    "a morning right after a night: where one ends the other begins": (
        ([NIGHT], [MORNING], [MORNING]),
        ("night 0 14:00", "morning 1 06:00", "morning 1 22:00"),
    ),
    "two shifts a day": (
        (SPLIT, SPLIT),
        ("forenoon 0 00:15", "afternoon 0 12:15", "forenoon 1 00:15", "afternoon 1 12:15"),
    ),
    "two shifts a day whose margins overlap: the end of the earlier": (
        (WIDE_SPLIT, WIDE_SPLIT),
        ("forenoon 0 06:00-12:00", "afternoon 0 12:00-18:30", "forenoon 1 06:00-12:00", "afternoon 1 12:00-18:30"),
    ),
    "nights whose margins overlap": (
        ([wide(NIGHT, 12)], [wide(NIGHT, 12)], [wide(NIGHT, 12)]),
        ("night 0 14:00", "night 1 14:00", "night 2 14:00"),
    ),
    "a dawn takes the evening before": (
        ([DAY], [DAWN], [DAWN]),
        ("day 0 01:00", "dawn 0 23:30-09:00 +1", "dawn 1 23:30-09:00 +1"),
    ),
    "nights, then a day without a shift": (
        ([NIGHT], [NIGHT], [PLAIN], [PLAIN]),
        ("night 0 14:00", "night 1 14:00", " 2 15:00", " 3 00:00"),
    ),
}


def shown(start: datetime, end: datetime, *, is_whole: bool) -> str:
    """Where the window begins, counted in days from Monday, and where it ends if that is said."""
    first, last = (at.astimezone(KARACHI) for at in (start, end))
    text = f"{(first.date() - MONDAY).days} {first:%H:%M}"
    if not is_whole:
        return text
    further = (last.date() - first.date()).days
    return f"{text}-{last:%H:%M}" + (f" +{further}" if further else "")


@pytest.mark.parametrize("name", BOUNDARIES)
def test_a_rota_gives_each_shift_its_stretch(name: str) -> None:
    rota, expected = BOUNDARIES[name]
    chain = [rota[0], rota[0], *rota, rota[-1], rota[-1]]
    # The first two shifts of a chain have none before them.
    found = [one for one in week_of(MONDAY - 2 * ONE_DAY, chain, [], KARACHI) if one.date >= MONDAY]

    stretches = [
        f"{one.shift.name} {shown(one.window.start, one.window.end, is_whole=said.count(':') > 1)}"
        for one, said in zip(found, expected, strict=False)
    ]
    assert stretches == list(expected)


PUNCHED: Mapping[str, tuple[Rota, str, Sequence[tuple[str, int, str]]]] = {
    "the night of Monday ends on Tuesday, whatever Tuesday has": (
        ([NIGHT], [EVENING]),
        "0 22:00, 1 06:00, 1 14:00, 1 22:00",
        [("night", 0, "8:00:00"), ("evening", 1, "8:00:00")],
    ),
    "a check-out at the boundary of overlapping margins is the later shift's": (
        (WIDE_SPLIT,),
        "0 08:00, 0 11:59:59, 0 12:00:00, 0 16:30",
        [("forenoon", 0, "3:59:59"), ("afternoon", 0, "4:30:00")],
    ),
    "half past eleven in the evening begins the next date": (
        ([DAWN], [DAWN]),
        "-1 23:30, 0 08:00, 0 23:30, 1 08:59:59",
        [("dawn", 0, "8:30:00"), ("dawn", 1, "9:29:59")],
    ),
    "a check-out forgotten in the first night turns no other": (
        ([NIGHT], [NIGHT], [NIGHT]),
        "0 22:00, 1 22:00, 2 06:00, 2 22:00, 3 06:00",
        [("night", 0, "0:00:00"), ("night", 1, "8:00:00"), ("night", 2, "8:00:00")],
    ),
    "nor does a check-in": (
        ([NIGHT], [NIGHT], [NIGHT]),
        "1 06:00, 1 22:00, 2 06:00, 2 22:00, 3 06:00",
        [("night", 0, "0:00:00"), ("night", 1, "8:00:00"), ("night", 2, "8:00:00")],
    ),
    "by turns, a forgotten check-out turns no other either": (
        ([replace(DAY, pairing=Pairing.ALTERNATING, worked_from=WorkedFrom.PAIRS)],) * 3,
        "0 09:00, 1 09:00, 1 17:00, 2 09:00, 2 17:00",
        [("day", 0, "0:00:00"), ("day", 1, "8:00:00"), ("day", 2, "8:00:00")],
    ),
}


@pytest.mark.parametrize("name", PUNCHED)
def test_each_punch_is_with_the_date_on_which_its_shift_starts(name: str) -> None:
    rota, punches, expected = PUNCHED[name]
    taps = []
    for key, text in enumerate(punches.split(", ")):
        offset, clock = text.split()
        taps.append(DayPunch(key=key, at=local(MONDAY + int(offset) * ONE_DAY, clock).astimezone(UTC)))
    chain = [rota[0], rota[0], *rota, rota[-1], rota[-1]]
    found = week_of(MONDAY - 2 * ONE_DAY, chain, taps, KARACHI)

    assert [(one.shift.name, (one.date - MONDAY).days, str(one.worked)) for one in found if one.status] == expected
    assert sorted(key for one in found for key in own(one)) == list(range(len(taps)))


def test_a_traveller_keeps_the_margins_of_the_zone_in_which_the_day_began() -> None:
    away = ZoneInfo("Europe/Dublin")
    night, early = replace(NIGHT, end=time(13)), replace(DAWN, margin_before=12 * HOUR)
    three = ShiftsAround(eve=night, before=PLAIN, on=early, after=PLAIN)
    at_home = shift_window(MONDAY, three, KARACHI).start
    from_there = shift_window(MONDAY, three, KARACHI, zone_before=away).start

    sunday = MONDAY - ONE_DAY
    assert at_home == local(sunday, "18:30")
    assert from_there == local(sunday, "18:30", away), "the free day after the night is reckoned where it was"


def test_the_day_before_a_flight_ends_where_the_plain_day_there_begins() -> None:
    plain: date = MONDAY
    there = ZoneInfo("America/New_York")
    three = ShiftsAround(before=NIGHT, on=NIGHT, after=DAY)
    stays, flies = shift_window(plain, three, KARACHI), shift_window(plain, three, KARACHI, there)

    assert (stays.end, flies.end) == (local(MONDAY + ONE_DAY, "07:30"), local(MONDAY + ONE_DAY, "07:30", there))
    assert flies.end == shift_window(MONDAY + ONE_DAY, replace(three, before=NIGHT, on=DAY), there).start


def test_a_chain_names_the_shifts_around_each() -> None:
    chain = turns(MONDAY, [[PLAIN], [NIGHT], SPLIT, [DAY]])

    assert [(day, three.on.name, three.eve.name, three.before.name, three.after.name) for day, three in chain] == [
        (MONDAY + 2 * ONE_DAY, "forenoon", "", "night", "afternoon"),
        (MONDAY + 2 * ONE_DAY, "afternoon", "night", "forenoon", "day"),
    ]
    assert [(three.before_is_same_day, three.after_is_same_day) for _, three in chain] == [(False, True), (True, False)]


@pytest.mark.parametrize("neighbour", [DAY, NIGHT, DAWN, PLAIN], ids=lambda rule: rule.name or "plain")
def test_margins_mean_nothing_to_a_day_without_hours(neighbour: ShiftRule) -> None:
    odd = ShiftRule(margin_before=HOUR, margin_after=HOUR)

    for plain, other in ((PLAIN, odd), (odd, PLAIN)):
        inner = ShiftsAround(before=neighbour, on=plain, after=neighbour)
        outer = ShiftsAround(before=plain, on=neighbour, after=plain)
        assert shift_window(MONDAY, inner, KARACHI) == shift_window(MONDAY, replace(inner, on=other), KARACHI)
        assert shift_window(MONDAY, outer, KARACHI) == shift_window(
            MONDAY, replace(outer, before=other, after=other), KARACHI
        )
