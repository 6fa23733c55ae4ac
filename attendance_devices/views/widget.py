"""The widget by itself: what an open page asks for every few seconds."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotModified, QueryDict
from django.views.decorators.http import require_safe

from attendance_devices.services.access import permissions
from attendance_devices.services.dashboard.widget import FULL, WidgetOptions, show_widget
from attendance_devices.views.base import needs, page


@require_safe
@needs(permissions.VIEW_DASHBOARD)
def widget(request: HttpRequest) -> HttpResponse:
    """304 without a body as long as nothing changed."""
    try:
        number, options = int(request.GET.get("number", "1")), _options(request.GET)
    except ValueError as error:
        return HttpResponseBadRequest(str(error), content_type="text/plain")
    shown = show_widget(request.user, options, number=number, given=request.headers.get("If-None-Match", ""))
    if shown is None:
        return HttpResponseNotModified()
    return page(request, "_widget.html", {"shown": shown})


def _options(given: QueryDict) -> WidgetOptions:
    return WidgetOptions(
        office=given.get("office", ""),
        size=given.get("size", FULL),
        refresh=int(given.get("refresh", "30")),
        title=given.get("title", ""),
    )
