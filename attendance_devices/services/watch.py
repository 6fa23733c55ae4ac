"""Who could have been seen where: the terminals that know a person, and how far each has been read."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from attendance_devices.domain.clocks import OLDEST_YEAR, Review
from attendance_devices.domain.roll import Employment, Reading
from attendance_devices.domain.rotas import Unit
from attendance_devices.hosts.base import Host
from attendance_devices.models import Correction, Device, DeviceUser, ESSLAttendanceLog

SANE = datetime(OLDEST_YEAR, 1, 1)  # noqa: DTZ001 - what a clock showed has no zone


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is known of one person besides the punches."""

    unit: Unit
    readings: Sequence[Reading]
    employment: Employment
    since: date | None
    """The first day on which anybody could know the person: the first of employment if the CRM tells it, else that of
    the first punch."""
    doubtful: Sequence[datetime]
    """When punches that wait for a person's look were received."""


def watches(
    users: Collection[Any],
    devices: Mapping[Any, Device],
    zones: Mapping[Any, ZoneInfo],
    *,
    host: Host,
    unsaved: Unsaved,
) -> dict[Any, Watch]:
    """One for each user, in a constant number of queries and those of the host.

    :param zones: device -> zone of its clock.
    """
    by_text = {str(user): user for user in users}
    saved = [user for user in users if not isinstance(user, Newcomer)]
    keys = {str(user) for user in saved}
    units, employments, readings = host.units(keys), host.employment(keys), _readings(devices, zones, unsaved)
    (known, first), doubtful = _enrolled(saved, unsaved), _doubtful(saved, unsaved)
    found = {}
    for text, user in by_text.items():
        employment, at = employments.get(text, Employment()), first.get(user)
        mine = [readings[key] for key in sorted(known.get(user, ())) if key in readings]
        offices = {devices[key].office for key in known.get(user, ()) if key in readings}
        found[user] = Watch(
            unit=_with_office(units.get(text, Unit()), offices),
            readings=mine,
            employment=employment,
            since=employment.joined or (at.date() if at else None),
            doubtful=doubtful.get(user, ()),
        )
    return found


def _with_office(unit: Unit, offices: Collection[str]) -> Unit:
    """Where the CRM does not say, whoever is known by terminals of one office only belongs to it."""
    if unit.office or len(offices) != 1:
        return unit
    return Unit(office=next(iter(offices)), department=unit.department)


def in_use() -> QuerySet[Device]:
    """Every device, with the instant of its first punch that can be believed as `told_since`.

    Without the secrets: they cost a decryption each, and may be unreadable.
    """
    logs = ESSLAttendanceLog.objects.filter(device=OuterRef("pk"), device_time__gte=SANE).order_by("device_time")
    devices = Device.objects.defer("comm_key", "username", "password", "cursor")
    return devices.annotate(told_since=Subquery(logs.values("punch_time")[:1]))


def _readings(devices: Mapping[Any, Any], zones: Mapping[Any, ZoneInfo], unsaved: Unsaved) -> dict[Any, Reading]:
    """Device in use -> how far it has been read."""
    since = {key: device.told_since for key, device in devices.items()}
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


def _enrolled(users: Collection[Any], unsaved: Unsaved) -> tuple[Mapping[Any, set[Any]], dict[Any, datetime]]:
    """User -> devices that list the person, and what a clock showed at the first punch that can be believed."""
    known: dict[Any, set[Any]] = defaultdict(set)
    logs = ESSLAttendanceLog.objects.filter(user=OuterRef("system_user"), review=Review.NONE).order_by("punch_time")
    rows = DeviceUser.objects.filter(system_user__in=users, on_device=True, ignored=False).order_by()
    first: dict[Any, datetime] = {}
    for user, device, at in rows.values_list("system_user_id", "device_id", Subquery(logs.values("device_time")[:1])):
        known[user].add(device)
        first |= {user: at} if at else {}
    for device, user in unsaved.unlisted:
        known[user].discard(device)
    for user, devices in unsaved.enrolled.items():
        known[user] |= set(devices)
    for log in unsaved.logs:
        if not log.review:
            first[log.user_id] = min(log.device_time, first.get(log.user_id, log.device_time))
    return known, first


def _doubtful(users: Collection[Any], unsaved: Unsaved) -> Mapping[Any, list[datetime]]:
    found: dict[Any, list[datetime]] = defaultdict(list)
    settled = Correction.objects.filter(log=OuterRef("pk"), undone_at__isnull=True)
    rows = ESSLAttendanceLog.objects.filter(~Exists(settled), user__in=users).exclude(review=Review.NONE)
    for user, received in rows.order_by().values_list("user_id", "received_at"):
        found[user].append(received)
    for log in unsaved.logs:
        if log.review:
            found[log.user_id].append(log.received_at)
    return found
