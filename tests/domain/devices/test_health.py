"""How a terminal is judged: from values, in words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from attendance_devices.domain.devices.health import DeviceVitals, Health, HealthTopic, Level, Limits, judge_health

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
LIMITS = Limits()


def seen(limits: Limits = LIMITS, **facts: Any) -> Health:
    usual = {"last_contact": NOW - MINUTE, "last_compared": NOW - HOUR, "drift": timedelta(0)}
    return judge_health(DeviceVitals(key=1, device="Gate", **usual | facts), limits, NOW)


def said(about: HealthTopic, **facts: Any) -> tuple[str, str]:
    (sign,) = [sign for sign in seen(**facts).signs if sign.about is about]
    return sign.level.value, sign.words


def test_a_terminal_that_is_read_is_well() -> None:
    found = seen(records=10, capacity=100, pace=1)

    assert found.level is Level.OK
    assert [sign.words for sign in found.signs] == [
        "last heard 1 min ago",
        "clock right",
        "10 % full, about 90 days left",
        "whole log compared 1 h ago",
    ]
    assert (found.silent_since, found.compared_age) == (None, HOUR)


CASES = [
    ("never read", HealthTopic.CONTACT, {"last_contact": None}, "warn", "never read"),
    ("one failure", HealthTopic.CONTACT, {"failures": 1}, "warn", "failed 1 in a row, last heard 1 min ago"),
    ("too many failures", HealthTopic.CONTACT, {"failures": 3}, "alarm", "failed 3 in a row, last heard 1 min ago"),
    ("silent for just so long", HealthTopic.CONTACT, {"last_contact": NOW - HOUR}, "ok", "last heard 1 h ago"),
    (
        "silent for longer",
        HealthTopic.CONTACT,
        {"last_contact": NOW - 61 * MINUTE},
        "alarm",
        "last heard 1 h 1 min ago",
    ),
    (
        "read seldom on purpose",
        HealthTopic.CONTACT,
        {"last_contact": NOW - 5 * HOUR, "interval": 2 * HOUR},
        "ok",
        "last heard 5 h ago",
    ),
    ("a clock at the limit", HealthTopic.CLOCK, {"drift": -MINUTE}, "ok", "clock right"),
    ("a clock behind", HealthTopic.CLOCK, {"drift": -2 * MINUTE}, "warn", "clock 2 min behind"),
    ("a clock far ahead", HealthTopic.CLOCK, {"drift": timedelta(days=3)}, "alarm", "clock 3 days ahead"),
    ("nearly full", HealthTopic.ROOM, {"records": 90, "capacity": 100}, "warn", "90 % full"),
    ("not quite", HealthTopic.ROOM, {"records": 89, "capacity": 100}, "ok", "89 % full"),
    (
        "soon full",
        HealthTopic.ROOM,
        {"records": 50, "capacity": 100, "pace": 10},
        "warn",
        "50 % full, about 5 days left",
    ),
    (
        "over full",
        HealthTopic.ROOM,
        {"records": 101, "capacity": 100, "pace": 1},
        "warn",
        "101 % full, full within a day",
    ),
    ("never compared", HealthTopic.COVERAGE, {"last_compared": None}, "warn", "whole log never compared"),
    (
        "compared long ago",
        HealthTopic.COVERAGE,
        {"last_compared": NOW - 49 * HOUR},
        "warn",
        "whole log compared 2 days 1 h ago",
    ),
    (
        "records that are nowhere",
        HealthTopic.COVERAGE,
        {"compared": 10, "missing": 2},
        "alarm",
        "2 of 10 records not stored when the whole log was compared",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_each_sign_has_its_level_and_words(case: tuple[str, HealthTopic, dict[str, Any], str, str]) -> None:
    _, about, facts, level, words = case
    assert said(about, **facts) == (level, words)


def test_the_worst_sign_counts_and_a_terminal_that_is_switched_off_has_none() -> None:
    bad = {"failures": 9, "drift": HOUR}
    assert seen(**bad).level is Level.ALARM
    off = seen(is_active=False, **bad)
    assert (off.level, [sign.words for sign in off.signs], off.silent_since) == (Level.OK, ["switched off"], None)


def test_silence_says_since_when_and_no_limit_means_none() -> None:
    long_ago = NOW - 100 * HOUR
    assert seen(last_contact=long_ago).silent_since == long_ago
    assert seen(Limits(silence=timedelta(0)), last_contact=long_ago).level is Level.OK
    assert seen(Limits(compared=timedelta(0)), last_compared=long_ago).level is Level.OK


def test_what_nobody_knows_is_not_judged() -> None:
    found = seen(drift=None, last_contact=None, last_compared=None)

    assert [sign.about for sign in found.signs] == [HealthTopic.CONTACT]
    assert (found.vitals.used, found.vitals.days_until_full, found.vitals.coverage) == (None, None, None)


@pytest.mark.parametrize(
    ("facts", "used", "days", "coverage"),
    [
        ({"records": 0, "capacity": 0}, None, None, None),
        ({"records": 5, "capacity": 10}, 0.5, None, None),
        ({"records": 5, "capacity": 10, "pace": 0.5}, 0.5, 10.0, None),
        ({"records": 20, "capacity": 10, "pace": 2}, 2.0, 0.0, None),
        ({"compared": 0, "missing": 0}, None, None, 1.0),
        ({"compared": 8, "missing": 2}, None, None, 0.75),
    ],
)
def test_the_figures(facts: dict[str, Any], used: float | None, days: float | None, coverage: float | None) -> None:
    found = DeviceVitals(key=1, device="Gate", **facts)
    assert (found.used, found.days_until_full, found.coverage) == (used, days, coverage)
