"""What a derive needs to know about people's days: their punches, shifts and zones, read in bulk."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from django.db.models import Q

from attendance_devices import conf
from attendance_devices.domain.pairing import Tap
from attendance_devices.domain.shifts import ShiftRule, on_duty
from attendance_devices.domain.windows import ThreeDays, Window, window
from attendance_devices.domain.workdays import Around
from attendance_devices.hosts.current import current_host
from attendance_devices.models import Device, ESSLAttendanceLog, ShiftAssignment
from attendance_devices.services.amend import amended, standing
from attendance_devices.services.punched import Punched, default_zone, zone_of

UserDay: TypeAlias = tuple[Any, date]
"""Primary key of a user, and a date."""
ONE_DAY = timedelta(days=1)
SHIFT_NAME = 100
"""Characters that the column holds."""
NEAREST_FIRST = tuple(timedelta(days=days) for days in (0, -1, 1, -2, 2))
"""Where a day looks for its zone. The dates that clocks in two zones show at one instant differ by two at most."""


class Newcomer(str):
    """Stands for an employee whose account is not created yet (a dry run); the database knows nothing of it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything about a set of people and dates."""

    punches: Mapping[Any, Mapping[date, list[Punched]]]
    """User -> date shown -> punches in the order of time."""
    rules: Mapping[UserDay, Sequence[ShiftRule]]
    """The shifts of a day in their order."""
    zones: Mapping[Any, ZoneInfo]
    """Device -> the zone of its clock; None -> that of the site, for punches that no terminal saw."""
    by_name: Mapping[str, Device]
    default: ShiftRule
    now: datetime
    """Automatic check-outs are written up to this moment."""
    default_zone: ZoneInfo = field(default_factory=default_zone)

    def taps(self, user: Any, day: date) -> list[Tap]:
        """The punches shown on the day and its neighbours, and whatever else falls into one of its windows."""
        spans = [self.window(user, day, number) for number in range(len(self.shifts(user, day)))]
        near = [punch for shift in NEAREST_FIRST for punch in self.shown(user, day + shift)]
        return [
            punch.tap
            for punch in near
            if abs(punch.shown_on - day) <= ONE_DAY or any(punch.tap.at in span for span in spans)
        ]

    def shown(self, user: Any, day: date) -> list[Punched]:
        """The person's punches that a clock showed this date for."""
        by_date = self.punches.get(user)
        return by_date.get(day, []) if by_date else []

    def window(self, user: Any, day: date, number: int = 0) -> Window:
        """The stretch of time whose punches belong to a shift of the day."""
        zones = [self.zone(user, near) for near in (day, day + ONE_DAY, day - ONE_DAY)]
        return window(day, self.three_days(user, day, number), *zones[:2], zone_before=zones[2])

    def three_days(self, user: Any, day: date, number: int = 0) -> ThreeDays:
        """The rule of a shift of the day, and those of the shifts around it."""
        eve, before, on, after = (self.shifts(user, day + shift * ONE_DAY) for shift in (-2, -1, 0, 1))
        return ThreeDays(
            eve=eve[-1],
            before=on[number - 1] if number else before[-1],
            on=on[number],
            after=on[number + 1] if number + 1 < len(on) else after[0],
            before_is_same_day=number > 0,
            after_is_same_day=number + 1 < len(on),
        )

    def shifts(self, user: Any, day: date) -> Sequence[ShiftRule]:
        """The shifts of the day in their order; there is always one."""
        return self.rules.get((user, day)) or (self.default,)

    def around(self, user: Any, day: date) -> Around:
        """What else the rule of the day has to know."""
        before, after = self.zone(user, day - ONE_DAY), self.zone(user, day + ONE_DAY)
        return Around(now=self.now, zone_before=before, zone_after=after)

    def owner(self, user: Any, day: date, moment: datetime) -> str:
        """Seen from `day`: whose window holds this moment, in words; empty if none does."""
        for shift in NEAREST_FIRST:
            for number, rule in enumerate(self.shifts(user, day + shift)):
                if moment in self.window(user, day + shift, number):
                    return "another day" if shift else f"the shift {rule.name} of the same day"
        return ""

    def zone(self, user: Any, day: date) -> ZoneInfo:
        """The zone of the terminal that the person used first that day, else nearest to it."""
        spare = None
        for shift in NEAREST_FIRST:
            found = self.shown(user, day + shift)
            for punch in reversed(found) if shift < timedelta(0) else found:
                if punch.tells_zone:
                    return self.zones[punch.device]
                spare = spare or punch.device
        return self.zones[spare]

    def travels(self, user: Any, day: date) -> bool:
        """Does the person meet clocks of more than one zone around this day?"""
        near = (punch for shift in NEAREST_FIRST for punch in self.shown(user, day + shift))
        return len({self.zones[punch.device].key for punch in near}) > 1


