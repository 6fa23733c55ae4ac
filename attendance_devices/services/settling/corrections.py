"""Actions that correct what a terminal said, by corrections that stand beside it."""

from attendance_devices.domain.proposals import moment
from attendance_devices.exceptions import InputMissing
from attendance_devices.models import Device
from attendance_devices.services.correct import add_punch, change_punch, void_punch
from attendance_devices.services.derive import derive
from attendance_devices.services.inbox import find
from attendance_devices.services.inbox.sources import user_key, zone_named
from attendance_devices.services.settling.decision import LATER, TOLD, Decision


def correct(decision: Decision) -> str:
    """The punch counts at another time than its clock said."""
    assert decision.at is not None  # noqa: S101 - the action needs one, or proposes it
    change_punch(decision.row, at=decision.at, by=decision.by, why=decision.why)
    when = moment(decision.at, zone_named(decision.item.zone))
    return f"The punch of {decision.item.subject} counts at {when}. {LATER}"


def void(decision: Decision) -> str:
    """The punch never counts."""
    void_punch(decision.row, by=decision.by, why=decision.why)
    return f"The punch of {decision.item.subject} does not count. {LATER}"


def add(decision: Decision) -> str:
    """The end of a day that is missing. The day is derived at once, so that nobody adds it a second time."""
    item, at = decision.item, decision.at
    assert at is not None and item.date is not None  # noqa: S101, PT018 - the action needs one, and days have a date
    user = user_key(item.employee)
    device = Device.objects.filter(name=item.device).first()
    add_punch(user, at, punch_type=decision.action.punch_type, device=device, by=decision.by, why=decision.why)
    derive({(user, item.date)})
    when = moment(at, zone_named(item.zone))
    if find(item.key) is not None:
        hint = "Look at 'explain_day' for the window of the day, and give a time within it."
        raise InputMissing(item.key, f"a punch at {when} would not complete the day", next_step=hint)
    return f"A punch at {when} was added for {item.subject}. {TOLD}"
