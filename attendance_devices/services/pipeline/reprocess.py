"""Derive and post a range of days again, or compute what that would change."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q

from attendance_devices.domain.posting.host_row import FieldChange, PostAction, PostPlan
from attendance_devices.domain.results import DeriveResult, PostResult
from attendance_devices.hosts.schema.conversion import as_text
from attendance_devices.hosts.schema.fields import chunks
from attendance_devices.models import ESSLAttendanceLog, PendingDay, ProcessedAttendance
from attendance_devices.services.days.absences import AbsenceScope, find_missing_days
from attendance_devices.services.days.derive import BATCH_DAYS, DERIVED_FIELDS, derive, is_withdrawn, plan_derive
from attendance_devices.services.posting.post import days_to_post, plan_post, post
from attendance_devices.services.punches.applied_corrections import corrected_days
from attendance_devices.services.punches.pending_days import UserDay
from attendance_devices.services.workers.isolation import error_boundary

TWO_DAYS = timedelta(days=2)
"""More than any clock on a wall differs from UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReprocessScope:
    """Which days are meant."""

    since: date
    until: date
    """Included."""
    users: Collection[str] | None = None
    """Primary keys as text; None is everybody."""
    office: str = ""
    """Only people who punched at a terminal of this office within the dates; empty is everybody."""
    force: bool = False
    """Derive also days that nothing touched since they were derived, and ask again about days that were skipped."""
    failed_only: bool = False
    """Derive nothing; post only what failed before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReprocessResult:
    """What was done."""

    derived: DeriveResult = field(default_factory=DeriveResult)
    posted: PostResult = field(default_factory=PostResult)
    errors: Sequence[str] = ()
    """Whole stages that failed."""

    @property
    def failures(self) -> list[str]:
        """Every row and stage that failed, with what to do next."""
        return [*self.posted.errors, *self.errors]


class DayAction(StrEnum):
    """What a derive does to our row of one day."""

    CREATE = "create"
    CHANGE = "change"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """The difference that a derive would make to one day."""

    employee: str
    date: date
    device: str
    action: DayAction
    changes: Sequence[FieldChange] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What would be done: the exact differences in our rows and in the CRM's."""

    days: Sequence[RowChange]
    posting: PostPlan
    errors: Sequence[str] = ()

    @property
    def failures(self) -> list[str]:
        """Every row and stage that would fail, with what to do next."""
        rows = [f"{plan.row.date}: {plan.reason}" for plan in self.posting.of(PostAction.FAILED)]
        return [*rows, *self.errors]


@dataclass(slots=True, kw_only=True)
class _PlannedRows:
    """Rows as a derive would leave them."""

    days: dict[tuple[str, date], RowChange] = field(default_factory=dict)
    rows: list[ProcessedAttendance] = field(default_factory=list)
    stale: set[Any] = field(default_factory=set)
    """Keys of stored rows that would change or go."""


def reprocess(scope: ReprocessScope) -> ReprocessResult:
    """Derive and post. A person's edit in the CRM wins here as everywhere."""
    errors: list[str] = []
    derived = DeriveResult()
    if not scope.failed_only:
        derived = error_boundary("deriving the days", partial(_derive, scope), derived, errors)
    told = partial(post, since=scope.since, until=scope.until, among=_post_filter(scope), again=scope.force)
    posted = error_boundary("posting to the CRM", told, PostResult(), errors)
    return ReprocessResult(derived=derived, posted=posted, errors=tuple(errors))


def rehearse(scope: ReprocessScope) -> Rehearsed:
    """The same without a write: constant queries for each batch of days."""
    errors: list[str] = []
    found = _PlannedRows()
    if not scope.failed_only:
        found = error_boundary("deriving the days", partial(_compare, scope), found, errors)
    posting = error_boundary("the CRM's rows", partial(_plan_posting, scope, found), PostPlan(), errors)
    days = sorted(found.days.values(), key=lambda day: (day.date, day.employee))
    return Rehearsed(days=days, posting=posting, errors=tuple(errors))


def _derive(scope: ReprocessScope) -> DeriveResult:
    """A derive holds its lock until the notes of its days are gone. Notes made meanwhile have other keys, and stay."""
    notes = _days_to_derive(scope)
    done = []
    for batch in _batches(notes):
        with transaction.atomic():
            done.append(derive(batch))
            for keys in chunks([key for day in batch for key in notes[day]], 5_000):
                PendingDay.objects.filter(pk__in=keys).delete()
    return DeriveResult(**{one.name: sum(getattr(result, one.name) for result in done) for one in fields(DeriveResult)})


