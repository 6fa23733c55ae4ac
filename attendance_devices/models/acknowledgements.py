"""What a person looked at and found right as it is."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from attendance_devices.models.fields import IdField, InstantField


class Acknowledgement(models.Model):
    """An item of the inbox that is told no more, for as long as its cause is the one that the person saw."""

    key = IdField(_("item"), max_length=400, unique=True)
    cause = models.CharField(_("digest of the cause"), max_length=64)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    by_name = models.CharField(_("name of that person"), max_length=255)
    why = models.TextField(_("why"))
    at = InstantField(_("at"))

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")

    def __str__(self) -> str:
        return f"{self.key} by {self.by_name}"
