"""Shifts, assignments and holidays in the admin: what is changed there, changes the days that it means."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from attendance_devices.admin.files import FilesAdmin
from attendance_devices.admin.lists import NamedFilter
from attendance_devices.models import Holiday, Shift, ShiftAssignment
from attendance_devices.resources.timetable import AssignmentResource, HolidayResource, ShiftResource
from attendance_devices.services.access.audit_log import note
from attendance_devices.services.shifts import edit


class TimetableAdmin(FilesAdmin):
    """Saves and deletes by the verbs, and says how many days will be derived again."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        """The days that the row meant before, and those that it means now."""
        self._tell(request, edit.save_shift_row(obj))
        note("change timetable" if change else "add to timetable", by=request.user, subject=str(obj))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """The days that the row meant."""
        self._delete(request, [obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """The same for several."""
        self._delete(request, list(queryset))

    def _delete(self, request: HttpRequest, rows: list[Any]) -> None:
        names = "; ".join(map(str, rows))
        self._tell(request, edit.delete_shift_rows(rows))
        note("delete from timetable", by=request.user, subject=names, words=names)

    def _tell(self, request: HttpRequest, days: int) -> None:
        if days:
            words = ngettext(
                "%(days)d day will be derived again at the next run.",
                "%(days)d days will be derived again at the next run.",
                days,
            )
            self.message_user(request, words % {"days": days})


@admin.register(Shift)
class ShiftAdmin(TimetableAdmin):
    """Working hours."""

    resource = ShiftResource
    import_needs = ("attendance_devices.add_shift", "attendance_devices.change_shift")

    list_display = ("name", "start", "end", "weekdays", "grace_minutes", "pairing", "breaks")
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("name", ("start", "end"), "weekdays", ("margin_before_minutes", "margin_after_minutes"))}),
        (_("Punches"), {"fields": ("pairing", "worked_from", "paid_from_start", "double_tap_seconds")}),
        (_("Breaks"), {"fields": ("breaks", ("break_minutes", "break_after_minutes"))}),
        (_("Late and early"), {"fields": (("grace_minutes", "early_grace_minutes"),)}),
        (
            _("Overtime"),
            {
                "fields": (
                    ("overtime_before", "overtime_after"),
                    ("overtime_tolerance_minutes", "overtime_minimum_minutes"),
                )
            },
        ),
        (_("Rounding"), {"fields": (("round_minutes", "round_mode"),)}),
        (_("Status"), {"fields": (("half_day_minutes", "absent_minutes"), ("auto_out_minutes", "auto_out_at"))}),
        (
            _("Outliers"),
            {
                "fields": (
                    ("outlier_in_early_minutes", "outlier_in_late_minutes"),
                    ("outlier_out_early_minutes", "outlier_out_late_minutes"),
                    ("outlier_longest_minutes", "outlier_speed_kmh"),
                )
            },
        ),
    )


@admin.register(ShiftAssignment)
class ShiftAssignmentAdmin(TimetableAdmin):
    """Who works when."""

    resource = AssignmentResource
    import_needs = ("attendance_devices.add_shiftassignment", "attendance_devices.change_shiftassignment")

    list_display = ("whose", "shift", "date_from", "date_until")
    list_filter = ("shift", ("office", NamedFilter), ("department", NamedFilter))
    list_select_related = ("user", "shift")
    search_fields = ("office", "department", "shift__name")
    fields = ("shift", "user", "office", "department", ("date_from", "date_until"))
    raw_id_fields = ("user",)
    also_filtered_by = ("user",)
    sortable_by = ("shift", "date_from", "date_until")
    person = "user"
    shows_nobodys = True


@admin.register(Holiday)
class HolidayAdmin(TimetableAdmin):
    """Days on which nobody is expected."""

    resource = HolidayResource
    import_needs = ("attendance_devices.add_holiday", "attendance_devices.change_holiday")

    list_display = ("date", "name", "office")
    list_filter = (("office", NamedFilter),)
    search_fields = ("name",)
    date_hierarchy = "date"
