"""Derive work days from stored punches by the pure rule, and write the rows that differ."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import starmap
from typing import Any

from attendance_devices.domain.days.pairing import PunchRole
from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.days.work_day import Around, WorkDay, work_day
from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.domain.results import DeriveResult
from attendance_devices.domain.shifts.windows import ShiftWindow
from attendance_devices.models import PendingDay, ProcessedAttendance
from attendance_devices.services.days.inputs import DayInputs, read_day_inputs
from attendance_devices.services.days.signals import announce_days
from attendance_devices.services.punches.coverage import NOTHING, Newcomer, Unsaved
from attendance_devices.services.punches.pending_days import UserDay
from attendance_devices.services.punches.sealed_days import log_sealed
from attendance_devices.services.shifts.assignments import SHIFT_NAME
from attendance_devices.services.workers.locks import derive_lock

BATCH_DAYS = 1_000
"""Days of one transaction: some 4 MB, and a second in which others wait for SQLite. Larger ones are not faster."""
ONE_DAY = timedelta(days=1)
NEIGHBOUR_OFFSETS = tuple(number * ONE_DAY for number in (-2, -1, 1, 2))
"""From the date that a clock showed to the day of the punch: over midnight one, and two between zones far apart."""
DERIVED_FIELDS = (
    "shift",
    "check_in",
    "check_out",
    "is_auto_out",
    "auto_out_due",
    "worked",
    "break_time",
    "late",
    "early",
    "overtime",
    "punch_count",
    "status",
    "status_reason",
    "is_outlier",
    "outlier_reasons",
    "device_name",
    "office",
    "time_zone",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivePlan:
    """The rows that days should have, against those they have. Nothing is written yet."""

    create: list[ProcessedAttendance] = field(default_factory=list)
    change: list[ProcessedAttendance] = field(default_factory=list)
    remove: list[ProcessedAttendance] = field(default_factory=list)
    same: list[ProcessedAttendance] = field(default_factory=list)
    sealed: list[UserDay] = field(default_factory=list)
    """Touched days whose punches are no longer kept: their rows stand as they are."""


def derive_pending() -> DeriveResult:
    """Derive every day that was touched and not derived since. A kill at any point leaves it to the next call."""
    total = DeriveResult()
    _note_due_auto_check_outs()
    # A person's days side by side: each batch also reads the days around its own, and a day noted twice is done once.
    while todo := list(PendingDay.objects.order_by("user_id", "date", "pk")[:BATCH_DAYS]):
        with derive_lock():
            PendingDay.objects.filter(pk__in=[row.pk for row in todo]).delete()
            total = _sum(total, _write(plan_derive({(row.user_id, row.date) for row in todo})))
        if len(todo) < BATCH_DAYS:
            # Whoever notes more days meanwhile derives them.
            break
    return total


def derive(days: Collection[UserDay]) -> DeriveResult:
    """Derive these days, whether they were touched or not."""
    total = DeriveResult()
    ordered = sorted(days, key=str)
    for start in range(0, len(ordered), BATCH_DAYS):
        with derive_lock():
            total = _sum(total, _write(plan_derive(set(ordered[start : start + BATCH_DAYS]))))
    return total


def plan_derive(touched: Collection[UserDay], unsaved: Unsaved = NOTHING) -> DerivePlan:
    """Compare what the touched days should say with what is stored. Constant queries; writes nothing.

    :param touched: user, and date on the terminal's clock; a punch of one date may belong to the day before or after.
    """
    near = {(user, day + shift) for user, day in touched for shift in (timedelta(0), *NEIGHBOUR_OFFSETS)}
    if not near:
        return DerivePlan()
    facts = read_day_inputs(near, unsaved)
    days = {(user, day) for user, day in near - facts.sealed.keys() if _may_be_affected(user, day, touched, facts)}
    found = DerivePlan(sealed=[day for day in touched if day in facts.sealed])
    if not days:
        return found
    stored = _stored_rows(days)
    for user, day in sorted(days, key=str):
        works = [(user, work, facts) for work in work_days_of(user, day, facts)]
        rows, before = [row for row in starmap(_build_row, works) if row], stored.get((user, day), [])
        if before or (user, day) in touched or any(row.punch_count for row in rows):
            _compare(rows, before, found)
    return found


def work_days_of(user: Any, day: date, facts: DayInputs, *, around: Around | None = None) -> list[WorkDay]:
    """The day of one person, shift by shift, by the rule. The only way in which a row or a "why?" is made."""
    zone, taps, around = facts.zone(user, day), facts.taps(user, day), around or facts.around(user, day)
    numbers = range(len(facts.shifts(user, day)))
    return [work_day(day, taps, facts.three_days(user, day, number), zone, around=around) for number in numbers]


def _compare(fresh: Sequence[ProcessedAttendance], stored: Sequence[ProcessedAttendance], found: DerivePlan) -> None:
    """One day's rows. Those of one shift are the same row; what is left over on both sides changed its shift."""
    names = {row.shift: row for row in stored}
    pairs = [(row, names.pop(row.shift, None)) for row in fresh]
    spare, same = list(names.values()), []
    before = len(found.create) + len(found.change)
    for row, twin in pairs:
        old = twin or (spare.pop(0) if spare else None)
        if old is None:
            found.create.append(row)
        elif _copy_differences(old, row):
            found.change.append(old)
        else:
            same.append(old)
    if not all(is_withdrawn(row) for row in spare) or len(found.create) + len(found.change) > before:
        _mark_for_posting(same)
        found.change.extend(same)
    else:
        found.same.extend(same)
    _plan_leftover_rows(spare, found)


