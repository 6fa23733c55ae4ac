"""What terminals said, in the admin: read, never touched."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from attendance_devices.admin.files import FilesAdmin
from attendance_devices.admin.lists import ReadOnlyAdmin
from attendance_devices.admin.months import by_month
from attendance_devices.models import ESSLAttendanceLog, QuarantinedRecord
from attendance_devices.resources.logs import LogResource
from attendance_devices.services.corrections.accept import accept_punches


@admin.register(ESSLAttendanceLog)
class LogAdmin(FilesAdmin, ReadOnlyAdmin):
    """What the terminals said."""

    resource = LogResource

    list_display = ("punch_time", "device", "biometric_id", "user", "device_time", "punch_type", "source", "review")
    list_filter = (by_month("punch_time"), "device", "review", "source")
    also_filtered_by = ("user", "biometric_id", "punch_time")
    sortable_by = ("punch_time",)
    person = "user"
    list_select_related = ("device", "user")
    search_fields = ("biometric_id",)
    actions = ("accept_as_they_are",)

    def has_accept_permission(self, request: HttpRequest) -> bool:
        """Rows cannot be changed here; saying that one counts takes the right to change them all the same."""
        return request.user.has_perm("attendance_devices.change_esslattendancelog")

    @admin.action(description=_("These punches count as they are"), permissions=["accept"])
    def accept_as_they_are(self, request: HttpRequest, queryset: QuerySet[ESSLAttendanceLog]) -> None:
        """Take the mark of doubt off, with an entry in the admin's log for each."""
        accepted = accept_punches(queryset.values_list("pk", flat=True))
        for log in accepted:
            self.log_change(request, log, f"accepted, was marked: {log.review}")
        self.message_user(request, _("%(count)d punches count from now on.") % {"count": len(accepted)})


@admin.register(QuarantinedRecord)
class QuarantineAdmin(ReadOnlyAdmin):
    """What could not be read."""

    list_display = ("received_at", "device", "reason")
    list_filter = ("device",)
    list_select_related = ("device",)
    sortable_by = ("device",)