def gather(days: Collection[UserDay], extra: Iterable[ESSLAttendanceLog] = (), *, now: datetime | None = None) -> Facts:
    """The facts about these days, in a constant number of queries.

    :param extra: punches that are not stored (a dry run); their `user_id` names whose they are.
    :param now: until when automatic check-outs are written; None is this moment.
    """
    users = {user for user, _ in days if not isinstance(user, Newcomer)}
    devices = {device.pk: device for device in Device.objects.all()}
    wanted = {(user, day + timedelta(days=shift)) for user, day in days for shift in range(-3, 4)}
    first, last = min(day for _, day in wanted), max(day for _, day in wanted)
    punches: dict[Any, dict[date, list[Punched]]] = defaultdict(lambda: defaultdict(list))
    for punch in [*_stored(users, first, last, devices), *_unstored(extra, devices)]:
        if (punch.user, punch.shown_on) in wanted:
            punches[punch.user][punch.shown_on].append(punch)
    for by_date in punches.values():
        for found in by_date.values():
            found.sort(key=lambda punch: (punch.tap.at, punch.tap.place, punch.tap.key))
    return Facts(
        punches=punches,
        rules=_rules(users, wanted),
        zones={pk: zone_of(device) for pk, device in devices.items()} | {None: default_zone()},
        by_name={device.name: device for device in devices.values()},
        default=default_rule(),
        now=now or datetime.now(UTC),
    )


def default_rule() -> ShiftRule:
    """The rule of a person without an assigned shift: the hours of the settings, else a plain calendar day."""
    settings = conf.load()
    named = settings.work_start_time is not None and settings.work_end_time is not None
    buffer = timedelta(hours=settings.overnight_shift_buffer_hours) if settings.overnight_shift else None
    boundary = settings.day_boundary
    if buffer is not None and not named and boundary == time(0):
        boundary = time(int(buffer.total_seconds()) // 3600 % 24, int(buffer.total_seconds()) // 60 % 60)
    return ShiftRule(
        name="default" if named else "",
        start=settings.work_start_time if named else None,
        end=settings.work_end_time if named else None,
        margin_after=buffer if named else None,
        day_boundary=boundary,
        grace=timedelta(minutes=settings.late_grace_minutes),
        double_tap=timedelta(seconds=settings.double_tap_seconds),
    )


def _stored(users: Collection[Any], first: date, last: date, devices: Mapping[Any, Device]) -> Iterable[Punched]:
    """A day more at either end: the instants of a date differ by zone."""
    start = datetime(first.year, first.month, first.day, tzinfo=UTC) - ONE_DAY
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + 2 * ONE_DAY
    corrections = standing(users, start, end)
    settled = {row.log_id for row in corrections}
    yield from amended(corrections, devices)
    rows = ESSLAttendanceLog.objects.filter(user__in=users, punch_time__gte=start, punch_time__lt=end)
    columns = rows.order_by().values_list(
        "pk", "user_id", "device_id", "device_time", "punch_time", "review", "punch_type"
    )
    for pk, user, device, shown, at, review, key in columns.iterator(chunk_size=5000):
        if pk not in settled:
            tap = _tap(pk, at, devices[device], review=review, punch_type=key)
            yield Punched(user=user, shown_on=shown.date(), device=device, tap=tap)


def _unstored(logs: Iterable[ESSLAttendanceLog], devices: Mapping[Any, Device]) -> Iterable[Punched]:
    for number, log in enumerate(logs, start=1):
        where = devices[log.device_id]
        tap = _tap(-number, log.punch_time, where, review=log.review, punch_type=log.punch_type)
        yield Punched(user=log.user_id, shown_on=log.device_time.date(), device=log.device_id, tap=tap)


def _tap(key: int, at: datetime, where: Device, *, review: str, punch_type: str) -> Tap:
    return Tap(key=key, at=at, place=where.name, review=review, punch_type=punch_type, facing=where.direction)


def _rules(users: Collection[Any], wanted: Collection[UserDay]) -> dict[UserDay, Sequence[ShiftRule]]:
    """Who works which shifts when: what the host says, else our assignments. Only the days asked for, not the years
    between them: a clock that jumped to 2099 must not cost a rule for every day until then."""
    dates: dict[Any, list[date]] = defaultdict(list)
    for user, day in wanted:
        dates[user].append(day)
    span = sorted({day for _, day in wanted})
    assigned = ShiftAssignment.objects.filter(
        Q(date_until__isnull=True) | Q(date_until__gte=span[0]), user__in=users, date_from__lte=span[-1]
    ).select_related("shift")
    rules: dict[UserDay, list[ShiftRule]] = defaultdict(list)
    known: dict[Any, ShiftRule] = {}
    for row in assigned.order_by("user", "date_from", "pk"):
        rule, until = known.setdefault(row.shift_id, row.shift.rule), row.date_until or span[-1]
        for day in dates[row.user_id]:
            if row.date_from <= day <= until:
                rules[row.user_id, day].append(rule)
    by_text = {str(user): user for user in users}
    for (employee, day), given in current_host().shift_rules(by_text, span).items():
        if employee in by_text:
            rules[by_text[employee], day] = [given] if isinstance(given, ShiftRule) else list(given)
    return {key: _named_apart(on_duty(key[1], found)) for key, found in rules.items()}


def _named_apart(rules: Sequence[ShiftRule]) -> Sequence[ShiftRule]:
    """A day has one row for each name, and a host's own shifts may be called anything."""
    names = [rule.name[:SHIFT_NAME] for rule in rules]
    if len(set(names)) == len(names):
        return rules
    cut = SHIFT_NAME - len(f" ({len(names)})")
    return tuple(replace(rule, name=f"{rule.name[:cut]} ({number})") for number, rule in enumerate(rules, start=1))
