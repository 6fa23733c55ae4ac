"""Departments, teachers, one attendance a department and day, and the report rows below it; and a visitors' book."""

from django.conf import settings
from django.db import models


class Department(models.Model):
    title = models.CharField(max_length=50, unique=True)

    def __str__(self) -> str:
        return self.title


class Teacher(models.Model):
    admin = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True)

    def __str__(self) -> str:
        return f"teacher {self.admin}"


class Attendance(models.Model):
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    date = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "date"], name="attendance_one_per_department")]

    def __str__(self) -> str:
        return f"{self.department} {self.date}"


class AttendanceReport(models.Model):
    teacher = models.ForeignKey(Teacher, on_delete=models.CASCADE)
    attendance = models.ForeignKey(Attendance, on_delete=models.CASCADE)
    status = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.teacher} {self.attendance}"


class Visit(models.Model):
    """A day that the database fills in by itself, and instants without zone."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    date = models.DateField(auto_now_add=True)
    arrived = models.DateTimeField(null=True)
    left = models.DateTimeField(null=True)
    minutes = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.user} {self.date}"