def _days_to_derive(scope: ReprocessScope) -> dict[UserDay, list[int]]:
    """Day -> the notes that it has to be derived; none for a day that is only meant by force."""
    notes: dict[UserDay, list[int]] = defaultdict(list)
    dates = Q(date__range=(scope.since, scope.until))
    pending = PendingDay.objects.filter(_people_filter(scope), dates)
    for key, user, day in pending.values_list("pk", "user_id", "date").iterator():
        notes[user, day].append(key)
    called = AbsenceScope(since=scope.since, until=scope.until, users=scope.users, office=scope.office)
    notes.update({day: [] for day in set(find_missing_days(called)) - set(notes)})
    if scope.force:
        logs = ESSLAttendanceLog.objects.filter(
            _people_filter(scope), _punch_date_filter(scope), user__isnull=False
        ).order_by()
        days: Iterable[UserDay] = ((user, shown.date()) for user, shown in logs.values_list("user_id", "device_time"))
        rows = ProcessedAttendance.objects.filter(_people_filter(scope), dates).values_list("user_id", "date")
        corrected = corrected_days(_people_filter(scope), scope.since, scope.until)
        notes.update({day: [] for day in {*days, *rows, *corrected} - set(notes)})
    return notes


def _people_filter(scope: ReprocessScope) -> Q:
    """Whose rows are meant, in any table with a ``user``."""
    people = Q()
    if scope.users is not None:
        people &= Q(user__in=[get_user_model()._meta.pk.to_python(key) for key in scope.users])
    if scope.office:
        there = ESSLAttendanceLog.objects.filter(
            _punch_date_filter(scope), device__office=scope.office, user__isnull=False
        )
        people &= Q(user__in=there.order_by().values("user"))
    return people


def _punch_date_filter(scope: ReprocessScope) -> Q:
    """Punches for which a clock showed one of the dates; their instants are asked for too: those have an index."""
    start, end = datetime.combine(scope.since, time(0)), datetime.combine(scope.until + timedelta(days=1), time(0))
    near = Q(punch_time__gte=start.replace(tzinfo=UTC) - TWO_DAYS, punch_time__lt=end.replace(tzinfo=UTC) + TWO_DAYS)
    return near & Q(device_time__gte=start, device_time__lt=end)


def _post_filter(scope: ReprocessScope) -> Q:
    return _people_filter(scope) & (Q(posting_state=PostAction.FAILED) if scope.failed_only else Q())


def _batches(days: Collection[UserDay]) -> Iterator[Sequence[UserDay]]:
    """A person's days side by side: neighbours are looked at with each batch."""
    return chunks(sorted(days, key=str), BATCH_DAYS)


def _compare(scope: ReprocessScope) -> _PlannedRows:
    found = _PlannedRows()
    for batch in _batches(_days_to_derive(scope)):
        rows = plan_derive(batch)
        stored = ProcessedAttendance.objects.in_bulk([row.pk for row in rows.change])
        made = [(row, DayAction.CREATE, _changes(None, row)) for row in rows.create]
        made += [
            (row, DayAction.CHANGE, _changes(stored.get(row.pk), row)) for row in rows.change if not is_withdrawn(row)
        ]
        made += [(row, DayAction.REMOVE, ()) for row in [*rows.remove, *filter(is_withdrawn, rows.change)]]
        # A day between two batches is found by both.
        _add(found, [one for one in made if (str(one[0].user_id), one[0].date) not in found.days])
    return found


def _add(found: _PlannedRows, made: Iterable[tuple[ProcessedAttendance, DayAction, Sequence[FieldChange]]]) -> None:
    for row, action, changes in made:
        key = (str(row.user_id), row.date)
        found.days[key] = RowChange(
            employee=key[0], date=row.date, device=row.device_name, action=action, changes=changes
        )
        found.rows += [row] if action is not DayAction.REMOVE or is_withdrawn(row) else []
        found.stale |= {row.pk} if row.pk else set()


def _changes(old: ProcessedAttendance | None, new: ProcessedAttendance) -> Sequence[FieldChange]:
    """Field by field, as text; of a new row what it says at all."""
    texts: Mapping[str, tuple[str, str]] = {
        name: (as_text(getattr(old, name)) if old else "", as_text(getattr(new, name))) for name in DERIVED_FIELDS
    }
    return tuple(FieldChange(name=name, old=old, new=new) for name, (old, new) in texts.items() if old != new)


def _plan_posting(scope: ReprocessScope, found: _PlannedRows) -> PostPlan:
    """The CRM's rows, for days that would be new or changed and for those that wait already."""
    stored = days_to_post(since=scope.since, until=scope.until, among=_post_filter(scope), again=scope.force)
    rows = [row for row in found.rows if scope.since <= row.date <= scope.until]
    rows += [row for row in stored if row.pk not in found.stale]
    return plan_post(sorted(rows, key=lambda row: (row.date, str(row.user_id))))
