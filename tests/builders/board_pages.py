"""The page Today at some hour."""

import re
from datetime import datetime, timedelta

from tests.builders.crm import ZONE


def now():
    return datetime.now(ZONE)


def wall(minutes=0):
    midnight = now().replace(hour=0, minute=0, second=0)
    return max(now() - timedelta(minutes=minutes), midnight).replace(tzinfo=None, microsecond=0)


def mark_in(page):
    return re.search(r"If-None-Match&quot;: &quot;\\&quot;([^\\]+)\\&quot;", page)[1].join('""')


def ours(asked):
    """Questions besides those of Django about the session, the user and the rights."""
    return sum("attendance_devices_" in query["sql"] for query in asked)
