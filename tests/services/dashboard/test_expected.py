"""What is expected of everybody is read once a minute, and the newest reading of any process is the one of all."""

from datetime import date
from typing import Any

import pytest
from django.core.cache import cache

from attendance_devices.services.dashboard import expected
from attendance_devices.services.dashboard.expected import Roster, roster
from attendance_devices.services.devices.local_time import today
from tests.builders.staff import gate, known, works

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_is_kept() -> Any:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def day() -> date:
    where = gate()
    works()
    known("1", where)
    return today()


def names(found: Roster) -> list[str]:
    return [person.name for person in found.people]


def test_within_a_minute_nothing_is_read_and_nothing_unpickled(day: date, django_assert_num_queries: Any) -> None:
    found = roster(day)
    known("2", gate("Other"))
    with django_assert_num_queries(0):
        assert roster(day) is found
    assert names(found) == ["person-1"]


def test_what_the_cache_forgot_is_read_anew(day: date) -> None:
    roster(day)
    known("2", gate("Other"))
    cache.clear()
    assert names(roster(day)) == ["person-1", "person-2"]


def test_people_that_the_cache_dropped_are_read_anew(day: date, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may drop them before their token, because they are the larger."""
    roster(day)
    key = f"attendance_devices:roster:{day}"
    cache.delete(f"{key}:{cache.get(key)}")
    monkeypatch.setattr(expected, "_held", None)
    known("2", gate("Other"))
    assert names(roster(day)) == ["person-1", "person-2"]


def test_what_another_process_read_since_goes_before_what_this_one_holds(
    day: date, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    ours = roster(day)
    held = expected._held
    known("2", gate("Other"))
    cache.clear()
    theirs = roster(day)
    monkeypatch.setattr(expected, "_held", held)
    with django_assert_num_queries(0):
        found = roster(day)
    assert found == theirs != ours
    assert names(found) == ["person-1", "person-2"]


def test_two_days_at_once_are_not_taken_for_each_other(day: date) -> None:
    eve = day - expected.ONE_DAY
    found = [roster(one).day for one in (day, eve, day, eve)]
    assert found == [day, eve, day, eve]
