"""Who is missing: said only when every terminal that could have seen the person has told all.

Covers: services/shifts/calendar.
"""

import itertools
import random
import time as clocks
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from attendance_devices.domain.punches.punch import Punch
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.models import (
    Device,
    DeviceUser,
    ESSLAttendanceLog,
    Holiday,
    PendingDay,
    ProcessedAttendance,
    ShiftAssignment,
)
from attendance_devices.services.collection.import_rows import store_punches
from attendance_devices.services.corrections.accept import accept_punches
from attendance_devices.services.corrections.correct import void_punch
from attendance_devices.services.days import absences
from attendance_devices.services.days.absences import AbsenceScope, note_missing_days
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.pipeline.reprocess import ReprocessScope, reprocess
from attendance_devices.services.posting.post import post
from attendance_devices.services.shifts.edit import delete_shift_rows, save_shift_row
from tests.builders.crm import MONDAY, ZONE, at, crm_row, crm_rows, days, device, host, punched
from tests.builders.sampling import SOAK
from tests.builders.staff import (
    LONG_AGO,
    ONE_DAY,
    STATUS,
    called,
    everything,
    gate,
    known,
    moment,
    read,
    said,
    spelled,
    statuses,
    works,
)
from tests.hosts.own.models import Contract, Leave

pytestmark = pytest.mark.django_db
TUESDAY, SUNDAY = MONDAY + ONE_DAY, MONDAY - ONE_DAY


class RestsOnMonday(DeclaredHost):
    """A CRM whose week begins on Sunday."""

    def working_days(self, employees: Any, days: Any) -> Any:
        return {(key, day): day.weekday() == 6 for key in employees for day in days if day.weekday() in (0, 6)}


class OnLeaveOnMonday(DeclaredHost):
    """A CRM that knows of leaves by itself."""

    def leaves(self, employees: Any, days: Any) -> Any:
        return {(key, day): "Maternity" for key in employees for day in days if day == MONDAY}


@pytest.fixture
def two_gates() -> tuple[Device, Device]:
    works()
    return gate("Gate 1"), gate("Gate 2")


