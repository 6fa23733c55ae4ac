"""What the terminals said: append-only, and kept for ever unless a retention is set (`services/cleanup`)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from attendance_devices.domain.punches.instants import Review
from attendance_devices.domain.punches.punch import PunchType
from attendance_devices.models.devices import Device
from attendance_devices.models.fields import IdField, InstantField, WallTimeField
from attendance_devices.models.indexes import FewRows

UNDER_REVIEW = ~models.Q(review="")
"""What the inbox asks for, in the words of its index."""
DOUBTFUL = UNDER_REVIEW & ~models.Q(review=Review.SEALED_DAY.value)
"""Of these, the ones whose time nobody believes; the rest came when the punches of their day were no longer kept."""


class Source(models.TextChoices):
    """How a punch reached us."""

    POLL = "poll", _("poll")
    LIVE = "live", _("live")
    PUSH = "push", _("push")
    FILE = "file", _("file")
    MANUAL = "manual", _("manual")


class ESSLAttendanceLog(models.Model):
    """One punch. What the terminal said never changes; `user` and `review` are our notes on it."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="logs", verbose_name=_("device"))
    biometric_id = IdField(_("id on the device"), max_length=64)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("employee"),
    )
    device_time = WallTimeField(_("time on the device"))
    fold = models.PositiveSmallIntegerField(_("second pass of a repeated hour"), default=0)
    punch_time = InstantField(_("time"), db_index=True)
    punch_type = models.CharField(
        _("key pressed"), max_length=12, choices=[(t.value, t.value) for t in PunchType if t], blank=True
    )
    raw_status = models.PositiveSmallIntegerField(_("state as sent"), null=True, blank=True)
    verify_mode = models.PositiveSmallIntegerField(_("verified by, as sent"), null=True, blank=True)
    work_code = models.CharField(_("work code"), max_length=32, blank=True)
    slot = models.PositiveIntegerField(_("slot, where the record names no id"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=6, choices=Source.choices, default=Source.POLL)
    received_at = InstantField(_("received"))
    review = models.CharField(
        _("to be looked at"), max_length=16, choices=[(r.value, r.value) for r in Review if r], blank=True
    )

    class Meta:
        ordering = ["-punch_time", "-pk"]
        verbose_name = _("attendance log")
        verbose_name_plural = _("attendance logs")
        constraints = [
            models.UniqueConstraint(fields=["device", "device_time", "biometric_id", "fold"], name="log_one_per_punch"),
        ]
        indexes = [
            models.Index(fields=["user", "punch_time"], name="log_user_time"),
            FewRows(fields=["review"], name="log_under_review", where=UNDER_REVIEW),
        ]

    def __str__(self) -> str:
        return f"{self.biometric_id} {self.device_time}"


class QuarantinedRecord(models.Model):
    """A record that could not be read, kept as it came."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="quarantine", verbose_name=_("device"))
    raw = models.BinaryField(_("bytes"))
    digest = models.CharField(max_length=64, editable=False)
    reason = models.CharField(_("reason"), max_length=200)
    source = models.CharField(_("source"), max_length=6, choices=Source.choices, default=Source.POLL)
    received_at = InstantField(_("received"))

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name = _("quarantined record")
        verbose_name_plural = _("quarantined records")
        constraints = [
            models.UniqueConstraint(fields=["device", "digest"], name="quarantine_one_per_record"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} ({bytes(self.raw).hex()})"
