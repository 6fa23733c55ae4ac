"""Small CRMs of other shapes, as an app."""

from django.apps import AppConfig


class ShapesConfig(AppConfig):
    name = "tests.hosts.shapes"
    label = "shapes"
    default_auto_field = "django.db.models.BigAutoField"
