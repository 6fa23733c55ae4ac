"""How long punches are kept."""

from datetime import date, timedelta

import pytest

from attendance_devices.domain.punches.retention import HeldBack, NeighbourDays, beside, last_to_go, why_held

TODAY = date(2024, 3, 1)


@pytest.mark.parametrize(("keep", "days"), [(1, 5), (4, 5), (5, 6), (30, 31), (36_500, 36_501)])
def test_the_last_day_to_go_is_one_more_ago_than_is_kept_and_never_too_near(keep: int, days: int) -> None:
    assert last_to_go(TODAY, keep) == TODAY - timedelta(days=days)


def test_two_days_on_either_side_belong_to_a_day() -> None:
    assert beside(TODAY) == [TODAY + timedelta(days=number) for number in (-2, -1, 0, 1, 2)]


@pytest.mark.parametrize(
    "why", [HeldBack.PENDING, HeldBack.OPEN, HeldBack.UNTOLD, HeldBack.LOCKED, HeldBack.REVIEW, HeldBack.UNREAD]
)
def test_each_reason_holds_by_itself(why: HeldBack) -> None:
    assert why_held(NeighbourDays(**{why.value: "because"})) == (why, "because")


def test_without_a_reason_they_may_go() -> None:
    assert why_held(NeighbourDays()) is None
