"""How it stands: who is known, what is stored, what became of the days, and how far each terminal is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.models import (
    Correction,
    Device,
    DeviceUser,
    ESSLAttendanceLog,
    ForgottenPunch,
    PendingDay,
    ProcessedAttendance,
    QuarantinedRecord,
)

EARLIEST = date(1900, 1, 1)
"""No punch is older, and the first day of all has no instant in every zone."""
POSTED = (PostAction.CREATE, PostAction.CHANGE, PostAction.UNCHANGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStats:
    """One terminal: what it holds, what of it is stored, and how it has been doing."""

    device: str
    is_active: bool
    last_read: datetime | None
    records: int | None
    """On the terminal, at the last read."""
    stored: int
    forgotten: int
    """Of what it held at its last whole read: stored once, and no longer kept."""
    quarantined: int
    unclaimed: int
    """Stored punches of people who are no employee yet."""
    failures: int
    """In a row."""
    error: str
    drift: timedelta | None

    @property
    def ahead(self) -> int:
        """Records that the terminal holds beyond what is stored: punches since, or records that it holds twice."""
        return max(0, (self.records or 0) - self.stored - self.forgotten - self.quarantined)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Everything at one glance."""

    since: date | None
    """The first day that logs and days were counted from; None: all there are."""
    people: int
    """Users of terminals, but for those that are ignored."""
    mapped: int
    ignored: int
    logs: int
    review: int
    """Punches that wait for a person, whenever they are said to be."""
    quarantined: int
    days: int
    states: Mapping[PostAction, int]
    """Posting state -> days."""
    pending: int
    """Days that something touched and that were not derived since."""
    devices: Sequence[DeviceStats]

    @property
    def mapped_percent(self) -> float:
        """Of the users of terminals, how many stand for an employee; 100 where there is nobody to map."""
        return 100 * self.mapped / self.people if self.people else 100.0

    @property
    def posted(self) -> int:
        """Days of which the CRM was told, or which it knew."""
        return sum(self.states.get(state, 0) for state in POSTED)

    def state(self, action: PostAction) -> int:
        """Days in one posting state."""
        return self.states.get(action, 0)


def collect_stats(*, since: date | None = None) -> Stats:
    """Constant queries, whatever the number of terminals; every table is counted once. Writes nothing.

    :param since: count only logs and days from this day on. What each terminal holds is always counted whole.
    """
    logs = _logs(since)
    # order_by(): the usual order of a table would be grouped by as well.
    quarantined, forgotten = (
        dict(model._base_manager.order_by().values_list("device").annotate(Count("pk")))
        for model in (QuarantinedRecord, ForgottenPunch)
    )
    users = DeviceUser.objects.aggregate(
        people=Count("pk", filter=Q(ignored=False)),
        mapped=Count("pk", filter=Q(ignored=False, system_user__isnull=False)),
        ignored=Count("pk", filter=Q(ignored=True)),
    )
    states = _states(since)
    return Stats(
        since=since,
        **users,
        logs=sum(row["recent"] for row in logs.values()),
        review=sum(row["review"] for row in logs.values()),
        quarantined=sum(quarantined.values()),
        days=sum(states.values()),
        states=states,
        pending=PendingDay.objects.values("user", "date").distinct().count(),
        devices=[
            _coverage(
                device,
                logs.get(device.pk, {}),
                forgotten=forgotten.get(device.pk, 0),
                quarantined=quarantined.get(device.pk, 0),
            )
            for device in _devices()
        ],
    )


def _devices() -> Any:
    """Without the secrets: they cost a decryption each, and may be unreadable."""
    return Device.objects.defer("comm_key", "username", "password", "cursor").order_by("name")


def _logs(since: date | None) -> dict[Any, dict[str, Any]]:
    """Device -> its counts, in one pass over the logs."""
    recent = Q()
    if since is not None:
        start = datetime.combine(max(since, EARLIEST), time(0), tzinfo=timezone.get_default_timezone())
        recent = Q(punch_time__gte=start)
    corrected = Correction.objects.filter(log=OuterRef("pk"), undone_at__isnull=True)
    rows = ESSLAttendanceLog.objects.order_by().values("device")
    counts = rows.annotate(
        stored=Count("pk"),
        recent=Count("pk", filter=recent or None),
        review=Count("pk", filter=Q(~Q(review=""), ~Exists(corrected))),
        unclaimed=Count("pk", filter=Q(user__isnull=True)),
    )
    return {row["device"]: dict(row) for row in counts}


def _states(since: date | None) -> dict[PostAction, int]:
    days = ProcessedAttendance.objects.order_by()
    if since is not None:
        days = days.filter(date__gte=since)
    return {PostAction(state): count for state, count in days.values_list("posting_state").annotate(Count("pk"))}


def _coverage(device: Device, logs: Mapping[str, Any], *, forgotten: int, quarantined: int) -> DeviceStats:
    return DeviceStats(
        device=device.name,
        is_active=device.is_active,
        last_read=device.last_sync,
        records=device.record_count,
        stored=logs.get("stored", 0),
        forgotten=forgotten,
        quarantined=quarantined,
        unclaimed=logs.get("unclaimed", 0),
        failures=device.failures,
        error=device.last_error,
        drift=device.clock_drift,
    )
