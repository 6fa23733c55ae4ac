"""Who works which shift when, and the days on which nobody does."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from attendance_devices.domain.shifts.assignments import ShiftOnDates, first_clash
from attendance_devices.models.fields import IdField
from attendance_devices.models.shifts import Shift


class ShiftAssignment(models.Model):
    """A shift of one employee, of an office, of a department, of a department in an office, or of everybody.

    Of those that fit, the most specific wins: employee, department, office, everybody.
    """

    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("shift"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("employee"),
        help_text=_("Empty: the whole office or department; with neither of them, everybody."),
    )
    office = IdField(_("office"), max_length=100, blank=True, help_text=_("As the CRM names it (OFFICE_LOOKUP)."))
    department = IdField(
        _("department"), max_length=100, blank=True, help_text=_("As the CRM names it (DEPARTMENT_LOOKUP).")
    )
    date_from = models.DateField(_("from"))
    date_until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        ordering = ["-date_from", "pk"]
        verbose_name = _("shift assignment")
        verbose_name_plural = _("shift assignments")
        constraints = [
            models.CheckConstraint(
                condition=Q(date_until__isnull=True) | Q(date_until__gte=F("date_from")), name="assignment_runs_forward"
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=True) | Q(office="", department=""), name="assignment_of_one_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.whose}: {self.shift} from {self.date_from}"

    @property
    def whose(self) -> str:
        """The employee, or the unit in words."""
        if self.user_id is not None:
            return str(self.user)
        units = (_("office") if self.office else "", self.office, _("department") if self.department else "")
        return " ".join(str(part) for part in (*units, self.department) if part) or str(_("everybody"))

    @property
    def assigned(self) -> ShiftOnDates:
        """The assignment as a value."""
        return ShiftOnDates(rule=self.shift.rule, date_from=self.date_from, date_until=self.date_until)

    def clean(self) -> None:
        """Nobody works two shifts at once: those of one day, and of the night before, have to follow one another."""
        if self.user_id is not None and (self.office or self.department):
            raise ValidationError(_("Name an employee, or an office or department; not both."))
        if self.date_from is None or self.shift_id is None or self._runs_backward():
            return
        others = ShiftAssignment.objects.filter(user=self.user_id, office=self.office, department=self.department)
        for row in others.exclude(pk=self.pk).select_related("shift"):
            day = first_clash(self.assigned, row.assigned)
            if day is not None:
                raise ValidationError(_clash_words(), params=self._clash(row, day))

    def _runs_backward(self) -> bool:
        """The database says so itself."""
        return self.date_until is not None and self.date_until < self.date_from

    def _clash(self, row: "ShiftAssignment", day: Any) -> dict[str, Any]:
        until = row.date_until or _("without an end")
        facts = {"whose": self.whose, "shift": row.shift, "from": row.date_from, "until": until}
        return facts | {"day": day, "mine": self.shift}


def _clash_words() -> Any:
    return _(
        "On %(day)s %(mine)s runs into %(shift)s, which %(whose)s works from %(from)s (until: %(until)s). "
        "End that one first, or choose hours that follow one another."
    )


class Holiday(models.Model):
    """A day on which nobody is expected, in one office or everywhere."""

    date = models.DateField(_("date"), db_index=True)
    name = models.CharField(_("name"), max_length=200)
    office = IdField(_("office"), max_length=100, blank=True, help_text=_("As the CRM names it. Empty: everywhere."))

    class Meta:
        ordering = ["-date", "office"]
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        constraints = [
            models.UniqueConstraint(fields=["date", "office"], name="holiday_one_per_office"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"
