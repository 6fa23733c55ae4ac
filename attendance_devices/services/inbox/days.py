"""Days that a person should look at: an end is missing, a limit was passed, or the CRM's row is not as we wrote it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from attendance_devices.domain.clocks import Review
from attendance_devices.domain.inbox import End, Item, Kind, cause_of
from attendance_devices.domain.inbox_days import (
    DayFacts,
    conflict_item,
    day_key,
    failed_item,
    missing_item,
    outlier_item,
)
from attendance_devices.domain.pairing import Role
from attendance_devices.domain.posting import PostAction
from attendance_devices.domain.verdicts import DayStatus
from attendance_devices.models import Correction, ESSLAttendanceLog, ProcessedAttendance
from attendance_devices.services.inbox.sources import Asked, Source, called, default_zone, user_key

EDITED = "edited by a person"
"""How the reason begins for which a row of the CRM is kept, if somebody edited it."""
NIGHT = timedelta(days=1)
"""Work that began on one date may end on the next."""
KEY = re.compile(r"(?P<user>.+?):(?P<date>\d{4}-\d\d-\d\d)(?::(?P<shift>.*))?", re.DOTALL)
ENDS = ("status", "check_in", "check_out")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
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
    return over & Q(status__in=[DayStatus.MISSING_CHECK_IN, DayStatus.MISSING_CHECK_OUT])


def _terminal(end: str) -> Subquery:
    """The terminal whose punch is this end of the day, if nobody corrected that punch."""
    corrected = Correction.objects.filter(log=OuterRef("pk"), undone_at__isnull=True)
    logs = ESSLAttendanceLog.objects.filter(
        ~Exists(corrected), user=OuterRef("user"), punch_time=OuterRef(end), review=Review.NONE
    )
    # Of several at one instant the rule takes the first by its terminal's name.
    return Subquery(logs.order_by("device__name", "pk").values("device")[:1])


RULES = {
    Kind.MISSING_CHECK: _Rule(rows=_missing, cause=ENDS, item=missing_item),
    Kind.OUTLIER: _Rule(
        rows=lambda: Q(is_outlier=True),
        cause=("outlier_reasons",),
        item=outlier_item,
        more={"came_by": _terminal("check_in"), "left_by": _terminal("check_out")},
    ),
    Kind.CONFLICT: _Rule(
        rows=lambda: Q(posting_state=PostAction.KEPT, posting_note__startswith=EDITED),
        cause=("posting_note", *ENDS),
        item=conflict_item,
    ),
    Kind.FAILED: _Rule(
        rows=lambda: Q(posting_state=PostAction.FAILED), cause=("posting_note", *ENDS), item=failed_item
    ),
}


def days_of(kind: Kind) -> Source:
    """The source of one kind of days."""
    return partial(_days, kind)


def _days(kind: Kind, asked: Asked) -> tuple[int, list[Item]]:
    rule, only = RULES[kind], _only(asked)
    if only is None:
        return 0, []
    count, told = 0, []
    for one in _found(kind, asked.among(ProcessedAttendance.objects.filter(only, rule.rows())), rule.cause):
        if asked.is_open(one.key, one.cause):
            count += 1
            told += [one] if asked.limit is None or count <= asked.limit else []
    days = ProcessedAttendance.objects.select_related("user").annotate(**rule.more)
    rows = days.in_bulk([key for one in told for key in one.rows])
    groups = [(one, [rows[key] for key in one.rows if key in rows]) for one in told]
    return count, [rule.item(_facts(group, one.cause, asked)) for one, group in groups if group]


def _only(asked: Asked) -> Q | None:
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
class _Found:
    """An item to be, by its keys alone."""

    key: str
    cause: str
    rows: Sequence[int]


def _found(kind: Kind, rows: QuerySet[ProcessedAttendance], cause: Sequence[str]) -> Iterator[_Found]:
    """Newest first, with the columns that decide and no others: what people found right is passed over unread."""
    columns = rows.order_by("-date", "user_id", "pk").values_list("user_id", "date", "shift", "pk", *cause)

    def named(row: tuple[Any, ...]) -> str:
        return day_key(kind, *row[:3])

    for key, group in groupby(columns.iterator(chunk_size=5_000), key=named):
        members = list(group)
        cause = cause_of(*(part for row in members for part in (row[2], *row[4:])))
        yield _Found(key=key, cause=cause, rows=[row[3] for row in members])


def _facts(group: Sequence[ProcessedAttendance], cause: str, asked: Asked) -> DayFacts:
    """One item's rows: one, but where the CRM has a single row for several shifts."""
    first = group[0]
    place = asked.place(first.device_name)
    return DayFacts(
        who=called(first.user),
        employee=str(first.user_id),
        date=first.date,
        shift=first.shift,
        device=place.name,
        zone=place.zone,
        status=first.status,
        check_in=min((row.check_in for row in group if row.check_in), default=None),
        check_out=max((row.check_out for row in group if row.check_out), default=None),
        worked=sum((row.worked for row in group), timedelta(0)),
        reasons=[str(reason) for reason in first.outlier_reasons],
        ends=tuple(_ends(first, asked)),
        note=first.posting_note,
        derived_at=first.derived_at or datetime.now(UTC),
        cause=cause,
    )


def _ends(row: ProcessedAttendance, asked: Asked) -> Iterator[End]:
    """A check-out that a rule wrote is no punch, whoever punched at that moment."""
    came, left = getattr(row, "came_by", None), getattr(row, "left_by", None)
    if came is not None and row.check_in is not None:
        yield End(role=Role.CHECK_IN, at=row.check_in, device=asked.at(came).name)
    if left is not None and row.check_out is not None and not row.is_auto_out:
        yield End(role=Role.CHECK_OUT, at=row.check_out, device=asked.at(left).name)
