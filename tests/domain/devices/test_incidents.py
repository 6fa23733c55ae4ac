"""When an incident begins, stays and ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from attendance_devices.domain.devices.health import DeviceVitals, Limits
from attendance_devices.domain.devices.incidents import (
    CALM,
    IncidentKind,
    IncidentState,
    IncidentStep,
    findings,
    next_step,
    standstill,
)

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BAD, BETWEEN, WELL = IncidentState.BAD, IncidentState.BETWEEN, IncidentState.WELL


def state(kind: IncidentKind, *, polled: bool = True, **facts: Any) -> IncidentState:
    usual = {"last_contact": NOW - MINUTE}
    vitals = DeviceVitals(key=1, device="Gate", **usual | facts)
    (found,) = [one for one in findings(vitals, Limits(), NOW, polled=polled) if one.kind is kind]
    return found.state


CASES = [
    ("answers", IncidentKind.DOWN, {}, WELL),
    ("failed twice", IncidentKind.DOWN, {"failures": 2}, BETWEEN),
    ("failed three times", IncidentKind.DOWN, {"failures": 3}, BAD),
    ("never heard, never tried", IncidentKind.DOWN, {"last_contact": None}, BETWEEN),
    ("never heard, tried in vain", IncidentKind.DOWN, {"last_contact": None, "failures": 3}, BAD),
    ("silent while others are read", IncidentKind.DOWN, {"last_contact": NOW - 61 * MINUTE}, BAD),
    ("silent while nobody reads", IncidentKind.DOWN, {"last_contact": NOW - 61 * MINUTE, "polled": False}, BETWEEN),
    ("90 % full", IncidentKind.NEARLY_FULL, {"records": 90, "capacity": 100}, BAD),
    ("89 % full", IncidentKind.NEARLY_FULL, {"records": 89, "capacity": 100}, BETWEEN),
    ("84 % full", IncidentKind.NEARLY_FULL, {"records": 84, "capacity": 100}, WELL),
    ("of unknown room", IncidentKind.NEARLY_FULL, {"records": 84}, BETWEEN),
    ("61 s ahead", IncidentKind.CLOCK_OFF, {"drift": timedelta(seconds=61)}, BAD),
    ("60 s behind", IncidentKind.CLOCK_OFF, {"drift": timedelta(seconds=-60)}, BETWEEN),
    ("30 s behind", IncidentKind.CLOCK_OFF, {"drift": timedelta(seconds=-30)}, WELL),
    ("of unknown drift", IncidentKind.CLOCK_OFF, {}, BETWEEN),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[1]}: {case[0]}")
def test_a_cause_is_bad_well_or_between(case: tuple[str, IncidentKind, dict[str, Any], IncidentState]) -> None:
    _, kind, facts, expected = case
    assert state(kind, **facts) is expected


LONG, SHORT = NOW - CALM, NOW - CALM + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("found", "stands", "calm_since", "expected"),
    [
        (BAD, False, None, IncidentStep.OPEN),
        (BETWEEN, False, None, IncidentStep.NOTHING),
        (WELL, False, None, IncidentStep.NOTHING),
        (BAD, True, None, IncidentStep.NOTHING),
        (BETWEEN, True, None, IncidentStep.NOTHING),
        (WELL, True, None, IncidentStep.CALM),
        (WELL, True, SHORT, IncidentStep.NOTHING),
        (WELL, True, LONG, IncidentStep.CLOSE),
        (WELL, True, NOW + timedelta(days=365), IncidentStep.CALM),
        (BAD, True, LONG, IncidentStep.UNREST),
        (BETWEEN, True, LONG, IncidentStep.UNREST),
    ],
)
def test_an_incident_ends_only_after_a_while_of_calm(
    found: IncidentState, stands: bool, calm_since: datetime | None, expected: IncidentStep
) -> None:
    assert next_step(found, stands=stands, calm_since=calm_since, now=NOW) is expected


def test_a_terminal_that_comes_and_goes_is_one_incident() -> None:
    opened = closed = 0
    stands, calm = False, None
    for minute in range(240):
        now = NOW + minute * MINUTE
        # Three minutes of failures, four of answers, again and again; then an hour of answers.
        bad = minute % 7 < 3 and minute < 180
        what = next_step(BAD if bad else WELL, stands=stands, calm_since=calm, now=now)
        opened, closed = opened + (what is IncidentStep.OPEN), closed + (what is IncidentStep.CLOSE)
        stands = what is IncidentStep.OPEN or (stands and what is not IncidentStep.CLOSE)
        calm = {IncidentStep.CALM: now, IncidentStep.UNREST: None, IncidentStep.CLOSE: None}.get(what, calm)

    assert (opened, closed, stands) == (1, 1, False)


@pytest.mark.parametrize(
    ("last", "longest", "expected"),
    [
        (NOW - MINUTE, MINUTE, WELL),
        (NOW - 2 * MINUTE, MINUTE, BAD),
        (None, MINUTE, BETWEEN),
        (NOW - 2 * MINUTE, timedelta(0), BETWEEN),
    ],
)
def test_what_should_happen_again_and_again_and_does_not(
    last: datetime | None, longest: timedelta, expected: IncidentState
) -> None:
    found = standstill(last, longest, NOW, "a terminal was last read")
    assert found.state is expected
    assert found.words == ("a terminal was last read 2 min ago" if expected is BAD else "")


def test_what_was_found_is_told_with_what_to_do() -> None:
    vitals = DeviceVitals(
        key=1,
        device="Gate",
        failures=4,
        error="192.0.2.1:4370: no answer. Check the cable.",
        records=950,
        capacity=1_000,
        pace=10,
        drift=timedelta(minutes=-3),
    )
    assert [one.words for one in findings(vitals, Limits(), NOW, polled=True)] == [
        "4 reads in a row failed, never answered yet. 192.0.2.1:4370: no answer. Check the cable.",
        "950 of 1,000 records, about 5 days left at the pace of late",
        "3 min behind",
    ]
