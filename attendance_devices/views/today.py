"""Today: who is here, who is not, and of whom nobody can tell; and earlier days as they ended."""

import json
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from attendance_devices.services.access import permissions
from attendance_devices.services.dashboard.today import BoardFilter, TodayPage, show_today
from attendance_devices.services.devices.local_time import today as this_day
from attendance_devices.services.display.spreadsheets import FORMATS, spreadsheet_of
from attendance_devices.views.base import needs, page
from attendance_devices.views.tables.today import TodayTable


@require_safe
@needs(permissions.VIEW_DASHBOARD)
def today(request: HttpRequest) -> HttpResponse:
    """The board; for htmx its moving part, and 304 as long as that is the same."""
    is_part = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Target") == "ad-board"
    given = request.headers.get("If-None-Match", "") if is_part else ""
    shown = show_today(request.user, _wanted(request), query=request.GET.urlencode(), given=given)
    if shown is None:
        return HttpResponseNotModified()
    table = TodayTable(shown.people, request.GET)
    if "_export" in request.GET:
        return _file(request, shown, table)
    table.cut()
    answer = page(request, "_board.html" if is_part else "today.html", _context(request, shown, table))
    patch_vary_headers(answer, ["HX-Request", "HX-Target"])
    return answer


def _context(request: HttpRequest, shown: TodayPage, table: TodayTable) -> dict[str, Any]:
    leaf = table.page
    return {
        "shown": shown,
        "table": table,
        "address": request.get_full_path(),
        "tabs": [{"tab": tab, "query": table.query_with(state=tab.state)} for tab in shown.tabs],
        "headers": json.dumps({"If-None-Match": shown.etag}),
        "pages": leaf.paginator.num_pages,
        "before": table.query_with(page=str(leaf.previous_page_number())) if leaf.has_previous() else "",
        "after": table.query_with(page=str(leaf.next_page_number())) if leaf.has_next() else "",
        "files": [(kind.upper(), table.query_with(_export=kind)) for kind in FORMATS],
        "may_export": request.user.has_perm(permissions.EXPORT),
        "names_people": request.user.has_perm(permissions.VIEW_DAYS),
        "yesterday": None if shown.wanted.day else shown.board.day - timedelta(days=1),
    }


def _wanted(request: HttpRequest) -> BoardFilter:
    given = {name: request.GET.get(name, "") for name in ("office", "department", "state")}
    return BoardFilter(**given, text=request.GET.get("q", ""), day=_day(request.GET.get("date", "")))


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Http404(_("That is no date; write it as 2026-11-20.")) from error
    if day > this_day():
        raise Http404(_("That day has not come yet."))
    return None if day == this_day() else day


def _file(request: HttpRequest, shown: TodayPage, table: TodayTable) -> HttpResponse:
    """Exactly what is shown, all pages of it."""
    kind = request.GET["_export"]
    if kind not in FORMATS:
        raise Http404(_("There are files of these kinds: %(kinds)s.") % {"kinds": ", ".join(FORMATS)})
    if not request.user.has_perm(permissions.EXPORT):
        raise PermissionDenied
    name = f"{shown.board.day:%Y-%m-%d}"
    answer = HttpResponse(spreadsheet_of(kind, table.values(), title=name), content_type=FORMATS[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="attendance-{name}.{kind}"'
    return answer
