"""A database that restarts is away for seconds. What must be given back is given back when it answers again."""

import logging
import time
from collections.abc import Callable

from django.db import DatabaseError, connection

logger = logging.getLogger(__name__)
WAIT_SECONDS = (0.0, 1.0, 3.0, 6.0)
"""Seconds before each try."""


def retry_on_outage(act: Callable[[], object]) -> bool:
    """Do it over a new connection, now or within seconds. False if the database stays away, or in a transaction.

    For statements that may be done twice.
    """
    for wait in WAIT_SECONDS:
        if connection.in_atomic_block:
            break
        time.sleep(wait)
        connection.close()
        try:
            act()
        except DatabaseError:
            logger.warning("The database is away; trying again to give back what is held")
        else:
            return True
    return False
