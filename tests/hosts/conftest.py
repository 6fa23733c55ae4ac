"""Two hosts, two settings, two processes: this folder's tests go with ``tests.settings``, ``profile/`` with the other.

``pytest --ds=tests.settings_profile tests/hosts`` runs the second.
"""

from django.conf import settings

collect_ignore_glob = ["test_*.py", "own/*"] if settings.AUTH_USER_MODEL == "profile_crm.Member" else ["profile/*"]
