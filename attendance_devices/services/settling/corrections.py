"""Actions that correct what a terminal said, by corrections that stand beside it."""

from attendance_devices.exceptions import ActionNotOffered
from attendance_devices.services.settling.decision import Decision


def correct(decision: Decision) -> str:
    """The punch counts at another time than its clock said."""
    raise ActionNotOffered(decision.item.key, "punches cannot be corrected yet")


void = add = correct
