"""Pauses grow, end at the longest, and are never the same for all."""

import pytest

from attendance_devices.services.live.timing import Timing


@pytest.mark.parametrize(
    ("failures", "longest"),
    [
        pytest.param(1, 1, id="the first failure waits up to a second"),
        pytest.param(4, 8, id="each further one twice as long"),
        pytest.param(7, 60, id="and no longer than a minute"),
        pytest.param(10_000, 60, id="however often it failed"),
    ],
)
def test_a_pause_lies_between_half_of_it_and_all(failures: int, longest: float) -> None:
    pauses = {Timing().retry(failures) for _ in range(50)}

    assert all(longest / 2 <= pause <= longest for pause in pauses)
    assert len(pauses) > 1


def test_a_lease_outlasts_the_look_that_is_under_way_and_the_one_that_renews_it() -> None:
    timing = Timing()

    assert timing.lease.total_seconds() >= timing.look + timing.wait
    assert timing.lease.total_seconds() >= 2 * timing.safety
