"""What a run did: one row a device and collect, kept as history."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from attendance_devices.models.devices import Device
from attendance_devices.models.fields import InstantField


class SyncRun(models.Model):
    """One collect of one device, finished or failed."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="runs", verbose_name=_("device"))
    started_at = InstantField(_("started"))
    finished_at = InstantField(_("finished"), null=True)
    whole = models.BooleanField(_("whole log"), default=False)
    new = models.PositiveIntegerField(_("new"), default=0)
    known = models.PositiveIntegerField(_("known"), default=0)
    quarantined = models.PositiveIntegerField(_("quarantined"), default=0)
    flagged = models.PositiveIntegerField(_("to be looked at"), default=0)
    device_records = models.PositiveIntegerField(_("records on the device"), null=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        indexes = [
            models.Index(fields=["started_at"], name="run_started"),
            models.Index(fields=["whole", "started_at"], name="run_whole_started"),
        ]

    def __str__(self) -> str:
        return f"{self.device} {self.started_at:%Y-%m-%d %H:%M:%S}"
