"""Which punches are old enough: oldest first, some thousand at a time."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from attendance_devices import conf
from attendance_devices.domain.punches.retention import last_to_go
from attendance_devices.models import Correction, Device, DeviceUser, ESSLAttendanceLog
from attendance_devices.services.devices.local_time import zone_of
from attendance_devices.services.punches.coverage import devices_with_first_punch
from attendance_devices.services.punches.pending_days import UserDay

PUNCHES_AT_ONCE = 2_000
ONE_DAY = timedelta(days=1)


class OldPunch(NamedTuple):
    """A stored punch, as far as forgetting it goes."""

    key: int
    user: Any
    device: Any
    shown: datetime
    """Naive: what the clock showed."""
    biometric_id: str
    slot: int | None
    review: str
    source: str
    is_corrected: bool
    """Does a correction speak about it, standing or undone?"""

    @property
    def stays(self) -> bool:
        """Has a person looked at it, or does it wait for one?"""
        return self.is_corrected or bool(self.review)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPeriod:
    """How long punches are kept, as of now."""

    devices: Mapping[Any, Any]
    """As `devices_with_first_punch` finds them."""
    zones: Mapping[Any, ZoneInfo]
    last: Mapping[Any, date]
    """Device -> the last date whose punches are old enough by its clock."""

    @classmethod
    def now(cls) -> "RetentionPeriod | None":
        """None: everything is kept."""
        keep, now = conf.load().keep_punches_days, datetime.now(UTC)
        devices = {device.pk: device for device in devices_with_first_punch()}
        if not keep or not devices:
            return None
        zones = {key: zone_of(device) for key, device in devices.items()}
        last = {key: last_to_go(now.astimezone(zone).date(), keep) for key, zone in zones.items()}
        return cls(devices=devices, zones=zones, last=last)

    def due(self) -> Q:
        """The punches that are old enough. Their instants are asked for too: those have an index."""
        bounds = set(self.last.values())
        old = Q(pk__in=[])
        for bound in sorted(bounds):
            shown_there = [key for key, last in self.last.items() if last == bound]
            old |= Q(device__in=shown_there, device_time__lt=datetime.combine(bound + ONE_DAY, time(0)))
        return old & Q(punch_time__lt=_midnight(max(bounds) + 2 * ONE_DAY))


def pages_of_days(retention: RetentionPeriod) -> Iterator[set[UserDay]]:
    """Days of employees on which such punches were shown, each once."""
    logs = ESSLAttendanceLog.objects.filter(retention.due(), user__isnull=False).order_by("punch_time", "pk")
    seen: set[UserDay] = set()
    after = Q()
    while page := list(logs.filter(after).values_list("punch_time", "pk", "user_id", "device_time")[:PUNCHES_AT_ONCE]):
        keys = {(user, shown.date()) for *_, user, shown in page}
        yield keys - seen
        at, key, *_ = page[-1]
        after = Q(punch_time__gt=at) | Q(punch_time=at, pk__gt=key)
        # A date is over on every clock when the next but one has begun in UTC.
        seen = {one for one in seen | keys if one[1] >= at.date() - 2 * ONE_DAY}


def punches_of(days: Collection[UserDay]) -> dict[UserDay, list[OldPunch]]:
    """All punches that were shown on these days, in the order of time: one query."""
    if not days:
        return {}
    users, dates = {user for user, _ in days}, [day for _, day in days]
    start, end = _midnight(min(dates) - ONE_DAY), _midnight(max(dates) + 2 * ONE_DAY)
    found: dict[UserDay, list[OldPunch]] = {}
    logs = ESSLAttendanceLog.objects.filter(user__in=users, punch_time__gte=start, punch_time__lt=end)
    for one in map(OldPunch._make, _rows(logs)):
        if (one.user, one.shown.date()) in days:
            found.setdefault((one.user, one.shown.date()), []).append(one)
    return found


def ignored_punches(retention: RetentionPeriod) -> QuerySet[ESSLAttendanceLog]:
    """Old punches that nobody claims, of users whom a person said to ignore."""
    return ESSLAttendanceLog.objects.filter(retention.due(), _ignored(), user__isnull=True)


def unmapped_punches(retention: RetentionPeriod) -> QuerySet[ESSLAttendanceLog]:
    """Old punches that nobody claims, and nobody said to ignore."""
    return ESSLAttendanceLog.objects.filter(retention.due(), ~_ignored(), user__isnull=True)


def oldest_of(logs: QuerySet[ESSLAttendanceLog]) -> list[OldPunch]:
    """The oldest of them, as many as are forgotten at once."""
    return list(map(OldPunch._make, _rows(logs)[:PUNCHES_AT_ONCE]))


def lock_all_devices() -> None:
    """Nothing is collected until the transaction is over. In the order in which others lock them."""
    list(Device.objects.select_for_update().order_by("pk").values_list("pk"))


def _ignored() -> Exists:
    people = DeviceUser.objects.filter(device=OuterRef("device"), device_user_id=OuterRef("biometric_id"))
    return Exists(people.filter(ignored=True))


def _rows(logs: QuerySet[ESSLAttendanceLog]) -> Any:
    corrected = Exists(Correction.objects.filter(log=OuterRef("pk")))
    columns = ("pk", "user_id", "device_id", "device_time", "biometric_id", "slot", "review", "source", corrected)
    return logs.order_by("punch_time", "device__name", "pk").values_list(*columns)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=UTC)
