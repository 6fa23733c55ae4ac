"""What is expected of everybody is read once a minute, and the newest reading of any process is the one of all."""

from datetime import date
from typing import Any

import pytest
from django.core.cache import cache

from attendance_devices.services.dashboard import expected
from attendance_devices.services.dashboard.expected import ExpectedPeople, expected_people
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


def names(found: ExpectedPeople) -> list[str]:
    return [person.name for person in found.people]


def test_within_a_minute_nothing_is_read_and_nothing_unpickled(day: date, django_assert_num_queries: Any) -> None:
    found = expected_people(day)
    known("2", gate("Other"))
    with django_assert_num_queries(0):
        assert expected_people(day) is found
    assert names(found) == ["person-1"]


def test_what_the_cache_forgot_is_read_anew(day: date) -> None:
    expected_people(day)
    known("2", gate("Other"))
    cache.clear()
    assert names(expected_people(day)) == ["person-1", "person-2"]


def test_people_that_the_cache_dropped_are_read_anew(day: date, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may drop them before their token, because they are the larger."""
    expected_people(day)
    key = f"attendance_devices:roster:{day}"
    cache.delete(f"{key}:{cache.get(key)}")
    monkeypatch.setattr(expected, "_last_cached", None)
    known("2", gate("Other"))
    assert names(expected_people(day)) == ["person-1", "person-2"]


def test_what_another_process_read_since_goes_before_what_this_one_holds(
    day: date, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    ours = expected_people(day)
    held = expected._last_cached
    known("2", gate("Other"))
    cache.clear()
    theirs = expected_people(day)
    monkeypatch.setattr(expected, "_last_cached", held)
    with django_assert_num_queries(0):
        found = expected_people(day)
    assert found == theirs != ours
    assert names(found) == ["person-1", "person-2"]


def test_two_days_at_once_are_not_taken_for_each_other(day: date) -> None:
    eve = day - expected.ONE_DAY
    found = [expected_people(one).day for one in (day, eve, day, eve)]
    assert found == [day, eve, day, eve]
