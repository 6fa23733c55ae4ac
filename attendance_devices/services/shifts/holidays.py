"""The public holidays of a country and year, from the `holidays` library, as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date
from importlib import import_module
from typing import Any

from attendance_devices.exceptions import HolidaysUnknown
from attendance_devices.models import Holiday
from attendance_devices.services.shifts.edit import save_shift_row


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicHoliday:
    """One holiday, and whether it was there before."""

    day: date
    name: str
    is_new: bool


def public_holidays(year: int, country: str, *, subdivision: str = "", office: str = "") -> Sequence[PublicHoliday]:
    """What `fill_holidays` would add. Raises `HolidaysUnknown`. Writes nothing."""
    found = sorted(_library(year, country.strip().upper(), subdivision).items())
    there = set(Holiday.objects.filter(office=office, date__year=year).values_list("date", flat=True))
    return [PublicHoliday(day=day, name=name, is_new=day not in there) for day, name in found]


def fill_holidays(year: int, country: str, *, subdivision: str = "", office: str = "") -> Sequence[PublicHoliday]:
    """Add the public holidays of a year; days that are there stay as they are. Their rows are derived again.

    :param country: two letters (ISO 3166-1). :param subdivision: as the library names it. :param office: ``""`` is all.
    """
    found = public_holidays(year, country, subdivision=subdivision, office=office)
    for one in found:
        if one.is_new:
            save_shift_row(Holiday(date=one.day, name=one.name[:200], office=office))
    return found


def _library(year: int, country: str, subdivision: str) -> dict[date, str]:
    if not MINYEAR <= year <= MAXYEAR:
        raise HolidaysUnknown(country, f"there is no year {year}")
    try:
        library = import_module("holidays")
    except ImportError as error:
        raise HolidaysUnknown(
            country, "the library is not installed", next_step="pip install django-attendance-devices[holidays]"
        ) from error
    try:
        known: Any = library.country_holidays(country, subdiv=subdivision or None, years=year)
    except NotImplementedError as error:
        raise HolidaysUnknown(country, str(error)) from error
    return {day: name for day, name in known.items() if day.year == year}
