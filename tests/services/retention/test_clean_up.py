"""Old punches go, and nobody's day changes for it.

Covers: services/retention/delete.
"""

import tracemalloc
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.domain.days.absences import Employment
from attendance_devices.domain.punches.retention import HeldBack
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.models import (
    Correction,
    Device,
    DeviceUser,
    ESSLAttendanceLog,
    ForgottenPunch,
    Holiday,
    PendingDay,
    ProcessedAttendance,
    SealedDay,
    Shift,
    ShiftAssignment,
    SyncRun,
)
from attendance_devices.services.days.absences import AbsenceScope, note_missing_days
from attendance_devices.services.days.derive import derive, derive_pending
from attendance_devices.services.mapping.assign import assign
from attendance_devices.services.monitoring.stats import collect_stats
from attendance_devices.services.pipeline.dry_run import preview
from attendance_devices.services.pipeline.reprocess import ReprocessScope, rehearse, reprocess
from attendance_devices.services.pipeline.run import run
from attendance_devices.services.posting.post import post
from attendance_devices.services.retention import candidates
from attendance_devices.services.retention.clean_up import clean_up, plan_clean_up
from attendance_devices.services.shifts import edit
from tests.builders.crm import (
    MONDAY,
    ZONE,
    at,
    days,
    device,
    employee,
    host,
    mapped,
    nothing_is_written,
    on_the_wall,
    people,
    punched,
    setting,
    taps,
    terminal,
)
from tests.builders.old_days import LONG_AGO, TUESDAY, WEDNESDAY, came, kept, standing, told, worked
from tests.builders.staff import works

pytestmark = pytest.mark.django_db
ONE_DAY = timedelta(days=1)


class AllJoinedOnMonday(DeclaredHost):
    """A CRM that knows since when people are employed."""

    def employment(self, employees: Any) -> Any:
        return {key: Employment(joined=MONDAY) for key in employees}


