"""The sentences of the inbox.

Covers: domain/review/requests.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from attendance_devices.domain.punches.clock_proposals import Certainty, TimeProposal
from attendance_devices.domain.review.days import conflict_item, failed_item, missing_item, outlier_item
from attendance_devices.domain.review.items import ActionInput, Item, ItemAction, ItemKind
from attendance_devices.domain.review.requests import RequestFacts, request_item
from attendance_devices.domain.review.text import (
    ClockFacts,
    PersonFacts,
    RecordFacts,
    clock_item,
    person_item,
    plain,
    record_item,
)
from tests.builders.review_days import DAY

KARACHI = ZoneInfo("Asia/Karachi")
NINE = datetime(2024, 1, 8, 4, tzinfo=UTC)
FIVE = datetime(2024, 1, 8, 12, 30, tzinfo=UTC)
BOUNDED = TimeProposal(
    sure=Certainty.BOUNDED, reason="By the order of the log it was then.", earliest=NINE, latest=FIVE
)
CLOCK = ClockFacts(
    key=12,
    device="Gate",
    device_user_id="7",
    who="Asha Nair (asha)",
    employee="3",
    shown=datetime(2099, 1, 1, 9),
    review="future",
    received_at=FIVE,
    zone=KARACHI,
    proposal=BOUNDED,
)
PERSON = PersonFacts(key=5, device="Gate", device_user_id="9", name="Bilal", zone=KARACHI, punches=12, since=NINE)
RECORD = RecordFacts(key=4, device="Gate", raw=b"\x00\xff", reason="no date", received_at=NINE, zone=KARACHI, cause="c")

REQUEST = RequestFacts(
    key=3,
    who="Asha Nair",
    employee="3",
    date=date(2024, 1, 8),
    kind="add",
    was_shown=None,
    place="",
    shown=datetime(2024, 1, 8, 18, 5),
    punch_type="out",
    why="I forgot.",
    made_at=FIVE,
    zone=KARACHI,
)


def verbs(item: Item) -> list[str]:
    return [action.verb.value for action in item.actions]


@pytest.mark.parametrize(
    ("review", "happened"),
    [
        ("future", "The clock of Gate showed 2099-01-01 09:00:00, but the punch reached us at 2024-01-08 17:30:00."),
        ("clock_reset", "The clock of Gate showed 2099-01-01 09:00:00: it had lost its power and begun again."),
        ("skipped_hour", "The clock of Gate showed 2099-01-01 09:00:00, in an hour that was skipped that night."),
    ],
)
def test_a_suspicious_clock_says_what_it_showed(review: str, happened: str) -> None:
    item = clock_item(replace(CLOCK, review=review))

    assert item.happened == f"{happened} By the order of the log it was then."
    assert (item.kind, item.key, item.subject) == (ItemKind.CLOCK, "clock:12", "Asha Nair (asha) at Gate")
    assert item.otherwise == "The punch stays stored and counts for no day."
    assert (item.employee, item.device, item.zone, item.since) == ("3", "Gate", "Asia/Karachi", FIVE)


def test_a_time_has_to_be_given_unless_one_is_proposed() -> None:
    sure = TimeProposal(sure=Certainty.MEASURED, reason="Measured.", at=NINE)
    asked, proposed = (clock_item(facts).action("correct") for facts in (CLOCK, replace(CLOCK, proposal=sure)))

    assert asked is not None and proposed is not None
    assert (asked.needs, asked.at) == ((ActionInput.AT, ActionInput.WHY), None)
    assert asked.does == "It counts at the time you give; what the clock said is kept."
    assert (proposed.needs, proposed.at) == ((ActionInput.WHY,), NINE)
    assert proposed.does == "It counts at 2024-01-08 09:00:00; what the clock said is kept."
    assert clock_item(replace(CLOCK, proposal=sure)).date == date(2024, 1, 8)


def test_a_punch_of_nobody_can_be_believed_and_not_corrected() -> None:
    item = clock_item(replace(CLOCK, who="", employee=""))

    assert (item.subject, verbs(item)) == ("user 7 at Gate", ["accept"])
    assert item.otherwise.endswith(" Its time can be corrected once the user is mapped to an employee.")
    assert verbs(clock_item(CLOCK)) == ["correct", "accept", "void"]


@pytest.mark.parametrize(
    ("changes", "happened"),
    [
        ({}, "User 9 (Bilal) of Gate is no employee yet; 12 punches wait since 2024-01-08 09:00:00."),
        ({"punches": 1}, "User 9 (Bilal) of Gate is no employee yet; 1 punch waits since 2024-01-08 09:00:00."),
        ({"punches": 0, "since": None, "name": " "}, "User 9 of Gate is no employee yet; no punch so far."),
        ({"punches": 2_000, "since": None}, "User 9 (Bilal) of Gate is no employee yet; 2,000 punches wait."),
    ],
)
def test_an_unknown_person_says_how_many_punches_wait(changes: dict[str, Any], happened: str) -> None:
    item = person_item(replace(PERSON, **changes))

    assert item.happened == happened
    assert item.otherwise == "Every punch of this user stays stored and counts for nobody."
    assert verbs(item) == ["map", "create", "ignore"]


def test_mapping_says_how_many_punches_follow() -> None:
    action = person_item(PERSON).action(ItemAction.MAP)

    assert action is not None
    assert (action.does, action.needs) == ("12 punches and all to come are the employee's.", (ActionInput.EMPLOYEE,))


def test_a_record_that_could_not_be_read_shows_its_bytes() -> None:
    item = record_item(RECORD)

    assert item.happened == "Gate sent what could not be read: no date. Its bytes: 00ff"
    assert item.subject == "A record of Gate, received 2024-01-08 09:00:00"
    assert (item.key, item.cause, verbs(item)) == ("quarantine:4", "c", ["read_again", "acknowledge"])


@pytest.mark.parametrize(
    ("raw", "shown"),
    [(b"", "-"), (b"\xab" * 64, "ab" * 64), (b"\xab" * 5_000, "ab" * 64 + "... (5,000 bytes)")],
)
def test_of_a_very_long_record_only_the_beginning_is_shown(raw: bytes, shown: str) -> None:
    assert record_item(replace(RECORD, raw=raw)).happened.endswith(f"Its bytes: {shown}")


def test_every_action_says_what_it_does_and_has_a_label() -> None:
    items = [
        clock_item(CLOCK),
        person_item(PERSON),
        record_item(RECORD),
        request_item(REQUEST),
        *(make(DAY) for make in (missing_item, outlier_item, conflict_item, failed_item)),
    ]

    assert {item.kind for item in items} == set(ItemKind)
    assert {action.verb for item in items for action in item.actions} == set(ItemAction)
    assert all(action.label and action.does.endswith(".") for item in items for action in item.actions)


def test_a_stranger_cannot_write_to_the_screen() -> None:
    assert plain("a\x1b[31m\n\tb\u202e  c") == "a [31m b c"
    assert plain("x" * 600) == "x" * 500 + "..."
    assert "\x1b" not in person_item(replace(PERSON, name="\x1b]0;x", device_user_id="\x1b")).happened
