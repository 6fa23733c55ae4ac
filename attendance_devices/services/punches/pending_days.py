"""Days that have to be derived: noted in the transaction that touches them."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any, TypeAlias

from attendance_devices.models import PendingDay

UserDay: TypeAlias = tuple[Any, date]
"""Primary key of a user, and a date."""
ROWS_PER_INSERT = 2_000


def note_touched_days(touched: Iterable[tuple[Any, datetime]]) -> None:
    """Note which days of whom have to be derived. `touched`: user, and the naive time on the device."""
    note_days({(user, shown.date()) for user, shown in touched})


def note_days(days: Collection[tuple[Any, date]]) -> None:
    """Note that these days of these users have to be derived."""
    PendingDay.objects.bulk_create(
        [PendingDay(user_id=user, date=day) for user, day in sorted(days, key=str)], batch_size=ROWS_PER_INSERT
    )
