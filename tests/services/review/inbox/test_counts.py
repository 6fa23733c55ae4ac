"""However few items are told, all that wait are counted, and none that a person found right."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.domain.review.items import Item, ItemKind
from attendance_devices.models import ProcessedAttendance
from attendance_devices.services.review.inbox.items import inbox, open_kind
from tests.builders.crm import MONDAY, employee
from tests.builders.inbox import day_of, seen_before

pytestmark = pytest.mark.django_db
FAILED = {"posting_state": PostAction.FAILED, "posting_note": "no"}
OUTLIER = {"is_outlier": True, "outlier_reasons": ["too long"]}


def told(kind: ItemKind, limit: int) -> tuple[int, list[date | None]]:
    """How many wait, and the dates of those that are told."""
    found = open_kind(kind, limit=limit).inbox
    return found.counts[kind], [item.date for item in found.items]


def week(user: Any, **facts: Any) -> list[date]:
    """A day of each date, the newest first."""
    dates = [MONDAY - timedelta(days=number) for number in range(5)]
    for day in dates:
        day_of(user, day, **facts)
    return dates


def items(kind: ItemKind) -> list[Item]:
    """All of them, by date, the newest first."""
    return sorted(inbox(kinds={kind}, limit=None).items, key=lambda item: str(item.date), reverse=True)


@pytest.mark.parametrize(("kind", "facts"), [(ItemKind.OUTLIER, OUTLIER), (ItemKind.FAILED, FAILED)])
def test_what_was_found_right_is_passed_over_and_the_next_is_told_in_its_place(kind: ItemKind, facts: Any) -> None:
    dates = week(employee("7"), **facts)
    week(employee("8"), status="present")
    newest, second, *_ = items(kind)
    seen_before(newest)
    seen_before(second)

    assert told(kind, 2) == (3, dates[2:4])
    assert told(kind, 3) == told(kind, 4) == (3, dates[2:])
    assert told(kind, 0) == (3, [])


def test_who_was_found_right_for_another_cause_waits_and_is_counted() -> None:
    dates = week(employee("7"), **OUTLIER)
    for item in items(ItemKind.OUTLIER)[:2]:
        seen_before(item)
    ProcessedAttendance.objects.filter(date=dates[0]).update(outlier_reasons=["another"])

    assert told(ItemKind.OUTLIER, 1) == (4, dates[:1])
    assert told(ItemKind.OUTLIER, 2) == (4, [dates[0], dates[2]])


def test_a_decision_about_one_kind_or_somebody_else_says_nothing_of_the_other() -> None:
    asha, bilal = employee("7"), employee("8")
    dates = week(asha, **OUTLIER, **FAILED)
    week(bilal, **OUTLIER, **FAILED)
    for item in items(ItemKind.OUTLIER):
        if item.employee == str(asha.pk):
            seen_before(item)

    assert told(ItemKind.OUTLIER, 1) == (5, dates[:1])
    assert told(ItemKind.FAILED, 1) == (10, dates[:1])


def test_two_shifts_of_a_refused_day_are_one_item_and_of_an_outlier_two() -> None:
    user = employee("7")
    for shift in ("early", "late"):
        for number in range(3):
            day_of(user, MONDAY - timedelta(days=number), shift=shift, **OUTLIER, **FAILED)
    seen_before(items(ItemKind.FAILED)[0])
    yesterday = MONDAY - timedelta(days=1)

    assert told(ItemKind.FAILED, 1) == (2, [yesterday])
    assert told(ItemKind.OUTLIER, 3) == (6, [MONDAY, MONDAY, yesterday])


def test_what_is_counted_only_is_not_read() -> None:
    week(employee("7"), **OUTLIER)
    with CaptureQueriesContext(connection) as queries:
        open_kind(ItemKind.FAILED, limit=50)
    assert not [query["sql"] for query in queries if "outlier_reasons" in query["sql"]]
