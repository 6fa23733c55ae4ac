"""Two places too far apart for the time between two punches."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from attendance_devices.domain.days.pairing import DayPunch, Spot
from attendance_devices.domain.days.travel import distance_km, impossible_journeys

KARACHI, LAHORE, NEXT_DOOR = (24.8607, 67.0011), (31.5204, 74.3587), (24.8650, 67.0050)
ZONE = ZoneInfo("Asia/Karachi")
NINE = datetime(2024, 1, 8, 4, tzinfo=UTC)


def tap(minutes: float, spot: Spot | None, place: str = "") -> DayPunch:
    return DayPunch(key=int(minutes), at=NINE + timedelta(minutes=minutes), place=place, spot=spot)


def test_a_thousand_kilometres_in_an_hour_are_told_in_the_zone_of_the_day() -> None:
    taps = [tap(0, KARACHI, "South"), tap(60, LAHORE, "North")]
    words = "South 09:00:00 and North 10:00:00: 1,033 km apart, faster than 150 km/h"
    assert list(impossible_journeys(taps, 150, ZONE)) == [words]
    assert list(impossible_journeys(taps, 2000, ZONE)) == []


def test_the_way_takes_its_time_and_no_more() -> None:
    hours = distance_km(KARACHI, LAHORE) / 150
    assert list(impossible_journeys([tap(0, KARACHI), tap(hours * 60 + 1, LAHORE)], 150, ZONE)) == []
    assert len(list(impossible_journeys([tap(0, KARACHI), tap(hours * 60 - 1, LAHORE)], 150, ZONE))) == 1


def test_terminals_of_one_site_are_never_too_far_apart() -> None:
    assert distance_km(KARACHI, NEXT_DOOR) < 1
    assert list(impossible_journeys([tap(0, KARACHI), tap(0, NEXT_DOOR)], 150, ZONE)) == []


def test_two_cities_at_the_same_moment() -> None:
    assert len(list(impossible_journeys([tap(0, KARACHI), tap(0, LAHORE)], 150, ZONE))) == 1


def test_terminals_without_a_place_are_passed_over() -> None:
    taps = [tap(0, KARACHI, "South"), tap(30, None, "Somewhere"), tap(60, LAHORE, "North")]
    assert len(list(impossible_journeys(taps, 150, ZONE))) == 1
    assert list(impossible_journeys([tap(0, None), tap(1, LAHORE)], 150, ZONE)) == []
    assert list(impossible_journeys([], 150, ZONE)) == []


def test_there_and_back_are_two_journeys() -> None:
    taps = [tap(0, KARACHI), tap(1, KARACHI), tap(10, LAHORE), tap(20, KARACHI)]
    assert len(list(impossible_journeys(taps, 150, ZONE))) == 2


@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [
        (KARACHI, KARACHI, 0),
        ((0.0, 0.0), (0.0, 180.0), 20_015),
        ((90.0, 0.0), (-90.0, 123.0), 20_015),
        ((0.0, 179.9), (0.0, -179.9), 22),
        (KARACHI, LAHORE, 1033),
    ],
)
def test_the_distance_is_that_along_the_surface(one: Spot, other: Spot, kilometres: float) -> None:
    assert distance_km(one, other) == pytest.approx(kilometres, abs=1)
    assert distance_km(other, one) == pytest.approx(distance_km(one, other))
