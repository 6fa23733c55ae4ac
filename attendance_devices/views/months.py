"""What the pages about the month of one person share: that of whoever may look, and one's own."""

from typing import Any

from django.http import HttpRequest
from django.utils.formats import get_format

from attendance_devices.domain.reports.months import Month
from attendance_devices.services.devices.local_time import today
from attendance_devices.services.display.badges import LEGEND
from attendance_devices.services.explanations.explain import mapping_reasons_of
from attendance_devices.services.reports.month import months_of
from attendance_devices.services.shifts.month import shift_periods

MONDAY = 1
"""As Django numbers it; Sunday is 0."""


def month_of(request: HttpRequest) -> Month:
    """The one that is asked for; this one for what is none."""
    return Month.named(request.GET.get("month", "")) or Month.of(today())


def month_context(request: HttpRequest, user: Any) -> dict[str, Any]:
    """The calendar of a person, and what stands beside it."""
    month = month_of(request)
    first_weekday = (get_format("FIRST_DAY_OF_WEEK") - MONDAY) % 7
    return {
        "month": month,
        "this_month": Month.of(today()),
        "found": months_of([user.pk], month)[user.pk],
        "blanks": range(month.blanks(first_weekday)),
        "week": [month.days[(first_weekday - month.first.weekday()) % 7 + number] for number in range(7)],
        "duties": shift_periods(user.pk, month),
        "mapped": mapping_reasons_of(user.pk),
        "legend": LEGEND,
    }