@pytest.fixture(autouse=True)
def thirty_days(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(KEEP_PUNCHES_DAYS=30)


def whole_run(*gates: Device) -> None:
    """Read everything, map, derive and post."""
    Device.objects.update(last_reconciled=None)
    found = run(gates, fetch=True, map_people=True, create=False, since=LONG_AGO)
    assert not found.failures
    assert not any(one.missing for one in found.collects)


def everything_again(first: date = MONDAY - 5 * ONE_DAY, last: date = MONDAY + 9 * ONE_DAY) -> None:
    """By force, and whoever is missing is called."""
    done = reprocess(ReprocessScope(since=first, until=last, force=True))
    assert not done.failures
    note_missing_days(AbsenceScope(since=first, until=last))
    derive_pending()
    post(since=LONG_AGO, again=True)


class TestATerminalThatStillHoldsThem:
    def test_tells_nothing_new_and_changes_nothing_however_often_it_is_read_whole(self) -> None:
        employee("7")
        hours = [("7", at(clock, day)) for day in days(5) for clock in ("09:00", "17:00")]
        machine = terminal(people(("7", "")), taps(*hours))
        with on_the_wall(machine) as gate:
            whole_run(gate)
            before = standing()
            with nothing_is_written():
                plan = plan_clean_up()
            done = clean_up()
            gate.refresh_from_db()
            gate.cursor = {}
            with nothing_is_written():
                heard = preview([gate], fetch=True, map_people=True, create=False, since=LONG_AGO)
            whole_run(gate)
            whole_run(gate)

        assert len(before[1]) == 5, "the CRM was told of five days"
        assert plan == done
        assert (done.punches, done.days, done.held, done.errors) == (10, 5, {}, ())
        assert [(one.new, one.known) for one in heard.collects] == [(0, 10)]
        assert (kept(), ForgottenPunch.objects.count()) == ([], 10)
        assert standing() == before
        assert SyncRun.objects.order_by("pk").last().known == 10

    def test_tells_what_is_new_as_ever(self) -> None:
        employee("7")
        machine = terminal(people(("7", "")), taps(("7", at("09:00"))))
        with on_the_wall(machine) as gate:
            whole_run(gate)
            clean_up()
            today = datetime.now(ZONE).replace(microsecond=0, tzinfo=None) - 2 * ONE_DAY
            machine.punch(user_id="7", at=today)
            whole_run(gate)

        assert kept() == [today]

    def test_is_covered_all_the_same(self) -> None:
        employee("7")
        machine = terminal(people(("7", "")), taps(("7", at("09:00")), ("8", at("09:01"))))
        with on_the_wall(machine) as gate:
            whole_run(gate)
            clean_up()
            (found,) = collect_stats().devices

        assert (found.records, found.stored, found.forgotten, found.ahead) == (2, 1, 1, 0)

    def test_is_not_asked_about_what_nobody_forgot(self) -> None:
        gate, _ = worked(MONDAY)
        with CaptureQueriesContext(connection) as before:
            punched(gate, ("7", at("18:00", WEDNESDAY)))
        told(gate)
        clean_up()
        with CaptureQueriesContext(connection) as after:
            punched(gate, ("7", at("18:30", WEDNESDAY)))

        assert not any("forgottenpunch" in query["sql"] for query in before)
        assert sum("forgottenpunch" in query["sql"] for query in after) == 1


class TestADayWhosePunchesAreGone:
    @pytest.fixture
    def asha(self) -> Any:
        """She worked on three days, and nothing of them is kept."""
        _, user = worked(*days(3))
        assert clean_up().days == 3
        assert kept() == []
        return user

    def test_stands_by_force(self, asha: Any) -> None:
        before = standing()

        everything_again()

        assert standing() == before
        assert not rehearse(ReprocessScope(since=MONDAY, until=WEDNESDAY, force=True)).days

    def test_stands_under_another_shift(self, asha: Any) -> None:
        before = standing()
        shift = Shift.objects.create(name="Late", start=time(14), end=time(22))
        edit.save_shift_row(ShiftAssignment(shift=shift, date_from=MONDAY - 9 * ONE_DAY))
        assert PendingDay.objects.exists()

        everything_again(MONDAY, WEDNESDAY)

        assert standing() == before
        assert not PendingDay.objects.exists()

    def test_stands_on_a_holiday_that_is_said_afterwards(self, asha: Any) -> None:
        before = standing()
        edit.save_shift_row(Holiday(date=TUESDAY, name="Spring"))

        everything_again()

        assert standing() == before

    def test_stays_the_one_person_s_when_the_id_becomes_another_s(self, asha: Any) -> None:
        before = standing()
        user = DeviceUser.objects.get()
        DeviceUser.objects.update(system_user=None)
        assign(user, employee("8").pk, by="boss")

        everything_again()

        assert standing() == before

    def test_is_said_in_the_log_not_to_be_derived(self, asha: Any, caplog: pytest.LogCaptureFixture) -> None:
        derive({(asha.pk, MONDAY)})

        assert f"user {asha.pk} on {MONDAY}" in caplog.text

    def test_is_not_made_anew_when_somebody_deletes_our_row(self, asha: Any) -> None:
        ProcessedAttendance.objects.filter(date=MONDAY).delete()

        everything_again()

        assert not ProcessedAttendance.objects.filter(date=MONDAY).exists()

    def test_is_not_called_absent_where_it_had_no_row_of_its_own(self) -> None:
        _, asha = worked(MONDAY, MONDAY + 5 * ONE_DAY)
        clean_up()
        works()

        assert note_missing_days(AbsenceScope(since=MONDAY - 5 * ONE_DAY, until=MONDAY + 7 * ONE_DAY)) == 0
        everything_again(last=MONDAY + 7 * ONE_DAY)

        rows = ProcessedAttendance.objects.filter(user=asha).order_by("date")
        assert [(row.date, row.status) for row in rows] == [(MONDAY, "present"), (MONDAY + 5 * ONE_DAY, "present")]


class TestWhoIsMissing:
    def test_is_called_the_same_when_old_punches_are_gone(self) -> None:
        works()
        gate, _ = worked(MONDAY, MONDAY + 12 * ONE_DAY)
        last = MONDAY + 20 * ONE_DAY
        note_missing_days(AbsenceScope(since=MONDAY - 9 * ONE_DAY, until=last))
        told(gate)
        before = standing()
        assert len(before[0]) == 21, "absent on all the other days"

        assert clean_up().days == 2
        everything_again(MONDAY - 9 * ONE_DAY, last)

        assert standing() == before

    def test_was_known_since_the_first_day_though_its_punch_is_gone(self) -> None:
        _, asha = worked(MONDAY, MONDAY + 30 * ONE_DAY)
        PendingDay.objects.create(user=asha, date=MONDAY + 30 * ONE_DAY)
        assert clean_up().days == 1
        derive_pending()
        works()

        note_missing_days(AbsenceScope(since=MONDAY - 9 * ONE_DAY, until=MONDAY + 9 * ONE_DAY))
        derive_pending()

        absent = ProcessedAttendance.objects.filter(status="absent").order_by("date")
        assert [row.date for row in absent] == [MONDAY + number * ONE_DAY for number in range(3, 10)]

    def test_is_not_known_of_the_days_on_which_the_id_was_ignored(self, settings: Any) -> None:
        settings.ATTENDANCE_DEVICES = setting(HOST=host(AllJoinedOnMonday))
        gate, _ = worked(MONDAY, MONDAY + 20 * ONE_DAY)
        DeviceUser.objects.create(device=gate, device_user_id="9", ignored=True)
        came(gate, "9", MONDAY, MONDAY + 10 * ONE_DAY)
        assert clean_up().ignored == 4
        bilal = employee("9")
        DeviceUser.objects.filter(device_user_id="9").update(ignored=False)
        assign(DeviceUser.objects.get(device_user_id="9"), bilal.pk, by="boss")
        came(gate, "9", MONDAY + 14 * ONE_DAY)
        works()

        everything_again(last=MONDAY + 14 * ONE_DAY)

        rows = ProcessedAttendance.objects.filter(user=bilal).order_by("date")
        assert [(row.date, row.status) for row in rows] == [
            *((MONDAY + number * ONE_DAY, "absent") for number in (11, 12, 13)),
            (MONDAY + 14 * ONE_DAY, "present"),
        ]
        assert DeviceUser.objects.get(device_user_id="9").unknown_until == MONDAY + 10 * ONE_DAY


def test_a_traveller_s_days_keep_their_zone_when_the_punches_that_told_it_are_gone() -> None:
    east, west, asha = device("East", timezone="Asia/Tokyo"), device("West", timezone="America/New_York"), employee("7")
    works()
    for gate in (east, west):
        mapped(gate, "7", asha)
    came(west, "7", MONDAY - 9 * ONE_DAY)
    came(east, "7", *days(3))
    told(east, west)
    note_missing_days(AbsenceScope(since=MONDAY, until=MONDAY + 8 * ONE_DAY))
    told(east, west)
    everything_again()
    before = standing()

    clean_up()
    everything_again()

    assert kept() == []
    assert standing() == before


class TestTheHistoryOfRuns:
    def runs(self, gate: Device, *ages: int) -> None:
        for age in ages:
            SyncRun.objects.create(device=gate, started_at=datetime.now(UTC) - timedelta(days=age))

    def ages(self) -> list[int]:
        return [(datetime.now(UTC) - row.started_at).days for row in SyncRun.objects.order_by("pk")]

    def test_ends_after_ninety_days_but_for_the_last_run_of_each_device(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("attendance_devices.services.retention.clean_up.RUNS_AT_ONCE", 2)
        self.runs(device("Busy"), 300, 200, 100, 91, 89, 1)
        self.runs(device("Dead"), 400, 300)
        with nothing_is_written():
            assert plan_clean_up().runs == 5

        assert clean_up().runs == 5
        assert self.ages() == [89, 1, 300]
        assert clean_up().runs == 0

    def test_is_kept_for_ever_if_the_setting_says_so(self, settings: Any) -> None:
        settings.ATTENDANCE_DEVICES = setting(RUN_HISTORY_DAYS=0)
        self.runs(device(), 300, 1)

        assert (plan_clean_up().runs, clean_up().runs) == (0, 0)
        assert self.ages() == [300, 1]


def test_without_a_retention_no_punch_goes(settings: Any) -> None:
    settings.ATTENDANCE_DEVICES = setting(KEEP_PUNCHES_DAYS=0)
    worked(MONDAY)

    done = clean_up()

    assert (done.punches, done.held, len(kept())) == (0, {}, 2)
    assert not SealedDay.objects.exists()


def test_a_dry_run_is_the_run_with_everything_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "PUNCHES_AT_ONCE", 3)
    gate, asha = worked(*days(9))
    DeviceUser.objects.create(device=gate, device_user_id="9", ignored=True)
    came(gate, "9", *days(4))
    came(gate, "stranger", MONDAY)
    logs = list(ESSLAttendanceLog.objects.filter(user=asha).order_by("pk"))
    Correction.objects.create(user=asha, kind="change", log=logs[0], punch_type="in", made_at=datetime.now(UTC))
    PendingDay.objects.create(user=asha, date=MONDAY + 8 * ONE_DAY)
    with nothing_is_written():
        plan = plan_clean_up()

    done = clean_up()

    assert done == plan
    assert (done.punches, done.days, done.ignored) == (11, 6, 8)
    assert done.held == {HeldBack.CORRECTED: 1, HeldBack.PENDING: 6, HeldBack.UNMAPPED: 2}
    assert len(kept()) == 9
    again = clean_up()
    assert (again.punches, again.ignored, again.held) == (0, 0, done.held)


def test_a_part_that_fails_is_named_and_the_others_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("attendance_devices.services.retention.clean_up.judge_days", broken)
    gate, _ = worked(MONDAY)
    DeviceUser.objects.create(device=gate, device_user_id="9", ignored=True)
    came(gate, "9", MONDAY)

    done = clean_up()

    assert ["the punches of employees" in error for error in done.errors] == [True]
    assert (done.punches, done.ignored, len(kept())) == (0, 2, 2)


class TestTheCost:
    def many(self, amount: int, day: date) -> None:
        gate = device(f"Gate of {amount}")
        keys = [f"{amount}-{number}" for number in range(amount)]
        for key in keys:
            mapped(gate, key, employee(key))
        punched(gate, *[(key, at(clock, day)) for key in keys for clock in ("09:00", "17:00")])
        told(gate)

    def test_a_batch_of_a_hundred_people_takes_the_queries_of_one_of_two(self) -> None:
        costs = []
        for number, amount in enumerate((2, 100)):
            self.many(amount, MONDAY + 9 * number * ONE_DAY)
            with CaptureQueriesContext(connection) as queries:
                assert clean_up().days == amount
            texts = [query["sql"] for query in queries]
            costs.append(sum(not text.startswith(("SAVEPOINT", "RELEASE", "INSERT", "DELETE")) for text in texts))

        few, many = costs
        # What goes is read once more, in portions that the database can take, to see that nothing hangs on it.
        assert many <= few + 4 <= 50

    def test_three_times_the_punches_do_not_take_three_times_the_memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(candidates, "PUNCHES_AT_ONCE", 50)
        peaks = []
        for number, amount in enumerate((1, 30, 90)):
            worked(*days(amount, MONDAY + 100 * number * ONE_DAY), key=f"{amount}", name=f"Gate {amount}")
            tracemalloc.start()
            assert clean_up().days == amount
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()

        _, once, thrice = peaks
        assert thrice < 1.5 * once, f"{once:,} bytes for 30 days, {thrice:,} for 90"
