"""Which days are told, and with which of their rows."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from attendance_devices.models import ProcessedAttendance
from attendance_devices.services.days.signals import announce_days
from attendance_devices.signals import day_derived
from tests.builders.crm import MONDAY

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + timedelta(days=1)


def row(shift: str, day: date = MONDAY, status: str = "present") -> ProcessedAttendance:
    return ProcessedAttendance(user_id=7, date=day, shift=shift, status=status)


@pytest.fixture
def told(django_capture_on_commit_callbacks: Callable[..., Any]) -> Callable[..., list[tuple[Any, date, list[str]]]]:
    def tell(**rows: list[ProcessedAttendance]) -> list[tuple[Any, date, list[str]]]:
        found = []

        def listen(user: Any, date: date, days: tuple[ProcessedAttendance, ...], **facts: Any) -> None:
            found.append((user, date, [one.shift for one in days]))

        day_derived.connect(listen)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                announce_days(**{"changed": [], "removed": [], "same": []} | rows)
        finally:
            day_derived.disconnect(listen)
        return found

    return tell


def test_a_day_is_told_once_with_the_rows_that_stayed_too(told: Any) -> None:
    same = [row("night"), row("other day", TUESDAY)]
    assert told(changed=[row("early"), row("late")], same=same) == [(7, MONDAY, ["early", "late", "night"])]


def test_a_row_that_was_withdrawn_or_removed_is_not_among_them(told: Any) -> None:
    found = told(changed=[row("early", status="withdrawn")], removed=[row("late", TUESDAY)], same=[row("night")])
    assert found == [(7, MONDAY, ["night"]), (7, TUESDAY, [])]


def test_a_day_that_stayed_as_it_is_is_not_told(told: Any) -> None:
    assert told(same=[row("night")]) == []
