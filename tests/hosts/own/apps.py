"""The host's app as Django knows it."""

from django.apps import AppConfig


class OwnConfig(AppConfig):
    name = "tests.hosts.own"
    label = "own"
    default_auto_field = "django.db.models.BigAutoField"