class TestAbsentMeansAbsent:
    def test_only_when_every_gate_was_read_past_the_end_and_a_late_punch_undoes_it(
        self, two_gates: tuple[Device, Device], settings: Any
    ) -> None:
        settings.ATTENDANCE_DEVICES = spelled()
        first, second = two_gates
        asha = known("7", first, second)
        read(first)
        read(second, until="10:42")
        called()
        assert said(asha) == [("no_data", "Gate 2 silent since 10:42")]
        post(since=MONDAY)
        assert crm_rows() == []

        read(second, until="17:00")
        called()
        assert said(asha) == [("absent", "not seen by Gate 1, Gate 2, read past the end of the shift")]
        assert post(since=MONDAY).created == 1
        assert getattr(crm_row(asha), STATUS) == "Absent"

        punched(second, ("7", at("09:00")), ("7", at("17:00")))
        derive_pending()
        assert said(asha) == [("present", "")]
        assert post(since=MONDAY).changed == 1
        assert getattr(crm_row(asha), STATUS) == "Present"
        assert crm_rows()[0][2:] == ("09:00:00", "17:00:00")

    def test_a_gate_that_was_never_read_is_named(self, two_gates: tuple[Device, Device]) -> None:
        asha = known("7", *two_gates)
        read(two_gates[0])
        called()
        assert said(asha) == [("no_data", "Gate 2 was never read")]

    def test_a_file_from_long_before_says_nothing_of_the_days_until_the_log_begins(self) -> None:
        works()
        week = days(5)
        only = gate(since=week[3])
        asha = known("7", only, first=week[3])
        read(only, day=week[4])
        store_punches(only, [Punch("7", at(clock, MONDAY)) for clock in ("09:00", "17:00")])
        called(MONDAY, week[4])
        assert statuses(asha, week) == ["present", "", "", "present", "absent"]

    def test_a_gate_that_does_not_know_the_person_says_nothing(self, two_gates: tuple[Device, Device]) -> None:
        asha = known("7", two_gates[0])
        read(two_gates[0])
        called()
        assert said(asha) == [("absent", "not seen by Gate 1, read past the end of the shift")]

    def test_a_gate_that_is_switched_off_is_not_waited_for(self, two_gates: tuple[Device, Device]) -> None:
        asha = known("7", *two_gates)
        read(two_gates[0])
        called()
        assert statuses(asha, [MONDAY]) == ["no_data"]
        Device.objects.filter(name="Gate 2").update(is_active=False)
        called()
        assert said(asha) == [("absent", "not seen by Gate 1, read past the end of the shift")]

    def test_a_new_gate_could_not_have_seen_anybody_before_it_told_anything(self) -> None:
        works()
        old, new = gate("Old"), gate("New", since=TUESDAY)
        asha = known("7", old, new)
        read(old, day=TUESDAY)
        called(MONDAY, TUESDAY)
        assert statuses(asha, days(2)) == ["absent", "no_data"]

    def test_a_night_is_absent_only_after_its_end_next_morning(self) -> None:
        works("22:00-06:00")
        where = gate()
        asha = known("7", where, first=None)
        punched(where, ("7", at("22:00", LONG_AGO)), ("7", at("06:00", LONG_AGO + ONE_DAY)))
        read(where, until="05:59", day=TUESDAY)
        called()
        assert said(asha) == [("no_data", "Gate silent since 2024-01-09 05:59")]
        read(where, until="06:00", day=TUESDAY)
        called()
        assert statuses(asha, [MONDAY]) == ["absent"]

    @pytest.mark.parametrize(("day", "ends"), [(date(2024, 3, 9), 10), (date(2024, 11, 2), 11)])
    def test_a_night_in_which_the_clocks_are_changed(self, day: date, ends: int) -> None:
        works("22:00-06:00")
        where = gate(timezone="America/New_York")
        asha = known("7", where)
        over = datetime(day.year, day.month, day.day + 1, ends, tzinfo=UTC)
        Device.objects.update(last_sync=over - timedelta(seconds=1))
        called(day)
        assert said(asha, day) == [("no_data", f"Gate silent since {day + ONE_DAY} 05:59")]
        Device.objects.update(last_sync=over)
        called(day)
        assert statuses(asha, [day]) == ["absent"]

    def test_the_shift_ends_by_the_clock_of_the_terminals_that_know_the_person(self) -> None:
        """Nobody punched for a week; in the zone of the site the shift was over hours ago."""
        works()
        where = gate(timezone="Pacific/Honolulu")
        asha = known("7", where)
        end = at("17:00").replace(tzinfo=where.zone)
        Device.objects.update(last_sync=end - timedelta(minutes=1))
        called()
        assert said(asha) == [("no_data", "Gate silent since 16:59")]
        Device.objects.update(last_sync=end)
        called()
        assert statuses(asha, [MONDAY]) == ["absent"]

    def test_of_terminals_in_two_zones_the_last_to_close_decides(self) -> None:
        works()
        east, west = gate("East", timezone="Asia/Tokyo"), gate("West", timezone="Pacific/Honolulu")
        asha = known("7", east, west)
        Device.objects.update(last_sync=at("17:00").replace(tzinfo=east.zone))
        called()
        assert statuses(asha, [MONDAY]) == ["no_data"]

    def test_two_shifts_of_a_day_are_called_one_by_one(self) -> None:
        where = gate()
        asha = known("7", where)
        works("08:00-12:00")
        works("13:00-17:00")
        punched(where, ("7", at("08:00")), ("7", at("12:00")))
        read(where, until="14:00")
        called()
        assert statuses(asha, [MONDAY]) == ["present+no_data"]
        read(where)
        called()
        assert statuses(asha, [MONDAY]) == ["present+absent"]
        assert called() == 0

    def test_a_second_shift_is_called_although_the_first_was_told_before_it_ended(self) -> None:
        where = gate()
        asha = known("7", where)
        works("08:00-12:00")
        works("13:00-17:00")
        punched(where, ("7", at("08:00")), ("7", at("12:00")))
        derive_pending()
        ProcessedAttendance.objects.exclude(status="present").delete()
        read(where)
        called()
        assert statuses(asha, [MONDAY]) == ["present+absent"]


