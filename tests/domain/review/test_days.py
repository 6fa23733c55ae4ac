"""The sentences of the inbox about days."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from attendance_devices.domain.days.pairing import PunchRole
from attendance_devices.domain.review.days import (
    conflict_item,
    day_key,
    failed_item,
    missing_item,
    outlier_item,
)
from attendance_devices.domain.review.items import ActionInput, DayEnd, Item, ItemKind
from tests.builders.review_days import DAY, FIVE, NINE

CAME = DayEnd(role=PunchRole.CHECK_IN, at=NINE, device="Gate")
LEFT = DayEnd(role=PunchRole.CHECK_OUT, at=FIVE + timedelta(days=1), device="Back\ndoor")


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


@pytest.mark.parametrize(
    ("reasons", "end", "name"),
    [
        (["check-in 4:00:00 before the start, more than 2:00:00"], CAME, "check-in at 09:00:00 (Gate)"),
        (["check-out x", "check-out y"], LEFT, "check-out at 2024-01-09 17:30:00 (Back door)"),
    ],
)
def test_the_punch_that_alone_makes_an_outlier_can_be_corrected(reasons: list[str], end: DayEnd, name: str) -> None:
    item = outlier_item(replace(DAY, reasons=reasons, ends=(CAME, LEFT)))

    assert verbs(item) == ["correct", "void", "acknowledge"]
    assert [action.end for action in item.actions] == [end, end, None]
    assert [action.needs for action in item.actions] == [
        (ActionInput.AT, ActionInput.WHY),
        (ActionInput.WHY,),
        (ActionInput.WHY,),
    ]
    assert [action.does for action in item.actions[:2]] == [
        f"The {name} counts at the time you give; what the clock said is kept.",
        f"The {name} never counts; what was said is kept.",
    ]


@pytest.mark.parametrize(
    ("reasons", "ends"),
    [
        (["check-in x", "check-out y"], (CAME, LEFT)),
        (["check-out x", "17:00:00 from check-in to check-out, more than 16:00:00"], (CAME, LEFT)),
        (["punches on a day of leave (check-in )"], (CAME, LEFT)),
        ([], (CAME, LEFT)),
        (["check-in x"], (LEFT,)),
        (["check-in x"], ()),
    ],
)
def test_where_no_punch_alone_is_to_blame_none_is_offered(reasons: list[str], ends: tuple[DayEnd, ...]) -> None:
    assert verbs(outlier_item(replace(DAY, reasons=reasons, ends=ends))) == ["acknowledge"]


def test_a_conflict_says_what_the_person_wrote_and_what_we_say() -> None:
    item = conflict_item(replace(DAY, check_out=None, shift="early", note="edited by a person: x is 1, we wrote 2"))

    assert item.happened == (
        "The CRM's row was edited by a person: x is 1, we wrote 2. Our day says 09:00:00 to -, present."
    )
    assert (item.key, item.subject) == ("conflict:3:2024-01-08", "Asha Nair (asha), Monday 2024-01-08")
    assert verbs(item) == ["acknowledge", "compare", "overrule"]


@pytest.mark.parametrize(
    ("note", "said"),
    [("row: it was refused. Do this.", "row: it was refused. Do this."), ("", "it did not say why")],
)
def test_a_failed_row_says_the_error(note: str, said: str) -> None:
    item = failed_item(replace(DAY, note=note))

    assert item.happened == f"The CRM did not take the row: {said}"
    assert (item.since, verbs(item)) == (FIVE, ["retry", "acknowledge"])


def test_the_crm_has_one_row_for_the_shifts_of_a_day() -> None:
    day = date(2024, 1, 8)
    assert day_key(ItemKind.MISSING_CHECK, "u", day, "a:b") == "missing_check:u:2024-01-08:a:b"
    assert day_key(ItemKind.FAILED, "u", day, "a:b") == "failed:u:2024-01-08"
