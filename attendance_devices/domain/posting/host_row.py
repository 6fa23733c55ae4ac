"""What the CRM is told about a day, and when its own row is left alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum

from attendance_devices.domain.days.status import DayStatus


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
    REMOVE = "remove"
    """Take our own row out of the CRM again. A day that stays without it is SKIPPED afterwards."""
    UNCHANGED = "unchanged"
    KEPT = "kept"
    LOCKED = "locked"
    FAILED = "failed"
    SKIPPED = "skipped"
    """The CRM is not told of such a day, and has no row of ours for it."""


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
    zone: tzinfo | None = None
    """The zone of the terminal's clock that told the date. None: that of the site."""
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
    host_made: bool = False
    """Did we make that row, and not only fill or change one that was there before us?"""

    @property
    def has_punch(self) -> bool:
        """Is there a check-in or a check-out? Without one the day is silent: absent, on leave, a holiday…"""
        return self.check_in is not None or self.check_out is not None

    @property
    def is_ours(self) -> bool:
        """Did we write the CRM's row of this day? Merely having found it equal does not make it ours."""
        return bool(self.host_pk and (self.posted or self.host_made))


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
    """A day's shifts as the one row that the CRM has for it: first check-in, last check-out, sums.

    A shift without a punch says nothing beside one that has some, and a withdrawn one nothing beside any other. What
    we remember of the CRM's row is taken from whichever of them has it.
    """
    if len(rows) == 1:
        return rows[0]
    alive = [row for row in rows if row.status != DayStatus.WITHDRAWN] or rows
    telling = [row for row in alive if row.has_punch] or alive
    latest = datetime.max.replace(tzinfo=UTC)
    ordered = sorted(telling, key=lambda row: (row.check_in or row.check_out or latest, row.key))
    first, last = ordered[0], ordered[-1]
    known = max([*ordered, *rows], key=lambda row: (row.is_ours, bool(row.host_pk)))
    statuses = {row.status for row in ordered}
    return replace(
        first,
        host_pk=known.host_pk,
        posted=known.posted,
        host_made=known.host_made,
        check_out=last.check_out,
        worked=sum((row.worked for row in ordered), timedelta(0)),
        late=sum((row.late for row in ordered), timedelta(0)),
        early=sum((row.early for row in ordered), timedelta(0)),
        overtime=sum((row.overtime for row in ordered), timedelta(0)),
        status=next((one.value for one in WEIGHTS if one in statuses), first.status),
        shift=" + ".join(row.shift for row in ordered),
        punch_count=sum(row.punch_count for row in ordered),
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
class RowVerdict:
    """The outcome of comparing one existing row with what we would write."""

    action: PostAction
    changes: Sequence[FieldChange] = ()
    reason: str = ""


def edited_fields(current: Mapping[str, str], posted: Mapping[str, PostedValue]) -> str:
    """What a person changed since our last write, in words; empty if the row reads as we left it."""
    edited = [name for name, last in posted.items() if name in current and current[name] != last.found]
    seen = ", ".join(f"{name} is {current[name]!r}, we wrote {posted[name].found!r}" for name in edited)
    return f"edited by a person: {seen}" if edited else ""


NO_DEFAULTS: Mapping[str, str] = {}


def _is_filled(name: str, current: Mapping[str, str], defaults: Mapping[str, str]) -> bool:
    """Did anybody say something here? A value that every new row has says nothing."""
    return bool(current.get(name, "")) and current[name] != defaults.get(name)


def compare(
    current: Mapping[str, str],
    wanted: Mapping[str, str],
    posted: Mapping[str, PostedValue],
    policy: OnExisting,
    *,
    defaults: Mapping[str, str] = NO_DEFAULTS,
) -> RowVerdict:
    """Decide about a row that exists. All values are text in one canonical form; '' is empty.

    A field we wrote and that reads otherwise now was edited by a person: the whole row is theirs from then on.
    A value that we did not write is filled only when empty (``fill_empty``), or replaced (``overwrite``); having
    nothing to say about a field never empties what others wrote there.

    :param defaults: field -> the default of the CRM's model. What holds it, and we did not write, counts as empty.
    """
    edited = edited_fields(current, posted)
    if edited:
        return RowVerdict(action=PostAction.KEPT, reason=edited)
    if not posted and policy is OnExisting.KEEP:
        return RowVerdict(
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
        if last is None and _is_filled(name, current, defaults) and policy is not OnExisting.OVERWRITE:
            held.append(name)
            continue
        changes.append(FieldChange(name=name, old=current.get(name, ""), new=value))
    if changes:
        return RowVerdict(action=PostAction.CHANGE, changes=tuple(changes))
    if held:
        return RowVerdict(action=PostAction.KEPT, reason=f"not ours to change: {', '.join(held)} was filled in before")
    return RowVerdict(action=PostAction.UNCHANGED)


def compare_silent(
    current: Mapping[str, str],
    wanted: Mapping[str, str],
    posted: Mapping[str, PostedValue],
    policy: OnExisting,
    *,
    defaults: Mapping[str, str] = NO_DEFAULTS,
) -> RowVerdict:
    """Decide about a row that was there before us, on a day without a punch.

    Where others said something that does not go with it (a leave, a check-in by hand), it is not mixed with theirs:
    not having seen somebody is no ground for that. ``overwrite`` replaces what it can replace, and no more.
    """
    filled = [name for name in current if name not in posted and _is_filled(name, current, defaults)]
    foreign = [name for name in filled if current[name] != wanted.get(name, "")]
    held = [name for name in foreign if policy is not OnExisting.OVERWRITE or not wanted.get(name)]
    verdict = compare(current, wanted, posted, policy, defaults=defaults)
    if held and verdict.action is PostAction.CHANGE:
        reason = f"the row was there before us and says {_said(current, held)}; a day without a punch changes nothing"
        return RowVerdict(action=PostAction.KEPT, reason=reason)
    return verdict


def take_back(current: Mapping[str, str], posted: Mapping[str, PostedValue], *, made: bool, why: str) -> RowVerdict:
    """Decide about a row of ours that should not be there any more. Only what we made and nobody edited goes.

    :param made: did we make the row? :param why: why it should go.
    """
    edited = edited_fields(current, posted)
    if edited:
        return RowVerdict(action=PostAction.KEPT, reason=f"{edited}; {why}: correct or delete it by hand")
    if not made:
        reason = f"the row was there before us and we wrote {_said(current, list(posted))} into it; {why}: correct it"
        return RowVerdict(action=PostAction.KEPT, reason=f"{reason} by hand")
    changes = tuple(FieldChange(name=name, old=text, new="") for name, text in current.items() if text)
    return RowVerdict(action=PostAction.REMOVE, changes=changes, reason=why)


def _said(current: Mapping[str, str], names: Sequence[str]) -> str:
    return ", ".join(f"{name} {current.get(name, '')!r}" for name in names)
