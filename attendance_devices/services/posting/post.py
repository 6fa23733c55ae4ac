"""Tell the CRM: what would change in its rows, and the change itself."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q, QuerySet

from attendance_devices import conf
from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.posting.host_row import (
    HostRow,
    PostAction,
    PostedValue,
    PostPlan,
    RowOutcome,
    as_one,
)
from attendance_devices.domain.results import PostResult
from attendance_devices.hosts.base import Host, plans_of
from attendance_devices.hosts.current import current_host
from attendance_devices.models import ProcessedAttendance
from attendance_devices.services.posting.bulk_update import update_posted
from attendance_devices.services.workers.locks import derive_lock

BATCH_ROWS = 1_000
KEYS_AT_ONCE = 20 * BATCH_ROWS
"""Whose days wait is read in such stretches: of a year of a company it would be a third of a million."""
TO_POST = (PostAction.NEW, PostAction.FAILED, PostAction.LOCKED)
"""What is still to be told: a row that failed is tried again, and a locked day once it is unlocked."""
POSTING = ("posting_state", "posting_note", "posted_at", "host_label", "host_pk", "host_made", "posted_values")
READ = (
    *("pk", "user_id", "date", "check_in", "check_out", "worked", "late", "early", "overtime", "status", "shift"),
    *("punch_count", "device_name", "office", "time_zone", *POSTING),
)
"""What a post has to know of our rows."""
FORGOTTEN: dict[str, Any] = {
    "posting_state": PostAction.SKIPPED,
    "posted_at": None,
    "posted_values": {},
    "host_label": "",
    "host_pk": "",
    "host_made": False,
}
Day: TypeAlias = Any
"""A named tuple of `READ`: a third of the time of a model instance."""
AnyDay = TypeVar("AnyDay", bound=Any)
PostFilter = Callable[[Day], bool]


def plan_post(days: Sequence[ProcessedAttendance]) -> PostPlan:
    """The exact difference between these days and the CRM's rows. They need not be saved. Writes nothing."""
    host = current_host()
    if not host.takes_rows:
        return PostPlan()
    rows = [as_one([host_row_of(day) for day in group]) for group in _by_day(days)]
    return PostPlan(rows=[plan for batch in _batches(rows) for plan in plans_of(host, batch)])


def days_to_post(
    *, since: date, until: date | None = None, among: Q | None = None, again: bool = False
) -> QuerySet[ProcessedAttendance]:
    """The days that the CRM has not been told of.

    :param among: only these of our rows. :param again: also days that were skipped, and withdrawn ones that were kept.
    """
    states = Q(posting_state__in=TO_POST)
    states |= Q(posting_state=PostAction.SKIPPED) | Q(status=DayStatus.WITHDRAWN) if again else Q()
    days = ProcessedAttendance.objects.filter(among or Q(), states, date__gte=since)
    return days if until is None else days.filter(date__lte=until)


def post(*, since: date, until: date | None = None, among: Q | None = None, again: bool = False) -> PostResult:
    """Write the days that the CRM has not been told of, each person's oldest first. No row that fails stops the others.

    Withdrawn days of which the CRM has nothing any more go. For `among` and `again` see `days_to_post`.
    """
    host = current_host()
    counts: Counter[PostAction] = Counter()
    errors: list[str] = []
    if host.takes_rows:
        days = days_to_post(since=since, until=until, among=among, again=again)
        for keys in _batches_by_person(days):
            for outcome in _post_batch(host, keys, _mark_waiting if again else _needs_posting):
                counts[outcome.action] += 1
                errors += [outcome.error] if outcome.error else []
    _delete_withdrawn(since, until)
    return PostResult(
        created=counts[PostAction.CREATE],
        changed=counts[PostAction.CHANGE],
        unchanged=counts[PostAction.UNCHANGED],
        kept=counts[PostAction.KEPT],
        locked=counts[PostAction.LOCKED],
        failed=counts[PostAction.FAILED],
        removed=counts[PostAction.REMOVE],
        skipped=counts[PostAction.SKIPPED],
        errors=errors,
    )


def host_row_of(day: ProcessedAttendance | Day) -> HostRow:
    """A day as the CRM is told of it."""
    return HostRow(
        key=day.pk or 0,
        employee=str(day.user_id),
        date=day.date,
        check_in=day.check_in,
        check_out=day.check_out,
        zone=ZoneInfo(day.time_zone) if day.time_zone else None,
        worked=day.worked,
        late=day.late,
        early=day.early,
        overtime=day.overtime,
        status=day.status,
        shift=day.shift,
        punch_count=day.punch_count,
        device=day.device_name,
        office=day.office,
        host_pk=day.host_pk,
        host_made=day.host_made,
        posted={name: PostedValue(sent=value[0], found=value[1]) for name, value in day.posted_values.items()},
    )


def _needs_posting(day: Day) -> bool:
    return day.posting_state in TO_POST


