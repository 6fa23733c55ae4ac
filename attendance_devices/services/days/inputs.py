"""Read in bulk what deriving days needs: punches, shifts, zones, calendar and coverage."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from attendance_devices.domain.days.absences import Calendar
from attendance_devices.domain.days.pairing import DayPunch
from attendance_devices.domain.days.work_day import Around
from attendance_devices.domain.shifts.rule import ShiftRule, at_clock
from attendance_devices.domain.shifts.windows import ShiftsAround, ShiftWindow, shift_window
from attendance_devices.hosts.current import current_host
from attendance_devices.models import Device, ESSLAttendanceLog
from attendance_devices.services.devices.local_time import default_zone, zone_of
from attendance_devices.services.punches.applied_corrections import (
    CorrectedPunch,
    active_corrections,
    apply_corrections,
)
from attendance_devices.services.punches.coverage import (
    NOTHING,
    Newcomer,
    PersonCoverage,
    Unsaved,
    devices_with_first_punch,
    read_coverage,
)
from attendance_devices.services.punches.pending_days import UserDay
from attendance_devices.services.punches.sealed_days import SealedDays, sealed_days
from attendance_devices.services.shifts.assignments import (
    ShiftChoice,
    ShiftPlan,
    default_choice,
    default_rule,
    read_shift_plan,
)
from attendance_devices.services.shifts.calendar import DayCalendar, read_calendar

ONE_DAY = timedelta(days=1)
NEAREST_FIRST = tuple(timedelta(days=days) for days in (0, -1, 1, -2, 2))
"""Where a day looks for its zone. The dates that clocks in two zones show at one instant differ by two at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayInputs:
    """Everything about a set of people and dates."""

    punches: Mapping[Any, Mapping[date, list[CorrectedPunch]]]
    """User -> date shown -> punches in the order of time."""
    rota: ShiftPlan
    """Who works which shifts when."""
    almanac: DayCalendar
    watches: Mapping[Any, PersonCoverage]
    zones: Mapping[Any, ZoneInfo]
    """Device -> the zone of its clock; None -> that of the site, for punches that no terminal saw."""
    by_name: Mapping[str, Device]
    default: ShiftRule
    now: datetime
    """Automatic check-outs are written up to this moment."""
    default_zone: ZoneInfo = field(default_factory=default_zone)
    sealed: SealedDays = field(default_factory=dict)
    """Days whose rows stand as they are."""
    gone: SealedDays = field(default_factory=dict)
    """Of the sealed days those that told a zone by punches that are no longer kept."""

    def taps(self, user: Any, day: date) -> list[DayPunch]:
        """The punches shown on the day and its neighbours, and whatever else falls into one of its windows."""
        spans = [self.window(user, day, number) for number in range(len(self.shifts(user, day)))]
        near = [punch for shift in NEAREST_FIRST for punch in self.shown(user, day + shift)]
        return [
            punch.tap
            for punch in near
            if abs(punch.shown_on - day) <= ONE_DAY or any(punch.tap.at in span for span in spans)
        ]

    def shown(self, user: Any, day: date) -> list[CorrectedPunch]:
        """The person's punches that a clock showed this date for."""
        by_date = self.punches.get(user)
        return by_date.get(day, []) if by_date else []

    def window(self, user: Any, day: date, number: int = 0) -> ShiftWindow:
        """The stretch of time whose punches belong to a shift of the day."""
        zones = [self.zone(user, near) for near in (day, day + ONE_DAY, day - ONE_DAY)]
        return shift_window(day, self.three_days(user, day, number), *zones[:2], zone_before=zones[2])

    def three_days(self, user: Any, day: date, number: int = 0) -> ShiftsAround:
        """The rule of a shift of the day, and those of the shifts around it."""
        eve, before, on, after = (self.shifts(user, day + shift * ONE_DAY) for shift in (-2, -1, 0, 1))
        return ShiftsAround(
            eve=eve[-1],
            before=on[number - 1] if number else before[-1],
            on=on[number],
            after=on[number + 1] if number + 1 < len(on) else after[0],
            before_is_same_day=number > 0,
            after_is_same_day=number + 1 < len(on),
        )

    def shifts(self, user: Any, day: date) -> Sequence[ShiftRule]:
        """The shifts of the day in their order; there is always one."""
        return self.rota.rules.get((user, day)) or (self.default,)

    def choice(self, user: Any, day: date) -> ShiftChoice:
        """How the shifts of the day were chosen."""
        return self.rota.choices.get((user, day)) or default_choice(self.default)

    def around(self, user: Any, day: date) -> Around:
        """What else the rule of the day has to know."""
        before, after = self.zone(user, day - ONE_DAY), self.zone(user, day + ONE_DAY)
        return Around(
            now=self.now,
            zone_before=before,
            zone_after=after,
            calendar=self.calendar(user, day),
            owner=partial(self.owner, user, day),
        )

    def calendar(self, user: Any, day: date) -> Calendar:
        """What the day is for the person, besides the shift."""
        watch = self.watches.get(user)
        if watch is None:
            return Calendar()
        return Calendar(
            holiday=self.almanac.holiday(watch.unit.office, day),
            leave=self.almanac.leaves.get((str(user), day), ""),
            is_working=self.almanac.working.get((str(user), day)),
            outside=watch.employment.outside(day),
            watch=watch.readings,
            known_since=watch.since,
            doubtful=watch.doubtful,
        )

    def owner(self, user: Any, day: date, moment: datetime) -> str:
        """Seen from `day`: whose window holds this moment, in words; empty if none does."""
        for shift in NEAREST_FIRST:
            for number, rule in enumerate(self.shifts(user, day + shift)):
                if moment in self.window(user, day + shift, number):
                    return "another day" if shift else f"the shift {rule.name} of the same day"
        return ""

    def zone(self, user: Any, day: date) -> ZoneInfo:
        """The zone of the terminal that the person used first that day, else nearest to it."""
        if user not in self.punches and not self.gone:
            return self._zone_of_terminals(user, day)
        spare, is_near = None, False
        for shift in NEAREST_FIRST:
            gone = self.gone.get((user, day + shift))
            if gone is not None:
                return self.zones[gone.device]
            found = self.shown(user, day + shift)
            is_near = is_near or bool(found)
            for punch in reversed(found) if shift < timedelta(0) else found:
                if punch.tells_zone:
                    return self.zones[punch.device]
                spare = spare or punch.device
        return self.zones[spare] if is_near else self._zone_of_terminals(user, day)

    def _zone_of_terminals(self, user: Any, day: date) -> ZoneInfo:
        """Where nobody punched: of the terminals that know the person, the westernmost closes last."""
        watch = self.watches.get(user)
        zones = [one.zone for one in watch.readings] if watch else []
        return max(zones, key=lambda zone: at_clock(day, time(12), zone), default=self.zones[None])

    def travels(self, user: Any, day: date) -> bool:
        """Does the person meet clocks of more than one zone around this day?"""
        near = (punch for shift in NEAREST_FIRST for punch in self.shown(user, day + shift))
        return len({self.zones[punch.device].key for punch in near}) > 1


