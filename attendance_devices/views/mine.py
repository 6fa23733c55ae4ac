"""My attendance: whoever is logged in sees the own days and why, and may ask for a correction."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from attendance_devices.domain.review.requests import asked_for
from attendance_devices.exceptions import AttendanceDevicesError, CorrectionError, RequestError, RequestInvalid
from attendance_devices.services.access.employees import name_of
from attendance_devices.services.corrections.requests import (
    facts_of,
    recent_requests,
    request_correction,
    withdraw_request,
)
from attendance_devices.services.explanations.explain import explain
from attendance_devices.views.base import here, needs, page
from attendance_devices.views.days import AskedMonth, day_context
from attendance_devices.views.months import month_context


@needs()
@require_safe
def month(request: HttpRequest) -> HttpResponse:
    """One's own month."""
    user = request.user
    asked = [(row, asked_for(facts_of(row))) for row in recent_requests(user.pk)]
    context = {"name": name_of(user), "person": user, "is_own": True, "requests": asked}
    return page(request, "mine.html", {**context, **month_context(request, user)})


@needs()
@require_http_methods(["GET", "HEAD", "POST"])
def day(request: HttpRequest, day: date) -> HttpResponse:
    """One's own day, and what is asked about it."""
    user = request.user
    asked = AskedMonth.of(request, user, day, explain(user.pk, day), is_own=True)
    if request.method != "POST":
        return _shown(request, asked)
    form = asked.form
    if form is None:
        messages.error(request, _("That punch cannot be corrected here: it is none of this day, or was corrected."))
        return HttpResponseRedirect(here("my_day", day))
    if not form.is_valid():
        return _shown(request, asked, status=422)
    try:
        request_correction(day, form.wanted, by=user)
    except (CorrectionError, RequestError) as error:
        form.add_error(None, f"{error.happened}. {error.advice}")
        return _shown(request, asked, status=422)
    messages.success(request, _("Asked. You will see the answer here."))
    return HttpResponseRedirect(here("my_day", day))


@needs()
@require_POST
def take_back(request: HttpRequest, asked: int) -> HttpResponse:
    """Withdraw what one asked for."""
    try:
        row = withdraw_request(asked, by=request.user)
        messages.success(request, _("Withdrawn."))
        return HttpResponseRedirect(here("my_day", row.date))
    except RequestInvalid as error:
        raise Http404(str(error)) from error
    except AttendanceDevicesError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(here("mine"))


def _shown(request: HttpRequest, asked: AskedMonth, *, status: int = 200) -> HttpResponse:
    context = {"is_own": True, "may_see_punches": True, **day_context(asked)}
    return page(request, "day.html", context, status=status)
