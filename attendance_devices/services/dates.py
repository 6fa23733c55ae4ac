"""What date it is at the site, and which day is so many back. Dates are those of ``TIME_ZONE``, whatever ``USE_TZ``."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from attendance_devices import conf


def today() -> date:
    """The date that clocks of the site show."""
    return datetime.now(timezone.get_default_timezone()).date()


def days_ago(days: float) -> date:
    """So many days before today; the first of all dates if that is further than dates go."""
    try:
        return today() - timedelta(days=days)
    except OverflowError:
        return date.min


def first_told() -> date:
    """The first day of which the CRM is told where nobody names one: as the setting ``POST_DAYS`` says."""
    return days_ago(conf.load().post_days)
