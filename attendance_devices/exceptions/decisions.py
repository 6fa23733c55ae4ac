"""A decision of the review inbox was not carried out."""

from attendance_devices.exceptions.base import AttendanceDevicesError


class InboxError(AttendanceDevicesError):
    """An item of the inbox could not be settled. Nothing was changed."""


class ItemClosed(InboxError):
    """The item is not there any more: its cause is gone, or somebody settled it."""

    next_step = "Nothing to do; list the inbox again to see what still waits."


class ActionNotOffered(InboxError):
    """This item has no such action."""

    next_step = "Take one of the actions that the item offers."


class InputMissing(InboxError):
    """The action needs something that was not given, or that makes no sense."""

    next_step = "Give what the action needs."


class ActionNotAllowed(InboxError):
    """The person may not do this."""

    next_step = "Ask somebody who may, or have the permission granted in the admin under Users."


class NotSettled(InboxError):
    """It was tried, and the item is still there."""

    retryable = True
    next_step = "See the item for what is wrong, and try again."
