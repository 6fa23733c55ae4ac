"""The suite in its second host: profiles with UUID keys, naive times (``USE_TZ = False``) and no DEFAULT_AUTO_FIELD."""

from tests import settings as first

ALLOWED_HOSTS = first.ALLOWED_HOSTS
DATABASES = first.DATABASES
Q_CLUSTER = first.Q_CLUSTER
MIGRATION_MODULES = first.MIGRATION_MODULES
MIDDLEWARE = first.MIDDLEWARE
PASSWORD_HASHERS = first.PASSWORD_HASHERS
SALT_KEY = first.SALT_KEY
SECRET_KEY = first.SECRET_KEY
STATIC_URL = first.STATIC_URL
TEMPLATES = first.TEMPLATES

USE_TZ = False
TIME_ZONE = "America/New_York"
AUTH_USER_MODEL = "profile_crm.Member"
ROOT_URLCONF = "tests.hosts.urls"
INSTALLED_APPS = [
    *(app for app in first.INSTALLED_APPS if not app.startswith("example_project")),
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
