"""Why: the answer is the row, punch by punch."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from attendance_devices.domain.days.pairing import PunchRole
from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.models import DeviceUser, ProcessedAttendance, Shift, ShiftAssignment
from attendance_devices.services.days.derive import derive, derive_pending
from attendance_devices.services.explanations.explain import HostRowState, explain
from attendance_devices.services.mapping.match import map_users
from attendance_devices.services.posting.post import post
from attendance_devices.services.shifts.assignments import ChosenBy
from tests.builders.crm import (
    MONDAY,
    ZONE,
    at,
    crm_row,
    device,
    edit,
    employee,
    examples,
    host,
    mapped,
    nothing_is_written,
    punched,
    setting,
)
from tests.builders.failing_hosts import CannotPost, ClosedMonday, worked
from tests.builders.long_shifts import LongShift, night_shift

TUESDAY = MONDAY + timedelta(days=1)
DERIVED = ("check_in", "check_out", "worked", "late", "early", "overtime", "punch_count")


def assert_it_explains(row: ProcessedAttendance) -> None:
    found = explain(row.user_id, row.date).work_day
    assert {name: getattr(found, name) for name in DERIVED} == {name: getattr(row, name) for name in DERIVED}
    assert (found.shift.name, found.status) == (row.shift, row.status)
    said = {figure.name: figure.value for figure in explain(row.user_id, row.date).figures}
    assert said == {name: getattr(row, name) for name in said}
    assert list(said) == ["worked", "break_time", "late", "early", "overtime"]
    ends = {use.role: use.tap.place for use in found.uses}
    assert ends.get(PunchRole.CHECK_IN, ends.get(PunchRole.CHECK_OUT, "")) == row.device_name


@pytest.mark.django_db
def test_a_row_answers_with_window_rule_punches_mapping_and_what_the_crm_holds() -> None:
    gate, asha = device(), employee("7", "Asha Nair")
    punched(
        gate, ("7", at("09:00")), ("7", at("09:00:10")), ("7", at("17:00")), ("7", at("09:00", MONDAY.replace(day=9)))
    )
    map_users([gate], create=False)
    derive_pending()
    post(since=MONDAY)

    with nothing_is_written():
        found = explain(str(asha.pk), MONDAY)

    assert [use.role for use in found.work_day.uses] == [
        PunchRole.CHECK_IN,
        PunchRole.DOUBLE_TAP,
        PunchRole.CHECK_OUT,
        PunchRole.OTHER_DAY,
    ]
    assert all(use.reason for use in found.work_day.uses)
    assert found.work_day.window.start == at("00:00").replace(tzinfo=ZONE)
    assert found.zone == str(ZONE)
    assert [(one.device, one.device_user_id, one.how) for one in found.mapped] == [
        ("Gate", "7", DeviceUser.MappedBy.LOOKUP)
    ]
    assert "'7'" in found.mapped[0].reason
    assert (found.posting_state, found.posting_note) == ("create", "")
    assert found.host_row.endswith(f" {crm_row(asha).pk}")


@pytest.mark.django_db
def test_a_day_without_a_row_answers_too() -> None:
    asha = employee("7")

    found = explain(asha.pk, MONDAY)

    assert (found.work_day.status, found.posting_state, found.host_row) == (None, "", "")
    assert (list(found.work_day.uses), list(found.mapped)) == ([], [])


@pytest.mark.django_db
def test_the_crms_row_is_read_as_it_stands_now() -> None:
    _, asha = worked(MONDAY)
    before = explain(asha.pk, MONDAY)
    post(since=MONDAY)
    unchanged = explain(asha.pk, MONDAY)
    edit(asha, went="16:00")
    with nothing_is_written():
        edited = explain(asha.pk, MONDAY)
    crm_row(asha).delete()
    deleted = explain(asha.pk, MONDAY)

    assert before.host_row_state == HostRowState(values=None, action=PostAction.CREATE, reason="")
    assert unchanged.host_row_state and unchanged.host_row_state.action is PostAction.UNCHANGED
    assert unchanged.posted_at is not None
    assert edited.host_row_state and edited.host_row_state.action is PostAction.KEPT
    assert "edited by a person" in edited.host_row_state.reason
    assert unchanged.host_row_state.values and edited.host_row_state.values
    assert set(unchanged.host_row_state.values.items()) - set(edited.host_row_state.values.items())
    assert deleted.host_row_state and deleted.host_row_state.values is None
    assert "a person deleted the row" in deleted.host_row_state.reason


@pytest.mark.django_db
def test_a_row_that_was_there_before_us_is_read_too_and_a_lock_is_told(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(HOST=host(ClosedMonday))
    _, asha = worked(MONDAY)

    found = explain(asha.pk, MONDAY).host_row_state

    assert found == HostRowState(values=None, action=PostAction.LOCKED, reason="payroll of January is closed")


@pytest.mark.django_db
def test_the_row_of_another_makers_hand_is_found_by_person_and_day(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(ON_EXISTING="keep")
    _, asha = worked(MONDAY)
    post(since=MONDAY)
    ProcessedAttendance.objects.update(host_pk="", host_label="", posted_values={})

    found = explain(asha.pk, MONDAY).host_row_state

    assert found and found.values
    assert found.action is PostAction.KEPT


@pytest.mark.django_db
def test_a_crm_that_cannot_be_asked_leaves_the_rest_of_the_answer(settings: Any) -> None:
    _, asha = worked(MONDAY)
    settings.ATTENDANCE_DEVICES = setting(HOST=host(CannotPost))

    found = explain(asha.pk, MONDAY)

    assert found.host_row_state is None
    assert found.errors[0].startswith("the CRM's row: unexpected LookupError")
    assert found.work_day.punch_count == 2


@pytest.mark.django_db
def test_without_a_table_there_is_nothing_to_ask(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = {}
    _, asha = worked(MONDAY)

    assert (explain(asha.pk, MONDAY).host_row_state, explain(asha.pk, MONDAY).errors) == (None, ())


@pytest.mark.django_db
def test_it_tells_how_the_shift_was_chosen(settings: Any) -> None:
    asha, bilal = employee("7"), employee("8")
    night_shift(asha)
    shift = Shift.objects.create(name="weeks", start=time(8), end=time(16))
    ShiftAssignment.objects.create(shift=shift, user=bilal, date_from=MONDAY, date_until=TUESDAY)

    def chosen(user: Any, day: date = MONDAY) -> tuple[str, str]:
        choice = explain(user.pk, day).shift_choice
        return choice.by, choice.words

    assert chosen(asha) == (ChosenBy.ASSIGNMENT, "assigned from 2024-01-08 without an end")
    assert chosen(bilal) == (ChosenBy.ASSIGNMENT, "assigned from 2024-01-08 until 2024-01-09")
    assert chosen(bilal, TUESDAY + timedelta(days=1))[0] is ChosenBy.CALENDAR
    settings.ATTENDANCE_DEVICES = setting(WORK_START_TIME="09:00", WORK_END_TIME="17:00")
    assert chosen(employee("9"))[0] is ChosenBy.SETTINGS
    settings.ATTENDANCE_DEVICES = {"HOST": host(LongShift)}
    assert chosen(asha)[0] is ChosenBy.HOST


@pytest.mark.django_db
def test_a_day_touched_since_it_was_derived_says_so() -> None:
    gate, asha = worked(MONDAY)
    assert not explain(asha.pk, MONDAY).pending

    punched(gate, ("7", at("18:30")))

    assert explain(asha.pk, MONDAY).pending


@pytest.mark.django_db
def test_a_day_of_fifty_punches_costs_the_queries_of_a_day_of_two() -> None:
    gate, asha = worked(MONDAY, TUESDAY)
    punched(gate, *[("7", at(f"12:{minute:02}", TUESDAY)) for minute in range(50)])
    derive_pending()
    post(since=MONDAY)
    counts = []
    for day in (MONDAY, TUESDAY):
        with CaptureQueriesContext(connection) as queries:
            explain(asha.pk, day)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 16


class ExplainEqualsTheRow(TestCase):
    """Promise 6: recomputed by the same rule, so that it cannot disagree."""

    @settings(max_examples=examples(10), suppress_health_check=[HealthCheck.too_slow])
    @given(
        seconds=st.lists(st.integers(0, 4 * 86_400), min_size=1, max_size=14),
        nights=st.booleans(),
        abroad=st.sampled_from(["Europe/Dublin", "America/New_York", "Asia/Kathmandu"]),
    )
    def test_for_any_punches(self, seconds: list[int], nights: bool, abroad: str) -> None:
        north, south = device("North"), device("South", timezone=abroad)
        asha: Any = employee("7")
        mapped(north, "7", asha)
        mapped(south, "7", asha)
        if nights:
            night_shift(asha)
        start = datetime.combine(MONDAY, time(0))
        for offset in seconds:
            punched(north if offset % 2 else south, ("7", start + timedelta(seconds=offset)))
        derive_pending()

        rows = list(ProcessedAttendance.objects.all())

        assert rows
        for row in rows:
            assert_it_explains(row)
        used = [
            use.tap.key
            for row in rows
            for use in explain(asha.pk, row.date).work_day.uses
            if use.role is not PunchRole.OTHER_DAY
        ]
        assert len(used) == len(set(used)) == len({(n % 2, n) for n in seconds})
        assert derive({(row.user_id, row.date) for row in rows}).changed == 0
