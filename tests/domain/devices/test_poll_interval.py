"""When a terminal is tried next."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_devices.domain.devices.poll_interval import PollPace, after_failure, after_success, is_due, share_of

NOW = datetime(2026, 3, 2, 9, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PACE = PollPace(interval=5 * MINUTE, longest=60 * MINUTE, share=0.25)
INTERVALS = st.integers(min_value=1, max_value=1440).map(lambda minutes: minutes * MINUTE)
SHARES = st.floats(min_value=0, max_value=1, exclude_max=True)
MOMENTS = st.datetimes(min_value=datetime(1999, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, INTERVALS, SHARES)
def test_the_next_turn_comes_within_one_interval(ended: datetime, interval: timedelta, share: float) -> None:
    turn = after_success(ended, PollPace(interval=interval, longest=interval, share=share))
    assert timedelta(0) < turn - ended <= interval


@given(st.lists(st.floats(min_value=0, max_value=0.999), min_size=3, max_size=30), INTERVALS, SHARES)
def test_however_late_polls_begin_and_end_the_turns_stay_on_their_grid(
    late: list[float], interval: timedelta, share: float
) -> None:
    pace = PollPace(interval=interval, longest=interval, share=share)
    first = turn = after_success(NOW, pace)
    for number, part in enumerate(late, start=1):
        turn = after_success(turn + part * interval, pace)
        assert turn == first + number * interval


def test_a_poll_longer_than_the_interval_leaves_turns_out_and_makes_none_up() -> None:
    first = after_success(NOW, PACE)
    assert after_success(first + 17 * MINUTE, PACE) == first + 20 * MINUTE


def test_a_thousand_terminals_have_their_turns_all_over_the_interval() -> None:
    turns = [
        after_success(NOW, PollPace(interval=5 * MINUTE, longest=MINUTE, share=share_of(key))) for key in range(1000)
    ]
    for minute in range(5):
        inside = [turn for turn in turns if NOW + minute * MINUTE < turn <= NOW + (minute + 1) * MINUTE]
        assert 195 <= len(inside) <= 205


@pytest.mark.parametrize(
    ("failures", "retryable", "jitter", "minutes"),
    [
        pytest.param(1, True, 0.0, 5, id="after the first failure an interval later"),
        pytest.param(2, True, 0.0, 10, id="twice as late after the second"),
        pytest.param(4, True, 0.0, 40, id="and again"),
        pytest.param(5, True, 0.0, 60, id="but never later than the longest wait"),
        pytest.param(10_000, True, 0.0, 60, id="however often it failed"),
        pytest.param(5, True, 1.0, 45, id="jitter takes at most a quarter off"),
        pytest.param(1, False, 0.0, 60, id="what only a person can mend waits the longest at once"),
        pytest.param(0, True, 0.0, 5, id="a count that is none is the first"),
    ],
)
def test_back_off(failures: int, retryable: bool, jitter: float, minutes: float) -> None:
    found = after_failure(NOW, PACE, failures=failures, retryable=retryable, jitter=jitter)
    assert found == NOW + minutes * MINUTE


def test_back_off_never_makes_a_rare_poll_more_frequent() -> None:
    rare = PollPace(interval=240 * MINUTE, longest=60 * MINUTE)
    assert after_failure(NOW, rare, failures=3, retryable=True, jitter=0) == NOW + 240 * MINUTE


@pytest.mark.parametrize(
    ("next_attempt", "failures", "due"),
    [
        pytest.param(None, 0, True, id="never tried"),
        pytest.param(NOW, 0, True, id="now"),
        pytest.param(NOW + MINUTE, 0, False, id="in a minute"),
        pytest.param(NOW + 5 * MINUTE, 0, False, id="in an interval"),
        pytest.param(NOW + 6 * MINUTE, 0, True, id="later than any wait: another clock said so, or another interval"),
        pytest.param(NOW + 60 * MINUTE, 3, False, id="in an hour, after failures"),
        pytest.param(NOW + 61 * MINUTE, 3, True, id="later than any wait after failures"),
    ],
)
def test_is_it_time(next_attempt: datetime | None, failures: int, due: bool) -> None:
    assert is_due(next_attempt, NOW, PACE, failures=failures) is due
