"""Days long past, derived and told, and what stands in the CRM for them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

from attendance_devices.models import Device, ESSLAttendanceLog
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.posting.post import post
from tests.builders.crm import MONDAY, at, crm_rows, device, employee, mapped, our_rows, punched

LONG_AGO = date(2000, 1, 1)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)


def told(*gates: Device) -> None:
    """Whatever waits is derived and told to the CRM, and the terminals have been read to this moment."""
    Device.objects.filter(pk__in=[gate.pk for gate in gates]).update(last_sync=datetime.now(UTC))
    derive_pending()
    post(since=LONG_AGO)


def came(gate: Device, key: str, *when: date, clocks: Iterable[str] = ("09:00", "17:00")) -> None:
    """Somebody punched at these hours of each of these days."""
    punched(gate, *[(key, at(clock, day)) for day in when for clock in clocks])


def worked(*when: date, key: str = "7", **facts: Any) -> tuple[Device, Any]:
    """A terminal, and somebody who worked from nine to five on these days; all of it is told."""
    gate, user = device(**facts), employee(key)
    mapped(gate, key, user)
    came(gate, key, *when)
    told(gate)
    return gate, user


def standing() -> tuple[Any, ...]:
    """All that our rows and the CRM's say."""
    return our_rows(), crm_rows()


def kept() -> list[datetime]:
    """What clocks showed at the punches that are stored."""
    return sorted(ESSLAttendanceLog.objects.values_list("device_time", flat=True))


@contextmanager
def it_is(moment: datetime) -> Iterator[None]:
    """By the clock that says what is old."""
    with patch("attendance_devices.services.retention.candidates.datetime", wraps=datetime) as clock:
        clock.now.side_effect = lambda zone=None: moment.astimezone(zone)
        yield
