"""Find the days of known employees without a punch, and note them so that they are derived too."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeAlias

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Min, QuerySet

from attendance_devices.domain.days.absences import NoPunchStatus, status_without_punch
from attendance_devices.domain.days.status import DayStatus
from attendance_devices.models import DeviceUser, PendingDay, ProcessedAttendance
from attendance_devices.services.days.inputs import DayInputs, read_day_inputs
from attendance_devices.services.devices.local_time import today
from attendance_devices.services.punches.coverage import NOTHING, Newcomer, Unsaved, coverage_of
from attendance_devices.services.punches.pending_days import ROWS_PER_INSERT, UserDay
from attendance_devices.services.punches.sealed_days import sealed_days
from attendance_devices.services.shifts.assignments import SHIFT_NAME

ONE_DAY = timedelta(days=1)
StoredByShift: TypeAlias = Mapping[str, NoPunchStatus | None]
"""Shift -> what our row says of a day without a punch; None if it tells of punches."""
DAYS_AT_ONCE = 100_000
"""Days of all people that are looked at together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceScope:
    """Whose days are meant, and which."""

    since: date
    until: date | None = None
    """Included; None is today, and later than today is nobody's."""
    users: Collection[str] | None = None
    """Primary keys as text; None is everybody."""
    office: str = ""
    """Only those who belong to it; empty is everybody."""


def note_missing_days(called: AbsenceScope) -> int:
    """Note the days on which someone is missing and our rows do not say so as they should. Returns how many were noted.

    What there is to say of a day, the derive decides: calling twice, early or late does no harm.
    """
    missing = set(find_missing_days(called))
    missing -= set(PendingDay.objects.filter(date__gte=called.since).values_list("user_id", "date"))
    notes = [PendingDay(user_id=user, date=day) for user, day in sorted(missing, key=str)]
    PendingDay.objects.bulk_create(notes, batch_size=ROWS_PER_INSERT)
    return len(notes)


def find_missing_days(called: AbsenceScope, unsaved: Unsaved = NOTHING) -> Iterator[UserDay]:
    """Days of employees whom a terminal knows, of which our rows do not say what there is to say. Writes nothing.

    Constant queries for each `DAYS_AT_ONCE`.
    """
    last = min(called.until or today(), today())
    users = _employee_keys(called.users, unsaved)
    since = max(called.since, min(_coverage_start(users, unsaved), _first_row_without_punch(called.since)))
    while users and since <= last:
        end = min(last, since + DAYS_AT_ONCE // len(users) * ONE_DAY)
        yield from _missing_days_between(users, since, end, office=called.office, unsaved=unsaved)
        since = end + ONE_DAY


def _coverage_start(users: Collection[Any], unsaved: Unsaved) -> date:
    """Before this day no terminal told anything, or nobody is known."""
    watches = coverage_of(users, unsaved) if users else {}
    # A night belongs to the day before, and an instant may be shown with a date before its own.
    told = {one.since.date() - 2 * ONE_DAY for watch in watches.values() for one in watch.readings if one.since}
    known = {watch.since for watch in watches.values() if watch.since}
    return max(min(told), min(known)) if told and known else date.max


def _first_row_without_punch(since: date) -> date:
    """Where our rows begin to say something without a punch: it may be so no more."""
    rows = ProcessedAttendance.objects.filter(date__gte=since, check_in__isnull=True, check_out__isnull=True)
    return rows.aggregate(first=Min("date"))["first"] or date.max


def known_employees() -> QuerySet[Any]:
    """Employees with an account in use, whom a terminal in use lists: users, of whom nothing is asked yet."""
    return _with_active_account(
        get_user_model()._base_manager.filter(pk__in=_listed_device_users().values("system_user_id"))
    )


def known_employee_keys() -> set[Any]:
    """Their primary keys; one query."""
    return set(known_employees().values_list("pk", flat=True))


def _missing_days_between(
    users: Collection[Any], since: date, last: date, *, office: str, unsaved: Unsaved
) -> Iterator[UserDay]:
    days = [since + number * ONE_DAY for number in range((last - since).days + 1)]
    told, sealed = (
        _stored_by_day(since, last),
        sealed_days([user for user in users if not isinstance(user, Newcomer)], days),
    )
    facts = read_day_inputs({(user, day) for user in users for day in days}, unsaved, with_punches=False)
    for user in sorted(users, key=str):
        if office and facts.watches[user].unit.office != office:
            continue
        for day in days:
            if (user, day) not in sealed and _needs_derive(user, day, told.get((user, day), {}), facts):
                yield user, day


def _needs_derive(user: Any, day: date, rows: StoredByShift, facts: DayInputs) -> bool:
    """Is there more to say, or something else, than the rows of the day do? Leaves are granted afterwards, too."""
    shifts = {rule.name[:SHIFT_NAME]: number for number, rule in enumerate(facts.shifts(user, day))}
    strange = rows.keys() - shifts.keys()
    if strange:
        # What punches were in another shift is for those who changed it.
        return all(rows[name] is not None for name in strange)
    silent = [name for name in shifts if name not in rows or rows[name] is not None]
    return any(_status_without_punch(user, day, shifts[name], facts) != rows.get(name) for name in silent)


def _status_without_punch(user: Any, day: date, number: int, facts: DayInputs) -> NoPunchStatus | None:
    """What a shift of the day is called if nobody punched."""
    rule, span, zone = facts.shifts(user, day)[number], facts.window(user, day, number), facts.zone(user, day)
    return status_without_punch(day, rule, zone, facts.calendar(user, day), span=span, now=facts.now)


def _stored_by_day(since: date, last: date) -> Mapping[UserDay, StoredByShift]:
    rows = ProcessedAttendance.objects.filter(date__range=(since, last)).exclude(status=DayStatus.WITHDRAWN)
    names = ("user_id", "date", "shift", "status", "status_reason", "check_in", "check_out")
    found: dict[UserDay, dict[str, NoPunchStatus | None]] = defaultdict(dict)
    for user, day, shift, status, reason, came, went in rows.order_by().values_list(*names):
        is_silent = came is None and went is None
        found[user, day][shift] = NoPunchStatus(status=DayStatus(status), reason=reason) if is_silent else None
    return found


def _employee_keys(users: Collection[str] | None, unsaved: Unsaved) -> set[Any]:
    """Employees with an account in use, whom a terminal in use lists."""
    listed = set(_listed_device_users().values_list("device_id", "system_user_id")) - set(unsaved.unlisted)
    keys = {user for _, user in listed} | set(unsaved.enrolled)
    saved = {key for key in keys if not isinstance(key, Newcomer)}
    people = _with_active_account(get_user_model()._base_manager.filter(pk__in=saved))
    found = set(people.values_list("pk", flat=True)) | (keys - saved)
    return found if users is None else {user for user in found if str(user) in users}


def _listed_device_users() -> QuerySet[DeviceUser]:
    known = DeviceUser.objects.filter(on_device=True, ignored=False, device__is_active=True, system_user__isnull=False)
    return known.order_by()


def _with_active_account(users: QuerySet[Any]) -> QuerySet[Any]:
    """Those whose account is not switched off."""
    return users.order_by().filter(is_active=True) if _has_is_active_field() else users.order_by()


def _has_is_active_field() -> bool:
    try:
        get_user_model()._meta.get_field("is_active")
    except FieldDoesNotExist:
        return False
    return True
