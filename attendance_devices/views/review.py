"""The review inbox: what waits for a person, and one decision after the other."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from attendance_devices.exceptions import ActionNotAllowed, AttendanceDevicesError, ItemClosed
from attendance_devices.services.access import permissions
from attendance_devices.services.access.visibility import scope_of
from attendance_devices.services.review.decide import decide_item
from attendance_devices.services.review.inbox.items import MOST
from attendance_devices.services.review.page import ShownItem, employee_candidates, find_shown_item, review_page
from attendance_devices.views.base import here, needs, page
from attendance_devices.views.forms.decision import DecisionForm


@require_safe
@needs(permissions.VIEW_PUNCHES)
def review(request: HttpRequest) -> HttpResponse:
    """All that waits, a tab for each kind."""
    asked = request.GET.get("limit", "")
    limit = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 5 else MOST
    found = review_page(request.user, kind=request.GET.get("kind", ""), limit=limit)
    return page(request, "review.html", {"waiting": found, **_links(request)})


# A terminal or the CRM may have a say in a decision: what was done before an error stays done.
@transaction.non_atomic_requests
@require_http_methods(["GET", "HEAD", "POST"])
@needs(permissions.VIEW_PUNCHES)
def review_item(request: HttpRequest) -> HttpResponse:
    """One item; with ``do`` the form of one of its actions."""
    shown = find_shown_item(request.user, request.GET.get("key", ""))
    if shown is None:
        return _gone(request)
    verb = request.GET.get("do", "")
    action = shown.action(verb)
    if request.method != "POST":
        form = DecisionForm(shown.item, action, scope_of(request.user)) if action else None
        return _item(request, shown, form=form)
    if action is None and shown.item.action(verb):
        raise PermissionDenied
    if action is None:
        return _item(request, shown, error=_("This cannot be done about it (any more)."), status=422)
    return _decide(request, shown, DecisionForm(shown.item, action, scope_of(request.user), request.POST))


@require_safe
@needs(permissions.VIEW_PUNCHES)
def review_people(request: HttpRequest) -> HttpResponse:
    """Who may be meant by what is typed so far: a part of the form."""
    found = employee_candidates(request.GET.get("who", "")[:200], scope_of(request.user))
    return page(request, "review/_candidates.html", {"candidates": found})


def _decide(request: HttpRequest, shown: ShownItem, form: DecisionForm) -> HttpResponse:
    if not form.is_valid():
        return _item(request, shown, form=form, status=422)
    try:
        words = decide_item(shown.item.key, form.action.verb, by=request.user, **form.given)
    except ItemClosed:
        return _gone(request)
    except ActionNotAllowed as error:
        raise PermissionDenied from error
    except AttendanceDevicesError as error:
        return _item(request, shown, form=form, error=str(error), status=422)
    return _done(request, shown, words)


def _done(request: HttpRequest, shown: ShownItem, words: str) -> HttpResponse:
    """What was done; an item that is still there after it is shown again."""
    if not request.headers.get("HX-Request"):
        messages.success(request, words, fail_silently=True)
        return HttpResponseRedirect(f"{here('review')}?kind={shown.item.kind}")
    left, counted = (
        find_shown_item(request.user, shown.item.key),
        review_page(request.user, kind=shown.item.kind, limit=1),
    )
    context = {"words": words, "shown": left, "waiting": counted, **_links(request)}
    return page(request, "review/_done.html", context)


def _gone(request: HttpRequest) -> HttpResponse:
    """Closed meanwhile, or never there for this viewer: nobody learns which."""
    if request.headers.get("HX-Request"):
        return page(request, "review/_gone.html")
    return page(request, "review/gone.html", status=404)


def _item(
    request: HttpRequest, shown: ShownItem, *, form: DecisionForm | None = None, error: str = "", status: int = 200
) -> HttpResponse:
    template = "review/_item.html" if request.headers.get("HX-Request") else "review/item.html"
    context = {"shown": shown, "form": form, "error": error, **_links(request)}
    return page(request, template, context, status=status)


def _links(request: HttpRequest) -> dict[str, Any]:
    """Where this viewer may go from an item: a link to a page that is closed to them helps nobody."""
    return {
        "item_url": here("review_item"),
        "may_days": request.user.has_perm(permissions.VIEW_DAYS),
        "may_devices": request.user.has_perm(permissions.VIEW_DEVICES),
    }
