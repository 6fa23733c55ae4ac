"""How every terminal is doing, and how the whole is: from what is stored, in a constant number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from attendance_devices import conf
from attendance_devices.domain.devices.health import DeviceVitals, Health, Level, Limits, judge_health, worst
from attendance_devices.domain.devices.incidents import CALM, IncidentFinding, IncidentKind, IncidentState, standstill
from attendance_devices.domain.display.times import distance
from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.domain.punches.file_contents import FROM_FILE, FROM_TABLE
from attendance_devices.models import (
    AuditEntry,
    Device,
    ESSLAttendanceLog,
    Incident,
    PendingDay,
    ProcessedAttendance,
    SyncRun,
)
from attendance_devices.services.devices.poll_interval import poll_pace_of
from attendance_devices.services.workers.heartbeat import Pulse, pulse

LATELY = timedelta(days=7)
"""The pace of new punches is taken from so many days, and whole comparisons are looked for in them."""
PACE_KEPT_SECONDS = 600
Run: TypeAlias = Mapping[str, int]
"""What a run counted, by column."""
SECRETS = ("comm_key", "username", "password", "cursor")
"""Not read: they cost a decryption each, and may be unreadable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSurvey:
    """Every terminal, and whether anybody reads them. Instants are aware."""

    at: datetime
    limits: Limits
    devices: Sequence[Health]
    longest_rest: timedelta
    """So long nobody need read any terminal; zero: however long."""
    last_attempt: datetime | None
    """When any terminal was last read, or tried."""
    polled_since: datetime | None
    """The first such try within that time; None: there was none, or any time will do."""
    clockwork: Pulse

    @property
    def last_beat(self) -> datetime | None:
        """When the clockwork last said that it runs; None where none is installed."""
        return self.clockwork.last

    @property
    def standstill(self) -> IncidentFinding:
        """Does nothing read the terminals any more?"""
        both = (
            _clockwork(self.clockwork, self.at),
            standstill(self.last_attempt, self.longest_rest, self.at, "a terminal was last read"),
        )
        order = (IncidentState.BAD, IncidentState.WELL, IncidentState.BETWEEN)
        return min(both, key=lambda found: order.index(found.state))

    @property
    def polled(self) -> bool:
        """Have terminals been read for a while? Right after a stop all are silent, and it is the fault of none."""
        return self.polled_since is not None and self.at - self.polled_since >= CALM

    @property
    def level(self) -> Level:
        """The worst of all."""
        still = Level.ALARM if self.standstill.state is IncidentState.BAD else Level.OK
        return worst([still, *(one.level for one in self.devices)])


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteHealth:
    """The terminals, and what became of their punches."""

    survey: DeviceSurvey
    days_pending: int
    """Days that something touched and that were not derived since."""
    rows_failed: int
    """Days that the CRM refused."""
    incidents: Sequence[Incident]
    """That stand, the oldest first."""

    @property
    def level(self) -> Level:
        """The worst of all; a refused row is for a person to look at."""
        return worst([self.survey.level, Level.WARN if self.rows_failed else Level.OK])


def site_health(now: datetime | None = None) -> SiteHealth:
    """Writes nothing. :param now: aware; None is now."""
    return SiteHealth(
        survey=survey_devices(now),
        days_pending=PendingDay.objects.values("user", "date").distinct().count(),
        rows_failed=ProcessedAttendance.objects.filter(posting_state=PostAction.FAILED).count(),
        incidents=tuple(Incident.objects.filter(closed_at__isnull=True).order_by("opened_at", "pk")),
    )


def survey_devices(now: datetime | None = None, *, devices: Sequence[Device] | None = None) -> DeviceSurvey:
    """Writes nothing. :param now: aware; None is now. :param devices: all there are, if somebody has them already."""
    now, settings = now or datetime.now(UTC), conf.load()
    limits = limits_of(settings)
    devices = every_device() if devices is None else devices
    pace, compared = _cached_punches_per_day(devices, now), _last_full_reads(now)
    rest = _longest_rest(devices, limits, settings)
    return DeviceSurvey(
        at=now,
        limits=limits,
        devices=[judge_health(_vitals(one, pace, compared, settings), limits, now) for one in devices],
        longest_rest=rest,
        last_attempt=_last_attempt(devices, now + CALM),
        polled_since=_polled_since(now - rest) if rest else None,
        clockwork=pulse(now),
    )


def every_device() -> list[Device]:
    """By name, without their secrets."""
    return list(Device.objects.defer(*SECRETS).order_by("name"))


def health_of(device: Device, now: datetime | None = None) -> Health:
    """One terminal, as `survey_devices` judges it. Two queries; writes nothing. :param now: aware; None is now."""
    now, settings = now or datetime.now(UTC), conf.load()
    pace, compared = _punches_per_day([device], now), _last_full_reads(now, device.pk)
    return judge_health(_vitals(device, pace, compared, settings), limits_of(settings), now)


