"""Judges what the setting says about offices, employment and leaves: by the models alone, without the database."""

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldError, ValidationError

from attendance_devices.conf import Settings
from attendance_devices.hosts.checks.faults import Fault, attempt, columns_hint, line_to_paste
from attendance_devices.hosts.people.staff import leave_model, proven_lookups
from attendance_devices.hosts.people.visibility import EVERYBODY


def _unseen(given: Settings) -> list[Fault]:
    """A rule that nobody can go by would hide everybody from everybody."""
    key = f"{given.visible.upper()}_LOOKUP"
    if given.visible == EVERYBODY or getattr(given, key.lower()):
        return []
    message = (
        f"ATTENDANCE_DEVICES['VISIBLE'] is {given.visible!r}, and {key} is not set: everybody sees only themselves."
    )
    return [Fault(code="E044", message=message, hint=columns_hint(key, get_user_model()))]


def judge_staff(given: Settings) -> list[Fault]:
    """Everything wrong with these lookups."""
    hint = columns_hint("OFFICE_LOOKUP", get_user_model()) + ', or a path such as "employee__branch"; so do the others'
    _, faults = attempt("E021", hint, lambda: proven_lookups(given))
    faults += _unseen(given)
    if given.leave is None:
        return faults
    example = '{"MODEL": "hr.Leave", "USER": "employee__user", "FIRST": "start", "LAST": "end"}'
    model, wrong = attempt("E022", line_to_paste("LEAVE", example), lambda: leave_model(given.leave))  # type: ignore[arg-type]
    if model is not None:
        try:
            model._base_manager.filter(**given.leave.where)
        except (FieldError, TypeError, ValueError, ValidationError) as error:
            message = f"ATTENDANCE_DEVICES['LEAVE']['WHERE'] does not fit {model._meta.label}: {error}."
            wrong = [Fault(code="E022", message=message, hint=columns_hint("LEAVE", model))]
    return [*faults, *wrong]
