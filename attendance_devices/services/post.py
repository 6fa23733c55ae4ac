"""Tell the CRM: what would change in its rows, and the change itself."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from attendance_devices import conf
from attendance_devices.domain.posting import HostRow, PostAction, PostedValue, PostPlan, RowOutcome, as_one
from attendance_devices.domain.results import PostResult
from attendance_devices.hosts.base import Host
from attendance_devices.hosts.current import current_host
from attendance_devices.models import ProcessedAttendance
from attendance_devices.services.rewrite import rewrite

BATCH_ROWS = 1_000
TO_POST = (PostAction.NEW, PostAction.FAILED, PostAction.LOCKED)
"""What is still to be told: a row that failed is tried again, and a locked day once it is unlocked."""
POSTING = ("posting_state", "posting_note", "posted_at", "host_label", "host_pk", "posted_values")


def plan_post(days: Sequence[ProcessedAttendance]) -> PostPlan:
    """The exact difference between these days and the CRM's rows. They need not be saved. Writes nothing."""
    host = current_host()
    if not host.takes_rows:
        return PostPlan()
    rows = [as_one([row_of(day) for day in group]) for group in _by_day(days)]
    return PostPlan(rows=[plan for batch in _batches(rows) for plan in host.plan_rows(batch)])


def waiting(*, since: date, until: date | None = None, among: Q | None = None) -> QuerySet[ProcessedAttendance]:
    """The days that the CRM has not been told of. :param among: only these of our rows."""
    days = ProcessedAttendance.objects.filter(among or Q(), date__gte=since, posting_state__in=TO_POST)
    return days if until is None else days.filter(date__lte=until)


def post(*, since: date, until: date | None = None, among: Q | None = None) -> PostResult:
    """Write the days that the CRM has not been told of, oldest first. One failing row never stops the others."""
    host = current_host()
    if not host.takes_rows:
        return PostResult()
    days = waiting(since=since, until=until, among=among)
    counts: Counter[PostAction] = Counter()
    errors: list[str] = []
    for keys in _batches(list(days.order_by("date", "user_id").values_list("user_id", "date").distinct())):
        for outcome in _post_batch(host, keys):
            counts[outcome.action] += 1
            errors += [outcome.error] if outcome.error else []
    return PostResult(
        created=counts[PostAction.CREATE],
        changed=counts[PostAction.CHANGE],
        unchanged=counts[PostAction.UNCHANGED],
        kept=counts[PostAction.KEPT],
        locked=counts[PostAction.LOCKED],
        failed=counts[PostAction.FAILED],
        errors=errors,
    )


def row_of(day: ProcessedAttendance) -> HostRow:
    """A day as the CRM is told of it."""
    return HostRow(
        key=day.pk or 0,
        employee=str(day.user_id),
        date=day.date,
        check_in=day.check_in,
        check_out=day.check_out,
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
        posted={name: PostedValue(sent=value[0], found=value[1]) for name, value in day.posted_values.items()},
    )


def _post_batch(host: Host, told: Collection[tuple[Any, date]]) -> list[RowOutcome]:
    """The rows of the CRM and our memory of them, in one transaction: a kill leaves both or neither."""
    keys = _keys(set(told))
    with transaction.atomic():
        # A write first: SQLite then waits for others, as it cannot once it has read.
        ProcessedAttendance.objects.filter(pk__in=keys[:1]).update(posting_note=F("posting_note"))
        locked = ProcessedAttendance.objects.select_for_update().filter(pk__in=keys).order_by("date", "pk")
        groups = [group for group in _by_day(locked) if any(day.posting_state in TO_POST for day in group)]
        group_of = {day.pk: group for group in groups for day in group}
        outcomes = host.write_rows(host.plan_rows([as_one([row_of(day) for day in group]) for group in groups]))
        now, label = datetime.now(UTC), conf.load().attendance_model
        for outcome in outcomes:
            for day in group_of[outcome.plan.row.key]:
                _remember(day, outcome, now, label)
        days = [day for group in groups for day in group]
        rewrite(days, POSTING)
    return outcomes


def _by_day(days: Iterable[ProcessedAttendance]) -> list[list[ProcessedAttendance]]:
    """A CRM has one row per day, and gets the day's shifts as one."""
    groups: dict[tuple[Any, date], list[ProcessedAttendance]] = {}
    for day in days:
        groups.setdefault((day.user_id, day.date), []).append(day)
    return list(groups.values())


def _keys(told: Collection[tuple[Any, date]]) -> list[int]:
    users, dates = {user for user, _ in told}, {day for _, day in told}
    near = ProcessedAttendance.objects.filter(user__in=users, date__in=dates).order_by("pk")
    return [pk for pk, user, day in near.values_list("pk", "user_id", "date") if (user, day) in told]


def _remember(day: ProcessedAttendance, outcome: RowOutcome, now: datetime, label: str) -> None:
    day.posting_state = outcome.action
    day.posting_note = outcome.error or outcome.plan.reason
    if outcome.action in (PostAction.CREATE, PostAction.CHANGE):
        day.posted_at = now
        day.posted_values = {name: [value.sent, value.found] for name, value in outcome.posted.items()}
    if outcome.host_pk:
        day.host_label, day.host_pk = label, outcome.host_pk


def _batches(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[start : start + BATCH_ROWS] for start in range(0, len(rows), BATCH_ROWS))
