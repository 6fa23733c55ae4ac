"""The HR corner as Django knows it."""

from django.apps import AppConfig


class HrConfig(AppConfig):
    name = "example_project.hr"
    label = "hr"
    verbose_name = "Human resources"
    default_auto_field = "django.db.models.BigAutoField"
