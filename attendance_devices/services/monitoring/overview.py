"""How terminals are shown to whoever keeps them alive: their health, their runs and who is on them. Never a secret."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils.functional import Promise

from attendance_devices.domain.devices.health import LEVELS, Health, HealthSign, Level
from attendance_devices.domain.devices.jobs import JobKind
from attendance_devices.models import AuditEntry, Device, DeviceUser, Incident, SyncRun
from attendance_devices.services.display.badges import JOB_NAMES, OF_LEVEL, SWITCHED_OFF, Badge
from attendance_devices.services.live.timing import Timing
from attendance_devices.services.monitoring.health import SECRETS, DeviceSurvey, every_device, health_of, survey_devices

LATELY = timedelta(days=1)
RUNS = 20
LISTENED = Timing().lease + timedelta(seconds=5)
"""Whoever listens renews a short lease with each look; a poll takes a long one, once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMode:
    """How a terminal is read at the moment."""

    is_live: bool = False
    """Somebody listens to it."""
    is_busy: bool = False
    """A poll, a test or a write holds it."""
    next_attempt: datetime | None = None
    """When it is polled next; None: at the next tick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceOverview:
    """One terminal."""

    device: Device
    """Without its secrets."""
    health: Health
    way: ReadMode
    last_run: SyncRun | None = None
    """Of the last day."""

    @property
    def mark(self) -> Badge:
        """How its health is shown."""
        return OF_LEVEL[self.health.level] if self.health.vitals.is_active else SWITCHED_OFF

    @property
    def worst(self) -> HealthSign | None:
        """The sign that makes it unwell; None if it is well."""
        level = self.health.level
        return None if level is Level.OK else next(sign for sign in self.health.signs if sign.level is level)

    @property
    def signs(self) -> Mapping[str, HealthSign]:
        """What was judged, by its name."""
        return {sign.about.value: sign for sign in self.health.signs}

    @property
    def used(self) -> str:
        """Per cent of the room for records, as text for an attribute; empty if nobody knows."""
        used = self.health.vitals.used
        return "" if used is None else f"{min(max(100 * used, 0), 100):.1f}"

    @property
    def coverage(self) -> float | None:
        """Per cent of its records that are stored."""
        found = self.health.vitals.coverage
        # Rounded down: one that is missing of a million must not read as none.
        return None if found is None else int(found * 1000) / 10


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceList:
    """All of them, the worst first."""

    survey: DeviceSurvey
    rows: Sequence[DeviceOverview]

    @property
    def counts(self) -> list[tuple[Badge, int]]:
        """How many there are of each kind, the worst first."""
        marks = [*(OF_LEVEL[level] for level in reversed(LEVELS)), SWITCHED_OFF]
        return [(mark, sum(row.mark is mark for row in self.rows)) for mark in marks]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDetails:
    """One terminal, with what happened to it."""

    shown: DeviceOverview
    runs: Sequence[SyncRun]
    incidents: Sequence[Incident]
    audit: Sequence[tuple[Promise | str, AuditEntry]]
    """What was done to the terminal, and what that is called; not what was said of people on it."""
    people: Mapping[str, int]
    """How many ids stand for employees, wait, are ignored, and are listed no more."""


def list_devices() -> DeviceList:
    """A constant number of queries; writes nothing."""
    devices = every_device()
    found = survey_devices(devices=devices)
    runs = _last_runs(found.at)
    judged = zip(devices, found.devices, strict=True)
    rows = [_shown(device, health, found.at, runs.get(device.pk)) for device, health in judged]
    rows.sort(key=lambda row: (-LEVELS.index(row.health.level), not row.device.is_active, row.device.name.casefold()))
    return DeviceList(survey=found, rows=rows)


def device_details(key: int) -> DeviceDetails | None:
    """One terminal; None if there is none of this key."""
    device = Device.objects.defer(*SECRETS).filter(pk=key).first()
    if device is None:
        return None
    now = datetime.now(UTC)
    runs = list(SyncRun.objects.filter(device=key).order_by("-started_at", "-pk")[:RUNS])
    return DeviceDetails(
        shown=_shown(device, health_of(device, now), now, runs[0] if runs else None),
        runs=runs,
        incidents=list(Incident.objects.filter(device=key).order_by("-opened_at", "-pk")[:10]),
        audit=[(_name(entry), entry) for entry in _audit(key)],
        people=_people(key),
    )


def devices_by_keys(keys: Collection[str]) -> list[Device]:
    """The terminals of these keys, by name; whatever is no key is passed over. With secrets: they will be reached."""
    numbers = {int(key) for key in keys if key.isascii() and key.isdecimal() and len(key) < 19}
    return list(Device.objects.filter(pk__in=numbers).order_by("name"))


def _shown(device: Device, health: Health, now: datetime, run: SyncRun | None) -> DeviceOverview:
    return DeviceOverview(device=device, health=health, way=_way(device, now), last_run=run)


def _way(device: Device, now: datetime) -> ReadMode:
    until, seen = device.lease_until, device.last_seen
    is_held = bool(device.lease_holder) and until is not None and until > now
    is_live = is_held and seen is not None and until is not None and until - seen <= LISTENED
    return ReadMode(is_live=is_live, is_busy=is_held and not is_live, next_attempt=device.next_attempt)


def _last_runs(now: datetime) -> dict[Any, SyncRun]:
    lately = SyncRun.objects.filter(started_at__gte=now - LATELY).order_by()
    keys = lately.values("device").annotate(last=Max("pk")).values("last")
    return {run.device_id: run for run in SyncRun.objects.filter(pk__in=keys)}


def _audit(key: int) -> QuerySet[AuditEntry]:
    """Of jobs how they ended: that they began is told while they are under way."""
    begun = Q(verb__in=list(JobKind), outcome=AuditEntry.Outcome.BEGUN)
    return AuditEntry.objects.filter(~begun, device=key, subject="").order_by("-pk")[:RUNS]


def _name(entry: AuditEntry) -> Promise | str:
    return JOB_NAMES[JobKind(entry.verb)] if entry.verb in set(JobKind) else entry.verb.replace("_", " ")


def _people(key: int) -> Mapping[str, int]:
    there, nobody = Q(ignored=False), Q(system_user__isnull=True)
    found: Mapping[str, int] = DeviceUser.objects.filter(device=key).aggregate(
        mapped=Count("pk", filter=~nobody),
        waiting=Count("pk", filter=nobody & there),
        ignored=Count("pk", filter=nobody & ~there),
        unlisted=Count("pk", filter=Q(on_device=False)),
    )
    return found
