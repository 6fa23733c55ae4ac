"""The sentences of the inbox about days."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from attendance_devices.domain.inbox import Item, Kind
from attendance_devices.domain.inbox_days import (
    DayFacts,
    conflict_item,
    day_key,
    failed_item,
    missing_item,
    outlier_item,
)

KARACHI = ZoneInfo("Asia/Karachi")
NINE = datetime(2024, 1, 8, 4, tzinfo=UTC)
FIVE = datetime(2024, 1, 8, 12, 30, tzinfo=UTC)
DAY = DayFacts(
    who="Asha Nair (asha)",
    employee="3",
    date=date(2024, 1, 8),
    shift="",
    device="Gate",
    zone=KARACHI,
    status="present",
    check_in=NINE,
    check_out=FIVE,
    worked=timedelta(hours=8, minutes=30),
    derived_at=FIVE,
    cause="c",
)


def verbs(item: Item) -> list[str]:
    return [action.verb.value for action in item.actions]


@pytest.mark.parametrize(
    ("status", "changes", "happened", "label"),
    [
        (
            "missing_check_out",
            {"check_out": None},
            "Asha Nair (asha) came at 09:00:00 (Gate), and there is no check-out after it.",
            "Add the check-out",
        ),
        (
            "missing_check_in",
            {"check_in": None},
            "Asha Nair (asha) left at 17:30:00 (Gate), and there is no check-in before it.",
            "Add the check-in",
        ),
        (
            "missing_check_out",
            {"check_in": None, "check_out": None},
            "Asha Nair (asha) came (Gate), and there is no check-out after it.",
            "Add the check-out",
        ),
    ],
)
def test_a_missing_check_says_which_and_what_is_there(
    status: str, changes: dict[str, Any], happened: str, label: str
) -> None:
    item = missing_item(replace(DAY, status=status, worked=timedelta(0), **changes))

    assert item.happened == happened
    assert item.otherwise == f"The day stays as {status.replace('_', ' ')}, with 0 s worked."
    assert verbs(item) == ["add_punch", "acknowledge"]
    assert (item.actions[0].label, item.actions[0].punch_type) == (label, "out" if "out" in label else "in")
    assert item.subject == "Asha Nair (asha), Monday 2024-01-08"


def test_an_outlier_says_its_reasons_and_how_the_day_counts() -> None:
    item = outlier_item(replace(DAY, shift="early", reasons=["too\nearly", "too long"]))

    assert item.happened == "too early; too long."
    assert item.otherwise == "The day counts as it is: 09:00:00 to 17:30:00, 8 h 30 min worked, present."
    assert item.subject == "Asha Nair (asha), Monday 2024-01-08 (early)"
    assert (item.key, verbs(item)) == ("outlier:3:2024-01-08:early", ["acknowledge"])


def test_a_conflict_says_what_the_person_wrote_and_what_we_say() -> None:
    item = conflict_item(replace(DAY, check_out=None, shift="early", note="edited by a person: x is 1, we wrote 2"))

    assert item.happened == (
        "The CRM's row was edited by a person: x is 1, we wrote 2. Our day says 09:00:00 to -, present."
    )
    assert (item.key, item.subject) == ("conflict:3:2024-01-08", "Asha Nair (asha), Monday 2024-01-08")
    assert verbs(item) == ["acknowledge", "compare"]


@pytest.mark.parametrize(
    ("note", "said"),
    [("row: it was refused. Do this.", "row: it was refused. Do this."), ("", "it did not say why")],
)
def test_a_failed_row_says_the_error(note: str, said: str) -> None:
    item = failed_item(replace(DAY, note=note))

    assert item.happened == f"The CRM did not take the row: {said}"
    assert (item.since, verbs(item)) == (FIVE, ["retry"])


def test_the_crm_has_one_row_for_the_shifts_of_a_day() -> None:
    day = date(2024, 1, 8)
    assert day_key(Kind.MISSING_CHECK, "u", day, "a:b") == "missing_check:u:2024-01-08:a:b"
    assert day_key(Kind.FAILED, "u", day, "a:b") == "failed:u:2024-01-08"
