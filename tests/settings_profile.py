"""The suite in its second host: profiles with UUID keys, naive times (``USE_TZ = False``) and no DEFAULT_AUTO_FIELD."""

from tests import settings

ALLOWED_HOSTS = settings.ALLOWED_HOSTS
DATABASES = settings.DATABASES
Q_CLUSTER = settings.Q_CLUSTER
MIGRATION_MODULES = settings.MIGRATION_MODULES
MIDDLEWARE = settings.MIDDLEWARE
PASSWORD_HASHERS = settings.PASSWORD_HASHERS
SALT_KEY = settings.SALT_KEY
SECRET_KEY = settings.SECRET_KEY
STATIC_URL = settings.STATIC_URL
TEMPLATES = settings.TEMPLATES

USE_TZ = False
TIME_ZONE = "America/New_York"
AUTH_USER_MODEL = "profile_crm.Member"
ROOT_URLCONF = "tests.hosts.urls"
INSTALLED_APPS = [
    *(app for app in settings.INSTALLED_APPS if not app.startswith(("example_project", "tests.hosts.shapes"))),
    "tests.hosts.profile_crm.apps.ProfileCrmConfig",
    "tests.hosts.school.apps.SchoolConfig",
]
ATTENDANCE_DEVICES = {
    "ATTENDANCE_MODEL": "profile_crm.TimeSheet",
    "PERSON_PATH": "employee",
    "PERSON_FIELD": "employee",
    "DATE_FIELD": "day",
    "CHECK_IN_FIELD": "came",
    "CHECK_OUT_FIELD": "went",
    "EXTRA_FIELDS": {"hours": "worked"},
    "FROM_PERSON": {"company": "company"},
    "EMPLOYEE_LOOKUPS": {"device_id": "employee__device_id", "username": "username"},
    "NEW_USER": {"user_type": 3, "first_name": "{name}"},
}
