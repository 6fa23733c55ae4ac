"""Days of people as a table, to take out. They are derived, so they never come in."""

from typing import Any

from attendance_devices.models import ProcessedAttendance
from attendance_devices.resources.base import TableResource
from attendance_devices.resources.columns import TableColumn
from attendance_devices.services.display.reasons import reason_text

NUMBERS = ("worked", "break_time", "late", "early", "overtime", "punch_count")
VERDICT = ("status", "status_reason", "is_outlier", "outlier_reasons", "is_auto_out", "device_name", "office")
CRM = ("posting_state", "posting_note")
WRITTEN: dict[str, Any] = {"status_reason": {"write": reason_text}}


class DayResource(TableResource):
    """One row for each shift of a day; hours as 8:30:00, instants in the CRM's zone."""

    columns = (
        TableColumn("user", column="employee", write=lambda user: str(user.get_username()), shown=True),
        TableColumn("user__get_full_name", column="name", shown=True),
        TableColumn("date", shown=True),
        TableColumn("shift", shown=True),
        TableColumn("check_in", shown=True),
        TableColumn("check_out", shown=True),
        *(TableColumn(name, shown=True, **WRITTEN.get(name, {})) for name in (*NUMBERS, *VERDICT, *CRM)),
    )

    class Meta:
        model = ProcessedAttendance

    def filter_export(self, queryset: Any, **facts: Any) -> Any:
        return super().filter_export(queryset.select_related("user"), **facts)
