"""A stretch of days again: done and rehearsed."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.models import (
    ESSLAttendanceLog,
    PendingDay,
    ProcessedAttendance,
    Shift,
    ShiftAssignment,
)
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.pipeline import reprocess as module
from attendance_devices.services.pipeline.reprocess import (
    DayAction,
    Rehearsed,
    ReprocessResult,
    ReprocessScope,
    RowChange,
    rehearse,
    reprocess,
)
from attendance_devices.services.posting.post import post
from tests.builders.crm import (
    HAS_PROFILES,
    MONDAY,
    at,
    crm_rows,
    days,
    device,
    edit,
    employee,
    examples,
    host,
    mapped,
    nothing_is_written,
    our_rows,
    punched,
    setting,
    statements,
)
from tests.builders.dry_run import RefusesRows, crm_text
from tests.builders.failing_hosts import CannotPost, ClosedMonday, FailsOnTuesday

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + timedelta(days=1)
WEEK = ReprocessScope(since=MONDAY, until=MONDAY + timedelta(days=6))


def week(**changes: Any) -> ReprocessScope:
    return ReprocessScope(**{"since": WEEK.since, "until": WEEK.until} | changes)


def waits(*keys: str, on: tuple[Any, ...] = (MONDAY,), office: str = "") -> list[Any]:
    """People who came at nine and went at five, and nothing is derived yet."""
    gate, who = device(f"Gate {office}", office=office), [employee(key) for key in keys]
    for key, user in zip(keys, who, strict=True):
        mapped(gate, key, user)
    punched(gate, *[(key, at(clock, day)) for key in keys for day in on for clock in ("09:00", "17:00")])
    return who


def rehearsed(scope: ReprocessScope) -> tuple[Rehearsed, ReprocessResult]:
    """A dry run that may not write, and then the run; the one says what the other does, value by value."""
    ours, theirs = _ours(), crm_text()
    with nothing_is_written():
        planned = rehearse(scope)
    done = reprocess(scope)
    said = {(day.employee, day.date): (day.action, {one.name: one.new for one in day.changes}) for day in planned.days}
    assert said == _difference(ours, _ours())
    counts = [sum(day.action is action for day in planned.days) for action in DayAction]
    assert counts == [done.derived.created, done.derived.changed, done.derived.removed]
    wrote = {key[1] for key, values in crm_text().items() if theirs.get(key) != values}
    assert {plan.row.date for plan in planned.posting.rows if plan.action in ("create", "change")} == wrote
    told = [len(planned.posting.of(action)) for action in (PostAction.CREATE, PostAction.CHANGE, PostAction.KEPT)]
    assert told == [done.posted.created, done.posted.changed, done.posted.kept]
    return planned, done


def _ours() -> dict[Any, dict[str, str]]:
    rows = ProcessedAttendance.objects.all()
    return {
        (str(row.user_id), row.date): {name: module.as_text(getattr(row, name)) for name in module.DERIVED_FIELDS}
        for row in rows
    }


def _difference(before: dict[Any, dict[str, str]], after: dict[Any, dict[str, str]]) -> dict[Any, Any]:
    found: dict[Any, Any] = {key: (DayAction.REMOVE, {}) for key in before if key not in after}
    for key, values in after.items():
        old = before.get(key)
        changes = {name: text for name, text in values.items() if (old or {}).get(name, "") != text}
        if changes:
            found[key] = (DayAction.CHANGE if old else DayAction.CREATE, changes)
    return found


def test_days_that_wait_are_derived_and_posted_and_then_nothing_waits() -> None:
    (asha,) = waits("7", on=tuple(days(3)))

    _, done = rehearsed(WEEK)
    _, again = rehearsed(WEEK)

    assert (done.derived.created, done.posted.created, done.failures) == (3, 3, [])
    assert not PendingDay.objects.exists()
    assert crm_rows()[0] == (asha.username, MONDAY, "09:00:00", "17:00:00")
    assert (again.derived.created, again.posted.created, again.posted.unchanged) == (0, 0, 0)


def test_only_the_dates_asked_for_are_touched_and_the_others_go_on_waiting() -> None:
    waits("7", on=tuple(days(4)))

    rehearsed(week(since=TUESDAY, until=TUESDAY))

    assert [row[1] for row in crm_rows()] == [TUESDAY]
    assert set(PendingDay.objects.values_list("date", flat=True)) == {days(4)[0], *days(4)[2:]}


def test_only_the_people_asked_for_are_touched() -> None:
    asha, bilal = waits("7", "8")

    rehearsed(week(users=[str(asha.pk)]))

    assert [row[0] for row in crm_rows()] == [asha.username]
    assert set(PendingDay.objects.values_list("user", flat=True)) == {bilal.pk}
    assert rehearse(week(users=[])).days == []


def test_an_office_is_the_people_who_punched_there() -> None:
    (asha,) = waits("7", office="North")
    waits("8", office="South")

    rehearsed(week(office="North", force=True))

    assert [row[0] for row in crm_rows()] == [asha.username]
    assert rehearse(week(office="North", since=TUESDAY, force=True)).days == []


def dict_of(day: RowChange) -> dict[str, str]:
    return {change.name: change.new for change in day.changes}


def test_a_changed_shift_is_seen_by_force_only_and_the_crm_follows() -> None:
    (asha,) = waits("7", on=tuple(days(2)))
    reprocess(WEEK)
    shift = Shift.objects.create(name="early", start=time(8), end=time(16))
    ShiftAssignment.objects.create(shift=shift, user=asha, date_from=MONDAY)

    silent = rehearse(WEEK).days
    planned, done = rehearsed(week(force=True))

    assert {(day.action, dict_of(day)["status"]) for day in silent} <= {
        (DayAction.CREATE, "no_data"),
        (DayAction.CREATE, "day_off"),
    }
    assert (done.derived.changed, done.derived.created) == (2, len(silent)) == (2, 5)
    assert {change.name for change in planned.days[0].changes} >= {"shift", "late", "overtime", "status"}
    assert (planned.days[0].changes[0].old, planned.days[0].changes[0].new) == ("", "early")
    assert done.posted.changed == (0 if HAS_PROFILES else 2)
    assert rehearse(week(force=True)).days == []


def test_a_persons_edit_wins_over_force() -> None:
    (asha,) = waits("7")
    reprocess(WEEK)
    edit(asha, went="16:00")
    punched(device("Other"), ("7", at("19:00")))
    ESSLAttendanceLog.objects.update(user=asha)

    _, done = rehearsed(week(force=True))

    assert (done.derived.changed, done.posted.kept, done.posted.changed) == (1, 1, 0)
    assert crm_rows()[0][3] == "16:00:00"
    assert reprocess(week(force=True)).posted.kept == 0, "a row that is kept is not told again"


def test_a_day_without_a_punch_that_counts_goes_by_force() -> None:
    waits("7", on=tuple(days(2)))
    reprocess(WEEK)
    ESSLAttendanceLog.objects.filter(device_time__lt=at("00:00", TUESDAY)).update(review="future")

    planned, done = rehearsed(week(force=True))

    assert [(day.date, day.action) for day in planned.days] == [(MONDAY, DayAction.REMOVE)]
    assert done.derived.removed == 1


def test_deleted_rows_come_back_the_same_by_force() -> None:
    waits("7", "8", on=tuple(days(3)))
    reprocess(WEEK)
    before = our_rows()
    ProcessedAttendance.objects.all().delete()

    reprocess(week(force=True))

    assert our_rows() == before


def test_a_failed_row_is_tried_again_by_every_run_and_alone_by_retry_failed(settings: Any) -> None:
    waits("7", on=tuple(days(2)))
    usual = settings.ATTENDANCE_DEVICES
    settings.ATTENDANCE_DEVICES = setting(HOST=host(FailsOnTuesday))
    first = reprocess(WEEK)
    punched(device("Other"), ("9", at("09:00")))
    waits("8", on=(MONDAY,), office="Late")
    settings.ATTENDANCE_DEVICES = usual

    _, retried = rehearsed(week(failed_only=True))

    assert (first.posted.created, first.posted.failed, len(first.failures)) == (1, 1, 1)
    assert (retried.posted.created, retried.derived.created) == (1, 0)
    assert PendingDay.objects.exists()
    assert reprocess(WEEK).posted.created == 1


def test_a_row_that_the_crm_would_refuse_is_told_beforehand(settings: Any) -> None:
    waits("7")
    settings.ATTENDANCE_DEVICES = setting(HOST=host(RefusesRows))

    with nothing_is_written():
        planned = rehearse(WEEK)

    assert planned.failures == reprocess(WEEK).posted.errors == [] or planned.failures == [
        "2024-01-08: the books are gone"
    ]
    assert len(planned.days) == 1


def test_a_locked_day_is_left_and_posted_once_it_is_open(settings: Any) -> None:
    waits("7")
    usual = settings.ATTENDANCE_DEVICES
    settings.ATTENDANCE_DEVICES = setting(HOST=host(ClosedMonday))
    _, locked = rehearsed(WEEK)
    settings.ATTENDANCE_DEVICES = usual

    _, opened = rehearsed(WEEK)

    assert (locked.posted.locked, locked.posted.created, opened.posted.created) == (1, 0, 1)


def test_a_stage_that_breaks_is_told_and_the_days_are_derived(settings: Any) -> None:
    waits("7")
    settings.ATTENDANCE_DEVICES = setting(HOST=host(CannotPost))
    with nothing_is_written():
        planned = rehearse(WEEK)

    assert planned.failures[0].startswith("the CRM's rows: unexpected LookupError")
    assert len(planned.days) == 1


def test_without_a_table_of_the_crm_the_days_are_derived(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = {}
    waits("7")

    assert reprocess(WEEK).derived.created == 1
    assert rehearse(week(force=True)).posting.rows == ()


def test_a_note_made_while_its_day_is_derived_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    (asha,) = waits("7")
    derive = module.derive

    def and_a_punch(batch: Any) -> Any:
        done = derive(batch)
        PendingDay.objects.create(user=asha, date=MONDAY)
        return done

    monkeypatch.setattr(module, "derive", and_a_punch)
    reprocess(WEEK)

    assert PendingDay.objects.count() == 1


def test_many_batches_say_and_do_what_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    waits("7", "8", on=tuple(days(5)))
    with nothing_is_written():
        whole = rehearse(WEEK)
    monkeypatch.setattr(module, "BATCH_DAYS", 2)

    planned, _ = rehearsed(WEEK)

    assert planned == whole
    assert not PendingDay.objects.exists()


def test_sixty_people_cost_the_queries_of_five_outside_the_crms_own_save() -> None:
    counts = []
    for start, amount in ((100, 5), (1000, 60)):
        who = waits(*[str(start + number) for number in range(amount)], on=tuple(days(3)), office=str(start))
        scope = week(users=[str(user.pk) for user in who], force=True)
        with CaptureQueriesContext(connection) as dry:
            rehearse(scope)
        derive_pending()
        post(since=MONDAY)
        ProcessedAttendance.objects.update(late=timedelta(seconds=1))
        with CaptureQueriesContext(connection) as wet:
            done = module._derive(scope)
        counts.append((done.changed, len(dry), statements(wet)))

    assert [changed for changed, _, _ in counts] == [15, 180]
    assert counts[0][1:] == counts[1][1:]
    # The roll, and the derive of one batch.
    assert max(counts[1][1:]) <= 30


class RehearsedIsDone(TestCase):
    """The dry run is the difference that the run makes, whatever was punched and assigned meanwhile."""

    @hypothesis(max_examples=examples(8), suppress_health_check=[HealthCheck.too_slow])
    @given(
        first=st.lists(st.integers(0, 4 * 1440), min_size=1, max_size=8),
        then=st.lists(st.integers(0, 4 * 1440), max_size=6),
        nights=st.booleans(),
        force=st.booleans(),
    )
    def test_for_any_punches(self, first: list[int], then: list[int], nights: bool, force: bool) -> None:
        gate, asha = device(), employee("7")
        mapped(gate, "7", asha)
        start = at("00:00")
        punched(gate, *[("7", start + timedelta(minutes=offset)) for offset in sorted(set(first))])
        rehearsed(WEEK)
        if nights:
            shift = Shift.objects.create(name="night", start=time(22), end=time(6), weekdays="0123456")
            ShiftAssignment.objects.create(shift=shift, user=asha, date_from=MONDAY)
        punched(gate, *[("7", start + timedelta(minutes=offset)) for offset in sorted(set(then) - set(first))])
        rehearsed(week(force=force))
