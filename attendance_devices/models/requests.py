"""What an employee asks to have corrected about a day of his own, and what was said to it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from attendance_devices.domain.punches.punch import PunchType
from attendance_devices.models.corrections import Correction
from attendance_devices.models.fields import IdField, InstantField, WallTimeField
from attendance_devices.models.logs import ESSLAttendanceLog


class CorrectionRequest(models.Model):
    """Asked for, and then granted, declined or withdrawn. `services/requests` does it; nobody edits or deletes."""

    class Decision(models.TextChoices):
        """How it ended; empty while it is open."""

        GRANTED = "granted", _("granted")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("employee")
    )
    date = models.DateField(_("date"))
    kind = models.CharField(_("what is asked"), max_length=6, choices=Correction.Kind.choices)
    log = models.ForeignKey(
        ESSLAttendanceLog,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("punch"),
        help_text=_("Of a punch that shall be voided or changed; empty too once it is no longer kept."),
    )
    was_shown = WallTimeField(_("time that the terminal showed"), null=True)
    place = models.CharField(_("terminal"), max_length=100, blank=True)
    shown = WallTimeField(_("time"), null=True, help_text=_("As a clock on the wall showed it."))
    zone = models.CharField(_("time zone of that wall"), max_length=64)
    punch_type = models.CharField(
        _("meaning"), max_length=12, choices=[(t.value, t.value) for t in PunchType if t], blank=True
    )
    why = models.TextField(_("why"))
    made_at = InstantField(_("asked"))
    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_by_name = models.CharField(_("decided by"), max_length=254, blank=True)
    decided_at = InstantField(_("decided"), null=True)
    answer = models.TextField(_("answer"), blank=True)
    correction = models.ForeignKey(
        Correction, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("correction")
    )
    asks_for = IdField(max_length=400, null=True, unique=True, editable=False)
    """What it asks for, as long as it is open: two that are open cannot ask for the same. None afterwards."""

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = _("correction request")
        verbose_name_plural = _("correction requests")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["user", "date"], name="request_user_date")]

    def __str__(self) -> str:
        return f"{self.pk} {self.kind} {self.date} {self.decision or 'open'}"
