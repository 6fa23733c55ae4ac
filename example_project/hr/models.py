"""Staff and their attendance, as a small CRM would write them. It knows nothing of attendance_devices."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class Office(models.Model):
    name = models.CharField(max_length=100, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    name = models.CharField(max_length=100, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Designation(models.Model):
    name = models.CharField(max_length=100, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CustomUser(AbstractUser):
    class Role(models.TextChoices):
        CEO = "ceo", "CEO"
        HR = "hr", "HR officer"
        EMPLOYEE = "employee", "Employee"

    role = models.CharField(max_length=20, choices=Role.choices, default=Role.EMPLOYEE)
    employee_id = models.CharField(max_length=20, unique=True, null=True, blank=True)  # unique, so empty is NULL
    biometric_id = models.CharField(max_length=20, blank=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, null=True, blank=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True)
    designation = models.ForeignKey(Designation, on_delete=models.PROTECT, null=True, blank=True)


class Attendance(models.Model):
    class Status(models.TextChoices):
        PRESENT = "Present", "Present"
        LATE = "Late", "Late"
        ABSENT = "Absent", "Absent"
        INCOMPLETE = "Incomplete", "Incomplete"

    user = models.ForeignKey(CustomUser, on_delete=models.CASCADE, related_name="attendances")
    date = models.DateField()
    check_in_time = models.DateTimeField(null=True, blank=True)
    check_out_time = models.DateTimeField(null=True, blank=True)
    device = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=20, choices=Status.choices)

    class Meta:
        ordering = ["-date", "user"]
        constraints = [models.UniqueConstraint(fields=["user", "date"], name="attendance_one_per_day")]

    def __str__(self) -> str:
        return f"{self.user} {self.date} {self.status}"
