"""Which old punches may go: those of days that nothing can change any more, and that the CRM was told of."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from django.db.models import Exists, OuterRef

from attendance_devices.domain.punches.retention import BESIDE, Example, HeldBack, NeighbourDays, beside, why_held
from attendance_devices.domain.shifts.rule import at_clock
from attendance_devices.hosts.current import current_host
from attendance_devices.models import Correction, DeviceUser, ESSLAttendanceLog, PendingDay, ProcessedAttendance
from attendance_devices.models.logs import DOUBTFUL
from attendance_devices.services.devices.local_time import default_zone
from attendance_devices.services.posting.post import TO_POST
from attendance_devices.services.punches.coverage import first_believable_punch
from attendance_devices.services.punches.pending_days import UserDay
from attendance_devices.services.retention.candidates import OldPunch, RetentionPeriod

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDay:
    """Punches of one day that stay, and why."""

    why: HeldBack
    punches: int
    example: Example


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionVerdict:
    """Some days, judged."""

    going: Mapping[UserDay, Sequence[OldPunch]]
    staying: Sequence[KeptDay]


@dataclass(frozen=True, slots=True, kw_only=True)
class _DayFacts:
    """What is known of some people's days."""

    pending: Collection[UserDay]
    rows: Mapping[UserDay, str]
    """What the CRM has not been told, in words."""
    waiting: Collection[UserDay]
    """Days whose automatic check-out is still to come."""
    locked: Mapping[tuple[str, date], str]
    doubts: Mapping[Any, Sequence[tuple[date, date]]]
    """User -> of punches that wait for a look: the date that the clock showed, and that of the receipt."""
    terminals: Mapping[Any, Sequence[Any]]
    """User -> the terminals in use that list the person."""
    retention: RetentionPeriod = field(repr=False)

    def nearby(self, user: Any, day: date) -> NeighbourDays:
        """About a day and those beside it."""
        days = [(user, one) for one in beside(day)]
        return NeighbourDays(
            pending=next((f"{one} waits to be derived" for key, one in days if (key, one) in self.pending), ""),
            open=next((f"{one[1]} waits for its automatic check-out" for one in days if one in self.waiting), ""),
            untold=next((f"{one[1]}: {self.rows[one]}" for one in days if one in self.rows), ""),
            locked=next((f"{one}: {why}" for key, one in days if (why := self.locked.get((str(key), one)))), ""),
            review=self._review(user, day),
            unread=self._unread(user, day),
        )

    def _review(self, user: Any, day: date) -> str:
        """A punch with a wrong clock was made at most a day before it was received."""
        for shown, received in self.doubts.get(user, ()):
            if abs((shown - day).days) <= BESIDE or -BESIDE <= (received - day).days <= BESIDE + 1:
                return f"a punch received on {received} waits for a person's look"
        return ""

    def _unread(self, user: Any, day: date) -> str:
        for device in self.terminals.get(user, ()):
            zone = self.retention.zones[device.pk]
            end = at_clock(day + (BESIDE + 1) * ONE_DAY, time(0), zone)
            since = first_believable_punch(device, zone)
            if since is not None and since < end and (device.last_sync is None or device.last_sync < end):
                return f"{device.name} was not read since"
        return ""


def judge_days(punches: Mapping[UserDay, Sequence[OldPunch]], retention: RetentionPeriod) -> RetentionVerdict:
    """:param punches: all that were shown on each of these days. Constant queries, and what the host asks."""
    due = {key: found for key, found in punches.items() if all(key[1] <= retention.last[one.device] for one in found)}
    facts = _facts(due, retention)
    going, staying = {}, []
    for key, found in sorted(due.items(), key=_oldest_first):
        free = [one for one in found if not one.stays]
        reason = why_held(facts.nearby(*key)) if free else None
        if reason is not None:
            staying.append(_staying(key, reason[0], len(free), reason[1]))
        elif free:
            going[key] = free
        staying += _looked_at(key, [one for one in found if one.stays])
    return RetentionVerdict(going=going, staying=staying)


def _oldest_first(one: tuple[UserDay, Sequence[OldPunch]]) -> tuple[date, str]:
    (user, day), _ = one
    return day, str(user)


def _looked_at(key: UserDay, found: Sequence[OldPunch]) -> Iterator[KeptDay]:
    corrected = sum(one.is_corrected for one in found)
    if corrected:
        yield _staying(key, HeldBack.CORRECTED, corrected, "corrected by a person")
    if len(found) > corrected:
        yield _staying(key, HeldBack.REVIEW, len(found) - corrected, "waits for a person's look")


def _staying(key: UserDay, why: HeldBack, punches: int, words: str) -> KeptDay:
    return KeptDay(why=why, punches=punches, example=Example(employee=str(key[0]), date=key[1], words=words))


def _facts(due: Collection[UserDay], retention: RetentionPeriod) -> _DayFacts:
    near = {(user, one) for user, day in due for one in beside(day)}
    users, dates = {user for user, _ in near}, {day for _, day in near}
    rows, waiting = _rows(users, dates)
    return _DayFacts(
        pending=set(PendingDay.objects.filter(user__in=users, date__in=dates).values_list("user_id", "date")),
        rows=rows,
        waiting=waiting,
        locked=current_host().locked([(str(user), day) for user, day in near]) if near else {},
        doubts=_doubts(users),
        terminals=_terminals(users, retention),
        retention=retention,
    )


def _rows(users: Collection[Any], dates: Collection[date]) -> tuple[dict[UserDay, str], set[UserDay]]:
    """A CRM that takes no rows is never told, and need not be."""
    untold: dict[UserDay, str] = {}
    waiting: set[UserDay] = set()
    takes_rows = current_host().takes_rows
    found = ProcessedAttendance.objects.filter(user__in=users, date__in=dates).order_by()
    for user, day, state, due in found.values_list("user_id", "date", "posting_state", "auto_out_due"):
        if takes_rows and state in TO_POST:
            untold[user, day] = f"the CRM's row is {state}"
        if due is not None:
            waiting.add((user, day))
    return untold, waiting


def _doubts(users: Collection[Any]) -> Mapping[Any, Sequence[tuple[date, date]]]:
    standing = Correction.objects.filter(log=OuterRef("pk"), undone_at__isnull=True)
    logs = ESSLAttendanceLog.objects.filter(DOUBTFUL, ~Exists(standing), user__in=users).order_by()
    found = defaultdict(list)
    for user, shown, received in logs.values_list("user_id", "device_time", "received_at"):
        found[user].append((shown.date(), received.astimezone(default_zone()).date()))
    return found


def _terminals(users: Collection[Any], retention: RetentionPeriod) -> Mapping[Any, Sequence[Any]]:
    listed = DeviceUser.objects.filter(system_user__in=users, on_device=True, ignored=False, device__is_active=True)
    found = defaultdict(list)
    for user, device in listed.order_by().values_list("system_user_id", "device_id"):
        if device in retention.devices:
            found[user].append(retention.devices[device])
    return found
