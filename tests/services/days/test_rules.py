"""The rules of a shift, from its row to the day's row and to the CRM."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from attendance_devices.domain.days.pairing import PunchRole
from attendance_devices.domain.posting.host_row import HostRow, PostAction, as_one
from attendance_devices.domain.punches.punch import Batch, Punch
from attendance_devices.domain.shifts.rule import ShiftRule
from attendance_devices.models import PendingDay, ProcessedAttendance, Shift, ShiftAssignment
from attendance_devices.models.logs import Source
from attendance_devices.services.days import derive as derive_module
from attendance_devices.services.days.derive import derive, derive_pending
from attendance_devices.services.days.inputs import default_rule
from attendance_devices.services.explanations.explain import explain
from attendance_devices.services.posting.post import post
from attendance_devices.services.punches.store import receipt_now, store
from tests.builders.crm import (
    MONDAY,
    ZONE,
    at,
    crm_rows,
    days,
    device,
    employee,
    examples,
    host,
    mapped,
    our_rows,
    punched,
    setting,
    statements,
)
from tests.builders.day_rules import TwoShifts, somebody, works

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + timedelta(days=1)
HOUR = timedelta(hours=1)


def split_day(user: Any) -> None:
    works(user, "early", "08:00", "12:00")
    works(user, "late", "12:30", "16:30")


def test_a_shift_as_it_comes_is_the_plain_rule() -> None:
    shift = Shift(name="day", start=time(9), end=time(17), weekdays="0123456")

    assert shift.rule == ShiftRule(name="day", start=time(9), end=time(17))


def test_the_key_and_the_gate_reach_the_rule() -> None:
    gate, asha = somebody(direction="out")
    works(asha, "keys", "09:00", "17:00", pairing="by_state", worked_from="pairs")
    shown = {"in": "09:00", "break_out": "12:00", "break_in": "13:00", "out": "17:00"}
    batch = [Punch(biometric_id="7", device_time=at(when), punch_type=key) for key, when in shown.items()]
    store(gate, Batch(punches=batch, cursor={}), receipt_now(Source.POLL))
    Shift.objects.update(breaks="punched")
    derive_pending()
    row = ProcessedAttendance.objects.get()
    assert (row.worked, row.break_time, row.status) == (7 * HOUR, HOUR, "present")

    Shift.objects.update(pairing="by_device")
    derive({(asha.pk, MONDAY)})
    row = ProcessedAttendance.objects.get()
    assert (row.check_in, row.status, row.device_name) == (None, "missing_check_in", "Gate")


def test_a_day_to_look_at_says_why_on_its_row() -> None:
    gate, asha = somebody()
    works(asha, "day", "09:00", "17:00")
    punched(gate, ("7", at("12:00")), ("7", at("17:00")), ("7", at("09:00", TUESDAY)), ("7", at("17:00", TUESDAY)))

    derive_pending()

    rows = ProcessedAttendance.objects.order_by("date").values_list("is_outlier", "outlier_reasons")
    assert list(rows) == [(True, ["check-in 3:00:00 after the start, more than 2:00:00"]), (False, [])]


def test_the_punch_of_half_past_eleven_belongs_to_the_shift_that_starts_after_midnight() -> None:
    gate, asha = somebody()
    works(asha, "dawn", "00:30", "08:00", margin_before_minutes=60, margin_after_minutes=60)
    punched(gate, ("7", at("23:30")))
    derive_pending()
    punched(gate, ("7", at("08:00", TUESDAY)), ("7", at("23:29:59", TUESDAY)))
    derive_pending()

    row = ProcessedAttendance.objects.exclude(status="no_data").get()
    assert (row.date, row.worked) == (TUESDAY, 8.5 * HOUR)
    found = explain(asha.pk, TUESDAY)
    assert [tap.at for tap in found.unassigned] == [at("23:29:59", TUESDAY).replace(tzinfo=ZONE)]
    assert [use.role for use in found.work_day.uses] == [PunchRole.CHECK_IN, PunchRole.CHECK_OUT, PunchRole.OUTSIDE]


def test_two_shifts_of_a_day_are_two_rows_and_one_in_the_crm() -> None:
    gate, asha = somebody()
    split_day(asha)
    shown = ("08:05", "12:00", "12:30", "16:30")
    punched(gate, *[("7", at(when)) for when in shown[:2]])
    derive_pending()
    post(since=MONDAY)

    punched(gate, *[("7", at(when)) for when in shown[2:]])
    result = derive_pending()
    told = post(since=MONDAY)

    rows = ProcessedAttendance.objects.order_by("check_in")
    assert [(row.shift, row.worked, row.status) for row in rows] == [
        ("early", 4 * HOUR - HOUR / 12, "late"),
        ("late", 4 * HOUR, "present"),
    ]
    assert (result.created, result.changed, told.created, told.changed, told.errors) == (0, 2, 0, 1, [])
    assert [row[2:] for row in crm_rows()] == [("08:05:00", "16:30:00")]
    assert len({(row.host_pk, row.posting_state) for row in rows}) == 1
    assert post(since=MONDAY).changed == 0
    both = explain(asha.pk, MONDAY).work_days
    assert [[use.role for use in work.uses].count(PunchRole.OTHER_DAY) for work in both] == [2, 2]
    assert both[0].uses[-1].reason == "outside this day's window; it belongs to the shift late of the same day"


def test_the_crm_follows_when_one_of_two_shifts_goes() -> None:
    gate, asha = somebody()
    split_day(asha)
    punched(gate, *[("7", at(when)) for when in ("08:00", "12:00", "12:30", "16:30")])
    derive_pending()
    post(since=MONDAY)

    ShiftAssignment.objects.filter(shift__name="late").delete()
    Shift.objects.filter(name="early").update(margin_after_minutes=15)
    result = derive({(asha.pk, MONDAY)})
    post(since=MONDAY)

    assert (result.changed, result.removed) == (1, 1)
    assert [row[2:] for row in crm_rows()] == [("08:00:00", "12:00:00")]


def test_a_crm_may_give_two_shifts_of_one_name(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(HOST=host(TwoShifts))
    gate, _ = somebody()
    punched(gate, *[("7", at(when)) for when in ("08:00", "12:00", "13:00", "17:00")])

    derive_pending()

    rows = ProcessedAttendance.objects.order_by("check_in")
    assert [(row.shift[-5:], len(row.shift), row.worked) for row in rows] == [
        ("n (1)", 100, 4 * HOUR),
        ("n (2)", 100, 4 * HOUR),
    ]


def test_several_rows_speak_as_one() -> None:
    day = {"employee": "7", "date": MONDAY, "worked": 4 * HOUR, "punch_count": 2}
    morning, noon = datetime(2024, 1, 8, 8, tzinfo=UTC), datetime(2024, 1, 8, 12, tzinfo=UTC)
    early = HostRow(key=2, check_in=morning, check_out=noon, status="half_day", shift="a", host_pk="9", **day)
    late = HostRow(key=1, check_in=noon, check_out=None, status="missing_check_out", shift="b", **day)

    found = as_one([late, early])

    assert (found.key, found.host_pk, found.shift, found.status) == (2, "9", "a + b", "missing_check_out")
    assert (found.check_in, found.check_out, found.worked, found.punch_count) == (morning, None, 8 * HOUR, 4)
    assert as_one([early]) is early


def test_a_check_out_writes_itself_when_it_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, asha = somebody()
    works(asha, "day", "09:00", "17:00", auto_out_minutes=60)
    punched(gate, ("7", at("09:00")))
    ends = at("18:00").replace(tzinfo=ZONE)
    now = ends - timedelta(seconds=1)
    real = derive_module.read_day_inputs
    monkeypatch.setattr(derive_module, "read_day_inputs", lambda *given: real(*given, now=now))
    derive_pending()
    row = ProcessedAttendance.objects.get()
    assert (row.status, row.auto_out_due, row.is_auto_out) == ("missing_check_out", ends, False)

    now = ends
    assert derive_pending().changed == 1

    row = ProcessedAttendance.objects.get()
    assert (row.status, row.check_out, row.auto_out_due, row.is_auto_out) == ("present", ends, None, True)
    assert (row.worked, row.posting_state) == (9 * HOUR, PostAction.NEW)
    assert not PendingDay.objects.exists()


HOURS = {"WORK_START_TIME": "22:00", "WORK_END_TIME": "06:00"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, (None, time(0))),
        (HOURS, (None, time(0))),
        (HOURS | {"OVERNIGHT_SHIFT": True}, (4 * HOUR, time(0))),
        (HOURS | {"OVERNIGHT_SHIFT": True, "OVERNIGHT_SHIFT_BUFFER_HOURS": 2.5}, (2.5 * HOUR, time(0))),
        ({"OVERNIGHT_SHIFT": True, "OVERNIGHT_SHIFT_BUFFER_HOURS": 5.5}, (None, time(5, 30))),
        ({"OVERNIGHT_SHIFT": True, "DAY_BOUNDARY": "03:00"}, (None, time(3))),
    ],
    ids=["nothing", "hours", "overnight", "overnight with a buffer", "overnight without hours", "its own boundary"],
)
def test_the_settings_of_an_older_bridge_are_the_default_rule(settings: Any, given: Any, expected: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(**given)
    rule = default_rule()
    assert (rule.margin_after, rule.day_boundary) == expected


@pytest.mark.parametrize(
    ("start", "end", "weekdays", "is_refused"),
    [
        ("12:00", "16:00", "01234", False),
        ("11:59", "16:00", "01234", True),
        ("11:00", "16:00", "56", False),
        ("22:00", "06:00", "0", False),
        ("06:00", "06:00", "0", True),
    ],
    ids=["one after the other", "at the same time", "on other weekdays", "a night after it", "around the clock"],
)
def test_nobody_works_two_shifts_at_once(start: str, end: str, weekdays: str, is_refused: bool) -> None:
    asha = employee("7")
    works(asha, "first", "08:00", "12:00", weekdays="01234")
    other = Shift.objects.create(
        name="second", start=time.fromisoformat(start), end=time.fromisoformat(end), weekdays=weekdays
    )
    row = ShiftAssignment(shift=other, user=asha, date_from=MONDAY)

    if is_refused:
        with pytest.raises(ValidationError, match="second runs into first"):
            row.full_clean()
    else:
        row.full_clean()


def test_split_days_cost_no_more_queries() -> None:
    gate = device()
    counts = []
    for number in range(2):
        asha = employee(str(number))
        mapped(gate, str(number), asha)
        if number:
            split_day(asha)
        punched(gate, *[(str(number), at(when, day)) for day in days(9) for when in ("08:00", "12:00", "13:00")])
        with CaptureQueriesContext(connection) as queries:
            derive_pending()
        counts.append(statements(queries))
        post(since=MONDAY)

    assert counts[0] == counts[1] <= 15


class AnyRules(TestCase):
    """Whatever the shifts, the rows are a cache and "why?" agrees with them."""

    @settings(max_examples=examples(8), suppress_health_check=[HealthCheck.too_slow])
    @given(
        seconds=st.lists(st.integers(0, 5 * 86_400), min_size=1, max_size=12, unique=True),
        margins=st.lists(st.one_of(st.none(), st.integers(0, 600)), min_size=4, max_size=4),
        pairing=st.sampled_from(["first_last", "alternating", "by_state", "by_device"]),
        zone=st.sampled_from(["Europe/Dublin", "Africa/Cairo", "Pacific/Chatham"]),
        data=st.data(),
    )
    def test_no_punch_in_two_days_and_the_same_rows_again(
        self, seconds: list[int], margins: list[int | None], pairing: str, zone: str, data: st.DataObject
    ) -> None:
        gate, exit_gate = device(timezone=zone), device("Exit", direction="out", timezone=zone)
        asha = employee("7")
        for where in (gate, exit_gate):
            mapped(where, "7", asha)
        hours = [("early", "06:00", "12:00"), ("late", "12:30", "22:00"), ("night", "22:00", "06:00")]
        for number, (name, start, end) in enumerate(data.draw(st.sampled_from([hours[:2], hours[2:], hours[::2]]))):
            before, after = margins[number * 2 : number * 2 + 2]
            works(asha, name, start, end, pairing=pairing, margin_before_minutes=before, margin_after_minutes=after)
        for offset in data.draw(st.permutations(seconds)):
            punched(exit_gate if offset % 2 else gate, ("7", at("00:00") + timedelta(seconds=offset)))
            if data.draw(st.booleans()):
                derive_pending()
        around = {(asha.pk, MONDAY + timedelta(days=number)) for number in range(-3, 9)}
        derive_pending()
        derive(around)
        found = our_rows()

        ProcessedAttendance.objects.all().delete()
        derive(around)

        assert our_rows() == found
        self.agrees(asha)

    def agrees(self, user: Any) -> None:
        used = []
        for day in days(9, MONDAY - timedelta(days=2)):
            works = explain(user.pk, day).work_days
            rows = {row.shift: row for row in ProcessedAttendance.objects.filter(date=day)}
            assert {work.shift.name for work in works if work.status} == set(rows)
            for work in works:
                left_out = (PunchRole.OTHER_DAY, PunchRole.OUTSIDE)
                used += [use.tap.key for use in work.uses if use.role not in left_out]
                if work.status:
                    row = rows[work.shift.name]
                    names = ("check_in", "check_out", "worked", "late", "early", "overtime", "punch_count", "status")
                    assert [getattr(work, name) for name in names] == [getattr(row, name) for name in names]
                    assert list(work.outlier_reasons) == row.outlier_reasons
            seen = [tap.key for tap in explain(user.pk, day).unassigned]
            assert not set(seen) & set(used)
        assert len(used) == len(set(used))
