"""Days that a person should look at: an end is missing, a limit was passed, or the CRM's row is not as we wrote it."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import groupby, islice

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from attendance_devices.domain.days.pairing import PunchRole
from attendance_devices.domain.display.reasons import read_reason
from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.domain.punches.instants import Review
from attendance_devices.domain.review.days import (
    PER_SHIFT,
    DayFacts,
    conflict_item,
    day_key,
    failed_item,
    missing_item,
    outlier_item,
)
from attendance_devices.domain.review.items import DayEnd, Item, ItemKind, cause_of
from attendance_devices.models import Correction, ESSLAttendanceLog, ProcessedAttendance
from attendance_devices.models.days import ONE_END_MISSING, OUTLIERS
from attendance_devices.services.access.employees import full_label, user_key
from attendance_devices.services.devices.local_time import default_zone
from attendance_devices.services.display.reasons import reason_text, reason_texts
from attendance_devices.services.review.inbox.sources import InboxQuery, Source

EDITED = "edited by a person"
"""How the reason begins for which a row of the CRM is kept, if somebody edited it."""
NIGHT = timedelta(days=1)
"""Work that began on one date may end on the next."""
KEY = re.compile(r"(?P<user>.+?):(?P<date>\d{4}-\d\d-\d\d)(?::(?P<shift>.*))?", re.DOTALL)
ENDS = ("status", "check_in", "check_out")


@dataclass(frozen=True, slots=True, kw_only=True)
class _KindRule:
    """What makes a day an item of a kind."""

    rows: Callable[[], Q]
    cause: Sequence[str]
    """The columns that say why."""
    item: Callable[[DayFacts], Item]
    more: Mapping[str, Subquery] = field(default_factory=dict)
    """What else its item says, read with the rows that are told."""


def _missing() -> Q:
    """Nobody who may still be at work, and no day that will have its check-out by itself."""
    today = datetime.now(default_zone()).date()
    over = Q(date__lt=today - NIGHT, auto_out_due__isnull=True)
    return over & ONE_END_MISSING


def _terminal(end: str) -> Subquery:
    """The terminal whose punch is this end of the day, if nobody corrected that punch."""
    corrected = Correction.objects.filter(log=OuterRef("pk"), undone_at__isnull=True)
    logs = ESSLAttendanceLog.objects.filter(
        ~Exists(corrected), user=OuterRef("user"), punch_time=OuterRef(end), review=Review.NONE
    )
    # Of several at one instant the rule takes the first by its terminal's name.
    return Subquery(logs.order_by("device__name", "pk").values("device")[:1])


RULES = {
    ItemKind.MISSING_CHECK: _KindRule(rows=_missing, cause=ENDS, item=missing_item),
    ItemKind.OUTLIER: _KindRule(
        rows=lambda: OUTLIERS,
        cause=("outlier_reasons",),
        item=outlier_item,
        more={"came_by": _terminal("check_in"), "left_by": _terminal("check_out")},
    ),
    ItemKind.CONFLICT: _KindRule(
        rows=lambda: Q(posting_state=PostAction.KEPT, posting_note__startswith=EDITED),
        cause=("posting_note", *ENDS),
        item=conflict_item,
    ),
    ItemKind.FAILED: _KindRule(
        rows=lambda: Q(posting_state=PostAction.FAILED), cause=("posting_note", *ENDS), item=failed_item
    ),
}


def days_source(kind: ItemKind) -> Source:
    """The source of one kind of days."""
    return partial(_days, kind)


def _days(kind: ItemKind, asked: InboxQuery) -> tuple[int, list[Item]]:
    rule, only = RULES[kind], _only(asked)
    if only is None:
        return 0, []
    rows = asked.among(ProcessedAttendance.objects.filter(only, rule.rows()))
    told, count = _newest_items(kind, rows, asked)
    days = ProcessedAttendance.objects.select_related("user").annotate(**rule.more)
    found = days.in_bulk([key for one in told for key in one.rows])
    groups = [(one, [found[key] for key in one.rows if key in found]) for one in told]
    return count, [rule.item(_facts(group, cause_of(*one.parts), asked)) for one, group in groups if group]


def _only(asked: InboxQuery) -> Q | None:
    """The rows that the key of one item may mean; None if it can mean none."""
    if asked.only is None:
        return Q(date__gte=asked.since) if asked.since else Q()
    parts = KEY.fullmatch(asked.only)
    user = user_key(parts["user"]) if parts else None
    if parts is None or user is None:
        return None
    try:
        return Q(user=user, date=date.fromisoformat(parts["date"]))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _FoundItem:
    """An item to be, by its keys alone."""

    key: str
    parts: Sequence[object]
    """Of its cause."""
    rows: Sequence[int]


def _found(
    kind: ItemKind, rows: QuerySet[ProcessedAttendance], days: Collection[tuple[str, str]] = ()
) -> Iterator[_FoundItem]:
    """In the order of the rows, with the columns that decide and no others.

    :param days: only of these employees and dates, as a key names them; none is all.
    """
    columns = rows.values_list("user_id", "date", "shift", "pk", *RULES[kind].cause)
    read = columns if columns.query.is_sliced else columns.iterator(chunk_size=1_000)
    wanted = (row for row in read if (str(row[0]), row[1].isoformat()) in days) if days else read
    for key, group in groupby(wanted, key=lambda row: day_key(kind, *row[:3])):
        members = list(group)
        parts = [part for row in members for part in (row[2], *row[4:])]
        yield _FoundItem(key=key, parts=parts, rows=[row[3] for row in members])


def _newest_items(
    kind: ItemKind, rows: QuerySet[ProcessedAttendance], asked: InboxQuery
) -> tuple[Sequence[_FoundItem], int]:
    """The newest that wait, and how many do."""
    limit = asked.limit
    right = 0 if limit is None else _right(kind, rows, asked)
    newest = _found(kind, _newest(kind, rows, limit, right))
    told = list(islice((one for one in newest if asked.is_open(one.key, one.parts)), limit))
    if limit is None or len(told) < limit:
        return told, len(told)
    return told, max(_count(kind, rows) - right, len(told))


def _newest(
    kind: ItemKind, rows: QuerySet[ProcessedAttendance], limit: int | None, right: int
) -> QuerySet[ProcessedAttendance]:
    """Enough of them for so many items: a row is one where each shift has its own, and else nobody knows.

    :param right: so many are none, because a person found them right.
    """
    newest = rows.order_by("-date", "user_id", "pk")
    return newest if limit is None or kind not in PER_SHIFT else newest[: limit + right]


def _right(kind: ItemKind, rows: QuerySet[ProcessedAttendance], asked: InboxQuery) -> int:
    """How many a person found right for the cause that they have: only those are read that anybody ever did."""
    known = (KEY.fullmatch(key.removeprefix(f"{kind}:")) for key in asked.acknowledged if key.startswith(f"{kind}:"))
    days = {(parts["user"], parts["date"]) for parts in known if parts}
    if not days:
        return 0
    # By dates and not by keys: queries do not grow with what was ever decided.
    dates = [day for _, day in days]
    near = _newest(kind, rows.filter(date__range=(min(dates), max(dates))), None, 0)
    return sum(not asked.is_open(one.key, one.parts) for one in _found(kind, near, days))


def _count(kind: ItemKind, rows: QuerySet[ProcessedAttendance]) -> int:
    """Of all items, those too that a person found right."""
    return rows.count() if kind in PER_SHIFT else rows.order_by().values("user_id", "date").distinct().count()


def _facts(group: Sequence[ProcessedAttendance], cause: str, asked: InboxQuery) -> DayFacts:
    """One item's rows: one, but where the CRM has a single row for several shifts."""
    first = group[0]
    place = asked.place(first.device_name)
    return DayFacts(
        who=full_label(first.user),
        employee=str(first.user_id),
        date=first.date,
        shift=first.shift,
        device=place.name,
        zone=place.zone,
        status=first.status,
        check_in=min((row.check_in for row in group if row.check_in), default=None),
        check_out=max((row.check_out for row in group if row.check_out), default=None),
        worked=sum((row.worked for row in group), timedelta(0)),
        reasons=reason_texts(first.outlier_reasons),
        outside=reason_text(first.status_reason) if read_reason(first.status_reason) else "",
        ends=tuple(_ends(first, asked)),
        note=first.posting_note,
        derived_at=first.derived_at or datetime.now(UTC),
        cause=cause,
    )


def _ends(row: ProcessedAttendance, asked: InboxQuery) -> Iterator[DayEnd]:
    """A check-out that a rule wrote is no punch, whoever punched at that moment."""
    came, left = getattr(row, "came_by", None), getattr(row, "left_by", None)
    if came is not None and row.check_in is not None:
        yield DayEnd(role=PunchRole.CHECK_IN, at=row.check_in, device=asked.at(came).name)
    if left is not None and row.check_out is not None and not row.is_auto_out:
        yield DayEnd(role=PunchRole.CHECK_OUT, at=row.check_out, device=asked.at(left).name)
