"""The profile CRM as Django knows it."""

from django.apps import AppConfig


class ProfileCrmConfig(AppConfig):
    name = "tests.hosts.profile_crm"
    label = "profile_crm"

    def ready(self) -> None:
        from tests.hosts.profile_crm import receivers  # noqa: F401
