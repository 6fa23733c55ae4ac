"""Terminals in the admin: how they are reached, how they have been doing, and what can be asked of them."""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from attendance_devices.admin.asking import AskingAdmin
from attendance_devices.admin.clockwork import install_schedules, read_soon
from attendance_devices.admin.files import FilesAdmin
from attendance_devices.admin.lists import SECRETS, NamedFilter
from attendance_devices.admin.usb import UsbAdmin
from attendance_devices.admin.writing import WritingAdmin
from attendance_devices.models import Device
from attendance_devices.resources.devices import DeviceResource
from attendance_devices.services.access.audit_log import note
from attendance_devices.services.collection.edit_device import save_device


class DeviceForm(forms.ModelForm):  # type: ignore[type-arg]
    """Secrets go in and never come out: an empty field keeps the stored one."""

    class Meta:
        model = Device
        fields = (
            "name",
            "vendor",
            "address",
            "port",
            "transport",
            "comm_key",
            "username",
            "password",
            "encoding",
            "record_size",
            "serial_number",
            "timezone",
            "office",
            "direction",
            "latitude",
            "longitude",
            "is_active",
            "poll_minutes",
        )
        widgets = {name: forms.PasswordInput(attrs={"autocomplete": "new-password"}) for name in SECRETS}
        help_texts = dict.fromkeys(SECRETS, _("Stored encrypted and never shown. Leave empty to keep what is stored."))

    def clean(self) -> dict[str, Any]:
        """Keep the stored secret where nothing was typed."""
        cleaned = super().clean() or {}
        for name in SECRETS:
            if not cleaned.get(name):
                cleaned[name] = self.initial.get(name)
        return cleaned


@admin.register(Device)
class DeviceAdmin(UsbAdmin, FilesAdmin, AskingAdmin, WritingAdmin):
    """Terminals, and how they have been doing."""

    resource = DeviceResource

    @method_decorator(sensitive_post_parameters(*SECRETS))
    def changeform_view(self, request: HttpRequest, *args: Any, **facts: Any) -> Any:
        """An error that is mailed does not carry the secrets of the form."""
        return super().changeform_view(request, *args, **facts)

    import_needs = ("attendance_devices.add_device", "attendance_devices.change_device")

    form = DeviceForm
    list_display = (
        "name",
        "address",
        "port",
        "office",
        "is_active",
        "last_sync",
        "failures",
        "record_count",
        "clock_drift",
    )
    list_filter = ("is_active", ("office", NamedFilter), "vendor")
    search_fields = ("name", "address", "serial_number")
    actions = (*AskingAdmin.actions, *WritingAdmin.actions, read_soon, install_schedules)
    readonly_fields = (
        "last_seen",
        "last_sync",
        "last_error",
        "failures",
        "next_attempt",
        "clock_drift",
        "model",
        "firmware",
        "user_count",
        "user_capacity",
        "record_count",
        "record_capacity",
        "last_reconciled",
        "disabled_since",
    )

    def has_schedules_permission(self, request: HttpRequest) -> bool:
        """Where there is a queue, whoever may add schedules to it."""
        return apps.is_installed("django_q") and request.user.has_perm("django_q.add_schedule")

    def save_model(self, request: HttpRequest, obj: Device, form: forms.ModelForm, change: bool) -> None:  # type: ignore[type-arg]  # noqa: FBT001
        """Only what was typed: meanwhile a poll may have moved the cursor."""
        moved = save_device(obj, form.changed_data, by=request.user)
        if "timezone" in form.changed_data and change:
            self.message_user(request, _("%(count)d punches were moved to the new time zone.") % {"count": moved})

    def delete_model(self, request: HttpRequest, obj: Device) -> None:
        """One with punches cannot be deleted."""
        super().delete_model(request, obj)
        note("delete device", by=request.user, subject=obj.name)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Device]) -> None:
        """Several."""
        names = ", ".join(queryset.values_list("name", flat=True))
        super().delete_queryset(request, queryset)
        note("delete device", by=request.user, subject=names)
