"""Users, the profiles that hang on them, and the time sheets of the profiles."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models


class Member(AbstractUser):
    """Whoever is created without a type is the CEO, as in a whole family of CRMs."""

    TYPES = [(1, "CEO"), (2, "HR"), (3, "Employee")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user_type = models.PositiveSmallIntegerField(choices=TYPES, default=1)


class Company(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=50, unique=True)

    def __str__(self) -> str:
        return self.name


class Employee(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(Member, on_delete=models.CASCADE, related_name="employee")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, blank=True)
    device_id = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return f"employee {self.user.username}"


class TimeSheet(models.Model):
    """Hours and state are computed as the row is saved; half an hour of break is taken off."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="time_sheets")
    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    day = models.DateField()
    came = models.TimeField(null=True, blank=True)
    went = models.TimeField(null=True, blank=True)
    hours = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal("0.00"))
    state = models.CharField(max_length=10, blank=True)
    note = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["employee", "day"], name="sheet_one_per_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.state}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.came and self.went:
            worked = datetime.combine(self.day, self.went) - datetime.combine(self.day, self.came)
            self.hours = Decimal(int(worked.total_seconds())) / 3600 - Decimal("0.5")
        self.state = "full" if self.hours > 6 else "half"
        super().save(*args, **kwargs)