def read_day_inputs(
    days: Collection[UserDay], unsaved: Unsaved = NOTHING, *, now: datetime | None = None, with_punches: bool = True
) -> DayInputs:
    """The facts about these days, in a constant number of queries and those of the host.

    :param now: until when automatic check-outs are written, and people are missing; None is this moment.
    :param with_punches: if not, neither punches are read nor of which days they are no longer kept.
    """
    everybody = {user for user, _ in days}
    users = {user for user in everybody if not isinstance(user, Newcomer)}
    devices = {device.pk: device for device in devices_with_first_punch()}
    zones = {pk: zone_of(device) for pk, device in devices.items()} | {None: default_zone()}
    wanted = {(user, day + timedelta(days=shift)) for user, day in days for shift in range(-3, 4)}
    dates = sorted({day for _, day in wanted})
    host = current_host()
    watch = read_coverage(everybody, devices, zones, host=host, unsaved=unsaved)
    almanac = read_calendar(host, {str(user) for user in users}, dates)
    stored = _stored_punches(users, (dates[0], dates[-1]), devices, unsaved) if with_punches else ()
    sealed = sealed_days(users, dates) if with_punches else {}
    return DayInputs(
        punches=_group_by_user_and_date([*stored, *_unsaved_punches(unsaved.logs, devices)], wanted),
        rota=read_shift_plan(wanted, {user: one.unit for user, one in watch.items()}, almanac.working, host),
        almanac=almanac,
        watches=watch,
        zones=zones,
        by_name={device.name: device for device in devices.values()},
        default=default_rule(),
        now=now or datetime.now(UTC),
        sealed=sealed,
        gone={key: one for key, one in sealed.items() if one.device is not None},
    )


def _group_by_user_and_date(
    found: Iterable[CorrectedPunch], wanted: Collection[UserDay]
) -> dict[Any, dict[date, list[CorrectedPunch]]]:
    punches: dict[Any, dict[date, list[CorrectedPunch]]] = defaultdict(lambda: defaultdict(list))
    for punch in found:
        if (punch.user, punch.shown_on) in wanted:
            punches[punch.user][punch.shown_on].append(punch)
    for by_date in punches.values():
        for shown in by_date.values():
            shown.sort(key=lambda punch: (punch.tap.at, punch.tap.place, punch.tap.key))
    return punches


def _stored_punches(
    users: Collection[Any], span: tuple[date, date], devices: Mapping[Any, Device], unsaved: Unsaved
) -> Iterable[CorrectedPunch]:
    """A day more at either end: the instants of a date differ by zone."""
    first, last = span
    start = datetime(first.year, first.month, first.day, tzinfo=UTC) - ONE_DAY
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + 2 * ONE_DAY
    corrections = active_corrections(users, start, end)
    settled = {row.log_id for row in corrections}
    yield from apply_corrections(corrections, devices)
    rows = ESSLAttendanceLog.objects.filter(user__in=users, punch_time__gte=start, punch_time__lt=end)
    columns = (
        unsaved.owned(rows)
        .order_by()
        .values_list("pk", "user_id", "device_id", "device_time", "punch_time", "review", "punch_type")
    )
    for pk, user, device, shown, at, review, key in columns.iterator(chunk_size=5000):
        if pk not in settled:
            tap = _tap(pk, at, devices[device], review=review, punch_type=key)
            yield CorrectedPunch(user=user, shown_on=shown.date(), device=device, tap=tap)


def _unsaved_punches(logs: Iterable[ESSLAttendanceLog], devices: Mapping[Any, Device]) -> Iterable[CorrectedPunch]:
    for number, log in enumerate(logs, start=1):
        where = devices[log.device_id]
        tap = _tap(-number, log.punch_time, where, review=log.review, punch_type=log.punch_type)
        yield CorrectedPunch(user=log.user_id, shown_on=log.device_time.date(), device=log.device_id, tap=tap)


def _tap(key: int, at: datetime, where: Device, *, review: str, punch_type: str) -> DayPunch:
    spot = None if where.latitude is None or where.longitude is None else (where.latitude, where.longitude)
    return DayPunch(
        key=key, at=at, place=where.name, review=review, punch_type=punch_type, facing=where.direction, spot=spot
    )
