"""Who could have been seen where: the terminals that know a person, and how far each has been read."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from attendance_devices.domain.days.absences import Employment, Reading
from attendance_devices.domain.punches.instants import OLDEST_YEAR, Review, instant
from attendance_devices.domain.shifts.assignments import Unit
from attendance_devices.hosts.base import Host
from attendance_devices.hosts.current import current_host
from attendance_devices.models import Correction, Device, DeviceUser, ESSLAttendanceLog
from attendance_devices.models.logs import DOUBTFUL, Source
from attendance_devices.services.devices.local_time import zone_of
from attendance_devices.services.punches.sealed_days import first_deleted_day

EARLIEST_BELIEVABLE = datetime(OLDEST_YEAR, 1, 1)  # noqa: DTZ001 - what a clock showed has no zone


class Newcomer(str):
    """Stands for an employee whose account is not created yet (a dry run); the database knows nothing of it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaved:
    """What a dry run heard, and what it would do about it: nothing of it is stored."""

    logs: Sequence[ESSLAttendanceLog] = ()
    """Their `user_id` names whose they are."""
    read: Mapping[Any, datetime] = field(default_factory=dict)
    """Device -> when it was read."""
    told: Mapping[Any, datetime] = field(default_factory=dict)
    """Device -> its first new punch that can be believed, whoever made it."""
    unlisted: Collection[tuple[Any, Any]] = ()
    """Devices, and employees whom they would not list any more."""
    enrolled: Mapping[Any, Collection[Any]] = field(default_factory=dict)
    """Employee -> devices that would know the person."""
    disowned: Collection[tuple[Any, str]] = ()
    """Devices, and ids there whose stored punches would be nobody's."""

    def owned(self, logs: QuerySet[ESSLAttendanceLog]) -> QuerySet[ESSLAttendanceLog]:
        """Those that would still be somebody's."""
        for device, who in self.disowned:
            logs = logs.exclude(device=device, biometric_id=who)
        return logs


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCoverage:
    """What is known of one person besides the punches."""

    unit: Unit
    readings: Sequence[Reading]
    employment: Employment
    since: date | None
    """The first day on which anybody could know the person: the first of employment if the CRM tells it, else that of
    the first punch; after those on which the id was ignored and punches went."""
    doubtful: Sequence[datetime]
    """When punches that wait for a person's look were received."""


def read_coverage(
    users: Collection[Any],
    devices: Mapping[Any, Device],
    zones: Mapping[Any, ZoneInfo],
    *,
    host: Host,
    unsaved: Unsaved,
) -> dict[Any, PersonCoverage]:
    """One for each user, in a constant number of queries and those of the host.

    :param zones: device -> zone of its clock.
    """
    by_text = {str(user): user for user in users}
    saved = [user for user in users if not isinstance(user, Newcomer)]
    keys = {str(user) for user in saved}
    units, employments, readings = host.units(keys), host.employment(keys), _readings(devices, zones, unsaved)
    (known, first, unknown), doubtful = _enrolled(saved, unsaved), _doubtful(saved, unsaved)
    found = {}
    for text, user in by_text.items():
        employment, at = employments.get(text, Employment()), first.get(user)
        mine = [readings[key] for key in sorted(known.get(user, ())) if key in readings]
        offices = {devices[key].office for key in known.get(user, ()) if key in readings}
        found[user] = PersonCoverage(
            unit=_with_office_of_devices(units.get(text, Unit()), offices),
            readings=mine,
            employment=employment,
            since=_since(employment, at, unknown.get(user)),
            doubtful=doubtful.get(user, ()),
        )
    return found


def _since(employment: Employment, first: datetime | None, unknown_until: date | None) -> date | None:
    since = employment.joined or (first.date() if first else None)
    return since if since is None or unknown_until is None else max(since, unknown_until + timedelta(days=1))


def _with_office_of_devices(unit: Unit, offices: Collection[str]) -> Unit:
    """Where the CRM does not say, whoever is known by terminals of one office only belongs to it."""
    if unit.office or len(offices) != 1:
        return unit
    return Unit(office=next(iter(offices)), department=unit.department)


def devices_with_first_punch() -> QuerySet[Device]:
    """Return every device, with `told_since`: the instant of the first punch of its own that can be believed.

    A file may end long before its log begins: of the days between the two, nobody can say who was missing.
    Without the secrets: they cost a decryption each, and may be unreadable.
    """
    told = ESSLAttendanceLog.objects.exclude(source=Source.FILE)
    logs = told.filter(device=OuterRef("pk"), device_time__gte=EARLIEST_BELIEVABLE).order_by("device_time")
    devices = Device.objects.defer("comm_key", "username", "password", "cursor")
    return devices.annotate(told_since=Subquery(logs.values("punch_time")[:1]))