class TestAPunchThatWaits:
    def doubted(self, where: Device, shown: str = "2000-01-01 00:05", received: str = "12:00") -> ESSLAttendanceLog:
        punched(where, ("7", datetime.fromisoformat(shown)))
        log = ESSLAttendanceLog.objects.exclude(review="").get()
        ESSLAttendanceLog.objects.filter(pk=log.pk).update(received_at=moment(received))
        return log

    def test_blocks_an_absence_until_a_person_has_looked(self, two_gates: tuple[Device, Device]) -> None:
        asha = known("7", *two_gates)
        read(*two_gates)
        log = self.doubted(two_gates[0])
        called()
        boss = get_user_model().objects.create(username="boss", is_superuser=True)
        reason = "a punch received 2024-01-08 12:00 waits for a person's look"
        assert said(asha) == [("no_data", reason)]
        void_punch(log.pk, by=boss, why="the battery was empty")
        called()
        assert statuses(asha, [MONDAY]) == ["absent"]

    def test_one_of_somebody_else_blocks_nothing(self, two_gates: tuple[Device, Device]) -> None:
        asha, bilal = known("8", *two_gates), known("7", *two_gates)
        read(*two_gates)
        self.doubted(two_gates[0])
        called()
        assert statuses(asha, [MONDAY]) + statuses(bilal, [MONDAY]) == ["absent", "no_data"]

    def test_one_of_the_day_itself_blocks_it_and_counts_once_accepted(self, two_gates: tuple[Device, Device]) -> None:
        asha = known("7", *two_gates)
        read(*two_gates)
        punched(two_gates[0], ("7", at("09:00")))
        ESSLAttendanceLog.objects.filter(device_time=at("09:00")).update(review="future", received_at=moment("09:00"))
        called()
        assert statuses(asha, [MONDAY]) == ["no_data"]
        accept_punches(ESSLAttendanceLog.objects.values_list("pk", flat=True))
        called()
        assert statuses(asha, [MONDAY]) == ["missing_check_out"]


class TestNothingIsSaid:
    def test_before_the_first_punch_and_before_the_first_day_of_employment(
        self, two_gates: tuple[Device, Device], settings: Any
    ) -> None:
        asha = known("7", *two_gates, first=MONDAY)
        read(*two_gates, day=MONDAY + 3 * ONE_DAY)
        called(SUNDAY - ONE_DAY, TUESDAY)
        assert statuses(asha, days(4, SUNDAY - ONE_DAY)) == ["", "", "present", "absent"]

        settings.ATTENDANCE_DEVICES = spelled() | {"JOINED_LOOKUP": "contract__joined"}
        Contract.objects.create(user=asha, joined=SUNDAY)
        called(SUNDAY - ONE_DAY, TUESDAY)
        assert statuses(asha, days(4, SUNDAY - ONE_DAY)) == ["", "absent", "present", "absent"]

        Contract.objects.update(joined=TUESDAY)
        called(SUNDAY - ONE_DAY, TUESDAY)
        assert statuses(asha, days(4, SUNDAY - ONE_DAY)) == ["", "", "present", "absent"]

    def test_after_the_last_day_of_employment(self, two_gates: tuple[Device, Device], settings: Any) -> None:
        settings.ATTENDANCE_DEVICES = spelled() | {"LEFT_LOOKUP": "contract__joined"}
        asha = known("7", *two_gates)
        Contract.objects.create(user=asha, joined=MONDAY)
        read(*two_gates, day=TUESDAY)
        called(MONDAY, TUESDAY)
        assert statuses(asha, days(2)) == ["absent", ""]

    def test_before_a_terminal_told_anything(self, settings: Any) -> None:
        settings.ATTENDANCE_DEVICES = spelled() | {"JOINED_LOOKUP": "contract__joined"}
        works()
        old, new = gate("Old"), gate("New", since=TUESDAY)
        known("8", old)
        asha = known("7", new, first=None)
        Contract.objects.create(user=asha, joined=LONG_AGO)
        Holiday.objects.create(date=SUNDAY, name="Eid")
        read(old, new, day=TUESDAY)
        called(SUNDAY, TUESDAY)
        assert statuses(asha, days(3, SUNDAY)) == ["", "", "absent"]
        assert called(SUNDAY, TUESDAY) == 0

    def test_of_a_plain_day(self) -> None:
        where = gate()
        asha = known("7", where)
        read(where, day=TUESDAY)
        assert called(LONG_AGO, MONDAY) == 0
        assert statuses(asha, [LONG_AGO, MONDAY]) == ["present", ""]

    def test_of_a_day_to_come(self, two_gates: tuple[Device, Device]) -> None:
        today = datetime.now(ZONE).date()
        known("7", *two_gates, first=today - ONE_DAY)
        Holiday.objects.create(date=today + ONE_DAY, name="Eid")
        derive_pending()
        before = everything()
        assert called(today + ONE_DAY, today + 400 * ONE_DAY) == 0
        assert everything() == before

    @pytest.mark.parametrize(
        "facts", [{"ignored": True}, {"on_device": False}, {"system_user": None}], ids=lambda facts: next(iter(facts))
    )
    def test_of_whom_no_terminal_knows_any_more(self, two_gates: tuple[Device, Device], facts: dict[str, Any]) -> None:
        asha = known("7", *two_gates)
        read(*two_gates)
        DeviceUser.objects.filter(system_user=asha).update(**facts)
        called()
        assert said(asha) == []

    def test_of_an_account_that_is_not_in_use(self, two_gates: tuple[Device, Device]) -> None:
        asha = known("7", *two_gates)
        read(*two_gates)
        get_user_model().objects.filter(pk=asha.pk).update(is_active=False)
        called()
        assert said(asha) == []

    def test_of_nobody(self) -> None:
        assert note_missing_days(AbsenceScope(since=date.min)) == 0


