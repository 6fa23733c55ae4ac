"""The public holidays of a year as rows."""

import sys
from datetime import date
from typing import Any

import pytest

from attendance_devices.exceptions import HolidaysUnknown
from attendance_devices.models import Holiday, PendingDay
from attendance_devices.services.shifts.holidays import fill_holidays, public_holidays
from tests.builders.crm import nothing_is_written
from tests.builders.staff import called, gate, known, read, statuses, works

pytestmark = pytest.mark.django_db
CHRISTMAS, BOXING_DAY = date(2024, 12, 25), date(2024, 12, 26)


def test_twice_is_once_and_what_is_there_stays_as_it_is() -> None:
    Holiday.objects.create(date=CHRISTMAS, name="Ours")
    found = fill_holidays(2024, "IE")
    assert [one.day for one in found if not one.is_new] == [CHRISTMAS]
    assert Holiday.objects.get(date=CHRISTMAS).name == "Ours"
    assert Holiday.objects.count() == len(found) >= 9
    assert not any(one.is_new for one in fill_holidays(2024, "IE"))
    assert Holiday.objects.count() == len(found)


def test_looking_writes_nothing() -> None:
    with nothing_is_written():
        found = public_holidays(2024, "IE")
    assert {one.day.year for one in found} == {2024}
    assert [one.day for one in found] == sorted(one.day for one in found)


def test_an_office_has_its_own() -> None:
    fill_holidays(2024, "IE")
    assert all(one.is_new for one in fill_holidays(2024, "IE", office="Dublin"))
    assert set(Holiday.objects.values_list("office", flat=True)) == {"", "Dublin"}


def test_a_subdivision_has_days_that_the_country_has_not() -> None:
    names = {one.name for one in public_holidays(2024, "US", subdivision="TX")}
    assert names - {one.name for one in public_holidays(2024, "US")}


def test_the_case_of_the_country_does_not_matter() -> None:
    assert list(public_holidays(2024, "ie")) == list(public_holidays(2024, "IE"))


def test_the_days_are_derived_again() -> None:
    works()
    where = gate()
    asha = known("7", where)
    read(where, day=BOXING_DAY)
    called(date(2024, 12, 24), BOXING_DAY)
    fill_holidays(2024, "IE")
    assert set(PendingDay.objects.values_list("date", flat=True)) <= {CHRISTMAS, BOXING_DAY, date(2023, 12, 25)}
    called(date(2024, 12, 24), BOXING_DAY)
    assert statuses(asha, [date(2024, 12, 24), CHRISTMAS, BOXING_DAY]) == ["absent", "holiday", "holiday"]


@pytest.mark.parametrize(
    ("year", "country", "subdivision"),
    [(2024, "XX", ""), (2024, "", ""), (2024, "IE", "Narnia"), (0, "IE", ""), (-1, "IE", ""), (10_000, "IE", "")],
)
def test_what_nobody_knows_is_refused_in_words(year: int, country: str, subdivision: str) -> None:
    with pytest.raises(HolidaysUnknown, match="Use two letters for the country"):
        fill_holidays(year, country, subdivision=subdivision)
    assert Holiday.objects.count() == 0


def test_a_library_that_is_not_there_is_told_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    gone: Any = None
    monkeypatch.setitem(sys.modules, "holidays", gone)
    with pytest.raises(HolidaysUnknown, match=r"pip install django-attendance-devices\[holidays\]"):
        public_holidays(2024, "IE")
