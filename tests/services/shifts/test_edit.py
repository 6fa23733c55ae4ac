"""What a changed shift, assignment or holiday touches, and what it leaves alone."""

from datetime import date, time
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from attendance_devices.models import Holiday, PendingDay, ProcessedAttendance, Shift, ShiftAssignment
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.posting.post import post
from attendance_devices.services.shifts.edit import delete_shift_rows, save_shift_row
from tests.builders.crm import MONDAY, at, crm_rows, days, punched
from tests.builders.staff import LONG_AGO, ONE_DAY, called, gate, known, read, spelled, statuses, works

pytestmark = pytest.mark.django_db
WEEK = days(7)


def noted() -> set[tuple[Any, date]]:
    return set(PendingDay.objects.values_list("user", "date"))


def came(where: Any, key: str, *dates: date) -> None:
    punched(where, *[(key, at(clock, day)) for day in dates for clock in ("09:00", "17:00")])


def two_people() -> tuple[Any, Any, Any]:
    """Both came on every day of the week, at gates of different offices; nothing waits."""
    north, south = gate("North", office="North"), gate("South", office="South")
    asha, bilal = known("7", north), known("8", south)
    came(north, "7", *WEEK)
    came(south, "8", *WEEK)
    derive_pending()
    assert noted() == set()
    return asha, bilal, north


class TestHoliday:
    def test_its_own_day_and_no_other(self) -> None:
        asha, bilal, _ = two_people()
        assert save_shift_row(Holiday(date=WEEK[2], name="Eid")) == 2
        assert noted() == {(asha.pk, WEEK[2]), (bilal.pk, WEEK[2])}

    def test_of_one_office_its_people_and_no_others(self) -> None:
        asha, _, _ = two_people()
        eid = Holiday(date=WEEK[2], name="Eid", office="North")
        save_shift_row(eid)
        assert noted() == {(asha.pk, WEEK[2])}
        derive_pending()
        eid.office = "Nowhere"
        assert save_shift_row(eid) == 1
        derive_pending()
        assert save_shift_row(eid) == 0

    def test_moved_to_another_day_both_are_touched(self) -> None:
        asha, _, _ = two_people()
        eid = Holiday(date=WEEK[2], name="Eid", office="North")
        save_shift_row(eid)
        derive_pending()
        eid.date = WEEK[4]
        save_shift_row(eid)
        assert noted() == {(asha.pk, WEEK[2]), (asha.pk, WEEK[4])}
        derive_pending()
        assert statuses(asha, WEEK[2:5]) == ["present", "present", "worked_holiday"]

    def test_a_punch_that_is_not_derived_yet_is_touched_as_well(self) -> None:
        asha, _, north = two_people()
        later = WEEK[-1] + ONE_DAY
        came(north, "7", later)
        PendingDay.objects.all().delete()
        assert save_shift_row(Holiday(date=later, name="Eid")) == 1
        assert noted() == {(asha.pk, later)}

    def test_the_first_and_the_last_day_there_are(self) -> None:
        for day in (date.min, date.max):
            eid = Holiday(date=day, name="Doom")
            assert save_shift_row(eid) == 0
            assert delete_shift_rows([eid]) == 0


class TestAssignment:
    def test_its_days_and_those_beside_them(self) -> None:
        asha, _, _ = two_people()
        shift = Shift.objects.create(name="early", start=time(8), end=time(16), weekdays="0123456")
        save_shift_row(ShiftAssignment(shift=shift, user=asha, date_from=WEEK[2], date_until=WEEK[3]))
        assert noted() == {(asha.pk, day) for day in WEEK[1:5]}
        derive_pending()
        assert statuses(asha, WEEK) == ["present"] * 2 + ["late"] * 2 + ["present"] * 3

    def test_shortened_its_old_days_are_touched_and_of_a_department_its_people(self, settings: Any) -> None:
        asha, _, _ = two_people()
        shift = Shift.objects.create(name="early", start=time(8), end=time(16), weekdays="0123456")
        row = ShiftAssignment(shift=shift, office="North", date_from=LONG_AGO)
        save_shift_row(row)
        derive_pending()
        row.date_until = WEEK[0]
        save_shift_row(row)
        assert noted() == {(asha.pk, day) for day in [LONG_AGO, *WEEK]}
        derive_pending()
        assert statuses(asha, WEEK[:3]) == ["late", "present", "present"]
        row.office, row.department = "", "Sales"
        assert save_shift_row(row) == 3

    def test_taken_away_the_days_are_what_they_were_and_the_crm_follows(self, settings: Any) -> None:
        settings.ATTENDANCE_DEVICES = spelled()
        where = gate()
        asha = known("7", where)
        works(user=asha)
        read(where)
        called()
        post(since=MONDAY)
        assert len(crm_rows()) == 1
        assert delete_shift_rows(ShiftAssignment.objects.all()) == 2
        derive_pending()
        assert statuses(asha, [MONDAY]) == ["withdrawn"]
        post(since=MONDAY)
        assert (crm_rows(), statuses(asha, [MONDAY])) == ([], [""])

    @pytest.mark.parametrize("last", [date.max, None])
    def test_the_end_of_all_days_is_no_error(self, last: date | None) -> None:
        asha, _, _ = two_people()
        shift = Shift.objects.create(name="early", start=time(8), end=time(16))
        row = ShiftAssignment(shift=shift, user=asha, date_from=date.min, date_until=last)
        assert save_shift_row(row) == 8
        assert delete_shift_rows([row]) == 8


class TestShift:
    def test_everybody_who_works_it(self) -> None:
        asha, bilal, _ = two_people()
        shift = works("10:00-16:00", WEEK[1], user=bilal, date_until=WEEK[1])
        shift.start = time(8)
        save_shift_row(shift)
        assert noted() == {(bilal.pk, day) for day in WEEK[:3]}
        derive_pending()
        assert statuses(bilal, WEEK[:3]) == ["present", "late", "present"]
        assert statuses(asha, WEEK[:3]) == ["present"] * 3

    def test_a_new_one_is_nobodys(self) -> None:
        two_people()
        assert save_shift_row(Shift(name="new", start=time(8), end=time(16))) == 0


def test_many_people_cost_the_queries_of_one() -> None:
    counts = []
    for amount in (1, 40):
        where = gate(f"Gate {amount}", office=f"Office {amount}")
        for number in range(amount):
            known(f"{amount}-{number}", where)
            came(where, f"{amount}-{number}", *WEEK)
        derive_pending()
        with CaptureQueriesContext(connection) as queries:
            saved = save_shift_row(Holiday(date=MONDAY, name="Eid", office=f"Office {amount}"))
        counts.append((saved, len(queries)))
        PendingDay.objects.all().delete()
    assert counts[0][0] == 1
    assert counts[1] == (40, counts[0][1])


def test_a_row_that_cannot_be_saved_touches_nothing() -> None:
    two_people()
    save_shift_row(Holiday(date=MONDAY, name="Eid"))
    before = ProcessedAttendance.objects.count(), PendingDay.objects.count()
    with pytest.raises(IntegrityError), transaction.atomic():
        save_shift_row(Holiday(date=MONDAY, name="Other"))
    assert (ProcessedAttendance.objects.count(), PendingDay.objects.count()) == before
