"""What the punches mean: one person's day. A cache: delete them all, derive again, same rows."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.models.fields import InstantField, SecondsField
from attendance_devices.models.indexes import FewRows

# Not as a list of two: SQLite takes values that come beside a statement for those of the index one by one only.
ONE_END_MISSING = models.Q(status=DayStatus.MISSING_CHECK_IN.value) | models.Q(status=DayStatus.MISSING_CHECK_OUT.value)
OUTLIERS = models.Q(is_outlier=True)
"""What the inbox asks for, in the words of its indexes."""


class ProcessedAttendance(models.Model):
    """A day of one employee, and what became of it in the CRM."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("employee")
    )
    date = models.DateField(_("date"), db_index=True)
    shift = models.CharField(_("shift"), max_length=100, blank=True, help_text=_("Empty for a plain calendar day."))
    check_in = InstantField(_("check-in"), null=True)
    check_out = InstantField(_("check-out"), null=True)
    is_auto_out = models.BooleanField(_("automatic check-out"), default=False)
    auto_out_due = InstantField(_("automatic check-out due"), null=True, db_index=True)
    worked = SecondsField(_("worked"))
    break_time = SecondsField(_("break"), default=timedelta)
    late = SecondsField(_("late"))
    early = SecondsField(_("early"))
    overtime = SecondsField(_("overtime"))
    punch_count = models.PositiveIntegerField(_("punches"))
    status = models.CharField(_("status"), max_length=20, choices=[(s.value, s.value) for s in DayStatus])
    status_reason = models.TextField(_("why, without a punch"), blank=True)
    is_outlier = models.BooleanField(_("outlier"), default=False)
    outlier_reasons = models.JSONField(_("why it is an outlier"), default=list)
    device_name = models.CharField(_("device of the check-in"), max_length=100, blank=True)
    office = models.CharField(_("office"), max_length=100, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, blank=True, default="", help_text=_("Of the clock that told the date.")
    )
    derived_at = InstantField(_("derived"))

    posting_state = models.CharField(
        _("in the CRM"),
        max_length=10,
        choices=[(a.value, a.value) for a in PostAction],
        default=PostAction.NEW,
        db_index=True,
    )
    posting_note = models.TextField(_("note"), blank=True)
    posted_at = InstantField(_("posted"), null=True)
    host_label = models.CharField(_("table of the CRM"), max_length=100, blank=True)
    host_pk = models.CharField(_("row of the CRM"), max_length=64, blank=True)
    host_made = models.BooleanField(_("row of the CRM made by us"), default=False)
    posted_values = models.JSONField(_("values last posted"), default=dict)

    class Meta:
        ordering = ["-date", "user"]
        verbose_name = _("processed attendance")
        verbose_name_plural = _("processed attendance")
        permissions = [
            ("view_dashboard", "can see who is here"),
            ("export_attendance", "can take attendance out in files"),
            ("import_attendance", "can bring attendance in from files"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "date", "shift"], name="day_one_per_shift"),
        ]
        indexes = [
            FewRows(fields=["status", "date"], name="day_end_missing", where=ONE_END_MISSING),
            FewRows(fields=["is_outlier", "date"], name="day_outlier", where=OUTLIERS),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.date} {self.status}"


class PendingDay(models.Model):
    """A day that has to be derived: written with the punches that touch it, taken away with the row they make.

    Several rows may name one day. Were it unique, a punch stored while its day is being derived would be forgotten.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    date = models.DateField()

    class Meta:
        verbose_name = _("day to be derived")
        verbose_name_plural = _("days to be derived")

    def __str__(self) -> str:
        return f"{self.user_id} {self.date}"
