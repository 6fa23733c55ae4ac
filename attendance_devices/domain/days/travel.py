"""Two places too far apart for the time between two punches."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

from attendance_devices.domain.days.pairing import DayPunch, Spot

EARTH_RADIUS = 6371.0
"""Mean, in kilometres."""
SAME_SITE = 1.0
"""Kilometres; clocks of two terminals of one site may differ by more than the way between them takes."""


def impossible_journeys(taps: Sequence[DayPunch], speed: float, zone: tzinfo) -> Iterator[str]:
    """Each way that nobody travels so fast, in words. :param taps: in order. :param speed: in km/h."""
    placed = [tap for tap in taps if tap.spot is not None]
    for one, other in pairwise(placed):
        if one.spot is None or other.spot is None or one.spot == other.spot:
            continue
        way, hours = distance_km(one.spot, other.spot), (other.at - one.at).total_seconds() / 3600
        if way > SAME_SITE and way > speed * hours:
            when = " and ".join(f"{tap.place} {tap.at.astimezone(zone):%H:%M:%S}" for tap in (one, other))
            yield f"{when}: {way:,.0f} km apart, faster than {speed:g} km/h"


def distance_km(one: Spot, other: Spot) -> float:
    """Kilometres along the surface (haversine formula)."""
    (north, east), (far_north, far_east) = ((radians(part) for part in spot) for spot in (one, other))
    half = sin((far_north - north) / 2) ** 2 + cos(north) * cos(far_north) * sin((far_east - east) / 2) ** 2
    return 2 * EARTH_RADIUS * asin(min(1.0, sqrt(half)))
