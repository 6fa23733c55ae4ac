"""Days of people in the admin, and what became of them in the CRM."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from attendance_devices.admin.files import FilesAdmin
from attendance_devices.admin.lists import ReadOnlyAdmin
from attendance_devices.admin.months import by_month
from attendance_devices.models import Device, ProcessedAttendance
from attendance_devices.resources.days import DayResource
from attendance_devices.services.access.permissions import COLLECT
from attendance_devices.services.display.reasons import reason_text
from attendance_devices.services.pipeline.follow_up import derive_again


class OfficeFilter(admin.SimpleListFilter):
    """The offices of the terminals: those of the days would be looked for in all days."""

    title = _("office")
    parameter_name = "office"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Each once."""
        named = Device.objects.exclude(office="").order_by("office").values_list("office", flat=True).distinct()
        return [(office, office) for office in named]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Days whose check-in was there."""
        return queryset.filter(office=self.value()) if self.value() else queryset


@admin.register(ProcessedAttendance)
class DayAdmin(FilesAdmin, ReadOnlyAdmin):
    """Days, and what became of them in the CRM."""

    resource = DayResource
    takes_files = False

    list_display = (
        "date",
        "user",
        "shift",
        "check_in",
        "check_out",
        "worked",
        "status",
        "why",
        "is_outlier",
        "posting_state",
        "posting_note",
    )
    list_filter = (by_month("date", dates=True), "status", "is_outlier", "is_auto_out", "posting_state", OfficeFilter)
    list_select_related = ("user",)
    also_filtered_by = ("user", "date")
    sortable_by = ("date",)
    person = "user"
    actions = ("derive_them_again",)

    @admin.display(description=_("why, without a punch"))
    def why(self, row: ProcessedAttendance) -> str:
        """Of a day without a punch, or of one whose punches no shift takes."""
        return reason_text(row.status_reason)

    def has_derive_permission(self, request: HttpRequest) -> bool:
        """Whoever may have terminals read may have the days of their punches derived."""
        return request.user.has_perm(COLLECT)

    @admin.action(description=_("Derive these days again"), permissions=["derive"])
    def derive_them_again(self, request: HttpRequest, queryset: QuerySet[ProcessedAttendance]) -> None:
        """From what is stored, and told to the CRM."""
        days = set(queryset.order_by().values_list("user_id", "date"))
        self.message_user(request, derive_again(days, by=request.user))
