"""A day of one person: why it says what it says, and what a person corrects about it."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from attendance_devices.exceptions import AttendanceDevicesError, CorrectionError, NothingToCorrect
from attendance_devices.models import CorrectionRequest
from attendance_devices.services.access import permissions
from attendance_devices.services.corrections.edit_day import make_correction, plan_correction, undo_and_derive
from attendance_devices.services.explanations.explain import explain
from attendance_devices.services.explanations.text import shift_text
from attendance_devices.services.explanations.what_if import foresee
from attendance_devices.services.review.decide import decide_item
from attendance_devices.views.base import here, needs, page, visible_user
from attendance_devices.views.days import AskedMonth, day_context

VERBS = {"grant", "decline"}


@needs(permissions.VIEW_DAYS)
@require_http_methods(["GET", "HEAD", "POST"])
def day(request: HttpRequest, key: str, day: date) -> HttpResponse:
    """Why? And, for whoever may, a correction: looked at first, or made."""
    user = visible_user(request, key)
    asked = AskedMonth.of(request, user, day, explain(user.pk, day), may=permissions.CORRECT)
    if request.method != "POST":
        return _shown(request, asked)
    if not request.user.has_perm(permissions.CORRECT):
        raise PermissionDenied
    form = asked.form
    if form is None:
        messages.error(request, _("That punch cannot be corrected here: it is none of this day, or was corrected."))
        return HttpResponseRedirect(here("day", user.pk, day))
    if not form.is_valid():
        return _shown(request, asked, status=422)
    try:
        if request.POST.get("do") == "look":
            works = foresee(plan_correction(user, form.draft, by=request.user), day)
            becomes = [shift_text(work, form.walls.zone) for work in works]
            return _shown(request, asked, becomes=becomes)
        make_correction(user, form.draft, by=request.user)
    except CorrectionError as error:
        form.add_error(None, f"{error.happened}. {error.advice}")
        return _shown(request, asked, status=422)
    messages.success(request, _("Corrected. The day says so already; the next run tells the CRM."))
    return HttpResponseRedirect(here("day", user.pk, day))


@needs(permissions.VIEW_DAYS, permissions.UNDO)
@require_POST
def undo(request: HttpRequest, key: str, day: date, correction: int) -> HttpResponse:
    """Take a correction back."""
    user = visible_user(request, key)
    try:
        undo_and_derive(correction, user, by=request.user)
        messages.success(request, _("Undone. The day says again what it says without that correction."))
    except NothingToCorrect as error:
        raise Http404(str(error)) from error
    except CorrectionError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(here("day", user.pk, day))


@needs(permissions.VIEW_DAYS, permissions.CORRECT)
@require_POST
def decide(request: HttpRequest, key: str, day: date, asked: int) -> HttpResponse:
    """Answer what the employee asks for."""
    user, verb = visible_user(request, key), request.POST.get("do", "")
    if verb not in VERBS or not CorrectionRequest.objects.filter(pk=asked, user=user.pk, date=day).exists():
        raise Http404(_("There is no such request."))
    try:
        messages.success(
            request, decide_item(f"request:{asked}", verb, by=request.user, why=request.POST.get("answer", "")[:1_000])
        )
    except AttendanceDevicesError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(here("day", user.pk, day))


def _shown(request: HttpRequest, asked: AskedMonth, *, status: int = 200, **more: Any) -> HttpResponse:
    may = request.user.has_perm
    context = {
        "may_see_punches": may(permissions.VIEW_PUNCHES),
        "may_undo": may(permissions.UNDO),
        "may_correct": may(permissions.CORRECT),
        **day_context(asked),
        **more,
    }
    return page(request, "day.html", context, status=status)