def _mark_waiting(day: Day) -> bool:
    return day.posting_state in (*TO_POST, PostAction.SKIPPED) or day.status == DayStatus.WITHDRAWN


def _post_batch(host: Host, told: Collection[tuple[Any, date]], waits: PostFilter) -> list[RowOutcome]:
    """The rows of the CRM and our memory of them, in one transaction: a kill leaves both or neither."""
    keys = _keys(set(told))
    with transaction.atomic():
        # A write first: SQLite then waits for others, as it cannot once it has read.
        ProcessedAttendance.objects.filter(pk__in=keys[:1]).update(posting_note=F("posting_note"))
        locked = ProcessedAttendance.objects.select_for_update().filter(pk__in=keys).order_by("user_id", "date", "pk")
        found: Iterable[Day] = locked.values_list(*READ, named=True)
        groups = [group for group in _by_day(found) if any(waits(day) for day in group)]
        group_of = {day.pk: group for group in groups for day in group}
        outcomes = host.post_rows([as_one([host_row_of(day) for day in group]) for group in groups])
        now, label = datetime.now(UTC), conf.load().attendance_model
        told_of = ((group_of[outcome.plan.row.key], outcome) for outcome in outcomes)
        update_posted([day for group, outcome in told_of for day in _share_memory(group, outcome, now, label)], POSTING)
    return outcomes


def _by_day(days: Iterable[AnyDay]) -> list[list[AnyDay]]:
    """A CRM has one row per day, and gets the day's shifts as one."""
    groups: dict[tuple[Any, date], list[AnyDay]] = {}
    for day in days:
        groups.setdefault((day.user_id, day.date), []).append(day)
    return list(groups.values())


def _batches_by_person(days: QuerySet[ProcessedAttendance]) -> Iterator[Sequence[tuple[Any, date]]]:
    """Whose days they are, in batches. A person's side by side, because each batch reads its people."""
    ordered = days.order_by("user_id", "date").values_list("user_id", "date").distinct()
    found = list(ordered[:KEYS_AT_ONCE])
    while found:
        yield from _batches(found)
        user, day = found[-1]
        # What failed still waits: nothing is met twice only because we go on behind it.
        further = Q(user__gt=user) | Q(user=user, date__gt=day)
        found = list(ordered.filter(further, user__gte=user)[:KEYS_AT_ONCE]) if len(found) == KEYS_AT_ONCE else []


def _keys(told: Collection[tuple[Any, date]]) -> list[int]:
    users, dates = {user for user, _ in told}, {day for _, day in told}
    near = ProcessedAttendance.objects.filter(user__in=users, date__in=dates).order_by("pk")
    return [pk for pk, user, day in near.values_list("pk", "user_id", "date") if (user, day) in told]


def _share_memory(group: Sequence[Day], outcome: RowOutcome, now: datetime, label: str) -> Iterator[Day]:
    """All of the day's shifts remember what was told, so that each of them may go."""
    is_alive = any(day.status != DayStatus.WITHDRAWN for day in group)
    memory = _posted_values(outcome, now, label)
    for day in group:
        yield day._replace(**(memory | FORGOTTEN if _is_removed(day, outcome, is_alive=is_alive) else memory))


def _is_removed(day: Day, outcome: RowOutcome, *, is_alive: bool) -> bool:
    """Is there nothing of this row in the CRM any more, or nothing that another shift of the day does not remember?"""
    if outcome.action is PostAction.REMOVE:
        return True
    return day.status == DayStatus.WITHDRAWN and (is_alive or outcome.action is PostAction.SKIPPED)


def _posted_values(outcome: RowOutcome, now: datetime, label: str) -> dict[str, Any]:
    """What changes in what we remember of a row."""
    row, is_written = outcome.plan.row, outcome.action in (PostAction.CREATE, PostAction.CHANGE)
    posted, host_pk = outcome.posted if is_written else row.posted, outcome.host_pk or row.host_pk
    memory = {
        "posting_state": outcome.action,
        "posting_note": outcome.error or outcome.plan.reason,
        "posted_values": {name: [value.sent, value.found] for name, value in posted.items()},
        "host_made": row.host_made or outcome.action is PostAction.CREATE,
        "host_pk": host_pk,
        "host_label": label if host_pk else "",
    }
    return memory | {"posted_at": now} if is_written else memory


def _delete_withdrawn(since: date, until: date | None) -> None:
    """Withdrawn days that the CRM knows nothing of go: those it was never told of, and those it was told of again.

    Only while nothing is derived: a derive that has just read such a row may be making a day of it again.
    """
    days = ProcessedAttendance.objects.filter(date__gte=since, status=DayStatus.WITHDRAWN, host_pk="")
    days = days if until is None else days.filter(date__lte=until)
    if days.exists():
        with derive_lock():
            days.delete()


def _batches(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[start : start + BATCH_ROWS] for start in range(0, len(rows), BATCH_ROWS))
