"""Rows are a cache: any arrival gives the same ones, deleted ones come back, and "why?" says what they say."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from attendance_devices.domain.days.pairing import COUNTED, PunchRole
from attendance_devices.domain.days.work_day import WorkDay
from attendance_devices.domain.punches.punch import Batch, Punch
from attendance_devices.domain.shifts.rule import Breaks, Pairing, RoundMode, WorkedFrom
from attendance_devices.models import Device, ProcessedAttendance, Shift, ShiftAssignment
from attendance_devices.models.logs import Source
from attendance_devices.services.days.derive import DERIVED_FIELDS, derive, derive_pending
from attendance_devices.services.explanations.explain import Explanation, explain
from attendance_devices.services.punches.store import receipt_now, store
from tests.builders.crm import days, device, employee, examples, mapped

SIX = ("Europe/Dublin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham", "Africa/Cairo")
SPAN = 5
"""Days on which somebody punches."""
FIGURES = ("worked", "break_time", "late", "early", "overtime")
minutes = st.integers(0, 480)
maybe = st.one_of(st.none(), minutes)
rules = st.fixed_dictionaries(
    {
        "weekdays": st.sampled_from(["0123456", "01234", "135"]),
        "margin_before_minutes": maybe,
        "margin_after_minutes": maybe,
        "pairing": st.sampled_from(Pairing),
        "worked_from": st.sampled_from(WorkedFrom),
        "paid_from_start": st.booleans(),
        "breaks": st.sampled_from(Breaks),
        "break_minutes": minutes,
        "grace_minutes": st.integers(0, 30),
        "overtime_before": st.booleans(),
        "overtime_tolerance_minutes": st.integers(0, 60),
        "round_minutes": st.sampled_from([0, 0, 15]),
        "round_mode": st.sampled_from(RoundMode),
        "half_day_minutes": minutes,
        "absent_minutes": minutes,
        "auto_out_minutes": maybe,
    }
)
ROTAS: Mapping[str, Sequence[tuple[str, str, int, int | None]]] = {
    "nothing assigned": (),
    "days": (("09:00", "17:00", -9, None),),
    "nights": (("22:00", "06:00", -9, None),),
    "two shifts a day": (("08:00", "12:00", -9, None), ("12:30", "16:30", -9, None)),
    "days, then nights": (("06:00", "14:00", -9, 1), ("22:00", "06:00", 2, None)),
    "nights, a free day, then dawns": (("22:00", "06:00", -9, 1), ("00:30", "08:00", 3, None)),
}
"""Start, end, and the first and the last day of each shift, counted from the first day of punches."""
FIRST_DAYS = [date(2024, 1, 8), date(2024, 3, 8), date(2024, 3, 29), date(2024, 4, 5), date(2024, 4, 24)]
FIRST_DAYS += [date(2024, 9, 27), date(2024, 10, 25), date(2024, 10, 30), date(2024, 11, 1)]
punches = st.lists(
    st.tuples(
        st.integers(0, SPAN * 96 - 1).map(lambda number: number * 900),
        st.sampled_from([0, 0, 30, 100]),
        st.sampled_from(["", "in", "out", "break_out", "break_in"]),
        st.integers(0, 1),
    ),
    min_size=1,
    max_size=16,
)


def rota(user: Any, name: str, given: Sequence[dict[str, Any]], first: date) -> None:
    """Give somebody shifts."""
    for number, ((start, end, since, until), rule) in enumerate(zip(ROTAS[name], given, strict=False)):
        hours = {"start": time.fromisoformat(start), "end": time.fromisoformat(end)}
        shift = Shift.objects.create(name=f"{name} {number}", **hours, **rule)
        last = None if until is None else first + timedelta(days=until)
        ShiftAssignment.objects.create(shift=shift, user=user, date_from=first + timedelta(days=since), date_until=last)


def arrive(doors: Sequence[Device], given: Sequence[tuple[int, int, str, int]], first: date) -> None:
    """One batch, as a poll stores it."""
    start = datetime.combine(first, time(0))
    for number, door in enumerate(doors):
        batch = [
            Punch(biometric_id="7", device_time=start + timedelta(seconds=whole + more), punch_type=key)
            for whole, more, key, at_door in given
            if at_door == number
        ]
        door.refresh_from_db()
        store(door, Batch(punches=batch, cursor={}), receipt_now(Source.POLL))


def derived(user: Any) -> dict[tuple[date, str], dict[str, Any]]:
    """All that the rules say of each row."""
    rows = ProcessedAttendance.objects.filter(user=user)
    return {(row.date, row.shift): {name: getattr(row, name) for name in DERIVED_FIELDS} for row in rows}


def explained(work: WorkDay, zone: str) -> dict[str, Any]:
    """The row that an explanation speaks of, column by column."""
    by_role = {use.role: use.tap.place for use in work.uses}
    place = by_role.get(PunchRole.CHECK_IN) or by_role.get(PunchRole.CHECK_OUT, "")
    lengths = {name: timedelta(seconds=int(getattr(work, name).total_seconds())) for name in FIGURES}
    plain = {name: getattr(work, name) for name in ("check_in", "check_out", "is_auto_out", "auto_out_due")}
    return {
        **plain,
        **lengths,
        "shift": work.shift.name,
        "time_zone": zone if work.check_in or work.check_out else "",
        "punch_count": sum(use.role in COUNTED for use in work.uses),
        "status": str(work.status),
        "status_reason": work.status_reason,
        "is_outlier": work.outlier_reasons != (),
        "outlier_reasons": list(work.outlier_reasons),
        "device_name": place,
        "office": Device.objects.get(name=place).office if place else "",
    }


def assert_the_figures_are_the_rows(found: Explanation, rows: Mapping[tuple[date, str], dict[str, Any]]) -> None:
    """The figures of a day's shifts follow one another."""
    for number, work in enumerate(found.work_days):
        said = {figure.name: figure.value for figure in found.figures[number * 5 : number * 5 + 5]}
        row = rows.get((work.date, work.shift.name))
        assert said == {name: row[name] if row else timedelta(0) for name in FIGURES}


