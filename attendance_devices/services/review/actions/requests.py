"""Actions on what an employee asks for: it is granted by a correction, or declined with an answer."""

from attendance_devices.services.corrections.edit_day import derive_person_days
from attendance_devices.services.corrections.requests import decline_request as declined
from attendance_devices.services.corrections.requests import grant_request as granted
from attendance_devices.services.review.actions.decision import TOLD, ItemDecision


def grant_item(decision: ItemDecision) -> str:
    """The correction is made as it was asked for. The day is derived at once."""
    row = granted(decision.row, by=decision.by, answer=decision.why, at=decision.at)
    derive_person_days(row.user)
    return f"{decision.item.subject}: corrected as it was asked for. {TOLD}"


def decline_item(decision: ItemDecision) -> str:
    """The day stays as it is."""
    declined(decision.row, by=decision.by, answer=decision.why)
    return f"{decision.item.subject}: declined, and the person reads why."
