"""What a person says about a punch, beside what the terminal said: a correction is made, and at most undone."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from attendance_devices.domain.punches.punch import PunchType
from attendance_devices.models.devices import Device
from attendance_devices.models.fields import IdField, InstantField
from attendance_devices.models.logs import ESSLAttendanceLog


class Correction(models.Model):
    """A punch added, voided or changed by a person. `services/correct` makes and undoes it; nobody edits or deletes."""

    class Kind(models.TextChoices):
        """What is done."""

        ADD = "add", _("add a punch")
        VOID = "void", _("void a punch")
        CHANGE = "change", _("change a punch")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("employee")
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    log = models.ForeignKey(
        ESSLAttendanceLog,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="corrections",
        verbose_name=_("punch"),
        help_text=_("Of a punch that is voided or changed."),
    )
    at = InstantField(
        _("time"),
        null=True,
        blank=True,
        db_index=True,
        help_text=_("When an added or changed punch took place; empty if its time stays."),
    )
    punch_type = models.CharField(
        _("meaning"), max_length=12, choices=[(t.value, t.value) for t in PunchType if t], blank=True
    )
    device = models.ForeignKey(
        Device,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("device"),
        help_text=_("Where an added punch would have been made, if that matters."),
    )
    why = models.TextField(_("why"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("made by"),
    )
    made_by_name = models.CharField(_("made by"), max_length=254, editable=False)
    made_at = InstantField(_("made"), editable=False)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("undone by"),
    )
    undone_by_name = models.CharField(_("undone by"), max_length=254, blank=True, editable=False)
    undone_at = InstantField(_("undone"), null=True, editable=False)
    stands_for = IdField(max_length=400, null=True, unique=True, editable=False)
    """What it speaks about, as long as it stands: two that stand cannot speak about one punch. None once undone."""

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")

    def __str__(self) -> str:
        return f"{self.pk} {self.kind} {self.log or self.at}"

    @property
    def moment(self) -> datetime:
        """When the punch took place, by this correction."""
        found: datetime | None = self.at or (self.log.punch_time if self.log else None)
        assert found is not None  # noqa: S101 - an added punch has a time, and any other a log
        return found
