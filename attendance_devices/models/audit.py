"""Who changed what, and how it ended: rows that are added and never touched again."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from attendance_devices.models.devices import Device
from attendance_devices.models.fields import InstantField


class AuditEntry(models.Model):
    """One step of a change. What can be broken off has two: it was begun, and how it ended."""

    class Outcome(models.TextChoices):
        """How far it came."""

        BEGUN = "begun", _("begun")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("failed")

    verb = models.CharField(_("what"), max_length=40)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("user")
    )
    by_name = models.CharField(_("by"), max_length=254)
    at = InstantField(_("time"), db_index=True)
    device = models.ForeignKey(
        Device, on_delete=models.SET_NULL, null=True, related_name="audit", verbose_name=_("device")
    )
    device_name = models.CharField(_("name of the device"), max_length=100, blank=True)
    subject = models.CharField(_("about"), max_length=254, blank=True)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices)
    words = models.TextField(_("in words"), blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.verb} {self.outcome}: {self.subject or self.device_name}"
