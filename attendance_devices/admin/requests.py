"""Requests in the admin: to be read. They are asked on a page, and answered in the inbox."""

from django.contrib import admin

from attendance_devices.admin.lists import ReadOnlyAdmin
from attendance_devices.admin.months import by_month
from attendance_devices.models import CorrectionRequest


@admin.register(CorrectionRequest)
class RequestAdmin(ReadOnlyAdmin):
    """Who asked for what, and what was said to it."""

    list_display = (
        "made_at",
        "user",
        "date",
        "kind",
        "was_shown",
        "shown",
        "punch_type",
        "why",
        "decision",
        "decided_by_name",
        "answer",
    )
    list_filter = (by_month("made_at"), "decision", "kind")
    also_filtered_by = ("user", "date")
    sortable_by = ("made_at",)
    person = "user"
    list_select_related = ("user",)
    search_fields = ("why", "answer", "decided_by_name")
