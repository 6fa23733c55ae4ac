"""A user as a terminal lists it, and the employee it stands for."""

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _

from attendance_devices.domain.devices.device import Privilege
from attendance_devices.models.devices import Device
from attendance_devices.models.fields import IdField, InstantField


class DeviceUser(models.Model):
    """One id on one terminal. Deleting the employee's account leaves it unmapped, never deleted."""

    class MappedBy(models.TextChoices):
        """How the employee was found."""

        LOOKUP = "lookup", _("by key")
        CREATED = "created", _("account created")
        PERSON = "person", _("by a person")

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="users", verbose_name=_("device"))
    device_user_id = IdField(_("id on the device"), max_length=64)
    device_user_name = models.CharField(_("name on the device"), max_length=128, blank=True)
    uid = models.PositiveIntegerField(_("slot"), null=True, blank=True)
    privilege = models.CharField(
        _("privilege"), max_length=12, choices=[(p.value, p.value) for p in Privilege], default=Privilege.USER
    )
    card = models.CharField(_("card"), max_length=32, blank=True)
    system_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("employee"),
    )
    is_mapped = models.GeneratedField(
        expression=Case(When(Q(system_user__isnull=False), then=Value(value=True)), default=Value(value=False)),
        output_field=models.BooleanField(),
        db_persist=True,
        verbose_name=_("mapped"),
    )
    mapped_by = models.CharField(_("mapped"), max_length=8, choices=MappedBy.choices, blank=True, editable=False)
    mapped_reason = models.CharField(_("why mapped"), max_length=200, blank=True, editable=False)
    mapped_at = InstantField(_("mapped at"), null=True, editable=False)
    ignored = models.BooleanField(_("ignored"), default=False)
    on_device = models.BooleanField(_("listed by the device"), default=True, editable=False)
    unknown_until = models.DateField(null=True, editable=False)
    """Punches up to this date went while the id was ignored: whoever it stands for later, nobody can say who was there
    then."""

    class Meta:
        ordering = ["device", "device_user_id"]
        verbose_name = _("device user")
        verbose_name_plural = _("device users")
        constraints = [
            models.UniqueConstraint(fields=["device", "device_user_id"], name="deviceuser_one_per_id"),
        ]

    def __str__(self) -> str:
        return f"{self.device_user_id} {self.device_user_name}".rstrip()
