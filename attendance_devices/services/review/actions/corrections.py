"""Actions that correct what a terminal said, by corrections that stand beside it."""

from attendance_devices.domain.display.times import moment
from attendance_devices.domain.review.days import day_key, end_named
from attendance_devices.exceptions import InputMissing, NotSettled
from attendance_devices.models import Device
from attendance_devices.services.access.employees import user_key
from attendance_devices.services.corrections.correct import add_punch, change_punch, void_punch
from attendance_devices.services.days.derive import derive, work_days_of
from attendance_devices.services.days.inputs import read_day_inputs
from attendance_devices.services.devices.local_time import zone_by_name
from attendance_devices.services.review.actions.decision import LATER, TOLD, ItemDecision
from attendance_devices.services.review.inbox.items import find_item
from attendance_devices.services.shifts.assignments import SHIFT_NAME


def correct_time(decision: ItemDecision) -> str:
    """The punch counts at another time than its clock said."""
    assert decision.at is not None  # noqa: S101 - the action needs one, or proposes it
    change_punch(_log(decision), at=decision.at, by=decision.by, why=decision.why)
    when = moment(decision.at, zone_by_name(decision.item.zone))
    return f"The {_named(decision)} counts at {when}. {_derived(decision)}"


def void_item_punch(decision: ItemDecision) -> str:
    """The punch never counts."""
    void_punch(_log(decision), by=decision.by, why=decision.why)
    return f"The {_named(decision)} does not count. {_derived(decision)}"


def add_missing_punch(decision: ItemDecision) -> str:
    """The end of a day that is missing. The day is derived at once, so that nobody adds it a second time."""
    item, at = decision.item, decision.at
    assert at is not None and item.date is not None  # noqa: S101, PT018 - the action needs one, and days have a date
    user = user_key(item.employee)
    device = Device.objects.filter(name=item.device).first()
    add_punch(user, at, punch_type=decision.action.punch_type, device=device, by=decision.by, why=decision.why)
    derive({(user, item.date)})
    when = moment(at, zone_by_name(item.zone))
    if find_item(item.key) is not None:
        hint = "Look at 'explain_day' for the window of the day, and give a time within it."
        raise InputMissing(item.key, f"a punch at {when} would not complete the day", next_step=hint)
    return f"A punch at {when} was added for {item.subject}. {TOLD}"


def _log(decision: ItemDecision) -> int:
    """The punch that the item names, or that the rule takes for the end of the day that the action is about."""
    item, end = decision.item, decision.action.end
    if end is None:
        return decision.row
    assert item.date is not None  # noqa: S101 - days have one
    user = user_key(item.employee)
    for work in work_days_of(user, item.date, read_day_inputs({(user, item.date)})):
        is_meant = day_key(item.kind, user, item.date, work.shift.name[:SHIFT_NAME]) == item.key
        for use in work.uses if is_meant else ():
            # A row of the day may be older than its punches: another punch than the person saw is left alone.
            same = (use.role, use.tap.at, use.tap.place) == (end.role, end.at, end.device)
            if same and use.tap.key > 0:
                return use.tap.key
    hint = "Run process_attendance and look at the item again; 'explain_day' says which punch counts."
    raise NotSettled(item.key, f"the {_named(decision)} is not what the day says any more", next_step=hint)


def _named(decision: ItemDecision) -> str:
    item, end = decision.item, decision.action.end
    if end is None or item.date is None:
        return f"punch of {item.subject}"
    return f"{end_named(end, item.date, zone_by_name(item.zone))} of {item.subject}"


def _derived(decision: ItemDecision) -> str:
    """A day that was corrected says so at once; its item stays if another punch is beyond a limit too."""
    item = decision.item
    if decision.action.end is None or item.date is None:
        return LATER
    derive({(user_key(item.employee), item.date)})
    left = find_item(item.key)
    return f"The day is an outlier all the same: {left.happened} {TOLD}" if left else TOLD
