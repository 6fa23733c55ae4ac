"""Two hosts, two settings, two processes: this folder's tests go with ``tests.settings``, ``profile/`` with the other.

``pytest --ds=tests.settings_profile tests/hosts`` runs the second.
"""

from django.conf import settings

FIRST_CRM = ["test_*.py", "own/*", "people/*", "rows/*", "schema/*"]
collect_ignore_glob = FIRST_CRM if settings.AUTH_USER_MODEL == "profile_crm.Member" else ["profile/*"]
