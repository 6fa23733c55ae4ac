"""A punch as a derive carries it, and the zone of the clock that showed it."""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from django.db.models import Q

from attendance_devices.domain.days.pairing import CorrectedBy, DayPunch, KeyMeaning
from attendance_devices.domain.punches.punch import PunchType
from attendance_devices.models import Correction, Device
from attendance_devices.services.devices.local_time import default_zone, zone_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedPunch:
    """One punch of one employee, with what the rules do not need but the row does."""

    user: Any
    shown_on: date
    """The date on the terminal's own clock."""
    device: Any
    """None for a punch that a person added and that no terminal should have seen."""
    tap: DayPunch

    @property
    def tells_zone(self) -> bool:
        """Was the person at this terminal, so that the day is reckoned by its clock?"""
        by = self.tap.amended
        return self.device is not None if by is None else self.device is not None and not by.is_void


ONE_DAY = timedelta(days=1)
KEY_MEANING = {
    PunchType.IN: KeyMeaning.IN,
    PunchType.OVERTIME_IN: KeyMeaning.IN,
    PunchType.OUT: KeyMeaning.OUT,
    PunchType.OVERTIME_OUT: KeyMeaning.OUT,
}
"""Who says that it was an in says so also where the gate decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionNote:
    """One correction, standing or undone, as "why?" tells of it."""

    key: int
    kind: str
    """A `Correction.Kind`."""
    log: int | None
    """The punch of a terminal that it speaks about; None of an added one."""
    place: str
    """The name of the terminal; empty if there is none."""
    was_at: datetime | None
    at: datetime | None
    """The instant that the person gave; None if that stayed."""
    was_type: str
    punch_type: str
    """The meaning that the person gave; empty if that stayed."""
    why: str
    made_by: str
    made_at: datetime
    undone_by: str
    undone_at: datetime | None

    @property
    def moments(self) -> tuple[datetime, ...]:
        """Where the punch was, and where it is now."""
        return tuple(moment for moment in (self.was_at, self.at) if moment is not None)


def active_corrections(users: Collection[Any], start: datetime, end: datetime) -> list[Correction]:
    """Those that stand and move a punch of these people out of [start, end), into it or within it. One query."""
    rows = Correction.objects.filter(_near(start, end), user__in=users, undone_at__isnull=True)
    return list(rows.select_related("log").order_by("pk"))


def apply_corrections(rows: Iterable[Correction], devices: Mapping[Any, Device]) -> Iterator[CorrectedPunch]:
    """The punches as these corrections say; each stands in place of its log."""
    for row in rows:
        device = devices.get(row.log.device_id if row.log else row.device_id)
        # Reckoned each time: the device may have been said to hang in another zone since.
        shown = row.moment.astimezone(zone_of(device) if device else default_zone())
        yield CorrectedPunch(
            user=row.user_id,
            shown_on=shown.date() if row.at or row.log is None else row.log.device_time.date(),
            device=device.pk if device else None,
            tap=_tap(row, device),
        )


def _tap(row: Correction, device: Device | None) -> DayPunch:
    punch_type = row.punch_type or (row.log.punch_type if row.log else "")
    told = KeyMeaning(device.direction) if device else KeyMeaning.BOTH
    return DayPunch(
        key=row.log.pk if row.log else -row.pk,
        at=row.moment,
        place=device.name if device else "",
        punch_type=punch_type,
        facing=KEY_MEANING.get(PunchType(row.punch_type), told),
        amended=CorrectedBy(key=row.pk, words=_words(row), is_void=row.kind == Correction.Kind.VOID),
    )


def _words(row: Correction) -> str:
    """By whom, when and why; of a changed one also what the terminal had said."""
    made = f"by {row.made_by_name} on {row.made_at.astimezone(default_zone()).date()}: {on_one_line(row.why)}"
    if row.log is None:
        return f"added {made}"
    if row.kind == Correction.Kind.VOID:
        return f"voided {made}"
    said = ", ".join(part for part in (f"{row.log.device_time:%Y-%m-%d %H:%M:%S}", row.log.punch_type) if part)
    return f"the terminal said {said}; changed {made}"


def on_one_line(text: str) -> str:
    """As it can stand in a line, without what a screen would obey."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def corrections_of(user: Any, start: datetime, end: datetime) -> list[CorrectionNote]:
    """All that touched a person's punches in [start, end), undone ones too, in the order in which they were made."""
    rows = Correction.objects.filter(_near(start, end), user=user).select_related("log__device", "device")
    return [_corrected(row) for row in rows.order_by("made_at", "pk")]


def _corrected(row: Correction) -> CorrectionNote:
    device = row.log.device if row.log else row.device
    return CorrectionNote(
        key=row.pk,
        kind=row.kind,
        log=row.log_id,
        place=device.name if device else "",
        was_at=row.log.punch_time if row.log else None,
        at=row.at,
        was_type=row.log.punch_type if row.log else "",
        punch_type=row.punch_type,
        why=on_one_line(row.why),
        made_by=row.made_by_name,
        made_at=row.made_at,
        undone_by=row.undone_by_name,
        undone_at=row.undone_at,
    )


def days_touched(rows: Iterable[Correction]) -> Iterator[tuple[Any, datetime]]:
    """Whose days these corrections touch: user, and a naive time of the day.

    A day is reckoned by the clock of a terminal, and by which one may depend on the very punch that is corrected: each
    instant touches the date that it has on any of our walls, mostly one. Where walls differ, the days beside it too:
    those without a punch of their own go by it.
    """
    zones: set[tzinfo] = {default_zone(), *(zone_of(device) for device in Device.objects.only("pk", "timezone"))}
    beside = (-ONE_DAY, timedelta(0), ONE_DAY) if len(zones) > 1 else (timedelta(0),)
    for row in rows:
        moments = [row.at, row.log.punch_time if row.log else None]
        for moment in moments:
            if moment is not None:
                shown = {moment.astimezone(zone).replace(tzinfo=None) for zone in zones}
                yield from ((row.user_id, one + shift) for one in shown for shift in beside)
        if row.log:
            yield row.user_id, row.log.device_time


def days_touched_by_zone(device: Device) -> Iterator[tuple[Any, datetime]]:
    """The days whose corrected punches take the zone of this device, as it was and as it is."""
    rows = Correction.objects.filter(Q(device=device) | Q(log__device=device), undone_at__isnull=True, at__isnull=False)
    for row in rows:
        for shift in (-ONE_DAY, timedelta(0), ONE_DAY):
            yield row.user_id, row.moment.astimezone(UTC).replace(tzinfo=None) + shift


def corrected_days(among: Q, first: date, last: date) -> set[tuple[Any, date]]:
    """The days from `first` to `last` that a standing correction touches. :param among: on a table with a ``user``."""
    start, end = (datetime.combine(day, time(0), tzinfo=UTC) for day in (first, last))
    rows = Correction.objects.filter(among, _near(start - 2 * ONE_DAY, end + 3 * ONE_DAY), undone_at__isnull=True)
    days = {(user, shown.date()) for user, shown in days_touched(rows.select_related("log"))}
    return {(user, day) for user, day in days if first <= day <= last}


def _near(start: datetime, end: datetime) -> Q:
    return Q(at__gte=start, at__lt=end) | Q(log__punch_time__gte=start, log__punch_time__lt=end)
