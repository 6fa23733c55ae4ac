"""The example CRM on a morning of its own: its processes' clock is moved by CRM_SHIFT seconds, or stands still."""

import os
from datetime import UTC, datetime, timedelta

import time_machine

from example_project.settings import *  # noqa: F403

if "CRM_STOPPED" in os.environ:
    time_machine.travel(datetime.fromisoformat(os.environ["CRM_STOPPED"]), tick=False).start()
else:
    time_machine.travel(datetime.now(UTC) + timedelta(seconds=float(os.environ["CRM_SHIFT"])), tick=True).start()

if "CRM_BASE" in os.environ:
    ATTENDANCE_DEVICES = {**ATTENDANCE_DEVICES, "BASE_TEMPLATE": os.environ["CRM_BASE"]}  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# What goes wrong in a page is told with its traceback, and its test shows it.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {
        "attendance_devices": {"handlers": ["console"], "level": "INFO"},
        "django.request": {"handlers": ["console"], "level": "ERROR"},
    },
}
