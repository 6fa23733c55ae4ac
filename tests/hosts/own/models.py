"""One line is enough for attendance; and what the CRM knows of its staff besides."""

from django.conf import settings
from django.db import models

from attendance_devices.models.abstract import AbstractAttendance


class Attendance(AbstractAttendance):
    """One day of one employee, stamped as most CRMs stamp their rows."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class Leave(models.Model):
    """Days off as HR enters them, by dates."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    first = models.DateField()
    last = models.DateField(null=True, blank=True)
    kind = models.CharField(max_length=30, blank=True)
    approved = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.user} {self.first}"


class Trip(models.Model):
    """Days out of the house, from one moment to another."""

    leave = models.ForeignKey(Leave, on_delete=models.CASCADE)
    leaves_at = models.DateTimeField()
    returns_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.leave} {self.leaves_at}"


class Contract(models.Model):
    """Where somebody belongs, and from when until when."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="contract")
    office = models.CharField(max_length=50, blank=True)
    department = models.CharField(max_length=50, blank=True)
    joined = models.DateField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.user} {self.office}"
