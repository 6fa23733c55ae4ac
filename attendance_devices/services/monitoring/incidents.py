"""Incidents are opened and closed from what is stored, and told by signal and mail: when one begins, and at its end."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Q
from django.utils.translation import gettext_noop as _

from attendance_devices import conf
from attendance_devices.domain.devices.incidents import IncidentFinding, IncidentKind, IncidentStep, findings, next_step
from attendance_devices.models import Device, Incident
from attendance_devices.services.devices.local_time import zone_of
from attendance_devices.services.monitoring.health import SECRETS, DeviceSurvey, survey_devices
from attendance_devices.services.monitoring.mail import LocalMoment, claim_notices, local_moment, send_mail_to
from attendance_devices.services.workers.isolation import error_boundary
from attendance_devices.services.workers.locks import derive_lock
from attendance_devices.signals import announce, device_down, device_nearly_full, device_up

logger = logging.getLogger(__name__)
SWITCHED_OFF = "not watched any more"
BEGUN = {IncidentKind.DOWN: device_down, IncidentKind.NEARLY_FULL: device_nearly_full}
TITLES = {
    IncidentKind.DOWN: _("does not answer"),
    IncidentKind.NEARLY_FULL: _("is nearly full"),
    IncidentKind.CLOCK_OFF: _("has a wrong clock"),
    IncidentKind.STANDSTILL: _("no terminal is read any more"),
}
ENDED = {
    IncidentKind.DOWN: _("answers again"),
    IncidentKind.NEARLY_FULL: _("has room again"),
    IncidentKind.CLOCK_OFF: _("has the right time again"),
    IncidentKind.STANDSTILL: _("terminals are read again"),
}
ADVICE = {
    IncidentKind.DOWN: _("Nothing is lost while its log has room. Check power and network; test_device tells more."),
    IncidentKind.NEARLY_FULL: _("A full terminal deletes its oldest punches or takes no more. Clear its log soon."),
    IncidentKind.CLOCK_OFF: _("Its punches carry a wrong time. Set the clock, or correct the device's time zone."),
    IncidentKind.STANDSTILL: _("Punches stay in the terminals. See that the queue, or what polls instead, is running."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentChanges:
    """What a look found."""

    opened: Sequence[Incident] = ()
    closed: Sequence[Incident] = ()
    told: int = 0
    """Incidents of which people were mailed."""
    errors: Sequence[str] = ()
    """The mail could not be sent; the next look tries again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentText:
    """An incident as a mail tells it."""

    where: str
    """The terminal; empty for all of them."""
    office: str
    title: str
    """To be translated, as the advice is."""
    note: str
    advice: str
    since: LocalMoment
    until: LocalMoment | None


def update_incidents(now: datetime | None = None) -> IncidentChanges:
    """Look at every terminal. A constant number of queries; two at once do no harm. :param now: aware; None is now."""
    now = now or datetime.now(UTC)
    try:
        opened, closed = _save_changes(now)
    except IntegrityError:
        logger.info("another process opened the same incident at the same moment")
        opened, closed = [], []
    errors: list[str] = []
    told = error_boundary("the mail about terminals", partial(_mail_incidents, now), 0, errors)
    return IncidentChanges(opened=opened, closed=closed, told=told, errors=errors)


def device_recipients() -> Sequence[str]:
    """Who hears of terminals: as the setting says, else Django's ADMINS."""
    named = conf.load().device_email_recipients
    # Pairs of name and address, or since Django 6.0 plain addresses.
    return [one if isinstance(one, str) else one[1] for one in settings.ADMINS] if named is None else named


def _save_changes(now: datetime) -> tuple[list[Incident], list[Incident]]:
    """Open and close, in one transaction: signals are sent when it is through."""
    with derive_lock():
        found = dict(_current_findings(survey_devices(now), now))
        standing = {row.open_key: row for row in _rows(Q(closed_at__isnull=True))}
        steps = {
            key: next_step(one.state, stands=key in standing, calm_since=_calm(standing.get(key)), now=now)
            for key, (_device, one) in found.items()
        }
        _move(steps, standing, now)
        gone = [row for key, row in standing.items() if key not in found]
        ended = [standing[key] for key, what in steps.items() if what is IncidentStep.CLOSE]
        closed = _close(gone, now, SWITCHED_OFF) + _close(ended, now)
        opened = _open({key: found[key] for key, what in steps.items() if what is IncidentStep.OPEN}, now)
    return opened, closed


