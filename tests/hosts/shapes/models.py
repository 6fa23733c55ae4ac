"""Attendance tables of other shapes, for the users of the first CRM."""

from django.conf import settings
from django.db import models


class ClockSheet(models.Model):
    """Times of the day without a zone, and a date that is today unless somebody insists."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    date = models.DateField(auto_now_add=True)
    came = models.TimeField(null=True, blank=True)
    went = models.TimeField(null=True, blank=True)
    said = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return f"{self.user} {self.date}"


class Visit(models.Model):
    """No date of its own: the day is that of the check-in."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    came_at = models.DateTimeField(null=True, blank=True)
    went_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.user} {self.came_at}"


class FlagSheet(models.Model):
    """What is not said yet reads False and 0."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    date = models.DateField()
    came = models.DateTimeField(null=True, blank=True)
    went = models.DateTimeField(null=True, blank=True)
    is_sign_out = models.BooleanField(default=False)
    hours_worked = models.DecimalField(max_digits=5, decimal_places=2, default=0)

    def __str__(self) -> str:
        return f"{self.user} {self.date}"
