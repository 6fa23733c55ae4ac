"""Days that mean nothing any more, and days without a punch: what becomes of the CRM's rows."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices import conf
from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.posting.host_row import FieldChange, HostRow, PostAction, RowOutcome, RowPlan
from attendance_devices.hosts.base import Host
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.models import ProcessedAttendance
from attendance_devices.services.explanations.explain import explain
from attendance_devices.services.pipeline.reprocess import ReprocessScope, reprocess
from attendance_devices.services.posting.post import plan_post, post
from tests.builders.crm import (
    MONDAY,
    ZONE,
    at,
    crm_row,
    crm_rows,
    days,
    device,
    edit,
    employee,
    host,
    nothing_is_written,
    setting,
)

pytestmark = pytest.mark.django_db
NOTHING = {"worked": timedelta(0), "late": timedelta(0), "early": timedelta(0), "overtime": timedelta(0)}


class ClosedMonday(DeclaredHost):
    """The books of that Monday are closed."""

    def locked(self, days: Any) -> Any:
        return {(key, day): "payroll of January is closed" for key, day in days if day == MONDAY}


class Diary(Host):
    """A CRM of somebody who never heard of taking rows back."""

    told: list[RowPlan] = []

    @property
    def takes_rows(self) -> bool:
        return True

    def plan_rows(self, rows: Any) -> list[RowPlan]:
        changes = (FieldChange(name="in", old="", new="x"),)
        return [RowPlan(row=row, action=PostAction.CHANGE, changes=changes, host_pk=row.host_pk) for row in rows]

    def write_rows(self, plans: Any) -> list[RowOutcome]:
        self.told.extend(plan for plan in plans if plan.action is PostAction.CHANGE)
        return [RowOutcome(plan=plan, action=plan.action, host_pk="77") for plan in plans]


class Refuses(DeclaredHost):
    """A CRM whose rows cannot be deleted."""

    def write_rows(self, plans: Any) -> Any:
        return [
            RowOutcome(plan=plan, action=PostAction.FAILED, host_pk=plan.host_pk, error="payroll hangs on it.")
            for plan in plans
        ]


def worked(user: Any, when: date = MONDAY, shift: str = "", hours: tuple[str, str] = ("09:00", "17:00")) -> Any:
    """A day of work as a derive leaves it."""
    came, went = (at(clock, when).replace(tzinfo=ZONE).astimezone(UTC) for clock in hours)
    return ProcessedAttendance.objects.create(
        user=user,
        date=when,
        shift=shift,
        check_in=came,
        check_out=went,
        punch_count=2,
        status=DayStatus.PRESENT,
        derived_at=datetime.now(UTC),
        **NOTHING | {"worked": went - came},
    )


def silent(user: Any, status: str, when: date = MONDAY) -> Any:
    """A day without a punch as a derive leaves it."""
    return ProcessedAttendance.objects.create(
        user=user, date=when, punch_count=0, status=status, derived_at=datetime.now(UTC), **NOTHING
    )


def becomes(status: str, **which: Any) -> int:
    """What a derive makes of rows whose punches are gone."""
    gone = {"check_in": None, "check_out": None, "punch_count": 0, "posting_state": PostAction.NEW}
    return ProcessedAttendance.objects.filter(**which).update(status=status, **NOTHING | gone)


def ours() -> Any:
    return ProcessedAttendance.objects.get()


@pytest.fixture
def asha() -> Any:
    return employee("7", username="asha")


class TestAWithdrawnDay:
    def test_our_row_goes_from_the_crm_and_our_memory_with_it(self, asha: Any) -> None:
        worked(asha)
        assert post(since=MONDAY).created == 1
        assert ours().host_made
        becomes("withdrawn")

        result = post(since=MONDAY)

        assert (result.removed, result.kept, result.failed, result.errors) == (1, 0, 0, [])
        assert (crm_rows(), ProcessedAttendance.objects.count()) == ([], 0)

    def test_the_plan_says_so_field_by_field_and_writes_nothing(self, asha: Any) -> None:
        worked(asha)
        post(since=MONDAY)
        becomes("withdrawn")

        with nothing_is_written():
            (plan,) = plan_post([ours()]).rows
            says = explain(asha.pk, MONDAY).host_row_state

        assert (plan.action, plan.reason) == (PostAction.REMOVE, "the day means nothing any more")
        assert plan.changes
        assert all(change.old and not change.new for change in plan.changes)
        assert says is not None
        assert says.action is PostAction.REMOVE

    def test_what_a_person_edited_is_kept_with_what_to_do(self, asha: Any) -> None:
        worked(asha)
        post(since=MONDAY)
        edit(asha, went="16:00")
        becomes("withdrawn")

        assert post(since=MONDAY).kept == 1

        assert crm_rows() == [("asha", MONDAY, "09:00:00", "16:00:00")]
        assert ours().posting_state == PostAction.KEPT
        assert "edited by a person" in ours().posting_note
        assert "correct or delete it by hand" in ours().posting_note
        assert post(since=MONDAY).kept == 0

    def test_once_a_person_has_deleted_the_row_that_was_kept_a_forced_run_forgets_it(self, asha: Any) -> None:
        worked(asha)
        post(since=MONDAY)
        edit(asha, went="16:00")
        becomes("withdrawn")
        post(since=MONDAY)
        crm_row(asha).delete()

        assert post(since=MONDAY).skipped == 0
        assert post(since=MONDAY, again=True).skipped == 1
        assert ProcessedAttendance.objects.count() == 0

    def test_a_row_that_was_there_before_us_is_kept_with_what_to_do(self, asha: Any) -> None:
        row = worked(asha)
        row.check_out = None
        row.save()
        post(since=MONDAY)
        row.delete()
        worked(asha)
        assert post(since=MONDAY).changed == 1
        assert not ours().host_made
        becomes("withdrawn")

        assert post(since=MONDAY).kept == 1

        assert crm_rows() == [("asha", MONDAY, "09:00:00", "17:00:00")]
        assert "the row was there before us" in ours().posting_note
        assert "by hand" in ours().posting_note

    def test_a_row_that_we_only_found_equal_is_none_of_our_business(self, asha: Any) -> None:
        worked(asha)
        post(since=MONDAY)
        ProcessedAttendance.objects.all().delete()
        worked(asha)
        found = post(since=MONDAY)
        assert (found.unchanged + found.kept, found.changed) == (1, 0)
        becomes("withdrawn")

        assert post(since=MONDAY).skipped == 1
        assert len(crm_rows()) == 1
        assert ProcessedAttendance.objects.count() == 0

    def test_a_locked_day_waits_until_it_is_unlocked(self, asha: Any, settings: Any) -> None:
        worked(asha)
        post(since=MONDAY)
        becomes("withdrawn")
        usual = settings.ATTENDANCE_DEVICES
        settings.ATTENDANCE_DEVICES = setting(HOST=host(ClosedMonday))

        assert post(since=MONDAY).locked == 1
        assert (len(crm_rows()), ours().posting_state) == (1, PostAction.LOCKED)
        assert ours().host_made

        settings.ATTENDANCE_DEVICES = usual
        assert post(since=MONDAY).removed == 1
        assert (crm_rows(), ProcessedAttendance.objects.count()) == ([], 0)

    def test_a_removal_that_fails_is_told_and_tried_again(self, asha: Any, settings: Any) -> None:
        worked(asha)
        post(since=MONDAY)
        becomes("withdrawn")
        usual = settings.ATTENDANCE_DEVICES
        settings.ATTENDANCE_DEVICES = setting(HOST=host(Refuses))

        result = post(since=MONDAY)

        assert (result.failed, result.errors) == (1, ["payroll hangs on it."])
        assert (ours().posting_state, ours().posting_note) == (PostAction.FAILED, "payroll hangs on it.")
        assert ours().posted_values, "what we wrote is remembered, to tell a person's edit"
        settings.ATTENDANCE_DEVICES = usual
        assert post(since=MONDAY).removed == 1

    def test_a_row_that_is_gone_already_is_forgotten(self, asha: Any) -> None:
        worked(asha)
        post(since=MONDAY)
        crm_row(asha).delete()
        becomes("withdrawn")

        assert (post(since=MONDAY).skipped, ProcessedAttendance.objects.count()) == (1, 0)

    def test_a_row_that_a_person_moved_to_another_day_is_kept(self, asha: Any) -> None:
        worked(asha)
        post(since=MONDAY)
        row = crm_row(asha)
        setattr(row, conf.load().date_field, MONDAY + timedelta(days=1))
        row.save()
        becomes("withdrawn")

        assert post(since=MONDAY).kept == 1
        assert "now stands for" in ours().posting_note

    def test_what_was_never_posted_simply_goes(self, asha: Any) -> None:
        silent(asha, "withdrawn")

        assert post(since=MONDAY).removed == 0
        assert ProcessedAttendance.objects.count() == 0

    def test_only_the_days_asked_for_go(self, asha: Any) -> None:
        for when in days(3):
            silent(asha, "withdrawn", when)

        post(since=days(3)[1], until=days(3)[1])

        assert sorted(ProcessedAttendance.objects.values_list("date", flat=True)) == [MONDAY, days(3)[2]]

    def test_it_goes_too_where_the_crm_takes_no_rows_but_not_what_a_crm_was_told(
        self, asha: Any, settings: Any
    ) -> None:
        worked(asha)
        post(since=MONDAY)
        becomes("withdrawn")
        silent(asha, "withdrawn", days(2)[1])
        silent(asha, "day_off", days(3)[2])
        usual = settings.ATTENDANCE_DEVICES
        settings.ATTENDANCE_DEVICES = {"HOST": host(Host)}

        assert post(since=MONDAY).removed == 0
        assert sorted(ProcessedAttendance.objects.values_list("date", flat=True)) == [MONDAY, days(3)[2]]

        settings.ATTENDANCE_DEVICES = usual
        assert post(since=MONDAY).removed == 1
        assert crm_rows() == []

    def test_a_day_that_comes_back_is_written_anew(self, asha: Any) -> None:
        worked(asha)
        post(since=MONDAY)
        becomes("withdrawn")
        post(since=MONDAY)
        worked(asha, hours=("10:00", "18:00"))

        assert post(since=MONDAY).created == 1
        assert crm_rows() == [("asha", MONDAY, "10:00:00", "18:00:00")]


class TestADayOfSeveralShifts:
    def two(self, user: Any) -> None:
        worked(user, shift="early", hours=("06:00", "10:00"))
        worked(user, shift="late", hours=("16:00", "20:00"))
        assert post(since=MONDAY).created == 1

    def test_the_shift_that_is_left_is_told_alone(self, asha: Any) -> None:
        self.two(asha)
        becomes("withdrawn", shift="early")
        ProcessedAttendance.objects.update(posting_state=PostAction.NEW)

        assert post(since=MONDAY).changed == 1

        assert crm_rows() == [("asha", MONDAY, "16:00:00", "20:00:00")]
        assert (ours().shift, ours().host_made, ours().host_pk) == ("late", True, str(crm_row(asha).pk))

    def test_all_of_them_withdrawn_take_the_row_with_them(self, asha: Any) -> None:
        self.two(asha)
        becomes("withdrawn", shift="early")
        post(since=MONDAY)
        becomes("withdrawn")

        assert post(since=MONDAY).removed == 1
        assert (crm_rows(), ProcessedAttendance.objects.count()) == ([], 0)

    def test_the_one_that_is_left_remembers_for_the_one_that_went(self, asha: Any) -> None:
        self.two(asha)
        ProcessedAttendance.objects.filter(shift="early").delete()
        ProcessedAttendance.objects.update(posting_state=PostAction.NEW)
        assert post(since=MONDAY).changed == 1
        becomes("withdrawn")

        assert post(since=MONDAY).removed == 1
        assert crm_rows() == []

    def test_a_shift_that_joins_a_kept_row_remembers_what_we_wrote(self, asha: Any) -> None:
        worked(asha, shift="early", hours=("06:00", "10:00"))
        post(since=MONDAY)
        edit(asha, went="11:00")
        becomes("withdrawn")
        worked(asha, shift="late", hours=("16:00", "20:00"))

        assert post(since=MONDAY).kept == 1

        assert (ours().shift, ours().host_made, bool(ours().posted_values)) == ("late", True, True)
        assert "edited by a person" in ours().posting_note

    def test_a_shift_without_a_punch_says_nothing_beside_one_that_has_some(self, asha: Any) -> None:
        row = silent(asha, "absent")
        row.shift = "late"
        row.save()
        worked(asha, shift="early", hours=("06:00", "10:00"))

        assert post(since=MONDAY).created == 1
        assert crm_rows() == [("asha", MONDAY, "06:00:00", "10:00:00")]


class TestADayWithoutAPunch:
    @pytest.mark.parametrize("status", ["absent", "on_leave", "holiday", "day_off", "no_data"])
    def test_it_is_skipped_with_the_reason_where_the_crm_has_no_word(self, asha: Any, status: str) -> None:
        silent(asha, status)

        result = post(since=MONDAY)

        assert (result.skipped, result.created, result.failed) == (1, 0, 0)
        assert crm_rows() == []
        assert ours().posting_state == PostAction.SKIPPED
        assert ours().posting_note == f"the CRM has no word for {status} (STATUS_VALUES)"
        assert post(since=MONDAY).skipped == 0

    def test_a_row_that_we_wrote_for_it_before_is_taken_back(self, asha: Any) -> None:
        worked(asha)
        post(since=MONDAY)
        becomes("day_off")

        assert post(since=MONDAY).removed == 1

        assert crm_rows() == []
        row = ours()
        assert (row.posting_state, row.host_pk, row.posted_values) == (PostAction.SKIPPED, "", {})
        assert (row.host_made, row.host_label, row.posted_at) == (False, "", None)
        assert post(since=MONDAY).skipped == 0

    def test_a_row_that_a_person_deleted_stays_deleted_through_a_day_without_a_punch(self, asha: Any) -> None:
        row = worked(asha)
        post(since=MONDAY)
        crm_row(asha).delete()
        becomes("day_off")
        assert post(since=MONDAY).skipped == 1
        ProcessedAttendance.objects.update(
            check_in=row.check_in, check_out=row.check_out, status="present", posting_state=PostAction.NEW
        )

        assert post(since=MONDAY).kept == 1
        assert crm_rows() == []

    def test_a_person_whom_the_crm_does_not_have_is_no_failure_at_every_run(self, asha: Any, settings: Any) -> None:
        if conf.load().person_field == "employee":
            asha.employee.delete()
        else:
            settings.ATTENDANCE_DEVICES = setting(PERSON_PATH="office")
        silent(asha, "day_off")

        result = post(since=MONDAY)

        assert (result.skipped, result.failed) == (1, 0)

    def test_forcing_asks_again_about_what_was_skipped(self, asha: Any) -> None:
        silent(asha, "day_off")
        post(since=MONDAY)

        assert post(since=MONDAY, again=True).skipped == 1
        assert post(since=MONDAY).skipped == 0
        silent(employee("8"), "withdrawn")
        assert reprocess(ReprocessScope(since=MONDAY, until=MONDAY)).posted.skipped == 1

    def test_one_that_fails_or_is_skipped_never_stops_the_others(self, asha: Any) -> None:
        for when in days(2):
            silent(asha, "no_data", when)
        worked(asha, days(3)[2])

        result = post(since=MONDAY)

        assert (result.skipped, result.created) == (2, 1)
        assert len(crm_rows()) == 1


class TestAHostOfItsOwn:
    @pytest.fixture(autouse=True)
    def diary(self, settings: Any) -> None:
        settings.ATTENDANCE_DEVICES = setting(HOST=host(Diary))
        Diary.told = []

    def test_it_is_not_bothered_with_days_without_a_punch(self, asha: Any) -> None:
        silent(asha, "day_off")

        assert post(since=MONDAY).skipped == 1
        assert Diary.told == []
        assert ours().posting_note == "the CRM is told of days with a punch, and this one is day_off"

    @pytest.mark.parametrize("status", ["withdrawn", "absent"])
    def test_one_that_cannot_take_rows_back_writes_nothing_and_says_so(self, asha: Any, status: str) -> None:
        worked(asha)
        post(since=MONDAY)
        assert len(Diary.told) == 1
        becomes(status)

        assert post(since=MONDAY).kept == 1

        assert len(Diary.told) == 1
        assert "does not say how to take a row back: delete row 77 by hand" in ours().posting_note

    def test_it_may_have_a_word_for_them(self, asha: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        def none(self: Host, row: HostRow) -> str:
            return ""

        monkeypatch.setattr(Diary, "why_untold", none)
        silent(asha, "day_off")

        assert post(since=MONDAY).changed == 1


def test_many_withdrawals_cost_a_delete_each_and_no_more() -> None:
    table = apps.get_model(conf.load().attendance_model)._meta.db_table
    counts = []
    for number, amount in enumerate((5, 30)):
        user = employee(f"1{number}")
        for when in days(amount, MONDAY - timedelta(days=200 * number)):
            worked(user, when)
        post(since=MONDAY - timedelta(days=4000))
        becomes("withdrawn")
        with CaptureQueriesContext(connection) as queries:
            assert post(since=MONDAY - timedelta(days=4000)).removed == amount
        texts = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
        deletes = [text for text in texts if text.startswith("DELETE") and table in text]
        counts.append((len(deletes), len(texts) - len(deletes)))

    assert [deletes for deletes, _ in counts] == [5, 30]
    assert counts[0][1] == counts[1][1]


def test_withdrawn_days_go_only_while_nothing_is_derived(asha: Any) -> None:
    device()
    silent(asha, "withdrawn")
    with CaptureQueriesContext(connection) as queries:
        post(since=MONDAY)
    texts = [query["sql"] for query in queries]
    lock = next(n for n, sql in enumerate(texts) if sql.startswith("UPDATE") and "cursor_serial" in sql)
    gone = next(n for n, sql in enumerate(texts) if sql.startswith("DELETE"))
    assert lock < gone
    assert not any("COMMIT" in sql or "RELEASE" in sql for sql in texts[lock:gone])
