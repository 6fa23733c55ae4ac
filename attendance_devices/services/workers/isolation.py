"""The edge where one part meets the others, a task its queue and a thread its process: the others go on."""

import logging
from collections.abc import Callable
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

from attendance_devices.redaction import redacted

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


def error_boundary(what: str, verb: Callable[[], Result], otherwise: Result, errors: list[str]) -> Result:
    """What the verb returns; if it raises, `otherwise` and one more error, which says what to do next."""
    try:
        return verb()
    except ImproperlyConfigured as error:
        errors.append(f"{what}: {error} Correct it and run again; 'manage.py check' and 'check_host' tell more.")
        logger.warning("%s", errors[-1])
    except Exception as error:  # the one broad catch of this app that ends here: nobody can name what a defect raises
        logger.exception("%s failed unexpectedly", what)
        errors.append(f"{what}: unexpected {type(error).__name__}: {redacted(str(error))}. See the log, and report it.")
    return otherwise
