"""Settings of the example CRM. Secrets and addresses come from the environment, or from a `.env` file."""

import os
from pathlib import Path

import django
import environ

ROOT = Path(__file__).resolve().parent.parent
env = environ.Env()
ENV_FILE = Path(os.environ.get("ENV_FILE", ROOT / ".env"))
if ENV_FILE.is_file():
    env.read_env(ENV_FILE)

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
SALT_KEY = env.str("SALT_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("HTTPS", default=not DEBUG)
PORT = env.int("PORT", default=8000)

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
]
CSP_MIDDLEWARE = (
    "django.middleware.csp.ContentSecurityPolicyMiddleware"
    if django.VERSION >= (6, 0)
    else "example_project.csp.ContentSecurityPolicyMiddleware"
)
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    CSP_MIDDLEWARE,
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
ROOT_URLCONF = "example_project.urls"
WSGI_APPLICATION = "example_project.wsgi.application"
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

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{ROOT / 'example.sqlite3'}")}
ON_SQLITE = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
if ON_SQLITE:
    # Without these, a web process and a worker that write at the same moment end in "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "hr.CustomUser"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "hr:home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.str("TIME_ZONE", default="Asia/Karachi")
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(ROOT / "static"))

# All that this CRM says about the terminals: which table takes the rows, and how it spells things.
ATTENDANCE_DEVICES = {
    "ATTENDANCE_MODEL": "hr.Attendance",
    "CHECK_IN_FIELD": "check_in_time",
    "CHECK_OUT_FIELD": "check_out_time",
    "STATUS_FIELD": "status",
    "STATUS_VALUES": {
        "present": "Present",
        "late": "Late",
        "missing_check_out": "Incomplete",
        "absent": "Absent",
    },
    "EXTRA_FIELDS": {"device": "device"},
    "OFFICE_LOOKUP": "office__name",
    "DEPARTMENT_LOOKUP": "department__name",
    "BASE_TEMPLATE": "hr/base.html",
    "NEW_USER": {"role": "employee", "first_name": "{name}", "biometric_id": "{device_user_id}"},
}
Q_CLUSTER = {
    "name": "example",
    "workers": 1 if ON_SQLITE else 2,
    "timeout": 240,
    "retry": 300,
    "max_attempts": 2,
    "catch_up": False,
    "orm": "default",
    "save_limit": 250,
}
