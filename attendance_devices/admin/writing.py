"""Writes to terminals in the admin: choose devices, see the plan, and do it. Each through its verb."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from attendance_devices.admin.lists import ListAdmin
from attendance_devices.exceptions import AttendanceDevicesError
from attendance_devices.models import Device
from attendance_devices.services.access.permissions import WRITE
from attendance_devices.services.device_actions.clear_log import clear_log
from attendance_devices.services.device_actions.restart import restart
from attendance_devices.services.device_actions.set_clock import set_clock

VERBS: Mapping[str, tuple[Callable[..., Any], Any]] = {
    "set-clock": (set_clock, _("Set the clocks of these terminals")),
    "restart": (restart, _("Restart these terminals")),
    "clear-log": (clear_log, _("Clear the logs of these terminals")),
}
PAGE = "attendance_devices_device_write"


class WritingAdmin(ListAdmin):
    """The actions that write, for the admin of devices."""

    actions: tuple[Any, ...] = ("set_their_clocks", "restart_them", "clear_their_logs")

    def has_write_permission(self, request: HttpRequest) -> bool:
        """Whoever may change a device's row may not write to the device for that."""
        return request.user.has_perm(WRITE)

    @admin.action(description=VERBS["set-clock"][1], permissions=["write"])
    def set_their_clocks(self, request: HttpRequest, queryset: QuerySet[Device]) -> HttpResponse:
        """To the page with the plan."""
        return _to_plan("set-clock", queryset)

    @admin.action(description=VERBS["restart"][1], permissions=["write"])
    def restart_them(self, request: HttpRequest, queryset: QuerySet[Device]) -> HttpResponse:
        """To the page with the plan."""
        return _to_plan("restart", queryset)

    @admin.action(description=VERBS["clear-log"][1], permissions=["write"])
    def clear_their_logs(self, request: HttpRequest, queryset: QuerySet[Device]) -> HttpResponse:
        """To the page with the plan."""
        return _to_plan("clear-log", queryset)

    def get_urls(self) -> list[URLPattern]:
        """And the page with the plan."""
        page = self.admin_site.admin_view(self.write_view)
        return [path("write/<slug:verb>/", page, name=PAGE), *super().get_urls()]

    # What is begun has to be stored before the terminal hears of it: no transaction around the request.
    @method_decorator(transaction.non_atomic_requests)
    def write_view(self, request: HttpRequest, verb: str) -> HttpResponse:
        """Shows what would be done; a POST does it."""
        if not self.has_write_permission(request):
            raise PermissionDenied
        if verb not in VERBS:
            raise Http404
        keys = [key for key in request.GET.getlist("device") if key.isdecimal()]
        devices = self.get_queryset(request).filter(pk__in=keys)
        if request.method != "POST":
            return self._plan(request, verb, devices)
        for device in devices:
            self._carry_out(request, verb, device)
        return HttpResponseRedirect(reverse("admin:attendance_devices_device_changelist"))

    def _plan(self, request: HttpRequest, verb: str, devices: QuerySet[Device]) -> HttpResponse:
        plans = [_tried(verb, device, request.user, dry_run=True) for device in devices]
        context = {
            **self.admin_site.each_context(request),
            "title": VERBS[verb][1],
            "opts": self.opts,
            "plans": [words for _, words in plans],
            "may_go_on": any(good for good, _ in plans),
        }
        return TemplateResponse(request, "admin/attendance_devices/device/write.html", context)

    def _carry_out(self, request: HttpRequest, verb: str, device: Device) -> None:
        good, words = _tried(verb, device, request.user, dry_run=False)
        self.message_user(request, words, messages.SUCCESS if good else messages.ERROR)
        if good:
            self.log_change(request, device, words)


def _to_plan(verb: str, devices: QuerySet[Device]) -> HttpResponse:
    chosen = urlencode({"device": [device.pk for device in devices]}, doseq=True)
    return HttpResponseRedirect(f"{reverse(f'admin:{PAGE}', args=[verb])}?{chosen}")


def _tried(verb: str, device: Device, by: Any, *, dry_run: bool) -> tuple[bool, str]:
    try:
        return True, VERBS[verb][0](device.pk, by=by, dry_run=dry_run).words
    except AttendanceDevicesError as error:
        return False, str(error)
