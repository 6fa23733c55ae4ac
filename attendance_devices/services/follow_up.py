"""Who brings up to date the days that a person touched: a worker, if one is there, and else whoever asked."""

from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance_devices.models import PendingDay
from attendance_devices.services import queueing
from attendance_devices.services.attempts import attempted
from attendance_devices.services.errands import ask
from attendance_devices.services.scheduled import DaysDone, derive_and_post
from attendance_devices.services.tick import DAYS

FEW_DAYS = 400
"""So many days are derived while somebody waits for the page: a second or two."""


def bring_days_up_to_date() -> str:
    """Have the days that were touched derived and told to the CRM, and say how that stands, as a sentence."""
    if queueing.goes():
        ask(DAYS, partial(queueing.enqueue, "derive_and_post"))
        return _("A worker brings the days up to date.")
    waiting = PendingDay.objects.order_by().values("user", "date").distinct()[: FEW_DAYS + 1].count()
    if not waiting:
        return ""
    if waiting > FEW_DAYS:
        return _("More than %(count)d days wait: the next run, or process_attendance, brings them up to date.") % {
            "count": FEW_DAYS
        }
    errors: list[str] = []
    nothing: list[DaysDone] = []
    rounds = attempted("deriving the days", derive_and_post, nothing, errors)
    errors += [error for one in rounds for error in one.errors]
    if errors:
        return _("The days wait for the next run: %(error)s") % {"error": errors[0]}
    if not rounds:
        return _("Another process is bringing the days up to date.")
    return ngettext("%(count)d day was derived.", "%(count)d days were derived.", waiting) % {"count": waiting}
