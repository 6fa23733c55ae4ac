"""These tests run in both CRMs, but for the kills and the spelling, which know the tables of the first."""

from django.conf import settings

collect_ignore = ["test_kills.py", "test_spelling.py"] if settings.AUTH_USER_MODEL == "profile_crm.Member" else []
