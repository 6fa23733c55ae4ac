"""Reports: attendance as files, taken out bit by bit."""

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from attendance_devices.services.access import permissions
from attendance_devices.services.access.visibility import scope_of
from attendance_devices.services.display.spreadsheets import FORMATS, csv_parts, xlsx_file
from attendance_devices.services.reports.export import ExportRequest, count_rows, export_options_for, export_rows
from attendance_devices.services.reports.people import unit_choices
from attendance_devices.views.base import needs, page
from attendance_devices.views.forms.extract import ExtractForm

MOST_IN_XLSX = 50_000
"""Rows. A workbook is made before its first byte is sent, and web servers wait no longer than half a minute."""


@needs(permissions.EXPORT)
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """What can be taken out."""
    return _page(request, ExtractForm(export_options_for(request.user)))


@needs(permissions.EXPORT)
@require_POST
def take(request: HttpRequest) -> HttpResponseBase:
    """The file. A POST, because it leaves a trace: who took what."""
    form, kind = ExtractForm(export_options_for(request.user), request.POST), request.POST.get("form", "")
    if kind not in FORMATS:
        form.add_error(None, _("There is CSV and XLSX."))
    if not form.is_valid():
        return _page(request, form, status=422)
    scope = scope_of(request.user)
    if kind == "xlsx" and count_rows(form.asked, scope) > MOST_IN_XLSX:
        most = {"most": f"{MOST_IN_XLSX:,}"}
        form.add_error(None, _("That is more than %(most)s rows: take CSV, or fewer days.") % most)
        return _page(request, form, status=422)
    rows = export_rows(form.asked, scope, by=request.user, form=kind)
    name = _name(form.asked, kind)
    if kind == "xlsx":
        made = xlsx_file(rows, title=str(form.asked.what))
        return FileResponse(made, as_attachment=True, filename=name, content_type=FORMATS[kind])
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(csv_parts(rows), content_type=FORMATS[kind], headers=headers)


def _name(asked: ExportRequest, kind: str) -> str:
    return f"attendance-{asked.what}-{asked.first}-{asked.last}.{kind}"


def _page(request: HttpRequest, form: ExtractForm, *, status: int = 200) -> HttpResponse:
    known, most = unit_choices(scope_of(request.user)), f"{MOST_IN_XLSX:,}"
    context = {"form": form, "extracts": export_options_for(request.user), "most": most, "known": known}
    return page(request, "reports.html", context, status=status)
