"""Say why there are no figures for today."""

from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from attendance_devices.services.dashboard.board import Board


def no_data_reason(found: Board, *, is_part: bool) -> Promise | str:
    """Why nobody can say anything of anybody; empty if somebody can. :param is_part: not of all people."""
    if not found.ears:
        return _("No terminal is in use yet, so nobody can say who is here.")
    if all(ear.until is None for ear in found.ears.values()):
        return _("No terminal was read yet, so nobody can say who is here.")
    if found.people:
        return ""
    if is_part:
        return _("Of the people meant here, no terminal knows anybody yet.")
    return _("No terminal knows an employee yet: map its people first.")


def all_silent_since(found: Board) -> datetime | None:
    """Since when no terminal at all was read, though each should have been; None: one was."""
    ears = found.ears.values()
    if not ears or not all(ear.is_silent(found.at) for ear in ears):
        return None
    return max((ear.until for ear in ears if ear.until), default=None)
