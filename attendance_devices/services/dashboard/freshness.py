"""Tell by one query and an ETag whether a page has changed since it was shown.

The mark says until when time alone changes nothing, so that a page that stands still need not be computed to know it.
What the question does not see (a person was mapped, a shift was changed) is seen when the mark runs out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db.models import Count, Max, Subquery, Value

from attendance_devices import conf
from attendance_devices.domain.dashboard.board import TerminalReading
from attendance_devices.models import Device, ProcessedAttendance
from attendance_devices.services.devices.local_time import default_zone, zone_of

MISSED_POLLS = 3
"""A terminal that was not read for so many of its turns is silent."""
MAX_ETAG_AGE = timedelta(minutes=2)
"""No mark is believed for longer."""
_ETAG = re.compile(r'(?:W/)?"([sw])(\d{1,12})-([0-9a-f]{32})"')


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSnapshot:
    """How far the terminals were read, and which rows there are, at one moment."""

    at: datetime
    """Aware."""
    ears: Mapping[int, TerminalReading]
    """Terminals in use, by name."""
    rows: str
    """Another text whenever a row of these days was made, changed or taken away."""

    @property
    def day(self) -> date:
        """The date on the site's walls."""
        return self.at.astimezone(default_zone()).date()


def take_snapshot(now: datetime | None = None) -> DataSnapshot:
    """One query. :param now: aware; None is this moment."""
    now, usual = now or datetime.now(UTC), conf.load().poll_minutes
    near = ProcessedAttendance.objects.filter(date__gte=now.astimezone(default_zone()).date() - timedelta(days=2))
    whole = near.order_by().annotate(all=Value(1)).values("all")
    devices = Device.objects.filter(is_active=True).only("name", "last_sync", "poll_minutes", "timezone")
    found = list(
        devices.order_by("name").annotate(
            rows=Subquery(whole.annotate(found=Count("pk")).values("found")),
            touched=Subquery(whole.annotate(found=Max("derived_at")).values("found")),
        )
    )
    return DataSnapshot(
        at=now,
        ears={device.pk: _terminal_state(device, usual) for device in found},
        rows=f"{found[0].rows} {found[0].touched}" if found else "",
    )


def make_etag(
    seen: DataSnapshot, facts: Sequence[Any], *, changes_at: datetime | None = None, waits: bool = False
) -> str:
    """The ETag of what is shown.

    :param facts: whatever else it depends on (viewer, filters, language). :param changes_at: when time alone changes
        it next, aware. :param waits: does it change when any terminal is read, even if nobody punched?
    """
    until = min(changes_at or seen.at + MAX_ETAG_AGE, seen.at + MAX_ETAG_AGE)
    kind = "w" if waits else "s"
    return f'"{kind}{int(until.timestamp())}-{_digest(seen, facts, reads=waits)}"'


def is_fresh(given: str, seen: DataSnapshot, facts: Sequence[Any]) -> bool:
    """Is what has this ETag still true? Whatever is no mark of ours is not."""
    found = _ETAG.fullmatch(given.strip())
    if found is None:
        return False
    left = int(found[2]) - seen.at.timestamp()
    return 0 < left <= MAX_ETAG_AGE.total_seconds() and found[3] == _digest(seen, facts, reads=found[1] == "w")


def _digest(seen: DataSnapshot, facts: Sequence[Any], *, reads: bool) -> str:
    told = [(key, ear.until) for key, ear in seen.ears.items() if reads or ear.is_silent(seen.at)]
    parts = [seen.day, seen.rows, sorted(seen.ears), [ear.place for ear in seen.ears.values()], told, *facts]
    return sha256("\0".join(str(part) for part in parts).encode()).hexdigest()[:32]


def _terminal_state(device: Device, usual: float) -> TerminalReading:
    return TerminalReading(
        place=device.name,
        until=device.last_sync,
        patience=MISSED_POLLS * timedelta(minutes=device.poll_minutes or usual),
        zone=zone_of(device),
    )