def limits_of(settings: conf.Settings) -> Limits:
    """The limits that the settings name."""
    return Limits(
        failures=int(settings.device_down_failures),
        silence=timedelta(minutes=settings.device_silent_minutes),
        drift=timedelta(seconds=settings.clock_tolerance_seconds),
        worst_drift=timedelta(minutes=settings.future_tolerance_minutes),
        full=settings.nearly_full_percent / 100,
        # A comparison is due after so many hours, and may have to wait for a terminal that is away.
        compared=timedelta(hours=2 * settings.reconcile_hours),
    )


def _clockwork(found: Pulse, now: datetime) -> IncidentFinding:
    if found.is_alive:
        return IncidentFinding(
            kind=IncidentKind.STANDSTILL, state=IncidentState.WELL if found.last else IncidentState.BETWEEN
        )
    words = f"the clockwork last ran {distance(now - found.last)} ago" if found.last else "the clockwork never ran"
    return IncidentFinding(kind=IncidentKind.STANDSTILL, state=IncidentState.BAD, words=words)


def _vitals(device: Device, pace: Mapping[Any, int], runs: Mapping[Any, Run], settings: conf.Settings) -> DeviceVitals:
    compared = runs.get(device.pk)
    return DeviceVitals(
        key=device.pk,
        device=device.name,
        is_active=device.is_active,
        last_contact=device.last_seen,
        last_compared=device.last_reconciled,
        failures=device.failures,
        error=device.last_error,
        drift=device.clock_drift,
        records=device.record_count,
        capacity=device.record_capacity,
        pace=pace.get(device.pk, 0) / LATELY.days,
        compared=compared["device_records"] if compared else None,
        missing=_missing(compared) if compared else None,
        interval=interval_of(device, settings),
    )


def interval_of(device: Device, settings: conf.Settings) -> timedelta:
    """How often the clockwork reads it."""
    return poll_pace_of(device.pk, device.poll_minutes, settings).interval


def _longest_rest(devices: Sequence[Device], limits: Limits, settings: conf.Settings) -> timedelta:
    """Where all are read seldom on purpose, three turns of the one that is read most often."""
    every = min((interval_of(one, settings) for one in devices if one.is_active), default=None)
    return timedelta(0) if every is None or not limits.silence else max(limits.silence, 3 * every)


def _missing(run: Run) -> int:
    return max(0, run["device_records"] - run["new"] - run["known"] - run["quarantined"])


def _punches_per_day(devices: Sequence[Device], now: datetime) -> dict[Any, int]:
    """Device -> punches of the last days. By what clocks showed: that has an index of each device."""
    shown = now.replace(tzinfo=None)
    rows = ESSLAttendanceLog.objects.filter(
        device__in=[one.pk for one in devices], device_time__range=(shown - LATELY, shown + timedelta(days=1))
    )
    return dict(rows.order_by().values_list("device").annotate(Count("pk")))


def _cached_punches_per_day(devices: Sequence[Device], now: datetime) -> dict[Any, int]:
    """The same, some minutes old: a week of every punch is counted, for a number of days that is told as one."""
    key = f"attendance_devices:pace:{now:%Y-%m-%d}"
    kept = cache.get(key)
    if isinstance(kept, dict):
        return kept
    found = _punches_per_day(devices, now)
    cache.set(key, found, PACE_KEPT_SECONDS)
    return found


def _last_full_reads(now: datetime, device: int | None = None) -> dict[Any, Run]:
    """Device -> its last run that read the whole log to its end. :param device: None is every one."""
    runs = SyncRun.objects.filter(whole=True, started_at__gte=now - LATELY, device_records__isnull=False)
    runs = runs if device is None else runs.filter(device=device)
    columns = ("device", "device_records", "new", "known", "quarantined")
    return {row["device"]: row for row in runs.order_by("started_at", "pk").values(*columns)}


def _last_attempt(devices: Sequence[Device], latest: datetime) -> datetime | None:
    """Of every run there is a row; a door that leaves none has at least heard the terminal.

    :param latest: what is later was noted by a clock that was wrong.
    """
    last = _reads().order_by("-pk").values_list("started_at", flat=True).first()
    return max((at for at in (last, *(one.last_seen for one in devices)) if at and at <= latest), default=None)


def _polled_since(bound: datetime) -> datetime | None:
    runs = _reads().filter(started_at__gte=bound).order_by("started_at")
    return runs.values_list("started_at", flat=True).first()


def _reads() -> QuerySet[SyncRun]:
    """Runs that asked a terminal. One that stored a file did not: the trail has it, while the run went on."""
    during = Q(at__gte=OuterRef("started_at"), at__lte=OuterRef("finished_at"))
    files = AuditEntry.objects.filter(during, device=OuterRef("device"), verb__in=(FROM_FILE, FROM_TABLE))
    return SyncRun.objects.filter(~Exists(files.order_by()))
