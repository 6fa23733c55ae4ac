"""The line of the last days: a gap where nobody knows, and never a zero for it."""

from datetime import date, timedelta

import pytest

from attendance_devices.domain.dashboard.trend import PastDay, trend

MONDAY = date(2024, 1, 8)


def days(*counts):
    """(came, absent, unknown, off) of each day."""
    names = ("came", "absent", "unknown", "off")
    return [
        PastDay(day=MONDAY + timedelta(days=number), **dict(zip(names, one, strict=False)))
        for number, one in enumerate(counts)
    ]


@pytest.mark.parametrize(
    ("counts", "path"),
    [
        ([(4, 0), (2, 2), (0, 4)], "M0.0 0.0h0L50.0 5.0L100.0 10.0"),
        ([(4, 0), (0, 0, 4), (4, 0)], "M0.0 0.0h0M100.0 0.0h0"),
        ([(4, 0), (), (2, 2), (3, 1)], "M0.0 0.0h0M66.7 5.0h0L100.0 2.5"),
        ([(4, 0), (0, 0, 0, 4), (2, 2)], "M0.0 0.0h0L100.0 5.0"),
        ([(), (), (4, 0), (2, 2)], "M0.0 0.0h0L100.0 5.0"),
        ([(4, 0)], "M0.0 0.0h0"),
        ([], ""),
        ([(), (0, 0, 3)], ""),
    ],
)
def test_the_line_is_broken_where_nobody_knows_and_leaves_out_days_off(counts, path):
    assert trend(days(*counts)).path(100, 10) == path


def test_a_day_of_which_less_than_half_is_known_is_not_known():
    mostly, hardly = days((10, 2, 5), (3, 1, 5))
    assert mostly.share == pytest.approx(10 / 12)
    assert hardly.share is None


def test_a_day_on_which_all_were_absent_is_a_zero():
    assert days((0, 5))[0].share == 0.0


def test_somebody_who_came_on_a_day_off_makes_it_a_day():
    assert not days((1, 0, 0, 30))[0].is_off
    assert days((0, 0, 0, 30))[0].is_off
    assert not days(())[0].is_off


def test_the_words_count_people_and_not_days():
    found = trend(days((9, 1), (1, 1), (0, 0, 5)))
    assert found.mean == pytest.approx(10 / 12)
    assert found.lowest is found.days[1]
    assert found.gaps == 1
    assert trend([]).mean == 0
    assert trend([]).lowest is None
