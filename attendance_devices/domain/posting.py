"""What the CRM is told about a day, and when its own row is left alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from attendance_devices.domain.verdicts import DayStatus


class OnExisting(StrEnum):
    """What to do with a row that was in the CRM before us."""

    KEEP = "keep"
    FILL_EMPTY = "fill_empty"
    OVERWRITE = "overwrite"


class PostAction(StrEnum):
    """What a post does, or did, with one day. Also the posting state that is stored."""

    NEW = "new"
    CREATE = "create"
    CHANGE = "change"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    LOCKED = "locked"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedValue:
    """One field of the CRM's row: what we sent, and what stood there after the CRM had saved it, as text."""

    sent: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRow:
    """One day of one person, for the CRM."""

    key: int
    """The processed day it comes from."""
    employee: str
    """Primary key of the user, as text."""
    date: date
    check_in: datetime | None
    check_out: datetime | None
    worked: timedelta = timedelta(0)
    late: timedelta = timedelta(0)
    early: timedelta = timedelta(0)
    overtime: timedelta = timedelta(0)
    status: str = ""
    """A `DayStatus`."""
    shift: str = ""
    punch_count: int = 0
    device: str = ""
    """Name of the terminal of the check-in."""
    office: str = ""
    host_pk: str = ""
    """Primary key of the row written before; empty if none was."""
    posted: Mapping[str, PostedValue] = field(default_factory=dict)
    """Host field -> what was written there last."""


WEIGHTS = (
    DayStatus.MISSING_CHECK_OUT,
    DayStatus.MISSING_CHECK_IN,
    DayStatus.LATE,
    DayStatus.HALF_DAY,
    DayStatus.PRESENT,
    DayStatus.WORKED_HOLIDAY,
    DayStatus.WORKED_DAY_OFF,
    DayStatus.ON_LEAVE,
    DayStatus.HOLIDAY,
    DayStatus.DAY_OFF,
    DayStatus.NO_DATA,
    DayStatus.ABSENT,
    DayStatus.WITHDRAWN,
)
"""Which status speaks for a day of several shifts: the first of these that one of them has."""


def as_one(rows: Sequence[HostRow]) -> HostRow:
    """A day's shifts as the one row that the CRM has for it: first check-in, last check-out, sums."""
    if len(rows) == 1:
        return rows[0]
    ordered = sorted(rows, key=lambda row: (row.check_in or row.check_out or datetime.max.replace(tzinfo=UTC), row.key))
    first, last = ordered[0], ordered[-1]
    known = next((row for row in ordered if row.host_pk), first)
    statuses = {row.status for row in ordered}
    return replace(
        known,
        check_in=first.check_in,
        check_out=last.check_out,
        worked=sum((row.worked for row in ordered), timedelta(0)),
        late=sum((row.late for row in ordered), timedelta(0)),
        early=sum((row.early for row in ordered), timedelta(0)),
        overtime=sum((row.overtime for row in ordered), timedelta(0)),
        status=next((one.value for one in WEIGHTS if one in statuses), first.status),
        shift=" + ".join(row.shift for row in ordered),
        punch_count=sum(row.punch_count for row in ordered),
        device=first.device,
        office=first.office,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field that differs, as text."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPlan:
    """What would happen to the CRM's row of one day."""

    row: HostRow
    action: PostAction
    changes: Sequence[FieldChange] = ()
    reason: str = ""
    host_pk: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOutcome:
    """What happened to it."""

    plan: RowPlan
    action: PostAction
    host_pk: str = ""
    posted: Mapping[str, PostedValue] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPlan:
    """The exact difference between our days and the CRM's rows."""

    rows: Sequence[RowPlan] = ()

    def of(self, action: PostAction) -> list[RowPlan]:
        """The rows of one kind."""
        return [row for row in self.rows if row.action is action]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome of comparing one existing row with what we would write."""

    action: PostAction
    changes: Sequence[FieldChange] = ()
    reason: str = ""


def compare(
    current: Mapping[str, str],
    wanted: Mapping[str, str],
    posted: Mapping[str, PostedValue],
    policy: OnExisting,
) -> Verdict:
    """Decide about a row that exists. All values are text in one canonical form; '' is empty.

    A field we wrote and that reads otherwise now was edited by a person: the whole row is theirs from then on.
    A value that we did not write is filled only when empty (``fill_empty``), or replaced (``overwrite``); having
    nothing to say about a field never empties what others wrote there.
    """
    edited = [name for name, last in posted.items() if name in current and current[name] != last.found]
    if edited:
        seen = ", ".join(f"{name} is {current[name]!r}, we wrote {posted[name].found!r}" for name in edited)
        return Verdict(action=PostAction.KEPT, reason=f"edited by a person: {seen}")
    if not posted and policy is OnExisting.KEEP:
        return Verdict(
            action=PostAction.KEPT, reason="the row was there before; rows that exist are kept (ON_EXISTING)"
        )
    changes = []
    held = []
    for name, value in wanted.items():
        last = posted.get(name)
        if current.get(name, "") == value or (last is not None and last.sent == value):
            continue
        if last is None and not value:
            continue
        if last is None and current.get(name, "") and policy is not OnExisting.OVERWRITE:
            held.append(name)
            continue
        changes.append(FieldChange(name=name, old=current.get(name, ""), new=value))
    if changes:
        return Verdict(action=PostAction.CHANGE, changes=tuple(changes))
    if held:
        return Verdict(action=PostAction.KEPT, reason=f"not ours to change: {', '.join(held)} was filled in before")
    return Verdict(action=PostAction.UNCHANGED)
