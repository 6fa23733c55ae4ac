"""A log from a USB stick, in the admin: upload it, see what it would do, and upload it again to have it done.

Twice, because nothing of the first upload is kept: several web servers share no folder, and a table of files would hold
people's punches a second time. The digest of the file goes along, so that what is stored is what was looked at.
"""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from attendance_devices.domain.punches.file_contents import FileContents, TouchedDays
from attendance_devices.exceptions import AttendanceDevicesError
from attendance_devices.models import Device
from attendance_devices.services.access.employees import visible_names
from attendance_devices.services.access.permissions import IMPORT
from attendance_devices.services.collection.import_file import import_log, inspect_file
from attendance_devices.services.pipeline.follow_up import follow_up

PAGE = "attendance_devices_device_usb"
MEGABYTE = 1_000_000
MOST_BYTES = 5 * MEGABYTE
"""Some 110 000 records, as many as most terminals hold: some 20 seconds. The command takes any."""
MOST_SHOWN = 200
"""People of whom the page tells."""


class Quota(FileUploadHandler):
    """Ends an upload that is too large before it fills a disk."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.left = MOST_BYTES

    @property
    def exceeded(self) -> bool:
        """Was it too large?"""
        return self.left < 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.left -= len(raw_data)
        if self.exceeded:
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The handlers after this one keep the file."""


class StickForm(forms.Form):
    """A file; and, once it was looked at, what was seen."""

    file = forms.FileField(label=gettext_lazy("File"), max_length=255)
    encoding = forms.CharField(
        label=gettext_lazy("Encoding"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Leave empty, unless ids of other letters cannot be read: utf-8, utf-16, cp1256, gbk."),
    )
    digest = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    sure = forms.BooleanField(
        label=gettext_lazy("It is the log of this terminal all the same."),
        required=False,
    )

    def clean_file(self) -> Any:
        """Where a middleware had read the form before, nothing ended the upload."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_too_large())
        return file


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLine:
    """One person of the file, for the page."""

    touched: TouchedDays
    name: str
    """Empty: nobody is mapped, or nobody whom the viewer may see."""


class UsbAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The page for a USB stick, for the admin of devices."""

    def has_import_stick_permission(self, request: HttpRequest) -> bool:
        """Bringing attendance in is a right of its own."""
        return request.user.has_perm(IMPORT)

    def get_urls(self) -> list[URLPattern]:
        """And the page of the stick."""
        page = self.admin_site.admin_view(self.usb_view)
        return [path("<int:device_id>/usb-stick/", page, name=PAGE), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """With the way to that page for whoever may."""
        device: Model | None = kwargs.get("obj")
        if device is not None and device.pk is not None and self.has_import_stick_permission(request):
            context["usb_url"] = reverse(f"admin:{PAGE}", args=[device.pk], current_app=self.admin_site.name)
        return super().render_change_form(request, context, *args, **kwargs)

    # The right before the upload, the limit before the form is read, and only then the token in it. And no transaction
    # around the request: an import is many, and the first says in the trail that it is begun.
    @method_decorator(csrf_exempt)
    @method_decorator(transaction.non_atomic_requests)
    def usb_view(self, request: HttpRequest, device_id: int) -> HttpResponse:
        """Shows what a file would do; with what was seen, a POST does it."""
        if not self.has_import_stick_permission(request):
            raise PermissionDenied
        quota = Quota(request)
        request.upload_handlers.insert(0, quota)
        return self._protected(request, device_id, quota)

    @method_decorator(csrf_protect)
    def _protected(self, request: HttpRequest, device_id: int, quota: Quota) -> HttpResponse:
        device = get_object_or_404(self.get_queryset(request), pk=device_id)
        if request.method != "POST":
            return self._stick_page(request, device, StickForm())
        form = StickForm(request.POST, request.FILES)
        if quota.exceeded:
            return self._stick_page(request, device, StickForm(), wrong=_too_large())
        if not form.is_valid():
            return self._stick_page(request, device, form)
        try:
            if form.cleaned_data["digest"]:
                return self._imported(request, device, form.cleaned_data)
            return self._looked(request, device, form.cleaned_data)
        except AttendanceDevicesError as error:
            return self._stick_page(request, device, StickForm(), wrong=str(error))

    def _looked(self, request: HttpRequest, device: Device, said: dict[str, Any]) -> HttpResponse:
        file = said["file"]
        found = inspect_file(device, file, file.name, encoding=said["encoding"])
        again = StickForm(initial={"digest": found.digest, "encoding": said["encoding"]})
        return self._stick_page(request, device, again, found=found)

    def _imported(self, request: HttpRequest, device: Device, said: dict[str, Any]) -> HttpResponse:
        file = said["file"]
        wish = {"encoding": said["encoding"], "sure": said["sure"], "digest": said["digest"]}
        done = import_log(device, file, file.name, by=request.user, **wish)
        words = _("%(new)d new punches of %(device)s are stored, %(known)d were known, %(bad)d are quarantined.")
        found = done.result
        counts = {"new": found.new, "device": device.name, "known": found.known, "bad": found.quarantined}
        self.message_user(request, words % counts, messages.SUCCESS)
        followed = follow_up(device, done.look.first)
        self.message_user(request, followed.words, messages.SUCCESS if followed.ok else messages.ERROR)
        return HttpResponseRedirect(request.path)

    def _stick_page(
        self,
        request: HttpRequest,
        device: Device,
        form: StickForm,
        *,
        found: FileContents | None = None,
        wrong: str = "",
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import from a USB stick: %(device)s") % {"device": device.name},
            "opts": self.opts,
            "device": device,
            "form": form,
            "wrong": wrong,
            "look": found,
            "lines": _lines(found, request.user) if found else (),
            "more": max(len(found.touched) - MOST_SHOWN, 0) if found else 0,
        }
        status = 400 if wrong or form.errors else 200
        return TemplateResponse(request, "admin/attendance_devices/device/usb.html", context, status=status)


def _lines(found: FileContents, viewer: Any) -> list[UploadLine]:
    shown = found.touched[:MOST_SHOWN]
    names = visible_names({one.employee for one in shown if one.employee}, viewer)
    return [UploadLine(touched=one, name=names.get(one.employee, "")) for one in shown]


def _too_large() -> str:
    words = _("The file is larger than %(most)d MB. On the server, import_attlog takes files of any size.")
    return words % {"most": MOST_BYTES // MEGABYTE}
