"""Runs code of the CRM in a savepoint: whatever it raises becomes one `HostError`, and nothing of it stays."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError

from attendance_devices.exceptions import HostError

logger = logging.getLogger(__name__)
STEPS = {
    ProtectedError: "Delete in the CRM what hangs on the row, or delete the row by hand.",
    RestrictedError: "Delete in the CRM what hangs on the row, or delete the row by hand.",
    IntegrityError: "Fill the field that the CRM demands with CONSTANTS, FROM_PERSON or NEW_USER, or remove the clash.",
    ValidationError: "Change the value in the CRM or the spelling in ATTENDANCE_DEVICES so that the CRM accepts it.",
}
REFUSALS = (DatabaseError, ValidationError)
"""What says for itself why; anything else is a defect in the CRM's code, which needs a traceback to be found."""


@contextmanager
def savepoint(subject: str | Callable[[], str], *, using: str) -> Iterator[None]:
    """All or nothing. Raises `HostError` about `subject`, which is only asked for then: the CRM may query for it."""
    try:
        with transaction.atomic(using=using):
            yield
    except HostError:
        raise
    except Exception as error:  # save() and receivers of the CRM are not our code: what they raise stands with the row
        about = subject if isinstance(subject, str) else subject()
        if not isinstance(error, REFUSALS):
            logger.info("%s: code of the CRM failed", about, exc_info=error)
        raise HostError(about, describe(error), next_step=_step(error)) from error


def is_clash(error: HostError) -> bool:
    """Did a constraint of the database refuse the row?"""
    return isinstance(error.__cause__, IntegrityError)


def is_refusal(error: HostError) -> bool:
    """Did the database or the CRM refuse the values, as it would again?"""
    return isinstance(error.__cause__, IntegrityError | ValidationError)


def describe(error: Exception) -> str:
    """One clause without a full stop, with the field where it is known."""
    if isinstance(error, ValidationError):
        fields = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        return "; ".join(f"{name} {' '.join(said)}".strip().rstrip(".") for name, said in fields.items())
    kind = "" if isinstance(error, DatabaseError) else f"{type(error).__name__}: "
    # The second argument of these two is the rows themselves.
    given = error.args[0] if isinstance(error, ProtectedError | RestrictedError) else error
    said = " ".join(str(given).split()).rstrip(".")
    return f"the CRM refused it: {kind}{said}"


def _step(error: Exception) -> str:
    for kind, step in STEPS.items():
        if isinstance(error, kind):
            return step
    return HostError.next_step
