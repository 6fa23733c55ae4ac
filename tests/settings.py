"""The suite in its first host: the example CRM. The database is SQLite unless DATABASE says postgresql or mariadb."""

import os

SECRET_KEY = "only-for-tests"
SALT_KEY = "only-for-tests-too"
USE_TZ = True
TIME_ZONE = "Asia/Karachi"
STATIC_URL = "static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "hr.CustomUser"
ROOT_URLCONF = "tests.urls"
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_filters",
    "django_htmx",
    "django_q",
    "django_tables2",
    "import_export",
    "attendance_devices",
    "example_project.hr",
    "tests.hosts.own.apps.OwnConfig",
    "tests.hosts.shapes.apps.ShapesConfig",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ATTENDANCE_DEVICES = {
    "ATTENDANCE_MODEL": "hr.Attendance",
    "CHECK_IN_FIELD": "check_in_time",
    "CHECK_OUT_FIELD": "check_out_time",
    "STATUS_FIELD": "status",
    "STATUS_VALUES": {"present": "Present", "late": "Late", "missing_check_out": "Incomplete"},
    "EXTRA_FIELDS": {"device": "device"},
    "NEW_USER": {"role": "employee", "first_name": "{name}"},
}


Q_CLUSTER = {
    "name": "tests",
    "workers": 1,
    "timeout": 240,
    "retry": 300,
    "max_attempts": 2,
    "catch_up": False,
    "orm": "default",
    "save_limit": 250,
}
MIGRATION_MODULES = {"django_q": None}
"""Its tables are made as they are now: its nineteen migrations are not ours to test."""


def database() -> dict[str, object]:
    """The database that DATABASE names; each on its standard port on loopback."""
    kind = os.environ.get("DATABASE", "sqlite")
    if kind == "postgresql":
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "postgres",
            "USER": os.environ.get("PGUSER", "postgres"),
            "PASSWORD": os.environ.get("PGPASSWORD", ""),
            "HOST": "127.0.0.1",
            "TEST": {"NAME": "attendance_devices_test"},
        }
    if kind == "mariadb":
        import pymysql

        pymysql.install_as_MySQLdb()
        return {
            "ENGINE": "django.db.backends.mysql",
            "NAME": "test",
            "USER": os.environ.get("MYSQL_USER", "root"),
            "PASSWORD": os.environ.get("MYSQL_PASSWORD", ""),
            "HOST": "127.0.0.1",
            "TEST": {"NAME": "attendance_devices_test", "CHARSET": "utf8mb4"},
            "OPTIONS": {"charset": "utf8mb4"},
        }
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}


DATABASES = {"default": database()}
