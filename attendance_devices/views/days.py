"""What the pages about one day share: that of whoever may look, and one's own."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.reports.months import Month
from attendance_devices.domain.review.requests import asked_for
from attendance_devices.services.access.employees import name_of
from attendance_devices.services.corrections.requests import facts_of, requests_of
from attendance_devices.services.devices.local_time import today
from attendance_devices.services.explanations.explain import Explanation
from attendance_devices.services.explanations.places import punch_places_of
from attendance_devices.services.explanations.text import ExplanationText, PunchText, explanation_text
from attendance_devices.views.forms.punch import PunchForm

NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedMonth:
    """A day that is asked for, and the punch of it that is to be corrected."""

    user: Any
    day: date
    found: Explanation
    why: ExplanationText
    form: PunchForm | None
    """None where nothing is to be corrected, or cannot be."""
    line: PunchText | None
    """The punch that the form is about; None of one to be added."""

    @classmethod
    def of(
        cls, request: HttpRequest, user: Any, day: date, found: Explanation, *, may: str = "", is_own: bool = False
    ) -> "AskedMonth":
        """:param may: the right that correcting takes; empty: whoever may see the day may ask."""
        told = explanation_text(found)
        given = request.POST.get("punch") or request.GET.get("punch", "")
        lines = [line for shift in told.shifts for line in shift.lines if line.log is not None]
        line = next((line for line in lines if str(line.log) == given), None)
        is_meant = (given == NEW or line is not None) and found.sealed_at is None
        form = None
        if is_meant and (not may or request.user.has_perm(may)):
            data = request.POST if request.method == "POST" else None
            log, usual = (line.log, {"kind": "change"}) if line else (None, missing_end(found))
            form = PunchForm(data, day=day, walls=punch_places_of(found), log=log, is_own=is_own, usual=usual)
        return cls(user=user, day=day, found=found, why=told, form=form, line=line)


def missing_end(found: Explanation) -> dict[str, Any]:
    """Which punch a day lacks, and on which date it would have been made: a night ends on the next."""
    zone = ZoneInfo(found.zone)
    for work in found.work_days:
        if work.status is DayStatus.MISSING_CHECK_OUT:
            end = work.shift.ends(work.date, zone) - timedelta(seconds=1)
            return {"punch_type": "out", "shown_on": end.astimezone(zone).date()}
        if work.status is DayStatus.MISSING_CHECK_IN:
            return {"punch_type": "in", "shown_on": work.date}
    return {"shown_on": found.work_day.date}


def day_context(asked: AskedMonth) -> dict[str, Any]:
    """Everything that both pages show."""
    rows = requests_of(asked.user.pk, asked.day, asked.day)
    return {
        "person": asked.user,
        "name": name_of(asked.user),
        "why": asked.why,
        "found": asked.found,
        "form": asked.form,
        "line": asked.line,
        "punch": str(asked.line.log) if asked.line else NEW,
        "requests": [(row, asked_for(facts_of(row))) for row in rows],
        "month": Month.of(asked.day),
        "before": asked.day - timedelta(days=1),
        "after": asked.day + timedelta(days=1) if asked.day < today() else None,
        "is_sealed": asked.found.sealed_at is not None,
    }
