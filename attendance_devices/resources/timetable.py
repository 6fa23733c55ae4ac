"""Shifts, assignments and holidays as tables, kept by the verb that has their days derived again."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from attendance_devices.models import Holiday, Shift, ShiftAssignment
from attendance_devices.resources.base import Key, Row, TableResource
from attendance_devices.resources.columns import TableColumn, columns_of, day, weekday_names, weekdays
from attendance_devices.services.shifts import edit

RULES = [field.name for field in Shift._meta.concrete_fields if field.name not in ("id", "name", "weekdays")]


class TimetableResource(TableResource):
    """Saved by `timetable.save`, row by row: assignments are judged by those beside them."""

    def keep(self, instance: Any, row: Row, *, is_new: bool) -> None:
        edit.save_shift_row(instance)


class ShiftResource(TimetableResource):
    """By name."""

    columns = (
        *columns_of(Shift, "name"),
        TableColumn("weekdays", weekdays, write=weekday_names),
        *columns_of(Shift, *RULES),
    )
    required = ("name",)

    class Meta:
        model = Shift

    def stored_rows(self) -> Iterable[tuple[Key, Any]]:
        return (((shift.name,), shift) for shift in Shift.objects.all())

    def key(self, row: Row) -> Key:
        if not row["name"].strip():
            raise ValidationError({"name": _("A shift needs a name.")})
        return (row["name"],)


class HolidayResource(TimetableResource):
    """By date and office."""

    columns = columns_of(Holiday, "date", "name", "office")
    required = ("date", "name")

    class Meta:
        model = Holiday

    def stored_rows(self) -> Iterable[tuple[Key, Any]]:
        return (((row.date, row.office), row) for row in Holiday.objects.all())

    def key(self, row: Row) -> Key:
        return _date("date", row["date"]), row.get("office", "")


class AssignmentResource(TimetableResource):
    """By shift, whose it is, and the first day; the last day is what can be changed."""

    columns = (
        TableColumn("shift", shown=True),
        TableColumn("user", column="employee", write=lambda user: str(user.get_username()), shown=True),
        *columns_of(ShiftAssignment, "office", "department", "date_from", "date_until"),
    )
    required = ("shift", "date_from")
    people = "employee"

    class Meta:
        model = ShiftAssignment

    def prepare(self, rows: list[Row]) -> None:
        self.shifts = {shift.name: shift for shift in Shift.objects.all()}

    def stored_rows(self) -> Iterable[tuple[Key, Any]]:
        rows = ShiftAssignment.objects.filter(shift__in=self.shifts.values()).select_related("shift", "user")
        return (((row.shift.name, row.user_id, row.office, row.department, row.date_from), row) for row in rows)

    def key(self, row: Row) -> Key:
        if row["shift"] not in self.shifts:
            raise ValidationError({"shift": _("There is no shift %(name)r.") % {"name": row["shift"]}})
        user = self.directory.person(row.get("employee", ""))
        whose = (user.pk if user else None, row.get("office", ""), row.get("department", ""))
        return row["shift"], *whose, _date("date_from", row["date_from"])

    def fill(self, instance: ShiftAssignment, row: Row) -> None:
        instance.shift = self.shifts[row["shift"]]
        instance.user = self.directory.person(row.get("employee", ""))


def _date(column: str, text: str) -> Any:
    try:
        return day(text)
    except ValueError as error:
        raise ValidationError({column: str(error)}) from error
