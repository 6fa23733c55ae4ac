"""What the clock remembers: when it last ticked, which schedules it installed, and what was asked for meanwhile."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from attendance_devices.models.fields import InstantField


class Heartbeat(models.Model):
    """When something that must happen again and again last did. Our own, because a queue that stalls says nothing."""

    name = models.CharField(_("name"), max_length=40, unique=True)
    at = InstantField(_("last"))
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"


class InstalledSchedule(models.Model):
    """A schedule that was made once. If its row is gone, a person deleted it, and it stays deleted."""

    key = models.CharField(_("key"), max_length=40, unique=True)
    when = InstantField(_("installed"))
    schedule = models.BigIntegerField(null=True, editable=False)
    """Primary key of the queue's own row. No foreign key: the queue may not be installed."""

    class Meta:
        verbose_name = _("installed schedule")
        verbose_name_plural = _("installed schedules")

    def __str__(self) -> str:
        return self.key


class Errand(models.Model):
    """Work that many ask for and one does: two numbers, so that what is asked for while it is done is not forgotten."""

    name = models.CharField(max_length=40, unique=True)
    asked = models.PositiveBigIntegerField(default=0)
    done = models.PositiveBigIntegerField(default=0)
    """As many had asked when the last work that was finished began."""
    queued_until = InstantField(null=True)
    """One waits in the queue; believed until then, because queues lose things."""
    holder = models.CharField(max_length=160, blank=True)
    held_until = InstantField(null=True)

    class Meta:
        verbose_name = _("errand")
        verbose_name_plural = _("errands")

    def __str__(self) -> str:
        return self.name