def first_believable_punch(device: Any, zone: ZoneInfo) -> datetime | None:
    """Return the instant of its first punch that can be believed, whether it is still kept or not.

    :param device: one of `devices_with_first_punch`.
    """
    gone = instant(device.first_shown, zone, 0) if device.first_shown else None
    return min((at for at in (device.told_since, gone) if at is not None), default=None)


def _readings(devices: Mapping[Any, Any], zones: Mapping[Any, ZoneInfo], unsaved: Unsaved) -> dict[Any, Reading]:
    """Device in use -> how far it has been read."""
    since = {key: first_believable_punch(device, zones[key]) for key, device in devices.items()}
    since |= {key: min(at, since.get(key) or at) for key, at in unsaved.told.items()}
    return {
        key: Reading(
            place=device.name,
            since=since.get(key),
            until=unsaved.read.get(key, device.last_sync),
            zone=zones[key],
        )
        for key, device in devices.items()
        if device.is_active
    }


_Enrolled: TypeAlias = tuple[Mapping[Any, set[Any]], dict[Any, datetime], Mapping[Any, date]]


def _enrolled(users: Collection[Any], unsaved: Unsaved) -> _Enrolled:
    """User -> devices that list the person; what a clock showed at the first punch that can be believed; and until when
    nobody stood behind the id, and punches went."""
    known: dict[Any, set[Any]] = defaultdict(set)
    mine = ESSLAttendanceLog.objects.filter(user=OuterRef("system_user"), review=Review.NONE)
    logs = unsaved.owned(mine).order_by("punch_time")
    rows = DeviceUser.objects.filter(system_user__in=users, on_device=True, ignored=False).order_by()
    first: dict[Any, datetime] = {}
    unknown: dict[Any, date] = {}
    columns = (
        "system_user_id",
        "device_id",
        "unknown_until",
        Subquery(logs.values("device_time")[:1]),
        first_deleted_day(),
    )
    for user, device, until, at, gone in rows.values_list(*columns):
        if (device, user) in unsaved.unlisted:
            continue
        known[user].add(device)
        seen = [moment for moment in (at, gone and datetime.combine(gone, time(0))) if moment]
        first |= {user: min(seen)} if seen else {}
        unknown |= {user: max(until, unknown.get(user, until))} if until else {}
    for user, devices in unsaved.enrolled.items():
        known[user] |= set(devices)
    for log in unsaved.logs:
        if not log.review:
            first[log.user_id] = min(log.device_time, first.get(log.user_id, log.device_time))
    return known, first, unknown


def _doubtful(users: Collection[Any], unsaved: Unsaved) -> Mapping[Any, list[datetime]]:
    found: dict[Any, list[datetime]] = defaultdict(list)
    settled = Correction.objects.filter(log=OuterRef("pk"), undone_at__isnull=True)
    rows = unsaved.owned(ESSLAttendanceLog.objects.filter(DOUBTFUL, ~Exists(settled), user__in=users))
    for user, received in rows.order_by().values_list("user_id", "received_at"):
        found[user].append(received)
    for log in unsaved.logs:
        if log.review and log.review != Review.SEALED_DAY:
            found[log.user_id].append(log.received_at)
    return found


NOTHING = Unsaved()


def coverage_of(users: Collection[Any], unsaved: Unsaved = NOTHING) -> Mapping[Any, PersonCoverage]:
    """What is known of these people besides their punches."""
    devices = {device.pk: device for device in devices_with_first_punch()}
    zones = {pk: zone_of(device) for pk, device in devices.items()}
    return read_coverage(users, devices, zones, host=current_host(), unsaved=unsaved)


def units_of(users: Collection[Any]) -> dict[Any, Unit]:
    """Where each belongs: as the CRM says, else to the one office whose terminals know the person."""
    told = current_host().units({str(user) for user in users})
    rows = DeviceUser.objects.filter(on_device=True, ignored=False, device__is_active=True, system_user__isnull=False)
    offices: dict[Any, set[str]] = {}
    for user, office in rows.order_by().values_list("system_user_id", "device__office").distinct():
        offices.setdefault(user, set()).add(office)
    return {user: _unit(told.get(str(user), Unit()), offices.get(user, set())) for user in users}


def _unit(unit: Unit, offices: Collection[str]) -> Unit:
    if unit.office or len(offices) != 1:
        return unit
    return Unit(office=next(iter(offices)), department=unit.department)
