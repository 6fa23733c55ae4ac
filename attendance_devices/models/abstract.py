"""For a host that has no attendance table: inherit this, and name the subclass in ATTENDANCE_MODEL."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from attendance_devices.models.fields import InstantField


class AbstractAttendance(models.Model):
    """One day of one employee, with the field names that the settings expect by default."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("employee")
    )
    date = models.DateField(_("date"))
    check_in = InstantField(_("check-in"), null=True, blank=True)
    check_out = InstantField(_("check-out"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=20, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["user", "date"], name="%(app_label)s_%(class)s_one_per_day"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.date} {self.status}"
