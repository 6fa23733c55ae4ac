"""A write in words: what would be done, and what was."""

from datetime import datetime, timedelta

import pytest

from attendance_devices.domain.devices.writes import ClockSet, LogCleared, Restarted, clock_text


def clock(shown: datetime | None, target: str = "09:58:11", left: int | None = None) -> str:
    at = datetime.fromisoformat(f"2026-05-04T{target}")
    after = None if left is None else timedelta(seconds=left)
    return ClockSet(device="Gate 1", shown=shown, target=at, left=after).words


def may(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-05-04T{text}")


def test_a_clock_that_is_ahead_would_be_set_back_and_some_times_come_twice() -> None:
    assert clock(may("10:02:07")) == (
        "the clock of Gate 1 shows 10:02:07, would be set to 09:58:11 (3 min 56 s back); "
        "the times from 09:58:11 to 10:02:07 come a second time"
    )


def test_a_clock_that_is_behind_would_be_set_ahead() -> None:
    assert clock(may("09:58:01")) == "the clock of Gate 1 shows 09:58:01, would be set to 09:58:11 (10 s ahead)"


def test_another_day_is_said_with_its_date() -> None:
    assert clock(datetime(2000, 1, 1, 0, 3)) == (
        "the clock of Gate 1 shows 2000-01-01 00:03:00, would be set to 2026-05-04 09:58:11 (9,620 days ahead)"
    )


def test_a_clock_without_a_date_is_set_all_the_same() -> None:
    assert clock(None) == "the clock of Gate 1 shows no date, would be set to 2026-05-04 09:58:11"
    assert clock(None, left=0) == (
        "the clock of Gate 1 showed no date, was set to 2026-05-04 09:58:11, and is right now"
    )


@pytest.mark.parametrize(
    ("left", "said"), [(0, "right now"), (1, "right now"), (-3, "3 s behind now"), (4, "4 s ahead now")]
)
def test_afterwards_it_says_how_far_it_is_off(left: int, said: str) -> None:
    assert clock(may("10:02:07"), left=left) == (
        f"the clock of Gate 1 showed 10:02:07, was set to 09:58:11 (3 min 56 s back), and is {said}"
    )


def test_a_clock_that_is_right_is_left_as_it_is() -> None:
    assert clock(may("09:58:10")) == "the clock of Gate 1 shows 09:58:10, which is right: it is left as it is"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59, "59 s"), (236, "3 min 56 s"), (7500, "2 h 5 min"), (2 * 86400, "2 days"), (-61, "1 min 1 s")],
    ids=str,
)
def test_a_length_is_spelled(seconds: int, said: str) -> None:
    assert clock_text(timedelta(seconds=seconds)) == said


def test_a_log_says_what_it_holds_and_for_how_long_nobody_can_punch() -> None:
    plan = LogCleared(device="Gate 1", records=12345, seconds=7.4)
    assert plan.words == "Gate 1: 12,345 records, all stored, would be cleared; nobody can punch there for about 7 s"
    done = LogCleared(device="Gate 1", records=1, seconds=0, cleared=True)
    assert done.words == "Gate 1: 1 record, all stored, was cleared"


def test_a_restart_says_whether_it_answered() -> None:
    assert Restarted(device="G").words == "G would be restarted; nobody can punch there for about a minute"
    assert "took the order" in Restarted(device="G", answered=True).words
    assert "went without an answer, as most do" in Restarted(device="G", answered=False).words
