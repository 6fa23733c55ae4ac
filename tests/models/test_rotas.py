"""Assignments that cannot both be are refused, by the form and by the database."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from attendance_devices.models import Holiday, Shift, ShiftAssignment
from tests.builders.crm import MONDAY, days, employee

pytestmark = pytest.mark.django_db
ONE_DAY = timedelta(days=1)


def shift(hours: str, weekdays: str = "0123456") -> Shift:
    """``shift("22:00-06:00")``."""
    start, end = (time.fromisoformat(clock) for clock in hours.split("-"))
    return Shift.objects.create(name=f"{hours} {weekdays}", start=start, end=end, weekdays=weekdays)


def assignment(hours: str, first: date = MONDAY, last: date | None = None, **whose: Any) -> ShiftAssignment:
    return ShiftAssignment(shift=shift(hours), date_from=first, date_until=last, **whose)


def entered(*rows: ShiftAssignment) -> None:
    """Each as a form would."""
    for row in rows:
        row.full_clean()
        row.save()


def test_an_overlap_is_refused_with_its_day_and_its_cure() -> None:
    asha = employee("7", username="asha")
    entered(assignment("09:00-17:00", last=MONDAY + 9 * ONE_DAY, user=asha))
    with pytest.raises(ValidationError) as caught:
        entered(assignment("16:00-20:00", MONDAY + ONE_DAY, user=asha))
    assert caught.value.messages == [
        "On 2024-01-09 16:00-20:00 0123456 runs into 09:00-17:00 0123456, which asha works from 2024-01-08 "
        "(until: 2024-01-17). End that one first, or choose hours that follow one another."
    ]


def test_an_open_one_over_midnight_is_refused_too() -> None:
    entered(assignment("22:00-06:00", office="Lahore"))
    with pytest.raises(ValidationError, match=r"which office Lahore works from 2024-01-08 \(until: without an end\)"):
        entered(assignment("05:00-09:00", MONDAY + ONE_DAY, office="Lahore"))


def test_one_starts_when_the_other_ends() -> None:
    asha = employee("7")
    entered(assignment("22:00-06:00", user=asha), assignment("06:00-14:00", user=asha))
    entered(assignment("14:00-22:00", user=asha))


def test_dates_that_touch_at_midnight_are_fine_by_day_and_not_by_night() -> None:
    entered(assignment("09:00-17:00", last=MONDAY))
    entered(assignment("08:00-12:00", MONDAY + ONE_DAY, MONDAY + ONE_DAY))
    entered(assignment("22:00-06:00", MONDAY + 2 * ONE_DAY, MONDAY + 2 * ONE_DAY))
    with pytest.raises(ValidationError, match="On 2024-01-11 05:00-09:00"):
        entered(assignment("05:00-09:00", MONDAY + 3 * ONE_DAY))


def test_those_of_others_and_of_another_rank_may_overlap() -> None:
    entered(*(assignment("09:00-17:00", user=employee("7")) for _ in range(1)))
    same = Shift.objects.get()
    units: list[dict[str, Any]] = [
        {"user": employee("8")},
        {"office": "Lahore"},
        {"office": "lahore"},
        {"department": "Lahore"},
        {"office": "Lahore", "department": "Sales"},
        {},
    ]
    entered(*(ShiftAssignment(shift=same, date_from=MONDAY, **unit) for unit in units))
    assert ShiftAssignment.objects.count() == 7


def test_an_assignment_does_not_run_into_itself() -> None:
    row = assignment("09:00-17:00")
    entered(row, row)


def test_new_hours_of_a_shift_must_not_run_into_what_its_people_work_besides() -> None:
    asha = employee("7")
    early = Shift.objects.create(name="early", start=time(8), end=time(12))
    late = Shift.objects.create(name="late", start=time(13), end=time(17))
    for shift in (early, late):
        ShiftAssignment.objects.create(shift=shift, user=asha, date_from=MONDAY)
    early.end = time(13)
    early.full_clean()
    early.end = time(13, 1)

    with pytest.raises(ValidationError, match="early runs into late"):
        early.full_clean()


def test_it_is_of_an_employee_or_of_a_unit() -> None:
    both = assignment("09:00-17:00", user=employee("7"), office="Lahore")
    with pytest.raises(ValidationError, match="Name an employee, or an office or department; not both"):
        both.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        both.save()


def test_it_does_not_end_before_it_begins() -> None:
    backward = assignment("09:00-17:00", last=MONDAY - ONE_DAY)
    with pytest.raises(ValidationError, match="assignment_runs_forward"):
        backward.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        backward.save()


@pytest.mark.parametrize("missing", ["date_from", "shift"])
def test_what_is_missing_is_told_by_its_field(missing: str) -> None:
    row = assignment("09:00-17:00")
    setattr(row, missing, None)
    with pytest.raises(ValidationError) as caught:
        row.full_clean()
    assert list(caught.value.message_dict) == [missing]


@pytest.mark.parametrize("last", [date.max, None])
def test_the_end_of_all_days_is_an_end(last: date | None) -> None:
    entered(assignment("22:00-06:00", date.min, last))
    with pytest.raises(ValidationError, match="runs into"):
        entered(assignment("05:00-07:00", MONDAY, date.max))


def test_it_says_whose_it_is() -> None:
    asha = employee("7", username="asha")
    names = [
        assignment("01:00-02:00", user=asha),
        assignment("02:00-03:00", office="Lahore"),
        assignment("03:00-04:00", department="Sales"),
        assignment("04:00-05:00", office="Lahore", department="Sales"),
        assignment("05:00-06:00"),
    ]
    assert [row.whose for row in names] == [
        "asha",
        "office Lahore",
        "department Sales",
        "office Lahore department Sales",
        "everybody",
    ]
    assert str(names[0]) == "asha: 01:00-02:00 0123456 from 2024-01-08"


def test_a_shift_that_is_assigned_cannot_be_deleted_under_it() -> None:
    row = assignment("09:00-17:00")
    row.save()
    with pytest.raises(IntegrityError):
        row.shift.delete()


class TestHoliday:
    def test_one_a_day_in_each_office_and_one_for_all(self) -> None:
        for office in ("", "Lahore", "lahore"):
            Holiday.objects.create(date=MONDAY, name="Eid", office=office)
        with pytest.raises(ValidationError):
            Holiday(date=MONDAY, name="Other", office="Lahore").full_clean()
        with pytest.raises(IntegrityError), transaction.atomic():
            Holiday.objects.create(date=MONDAY, name="Other")

    def test_it_says_when_and_what(self) -> None:
        assert str(Holiday(date=days(1)[0], name="Eid")) == "2024-01-08 Eid"
