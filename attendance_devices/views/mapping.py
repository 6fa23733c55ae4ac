"""Mapping: who the users of the terminals are. What a decision changes is shown first, and then made."""

from collections.abc import Mapping as Map
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Page
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_tables2.paginators import LazyPaginator

from attendance_devices.models import Device, DeviceUser
from attendance_devices.services.access import permissions
from attendance_devices.services.access.employees import mapped_device_users, search_among
from attendance_devices.services.access.visibility import scope_of
from attendance_devices.services.mapping.decide import device_users_by_keys
from attendance_devices.services.mapping.suggestions import (
    UnmappedUser,
    employee_index,
    find_unmapped_users,
    with_suggestions,
)
from attendance_devices.services.review.mapping import (
    DECISIONS,
    MappingDecision,
    allowed_decisions,
    decide_mapping,
    outlooks,
)
from attendance_devices.views.base import here, needs, page
from attendance_devices.views.tables.mapped import MappedFilter, MappedTable

PER_PAGE, MOST_PER_PAGE = 25, 100
MOST_AT_ONCE = 50
TABS = {"waiting": "mapping.html", "mapped": "mapping_mapped.html", "ignored": "mapping.html"}


@require_safe
@needs(permissions.VIEW_DEVICE_USERS)
def mapping(request: HttpRequest) -> HttpResponse:
    """Who waits, who is mapped, or who is ignored: ``tab``; of one ``device``; with a text ``q``."""
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "waiting"
    text, device = request.GET.get("q", "").replace("\0", "").strip()[:100], _number(request.GET.get("device", ""))
    context: dict[str, Any] = {"tab": tab, "q": text, "device": device, "keep": _kept(request, "page")}
    context["devices"] = Device.objects.order_by("name").values_list("pk", "name")
    scope = scope_of(request.user)
    if tab == "mapped":
        table = MappedTable(MappedFilter(request.GET, mapped_device_users(scope)).qs, request.GET)
        return page(request, TABS[tab], {**context, "table": table, "rows": table.page})
    rows = _page(request, find_unmapped_users(device=device, text=text, ignored=tab == "ignored"))
    shown: Sequence[UnmappedUser] = with_suggestions(list(rows), scope) if tab == "waiting" else list(rows)
    return page(request, TABS[tab], {**context, "rows": rows, "shown": shown, "may": allowed_decisions(request.user)})


@require_safe
@needs(permissions.VIEW_DEVICE_USERS)
def stranger(request: HttpRequest, key: int) -> HttpResponse:
    """One unmapped user of a terminal, and a search for who it is: ``q``."""
    found = find_unmapped_users(key=key, ignored=None)
    if not found:
        raise Http404(_("There is no such user of a terminal, or it is mapped."))
    scope, text = scope_of(request.user), request.GET.get("q", "").replace("\0", "").strip()[:100]
    everybody = employee_index(scope)
    (one,) = with_suggestions(found, scope, most=8, people=everybody)
    people = search_among(everybody.users, text) if text else ()
    return page(
        request, "stranger.html", {"one": one, "q": text, "people": people, "may": allowed_decisions(request.user)}
    )


# What was decided about one has to stand, whatever becomes of the next.
@transaction.non_atomic_requests
@require_http_methods(["GET", "HEAD", "POST"])
@needs(permissions.VIEW_DEVICE_USERS, permissions.MAP)
def plan(request: HttpRequest) -> HttpResponse:
    """What ``action`` would change for each ``user`` (and the employee ``to-<user>``); a POST makes it so."""
    given = request.POST if request.method == "POST" else request.GET
    decision = DECISIONS.get(given.get("action", ""))
    if decision is None:
        raise BadRequest(_("Nothing can be decided under this name."))
    if decision.name not in allowed_decisions(request.user):
        raise PermissionDenied
    users = device_users_by_keys(given.getlist("user"))[:MOST_AT_ONCE]
    employees = {user.pk: given.get(f"to-{user.pk}", "") for user in users}
    if request.method == "POST":
        return _settled(request, decision, users, employees)
    if not users:
        messages.error(request, _("Choose one user of a terminal or more."))
        return HttpResponseRedirect(here("mapping"))
    found = outlooks(decision, users, employees, by=request.user)
    context = {"decision": decision, "found": found, "is_possible": any(not one.problem for one in found)}
    return page(request, "mapping_plan.html", context)


def _settled(
    request: HttpRequest, decision: MappingDecision, users: Sequence[DeviceUser], employees: Map[int, str]
) -> HttpResponse:
    done = decide_mapping(decision, users, employees, by=request.user)
    for words in done.errors:
        messages.error(request, words)
    for words in done.words:
        messages.success(request, words)
    if done.days:
        messages.info(request, done.days)
    return HttpResponseRedirect(here("mapping"))


def _page(request: HttpRequest, rows: Any) -> Page[Any]:
    size = _number(request.GET.get("per_page", "")) or PER_PAGE
    paginator = LazyPaginator(rows, max(1, min(size, MOST_PER_PAGE)))
    found: Page[Any] = paginator.get_page(_number(request.GET.get("page", "")) or 1)
    return found


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _kept(request: HttpRequest, *without: str) -> str:
    """The query of the address, but for some of it: for links to other pages of the same list."""
    query: QueryDict = request.GET.copy()
    for name in without:
        query.pop(name, None)
    return query.urlencode()
