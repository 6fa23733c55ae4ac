"""The school as Django knows it."""

from django.apps import AppConfig


class SchoolConfig(AppConfig):
    name = "tests.hosts.school"
    label = "school"
    default_auto_field = "django.db.models.BigAutoField"
