"""Tables in and out of the admin: rights of their own, a preview before anything is stored, and two formats only."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from import_export.admin import ImportExportMixin
from import_export.forms import ConfirmImportForm, ExportForm, ImportForm

from attendance_devices.admin.lists import ListAdmin
from attendance_devices.exceptions import AttendanceDevicesError, TableError
from attendance_devices.resources.base import TableResource
from attendance_devices.resources.formats import FORMATS, place_of
from attendance_devices.resources.keeping import KeptInPage
from attendance_devices.resources.tables import MOST_BYTES
from attendance_devices.services.access.audit_log import note
from attendance_devices.services.access.permissions import EXPORT, IMPORT

SHOWN = 200
"""Rows of a preview, and errors of a file, that a page shows; the rest is counted."""
FOLDER = "admin/attendance_devices"


class UploadForm(ImportForm):  # type: ignore[misc]
    """A file, and nothing else: its first bytes tell the format."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].required = False
        self.fields["format"].widget = forms.HiddenInput()
        self.fields["import_file"].widget.attrs["accept"] = ".csv,.xlsx"

    @property
    def media(self) -> forms.Media:
        """No script has to guess the format."""
        return forms.Media()

    def clean(self) -> dict[str, Any]:
        """Too large is told before it is read."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        given = cleaned.get("import_file")
        if given is None:
            return cleaned
        if given.size > MOST_BYTES:
            said = _("The file has %(size).1f MB, and at most %(most).0f MB are read. Split it.")
            self.add_error("import_file", said % {"size": given.size / 1e6, "most": MOST_BYTES / 1e6})
            return cleaned
        data = given.read()
        given.seek(0)
        try:
            KeptInPage().save(data)
        except TableError as error:
            self.add_error("import_file", str(error))
        cleaned["format"] = str(place_of(data))
        return cleaned


class ConfirmForm(ConfirmImportForm):  # type: ignore[misc]
    """What the preview page sends back."""

    format = forms.ChoiceField(choices=[(str(place), "") for place in range(len(FORMATS))], widget=forms.HiddenInput())
    resource = forms.ChoiceField(choices=[("0", "")], required=False, widget=forms.HiddenInput())


class FilesAdmin(ImportExportMixin, ListAdmin):  # type: ignore[misc]
    """For lists that go out as files; those with `takes_files` come in, too."""

    resource: type[TableResource]
    takes_files = True
    import_needs: ClassVar[tuple[str, ...]] = ()
    """Rights beside those to import and to view: a file may do no more than its owner at the forms."""
    import_export_change_list_template = f"{FOLDER}/change_list.html"
    import_template_name = f"{FOLDER}/import.html"
    export_template_name = f"{FOLDER}/export.html"
    import_form_class = UploadForm
    confirm_form_class = ConfirmForm
    export_form_class = ExportForm
    tmp_storage_class = KeptInPage
    skip_admin_log = True  # the trail is told

    def has_import_permission(self, request: HttpRequest) -> bool:
        """The right to import, and all that the file may do."""
        needed = (IMPORT, *self.import_needs)
        return self.takes_files and request.user.has_perms(needed) and self.has_view_permission(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """The right to export, and to see."""
        return bool(request.user.has_perm(EXPORT) and self.has_view_permission(request))

    def get_resource_classes(self, request: HttpRequest) -> list[type[TableResource]]:
        return [self.resource]

    def get_import_formats(self) -> list[Any]:
        return list(FORMATS)

    def get_export_formats(self) -> list[Any]:
        return list(FORMATS)

    def is_skip_import_confirm_enabled(self) -> bool:
        """Never: nothing is stored that was not looked at."""
        return False

    def is_skip_export_form_enabled(self) -> bool:
        """Never: a GET is no export."""
        return False

    def get_valid_export_item_pks(self, request: HttpRequest) -> list[Any]:
        """The list is filtered, not picked from."""
        return []

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """The preview."""
        page: HttpResponseBase = super().import_action(request, **kwargs)
        context = getattr(page, "context_data", None)
        if context is not None:
            context |= {"shown": f":{SHOWN}", "most": SHOWN}
            if "result" in context:
                context["wrong"] = errors_of(context["result"])
        return page

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        """In our words where they are ours."""
        if isinstance(e, AttendanceDevicesError):
            form.add_error("import_file", str(e))
            return
        super().add_data_read_fail_error_to_form(form, e)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """What was shown is stored."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_import_permission(request):
            raise PermissionDenied
        try:
            if self.create_confirm_form(request).is_valid():
                return super().process_import(request, **kwargs)  # type: ignore[no-any-return]
            self.message_user(request, _("Choose the file again."), messages.ERROR)
        except TableError as error:
            self.message_user(request, str(error), messages.ERROR)
        return HttpResponseRedirect(self._page("import"))

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """The library counts what it rolled back as done; here an error is one."""
        if not result.has_errors() and not result.has_validation_errors():
            return super().process_result(result, request)  # type: ignore[no-any-return]
        self.message_user(request, _("Nothing was imported: the rows have changed meanwhile. Look again."), "error")
        for words in errors_of(result)[:SHOWN]:
            self.message_user(request, words, messages.ERROR)
        return HttpResponseRedirect(self._page("import"))

    def export_action(self, request: HttpRequest) -> HttpResponseBase:
        """A filter that is none leads back to the list, and so does too large a file."""
        try:
            return super().export_action(request)  # type: ignore[no-any-return]
        except IncorrectLookupParameters:
            return HttpResponseRedirect(f"{self._page('changelist')}?e=1")
        except TableError as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(self._page("changelist"))

    def get_export_data(self, file_format: Any, request: HttpRequest, queryset: QuerySet[Any], **kwargs: Any) -> Any:
        """Who took what out is kept."""
        data = super().get_export_data(file_format, request, queryset, **kwargs)
        words = request.GET.urlencode()
        note("export", by=request.user, subject=str(self.opts.verbose_name_plural), words=words)
        return data

    def _page(self, name: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", current_app=self.admin_site.name)


def errors_of(result: Any) -> list[str]:
    """Every error of an import as a sentence that begins with its line."""
    found = [str(error.error) for error in result.base_errors]
    for row in sorted((*result.invalid_rows, *result.error_rows), key=lambda row: row.number):
        said = [str(error.error) for error in getattr(row, "errors", ())]
        for name, words in getattr(row, "field_specific_errors", {}).items():
            said += [f"{name}: {word}" for word in words]
        said += getattr(row, "non_field_specific_errors", [])
        found += [_("Line %(line)d: %(words)s") % {"line": row.number, "words": words} for words in said]
    return found
