"""Two hosts, two settings, two processes: what only speaks of the first host is left out of the second's run."""

from django.conf import settings

FIRST_HOST_ONLY = [
    "clockwork",
    "example_project",
    "management/commands/test_check_host.py",
    "recipes",
    "test_admin.py",
    "test_checks.py",
]
collect_ignore = FIRST_HOST_ONLY if settings.AUTH_USER_MODEL == "profile_crm.Member" else []