def _plan_leftover_rows(spare: Sequence[ProcessedAttendance], found: DerivePlan) -> None:
    """Rows that mean nothing any more. One that the CRM was told of stays until the CRM is told so too."""
    for row in spare:
        if not row.host_pk:
            found.remove.append(row)
        elif _copy_differences(row, _withdrawn_copy(row)):
            found.change.append(row)
        else:
            found.same.append(row)


def is_withdrawn(row: ProcessedAttendance) -> bool:
    """Does the row only wait for the CRM to be told that the day means nothing any more?"""
    return row.status == DayStatus.WITHDRAWN


def _withdrawn_copy(row: ProcessedAttendance) -> ProcessedAttendance:
    none = timedelta(0)
    return ProcessedAttendance(
        shift=row.shift,
        status=DayStatus.WITHDRAWN.value,
        worked=none,
        late=none,
        early=none,
        overtime=none,
        punch_count=0,
        time_zone=row.time_zone,
        derived_at=datetime.now(UTC),
    )


def _mark_for_posting(same: Sequence[ProcessedAttendance]) -> None:
    """The CRM gets a day's shifts as one row: if one of them changed, all are told again."""
    for row in same:
        row.posting_state = PostAction.NEW


def _note_due_auto_check_outs() -> None:
    """The days on which an automatic check-out has come due meanwhile."""
    rows = ProcessedAttendance.objects.filter(auto_out_due__lte=datetime.now(UTC)).values_list("user_id", "date")
    PendingDay.objects.bulk_create([PendingDay(user_id=user, date=day) for user, day in rows], batch_size=1_000)


def _may_be_affected(user: Any, day: date, touched: Collection[UserDay], facts: DayInputs) -> bool:
    """May a punch shown on a touched date belong to `day`?"""
    if (user, day) in touched or facts.travels(user, day):
        return True
    zone = facts.zone(user, day)
    last = facts.window(user, day, len(facts.shifts(user, day)) - 1)
    span = ShiftWindow(start=facts.window(user, day).start, end=last.end)
    others = [day + shift for shift in NEIGHBOUR_OFFSETS]
    starts = (datetime.combine(other, time(0), tzinfo=zone) for other in others)
    neighbours = zip(others, starts, strict=True)
    return any(
        (user, other) in touched and start < span.end and span.start < start + ONE_DAY for other, start in neighbours
    )