def _current_findings(seen: DeviceSurvey, now: datetime) -> Iterator[tuple[str, tuple[Any, IncidentFinding]]]:
    """Key of an incident -> its device, and how its cause stands."""
    yield IncidentKind.STANDSTILL.value, (None, seen.standstill)
    for health in seen.devices:
        if health.vitals.is_active:
            for one in findings(health.vitals, seen.limits, now, polled=seen.polled):
                yield f"{one.kind}:{health.vitals.key}", (health.vitals.key, one)


def _calm(row: Incident | None) -> datetime | None:
    return row.calm_since if row else None


def _move(steps: dict[str, IncidentStep], standing: dict[str | None, Incident], now: datetime) -> None:
    for what, since in ((IncidentStep.CALM, now), (IncidentStep.UNREST, None)):
        keys = [standing[key].pk for key, one in steps.items() if one is what]
        if keys:
            Incident.objects.filter(pk__in=keys).update(calm_since=since)


def _open(found: dict[str, tuple[Any, IncidentFinding]], now: datetime) -> list[Incident]:
    if not found:
        return []
    Incident.objects.bulk_create(
        [
            Incident(device_id=device, kind=one.kind.value, note=one.words, opened_at=now, open_key=key)
            for key, (device, one) in found.items()
        ]
    )
    # Some databases do not say which keys the rows were given.
    opened = list(_rows(Q(open_key__in=found)))
    for row in opened:
        _log(row, "began: %s", row.note)
        if row.kind in BEGUN:
            announce(BEGUN[IncidentKind(row.kind)], Device, device=row.device, incident=row)
    return opened


def _close(rows: Sequence[Incident], now: datetime, why: str = "") -> list[Incident]:
    if rows:
        keys = [row.pk for row in rows]
        Incident.objects.filter(pk__in=keys).update(closed_at=now, open_key=None, end_note=why)
    for row in rows:
        row.closed_at, row.open_key, row.end_note = now, None, why
        _log(row, "is over: %s", why or "its cause is gone")
        if row.kind == IncidentKind.DOWN:
            announce(device_up, Device, device=row.device, incident=row)
    return list(rows)


def _log(row: Incident, message: str, words: str) -> None:
    where = row.device.name if row.device else "all terminals"
    facts = {"device": row.device_id, "incident": row.pk, "kind": row.kind}
    logger.warning(f"%s: incident %s {message}", where, row.kind, words, extra=facts)


def _rows(which: Q) -> Any:
    secrets = [f"device__{name}" for name in SECRETS]
    return Incident.objects.filter(which).select_related("device").defer(*secrets).order_by("opened_at", "pk")


def _mail_incidents(now: datetime) -> int:
    """One mail about all that began or ended since the last one. Where nobody is to be told, they count as told."""
    untold = Incident.objects.filter(Q(told_at__isnull=True) | Q(closed_at__isnull=False, ended_told_at__isnull=True))
    if not untold.exists():
        return 0
    with claim_notices(untold) as mine:
        rows, to = list(_rows(Q(pk__in=mine.values("pk")))), device_recipients()
        over = [row for row in rows if row.closed_at]
        begun = [row for row in rows if not row.closed_at]
        if rows and to:
            send_mail_to("incidents", to, **_values(begun, over))
        mine.filter(told_at__isnull=True).update(told_at=now)
        mine.filter(pk__in=[row.pk for row in over]).update(ended_told_at=now)
    return len(rows) if to else 0


def _values(begun: Sequence[Incident], over: Sequence[Incident]) -> dict[str, Any]:
    new, old = [_told(row) for row in begun], [_told(row) for row in over]
    return {"begun": new, "over": old, "only": (new + old)[0] if len(new + old) == 1 else None}


def _told(row: Incident) -> IncidentText:
    kind, zone = IncidentKind(row.kind), zone_of(row.device)
    ended = _("is not watched any more") if row.end_note else ENDED[kind]
    return IncidentText(
        where=row.device.name if row.device else "",
        office=row.device.office if row.device else "",
        title=ended if row.closed_at else TITLES[kind],
        note=row.note,
        advice=ADVICE[kind],
        since=local_moment(row.opened_at, zone),
        # It lasted until its cause went away, and not until that was sure.
        until=local_moment(row.calm_since or row.closed_at, zone) if row.closed_at else None,
    )
