"""These tests run in both CRMs, but for the kills and the spelling, which know the tables of the first."""

from django.conf import settings

FIRST_CRM = ["test_kills.py", "test_spelling.py", "writing/test_kills_while_clearing.py"]
collect_ignore = FIRST_CRM if settings.AUTH_USER_MODEL == "profile_crm.Member" else []