def _build_row(user: Any, found: WorkDay, facts: DayInputs) -> ProcessedAttendance | None:
    if found.status is None:
        return None
    ends = {use.role: use.tap for use in found.uses if use.role in (PunchRole.CHECK_IN, PunchRole.CHECK_OUT)}
    first = ends.get(PunchRole.CHECK_IN) or ends.get(PunchRole.CHECK_OUT)
    # Nobody punched, or a punch that a person added was made nowhere.
    device = facts.by_name.get(first.place) if first else None
    return ProcessedAttendance(
        user_id=user,
        date=found.date,
        shift=found.shift.name[:SHIFT_NAME],
        check_in=found.check_in,
        check_out=found.check_out,
        is_auto_out=found.is_auto_out,
        auto_out_due=found.auto_out_due,
        worked=_whole_seconds(found.worked),
        break_time=_whole_seconds(found.break_time),
        late=_whole_seconds(found.late),
        early=_whole_seconds(found.early),
        overtime=_whole_seconds(found.overtime),
        punch_count=found.punch_count,
        status=found.status.value,
        status_reason=found.status_reason,
        is_outlier=bool(found.outlier_reasons),
        outlier_reasons=list(found.outlier_reasons),
        device_name=device.name if device else "",
        office=device.office if device else facts.watches[user].unit.office,
        time_zone=facts.zone(user, found.date).key if first else "",
        derived_at=datetime.now(UTC),
    )


def _whole_seconds(length: timedelta) -> timedelta:
    """As the column keeps it; else a row would differ from itself."""
    return timedelta(seconds=int(length.total_seconds()))


def _stored_rows(days: Collection[UserDay]) -> dict[UserDay, list[ProcessedAttendance]]:
    users = {user for user, _ in days if not isinstance(user, Newcomer)}
    dates = [day for _, day in days]
    rows = ProcessedAttendance.objects.filter(user__in=users, date__range=(min(dates), max(dates)))
    found: dict[UserDay, list[ProcessedAttendance]] = defaultdict(list)
    for row in rows.order_by("pk"):
        if (row.user_id, row.date) in days:
            found[row.user_id, row.date].append(row)
    return found


def _copy_differences(old: ProcessedAttendance, fresh: ProcessedAttendance) -> bool:
    """Copy what differs into the stored row; the CRM has to be told again."""
    differing = [name for name in DERIVED_FIELDS if getattr(old, name) != getattr(fresh, name)]
    for name in differing:
        setattr(old, name, getattr(fresh, name))
    if differing:
        old.derived_at = fresh.derived_at
        old.posting_state = PostAction.NEW
    return bool(differing)


def _write(rows: DerivePlan) -> DeriveResult:
    log_sealed(rows.sealed)
    ProcessedAttendance.objects.bulk_create(rows.create, batch_size=1_000)
    ProcessedAttendance.objects.bulk_update(
        rows.change, [*DERIVED_FIELDS, "derived_at", "posting_state"], batch_size=500
    )
    if rows.remove:
        _remove([row.pk for row in rows.remove])
    announce_days([*rows.create, *rows.change], rows.remove, rows.same)
    withdrawn = sum(is_withdrawn(row) for row in rows.change)
    return DeriveResult(
        created=len(rows.create),
        changed=len(rows.change) - withdrawn,
        unchanged=len(rows.same),
        removed=len(rows.remove) + withdrawn,
    )


def _remove(keys: Sequence[int]) -> None:
    """A row that the CRM was told of since it was read has to be withdrawn instead: its day is noted again."""
    ProcessedAttendance.objects.filter(pk__in=keys, host_pk="").delete()
    told = ProcessedAttendance.objects.filter(pk__in=keys).values_list("user_id", "date")
    PendingDay.objects.bulk_create([PendingDay(user_id=user, date=day) for user, day in told])


def _sum(one: DeriveResult, other: DeriveResult) -> DeriveResult:
    return DeriveResult(
        created=one.created + other.created,
        changed=one.changed + other.changed,
        unchanged=one.unchanged + other.unchanged,
        removed=one.removed + other.removed,
    )
