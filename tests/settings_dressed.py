"""The first host, its admin dressed by django-jazzmin as in many CRMs, and without django-import-export's own app."""

from tests import settings
from tests.settings import *  # noqa: F403

INSTALLED_APPS = ["jazzmin", *(app for app in settings.INSTALLED_APPS if app != "import_export")]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
