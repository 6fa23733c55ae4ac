"""What is remembered of punches that are no longer kept: that they were stored, and whose days stand as they were."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from attendance_devices.models.devices import Device
from attendance_devices.models.fields import InstantField, WallTimeField


class ForgottenPunch(models.Model):
    """Stands where a punch was stored, while its terminal still holds the record: it must not be taken for a new one.

    It names nobody. `services/forgotten` makes the marks.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="+", verbose_name=_("device"))
    device_time = WallTimeField(_("time on the device"))
    mark = models.CharField(max_length=32, editable=False)
    """Keyed digest of the id. Not of the fold: the zone, and with it the fold, may be corrected afterwards."""
    slot_mark = models.CharField(max_length=32, blank=True, editable=False)
    """Keyed digest of the slot, where the record named one."""
    place = models.BigIntegerField(editable=False)
    """The key of the row that went: the order of the keys is that of the log."""

    class Meta:
        verbose_name = _("punch no longer kept")
        verbose_name_plural = _("punches no longer kept")
        indexes = [
            models.Index(fields=["device", "device_time"], name="forgotten_device_time"),
            models.Index(fields=["device", "place"], name="forgotten_device_place"),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.device_time}"


class SealedDay(models.Model):
    """A day of one employee of which punches are no longer kept, or of a day beside it: its row is never made again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField()
    at = InstantField()
    """When the first of these punches went. What was received later is late."""
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="+")
    """Of the punches of this very date that went, the terminal of the first: it told the zone. None if none went."""

    class Meta:
        verbose_name = _("day whose punches are no longer kept")
        verbose_name_plural = _("days whose punches are no longer kept")
        constraints = [
            models.UniqueConstraint(fields=["user", "date"], name="sealed_one_per_day"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.date}"
