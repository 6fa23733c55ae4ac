"""The admin: terminals and shifts can be edited; what terminals said and what was derived from it can be read."""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from attendance_devices.admin.clockwork import install_schedules, read_soon
from attendance_devices.admin.corrections import CorrectionAdmin
from attendance_devices.admin.timetable import HolidayAdmin, ShiftAdmin, ShiftAssignmentAdmin
from attendance_devices.admin.writing import WritingAdmin
from attendance_devices.models import (
    AuditEntry,
    Device,
    DeviceUser,
    ESSLAttendanceLog,
    Incident,
    ProcessedAttendance,
    QuarantinedRecord,
    SyncRun,
)
from attendance_devices.services.assign import assign
from attendance_devices.services.review import accept
from attendance_devices.services.rezone import rezone
from attendance_devices.services.tick import try_now

__all__ = ["CorrectionAdmin", "HolidayAdmin", "ShiftAdmin", "ShiftAssignmentAdmin"]
SECRETS = ("comm_key", "username", "password")


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


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that no person adds, changes or deletes here."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Device)
class DeviceAdmin(WritingAdmin):
    """Terminals, and how they have been doing."""

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
    list_filter = ("is_active", "office", "vendor")
    search_fields = ("name", "address", "serial_number")
    actions = (*WritingAdmin.actions, read_soon, install_schedules)
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
        """A corrected zone moves the instants of the punches that are stored. Whatever was changed is tried soon."""
        if change:
            # Only what was typed: meanwhile a poll may have moved the cursor.
            obj.save(update_fields=form.changed_data)
            try_now([obj.pk])
        else:
            super().save_model(request, obj, form, change)
        if change and "timezone" in form.changed_data:
            moved = rezone(obj)
            self.message_user(request, _("%(count)d punches were moved to the new time zone.") % {"count": moved})


@admin.register(DeviceUser)
class DeviceUserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who is who on which terminal."""

    list_display = (
        "device",
        "device_user_id",
        "device_user_name",
        "system_user",
        "is_mapped",
        "mapped_reason",
        "ignored",
    )
    list_filter = ("device", "is_mapped", "ignored", "on_device")
    list_select_related = ("device", "system_user")
    search_fields = ("device_user_id", "device_user_name")
    fields = ("device", "device_user_id", "device_user_name", "system_user", "mapped_reason", "ignored")
    readonly_fields = ("device", "device_user_id", "device_user_name", "mapped_reason")
    raw_id_fields = ("system_user",)

    def get_readonly_fields(self, request: HttpRequest, obj: DeviceUser | None = None) -> tuple[str, ...]:
        """Whoever is mapped stays mapped: days were posted already."""
        mapped = ("system_user",) if obj is not None and obj.system_user_id is not None else ()
        return (*self.readonly_fields, *mapped)

    def save_model(self, request: HttpRequest, obj: DeviceUser, form: forms.ModelForm, change: bool) -> None:  # type: ignore[type-arg]  # noqa: FBT001
        """Mapping is a verb: the earlier punches follow."""
        if "system_user" in form.changed_data and obj.system_user_id is not None:
            assign(obj, obj.system_user_id, by=str(request.user))
        obj.save(update_fields=["ignored"])

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Terminals list them."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Their punches stay, so they stay."""
        return False


@admin.register(ESSLAttendanceLog)
class LogAdmin(ReadOnlyAdmin):
    """What the terminals said."""

    list_display = ("punch_time", "device", "biometric_id", "user", "device_time", "punch_type", "source", "review")
    # No date_hierarchy: on MariaDB and MySQL it fails where the server's tables of time zones were never loaded.
    list_filter = ("punch_time", "device", "review", "source")
    list_select_related = ("device", "user")
    search_fields = ("biometric_id",)
    actions = ("accept_as_they_are",)

    def has_accept_permission(self, request: HttpRequest) -> bool:
        """Rows cannot be changed here; saying that one counts takes the right to change them all the same."""
        return request.user.has_perm("attendance_devices.change_esslattendancelog")

    @admin.action(description=_("These punches count as they are"), permissions=["accept"])
    def accept_as_they_are(self, request: HttpRequest, queryset: QuerySet[ESSLAttendanceLog]) -> None:
        """Take the mark of doubt off, with an entry in the admin's log for each."""
        accepted = accept(queryset.values_list("pk", flat=True))
        for log in accepted:
            self.log_change(request, log, f"accepted, was marked: {log.review}")
        self.message_user(request, _("%(count)d punches count from now on.") % {"count": len(accepted)})


@admin.register(QuarantinedRecord)
class QuarantineAdmin(ReadOnlyAdmin):
    """What could not be read."""

    list_display = ("received_at", "device", "reason")
    list_filter = ("device",)
    list_select_related = ("device",)


@admin.register(ProcessedAttendance)
class DayAdmin(ReadOnlyAdmin):
    """Days, and what became of them in the CRM."""

    list_display = (
        "date",
        "user",
        "shift",
        "check_in",
        "check_out",
        "worked",
        "status",
        "status_reason",
        "is_outlier",
        "posting_state",
        "posting_note",
    )
    list_filter = ("status", "is_outlier", "is_auto_out", "posting_state", "office")
    list_select_related = ("user",)
    date_hierarchy = "date"


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    """What was wrong with terminals, and since when people know."""

    list_display = ("opened_at", "device", "kind", "note", "closed_at", "told_at", "ended_told_at")
    list_filter = ("kind", "device")
    list_select_related = ("device",)


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    """What the runs did."""

    list_display = ("started_at", "device", "new", "known", "quarantined", "device_records", "error")
    list_filter = ("device",)
    list_select_related = ("device",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SyncRun]:
        """Newest first."""
        return super().get_queryset(request).order_by("-pk")


@admin.register(AuditEntry)
class AuditAdmin(ReadOnlyAdmin):
    """Who changed what, and how it ended."""

    list_display = ("at", "verb", "device_name", "subject", "outcome", "by_name", "words")
    list_filter = ("verb", "outcome", "at", "device")
    search_fields = ("by_name", "device_name", "subject", "words")
    list_select_related = ("device",)