def test_a_user_model_that_cannot_be_switched_off_is_asked_nothing_of_it(
    two_gates: tuple[Device, Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    asha = known("7", *two_gates)
    read(*two_gates)
    monkeypatch.setattr(absences, "get_user_model", lambda: Leave)
    assert not absences._has_is_active_field()
    monkeypatch.undo()
    called()
    assert statuses(asha, [MONDAY]) == ["absent"]


class TestDaysOff:
    def test_a_holiday_of_one_office_is_nobody_elses(self, two_gates: tuple[Device, Device], settings: Any) -> None:
        settings.ATTENDANCE_DEVICES = spelled() | {"OFFICE_LOOKUP": "contract__office"}
        asha, bilal = known("7", *two_gates), known("8", *two_gates)
        for user, office in ((asha, "Lahore"), (bilal, "lahore")):
            Contract.objects.create(user=user, office=office)
        Holiday.objects.create(date=MONDAY, name="Basant", office="Lahore")
        Holiday.objects.create(date=TUESDAY, name="Eid")
        read(*two_gates, day=TUESDAY)
        called(MONDAY, TUESDAY)
        assert said(asha) + said(asha, TUESDAY) == [("holiday", "Basant"), ("holiday", "Eid")]
        assert statuses(bilal, days(2)) == ["absent", "holiday"]

    def test_whoever_the_crm_does_not_place_belongs_to_the_office_of_the_terminals(self) -> None:
        works()
        north, south = gate("North", office="North"), gate("South", office="South")
        asha, both = known("7", north), known("8", north, south)
        Holiday.objects.create(date=MONDAY, name="Snow", office="North")
        read(north, south)
        called()
        assert statuses(asha, [MONDAY]) + statuses(both, [MONDAY]) == ["holiday", "absent"]
        assert ProcessedAttendance.objects.get(user=asha, date=MONDAY).office == "North"

    def test_a_holiday_that_comes_and_goes_and_the_crm_follows(
        self, two_gates: tuple[Device, Device], settings: Any
    ) -> None:
        settings.ATTENDANCE_DEVICES = spelled()
        asha = known("7", *two_gates)
        read(*two_gates, day=TUESDAY)
        called(MONDAY, TUESDAY)
        assert post(since=MONDAY).created == 2
        eid = Holiday(date=MONDAY, name="Eid")

        assert save_shift_row(eid) == 1
        derive_pending()
        assert statuses(asha, days(2)) == ["holiday", "absent"]
        assert post(since=MONDAY).removed == 1
        assert [day for _, day, _, _ in crm_rows()] == [TUESDAY]

        assert delete_shift_rows([eid]) == 1
        derive_pending()
        assert statuses(asha, days(2)) == ["absent", "absent"]
        assert post(since=MONDAY).created == 1

    def test_worked_on_a_holiday(self, two_gates: tuple[Device, Device]) -> None:
        asha = known("7", *two_gates)
        punched(two_gates[0], ("7", at("09:00")), ("7", at("17:00")))
        derive_pending()
        save_shift_row(Holiday(date=MONDAY, name="Eid"))
        derive_pending()
        row = ProcessedAttendance.objects.get(user=asha, date=MONDAY)
        assert (row.status, row.worked) == ("worked_holiday", timedelta(hours=8))

    def test_a_leave_granted_afterwards_and_taken_back(self, two_gates: tuple[Device, Device], settings: Any) -> None:
        given = {"MODEL": "own.Leave", "USER": "user", "FIRST": "first", "LAST": "last", "NAME": "kind"}
        settings.ATTENDANCE_DEVICES = spelled() | {"LEAVE": given | {"WHERE": {"approved": True}}}
        asha = known("7", *two_gates)
        read(*two_gates, day=TUESDAY)
        leave = Leave.objects.create(user=asha, first=MONDAY, last=MONDAY, kind="Sick", approved=False)
        called(MONDAY, TUESDAY)
        assert statuses(asha, days(2)) == ["absent", "absent"]

        Leave.objects.update(approved=True)
        assert called(MONDAY, TUESDAY) == 1
        assert said(asha) == [("on_leave", "Sick")]
        leave.delete()
        assert called(MONDAY, TUESDAY) == 1
        assert statuses(asha, days(2)) == ["absent", "absent"]

    def test_who_comes_on_a_day_of_leave_is_an_outlier(self, two_gates: tuple[Device, Device], settings: Any) -> None:
        settings.ATTENDANCE_DEVICES = spelled() | {"HOST": host(OnLeaveOnMonday)}
        asha, bilal = known("7", *two_gates), known("8", *two_gates)
        punched(two_gates[0], ("7", at("09:00")), ("7", at("17:00")))
        called()
        row = ProcessedAttendance.objects.get(user=asha, date=MONDAY)
        assert (row.status, row.outlier_reasons) == ("present", ["punches on a day of leave (Maternity)"])
        assert said(bilal) == [("on_leave", "Maternity")]

    def test_the_crm_works_on_sunday_and_rests_on_monday(self, settings: Any) -> None:
        settings.ATTENDANCE_DEVICES = spelled() | {"HOST": host(RestsOnMonday)}
        works(weekdays="01234")
        where = gate()
        asha = known("7", where)
        read(where, day=TUESDAY)
        called(SUNDAY - ONE_DAY, TUESDAY)
        assert statuses(asha, days(4, SUNDAY - ONE_DAY)) == ["day_off", "absent", "day_off", "absent"]
        assert said(asha) == [("day_off", "the CRM says that it is no working day")]


class TestCalling:
    def test_twice_is_once(self, two_gates: tuple[Device, Device]) -> None:
        known("7", *two_gates)
        read(*two_gates)
        wish = AbsenceScope(since=MONDAY, until=MONDAY)
        assert (note_missing_days(wish), note_missing_days(wish)) == (1, 0)
        derive_pending()
        assert note_missing_days(wish) == 0
        assert PendingDay.objects.count() == 0

    def test_a_day_that_waits_for_a_gate_is_called_again(self, two_gates: tuple[Device, Device]) -> None:
        known("7", *two_gates)
        assert [called(), called()] == [1, 0]
        read(two_gates[0])
        assert [called(), called()] == [1, 0]

    def test_notes_of_two_at_once_do_no_harm(self, two_gates: tuple[Device, Device]) -> None:
        asha = known("7", *two_gates)
        read(*two_gates)
        PendingDay.objects.bulk_create(PendingDay(user=asha, date=MONDAY) for _ in range(2))
        assert called() == 0
        assert statuses(asha, [MONDAY]) == ["absent"]

    def test_of_some_people_or_of_an_office(self) -> None:
        works()
        north, south = gate("North", office="North"), gate("South", office="South")
        asha, bilal = known("7", north), known("8", south)
        read(north, south)
        assert called(users={str(asha.pk)}) == 1
        assert statuses(asha, [MONDAY]) + statuses(bilal, [MONDAY]) == ["absent", ""]
        assert called(office="north") == 0
        assert called(office="South") == 1

    def test_fifty_people_cost_the_queries_of_five(self, two_gates: tuple[Device, Device]) -> None:
        counts = []
        for number, amount in enumerate((5, 50)):
            for key in range(amount):
                known(str(1000 * number + key), *two_gates)
            derive_pending()
            read(*two_gates, day=TUESDAY)
            with CaptureQueriesContext(connection) as queries:
                noted = note_missing_days(AbsenceScope(since=MONDAY, until=TUESDAY))
            counts.append((noted, len(queries)))
            derive_pending()
        assert [noted for noted, _ in counts] == [10, 100]
        assert counts[0][1] == counts[1][1] <= 25

    @pytest.mark.parametrize("shown", [datetime(2099, 1, 1, 9), datetime(2000, 1, 1, 9), datetime(2004, 12, 31, 9)])
    def test_a_clock_that_was_decades_wrong_costs_no_decades(
        self, two_gates: tuple[Device, Device], shown: datetime
    ) -> None:
        asha = known("7", *two_gates, first=None)
        punched(two_gates[0], ("7", shown), ("stranger", shown), ("7", at("09:00")))
        read(*two_gates, day=TUESDAY)
        derive_pending()
        assert absences._coverage_start({asha.pk}, absences.NOTHING) == MONDAY
        started = clocks.monotonic()
        note_missing_days(AbsenceScope(since=date.min, until=date.max))
        assert clocks.monotonic() - started < 20
        first = PendingDay.objects.order_by("date").values_list("date", flat=True)[0]
        assert MONDAY - ONE_DAY <= first <= TUESDAY

    def test_a_terminal_that_told_only_nonsense_saw_nobody(self) -> None:
        works()
        where = device("Gate")
        asha = known("7", where, first=None)
        punched(where, ("7", datetime(2099, 1, 1, 9)), ("7", datetime(2000, 1, 1, 9)))
        read(where)
        assert note_missing_days(AbsenceScope(since=date.min)) == 0
        assert said(asha) == []

    def test_many_stretches_find_what_one_finds(
        self, two_gates: tuple[Device, Device], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known("7", *two_gates)
        known("8", *two_gates)
        wish = AbsenceScope(since=LONG_AGO, until=MONDAY)
        whole = list(absences.find_missing_days(wish))
        monkeypatch.setattr(absences, "DAYS_AT_ONCE", 1)
        assert sorted(absences.find_missing_days(wish), key=str) == sorted(whole, key=str)
        assert len(whole) > 20


HAPPENINGS = ("punches", "reads", "roll", "holiday")


class TestDeterminism:
    def happen(self, what: str, gates: tuple[Device, Device]) -> None:
        if what == "punches":
            punched(gates[0], ("7", at("09:00")), ("7", at("17:00")), ("8", at("09:10", TUESDAY)))
            punched(gates[1], ("8", at("17:00", TUESDAY)))
        elif what == "reads":
            read(*gates, day=TUESDAY)
        elif what == "roll":
            called(MONDAY, MONDAY + 2 * ONE_DAY)
        else:
            save_shift_row(Holiday(date=TUESDAY, name="Eid"))

    @pytest.mark.sampled
    @pytest.mark.parametrize("first", HAPPENINGS)
    def test_any_order_ends_in_the_same_rows(self, first: str) -> None:
        orders = [order for order in itertools.permutations(HAPPENINGS) if order[0] == first]
        for order in orders if SOAK else random.sample(orders, 2):
            with transaction.atomic():
                self.ends_in_the_same_rows(order)
                transaction.set_rollback(True)

    def ends_in_the_same_rows(self, order: tuple[str, ...]) -> None:
        works()
        gates = gate("Gate 1"), gate("Gate 2")
        asha, bilal = known("7", *gates), known("8", *gates)
        for what in order:
            self.happen(what, gates)
        called(MONDAY, MONDAY + 2 * ONE_DAY)
        assert statuses(asha, days(3)) == ["present", "holiday", "no_data"], order
        assert statuses(bilal, days(3)) == ["absent", "worked_holiday", "no_data"], order
        rows = everything()

        ProcessedAttendance.objects.all().delete()
        reprocess(ReprocessScope(since=LONG_AGO, until=MONDAY + 2 * ONE_DAY, force=True))
        assert [row for row in everything() if row[1] >= MONDAY] == rows[-6:], order
        assert called(LONG_AGO, MONDAY + 2 * ONE_DAY) == 0

    def test_a_gate_that_tells_its_whole_past_later_is_named_too(self) -> None:
        works()
        old, late = gate("Gate 1"), device("Gate 2")
        asha = known("7", old, late)
        read(old, late)
        called()
        assert said(asha) == [("absent", "not seen by Gate 1, read past the end of the shift")]
        punched(late, ("stranger", at("09:00", LONG_AGO)))
        called()
        assert said(asha) == [("absent", "not seen by Gate 1, Gate 2, read past the end of the shift")]
        Device.objects.filter(name="Gate 2").update(last_sync=moment("10:42"))
        called()
        assert said(asha) == [("no_data", "Gate 2 silent since 10:42")]

    def test_a_shift_that_is_assigned_afterwards_and_taken_away_again(self) -> None:
        where = gate()
        asha = known("7", where)
        read(where)
        called()
        assert said(asha) == []
        works(user=asha)
        called()
        assert statuses(asha, [MONDAY]) == ["absent"]
        delete_shift_rows(ShiftAssignment.objects.all())
        derive_pending()
        assert said(asha) == []