class RowsAreACache(TestCase):
    """For any rota, any rules and any punches, in any of the six zones or in two of them."""

    @settings(max_examples=examples(8), suppress_health_check=[HealthCheck.too_slow])
    @given(
        first=st.sampled_from(FIRST_DAYS),
        zones=st.one_of(st.sampled_from(SIX).map(lambda zone: (zone, zone)), st.tuples(*[st.sampled_from(SIX)] * 2)),
        name=st.sampled_from(sorted(ROTAS)),
        given=st.lists(rules, min_size=2, max_size=2),
        shown=punches,
        seed=st.integers(0, 999),
    )
    def test_whatever_way_punches_arrive(
        self, first: date, zones: Sequence[str], name: str, given: list[dict[str, Any]], shown: list[Any], seed: int
    ) -> None:
        asha = employee("7")
        doors = [device("Gate", timezone=zones[0], office="North"), device("Exit", timezone=zones[1], direction="out")]
        for door in doors:
            mapped(door, "7", asha)
        rota(asha, name, given, first)
        chance = random.Random(seed)
        chance.shuffle(shown)
        while shown:
            size = chance.randint(1, len(shown))
            arrive(doors, shown[:size], first)
            del shown[:size]
            if chance.random() < 0.6:
                derive_pending()
        derive_pending()
        derive({(asha.pk, day) for day in days(SPAN + 8, first - timedelta(days=4))})

        found = derived(asha)
        self.comes_back(asha, found, first)
        self.is_explained(asha, found, first)

    def comes_back(self, user: Any, found: Mapping[tuple[date, str], Any], first: date) -> None:
        around = {(user.pk, day) for day in days(SPAN + 8, first - timedelta(days=4))}
        assert derive(around).unchanged == len(found)
        ProcessedAttendance.objects.all().delete()
        assert derive(around).created == len(found)
        assert derived(user) == found

    def is_explained(self, user: Any, rows: Mapping[tuple[date, str], Any], first: date) -> None:
        used: list[int] = []
        expected = {}
        for day in days(SPAN + 8, first - timedelta(days=4)):
            why = explain(user.pk, day)
            expected |= {(day, work.shift.name): explained(work, why.zone) for work in why.work_days if work.status}
            assert_the_figures_are_the_rows(why, rows)
            used += [
                use.tap.key
                for work in why.work_days
                for use in work.uses
                if use.role not in (PunchRole.OTHER_DAY, PunchRole.OUTSIDE)
            ]
        assert expected == rows
        assert all(set(row) == set(DERIVED_FIELDS) for row in expected.values())
        assert len(used) == len(set(used)), "no punch is in two days or two shifts"
