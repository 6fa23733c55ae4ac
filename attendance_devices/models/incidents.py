"""What went wrong and when it was over, and what people were told of: one row an incident, kept as history."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from attendance_devices.domain.devices.incidents import IncidentKind
from attendance_devices.models.devices import Device
from attendance_devices.models.fields import IdField, InstantField


class Telling(models.Model):
    """Something to be mailed. Whoever mails it claims it first, and a claim that nobody redeems ends by time."""

    claim = models.CharField(max_length=32, blank=True, editable=False, db_index=True)
    claimed_at = InstantField(null=True, editable=False)

    class Meta:
        abstract = True


class Incident(Telling):
    """Something is wrong with a terminal, or with all of them. `services/incidents` opens and closes it."""

    class Kind(models.TextChoices):
        """What it is."""

        DOWN = IncidentKind.DOWN.value, _("does not answer")
        NEARLY_FULL = IncidentKind.NEARLY_FULL.value, _("is nearly full")
        CLOCK_OFF = IncidentKind.CLOCK_OFF.value, _("has a wrong clock")
        STANDSTILL = IncidentKind.STANDSTILL.value, _("no terminal is read any more")

    device = models.ForeignKey(
        Device, on_delete=models.CASCADE, null=True, related_name="incidents", verbose_name=_("device")
    )
    kind = models.CharField(_("what"), max_length=20, choices=Kind.choices)
    note = models.TextField(_("what was found"), blank=True)
    opened_at = InstantField(_("began"))
    calm_since = InstantField(_("cause away since"), null=True)
    closed_at = InstantField(_("over"), null=True, db_index=True)
    end_note = models.CharField(_("how it ended"), max_length=100, blank=True)
    open_key = models.CharField(max_length=60, null=True, unique=True, editable=False)  # noqa: DJ001 - NULL is unique
    """While it stands, its kind and device: a second one cannot stand beside it. NULL afterwards."""
    told_at = InstantField(_("told"), null=True)
    ended_told_at = InstantField(_("end told"), null=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")

    def __str__(self) -> str:
        return f"{self.kind} {self.opened_at:%Y-%m-%d %H:%M:%S}"


class Notice(Telling):
    """What was mailed under a key, for which cause: the same is never told twice, another cause is told again."""

    key = IdField(_("item"), max_length=400, unique=True)
    cause = models.CharField(_("digest of the cause"), max_length=64, blank=True)
    told_at = InstantField(_("told"), null=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")

    def __str__(self) -> str:
        return str(self.key)
