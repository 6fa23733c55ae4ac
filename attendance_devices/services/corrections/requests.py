"""Correction requests of employees: make, withdraw, grant or decline one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from attendance_devices.domain.days.pairing import DayPunch
from attendance_devices.domain.punches.instants import OLDEST_YEAR, instant, is_skipped
from attendance_devices.domain.punches.punch import PunchType
from attendance_devices.domain.review.requests import RequestFacts, asked_for
from attendance_devices.exceptions import (
    CorrectionForbidden,
    DaySealed,
    InstantInvalid,
    MeaningInvalid,
    NothingToCorrect,
    ReasonMissing,
    RequestClosed,
    RequestInvalid,
    TooManyRequests,
)
from attendance_devices.models import Correction, CorrectionRequest
from attendance_devices.services.access.audit_log import ACTOR_NAME_LENGTH, note
from attendance_devices.services.access.employees import full_label
from attendance_devices.services.access.permissions import CORRECT
from attendance_devices.services.corrections.correct import add_punch, change_punch, void_punch
from attendance_devices.services.devices.local_time import today, zone_by_name
from attendance_devices.services.explanations.explain import Explanation, explain
from attendance_devices.services.explanations.places import OUTSIDE_DAY_ROLES, punch_places_of
from attendance_devices.services.punches.applied_corrections import on_one_line

MOST_OPEN = 20
"""Requests of one person that wait for an answer."""
MOST_A_DAY = 40
"""Requests that one person makes in 24 hours, withdrawn ones too."""
MAX_DAY_AGE = timedelta(days=92)
"""Days before this are history: a quarter, and what was paid for it, is closed."""
MAX_REASON_LENGTH = 1_000
MAX_RECENT = 10
Decision = CorrectionRequest.Decision
Kind = Correction.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedCorrection:
    """What somebody wants to be different about a day."""

    kind: str
    """A `Correction.Kind`."""
    log: int | None = None
    """The punch of a terminal that it is about; None of one to be added."""
    shown: datetime | None = None
    """Naive: what the clock on the wall showed; None where the time stays."""
    punch_type: str = ""
    """A `PunchType`; empty if it does not matter, or stays."""
    why: str = ""


def request_correction(day: date, wanted: RequestedCorrection, *, by: Any) -> CorrectionRequest:
    """Of a day of one's own, not further back than `MAX_DAY_AGE`. Raises a `RequestError` or a `CorrectionError`."""
    what = f"a request for {day}"
    _check_request(day, wanted, what)
    _check_request_count(by, what)
    found = explain(by.pk, day)
    row = CorrectionRequest(
        user=by,
        date=day,
        kind=wanted.kind,
        shown=wanted.shown,
        zone=found.zone,
        punch_type=wanted.punch_type,
        why=on_one_line(wanted.why)[:MAX_REASON_LENGTH],
        made_at=datetime.now(UTC),
    )
    _check_punch(row, _own_tap(found, wanted, what), found, what)
    row.asks_for = f"user {by.pk} on {day}: {row.kind} {row.log_id or ''} {row.shown or ''} {row.punch_type}"
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            note("ask for a correction", by=by, subject=subject_of(row), words=_words(row))
    except IntegrityError as error:
        raise RequestInvalid(what, "the same is asked for already", next_step="Wait for the answer.") from error
    return row


def withdraw_request(request_pk: int, *, by: Any) -> CorrectionRequest:
    """Take one's own request back, while nobody has answered it."""
    what = f"request {request_pk}"
    if not CorrectionRequest.objects.filter(pk=request_pk, user=by.pk).exists():
        raise RequestInvalid(what, "there is no such request of yours")
    with _closing_request(request_pk, Decision.WITHDRAWN, by=by, answer="") as row:
        note("withdraw a request", by=by, subject=subject_of(row), words=_words(row))
    return row


def grant_request(request_pk: int, *, by: Any, answer: str = "", at: datetime | None = None) -> CorrectionRequest:
    """Make the correction that is asked for, in one transaction with the answer. Its days are derived by the caller.

    :param at: aware; a better time than the one that is asked for. None takes that one.
    """
    _require_permission(by, f"request {request_pk}")
    with _closing_request(request_pk, Decision.GRANTED, by=by, answer=answer) as row:
        row.correction = _make_correction(row, by, at)
        row.save(update_fields=["correction"])
    return row


def decline_request(request_pk: int, *, by: Any, answer: str) -> CorrectionRequest:
    """Leave the day as it is, and say why."""
    what = f"request {request_pk}"
    _require_permission(by, what)
    if not on_one_line(answer):
        raise ReasonMissing(what, "no answer was given", next_step="Say in a few words why; the employee reads it.")
    with _closing_request(request_pk, Decision.DECLINED, by=by, answer=answer) as row:
        return row


def requests_of(user: Any, first: date, last: date) -> Sequence[CorrectionRequest]:
    """What the person asked for about these days, the newest first. :param user: a primary key."""
    return list(CorrectionRequest.objects.filter(user=user, date__range=(first, last)).select_related("user"))


def recent_requests(user: Any) -> Sequence[CorrectionRequest]:
    """The last that the person asked for, the newest first. :param user: a primary key."""
    return list(CorrectionRequest.objects.filter(user=user).select_related("user")[:MAX_RECENT])


def subject_of(row: CorrectionRequest) -> str:
    """Whose day it is, for the trail."""
    return f"{row.user.get_username()}, {row.date}"


def _words(row: CorrectionRequest) -> str:
    return f"{asked_for(facts_of(row))}: {row.why}"


def _require_permission(by: Any, what: str) -> None:
    if not by.has_perm(CORRECT):
        raise CorrectionForbidden(what, f"{by.get_username()} may not do this")


def _check_request(day: date, wanted: RequestedCorrection, what: str) -> None:
    """What can be said without asking the database."""
    if not on_one_line(wanted.why):
        raise ReasonMissing(what, "no reason was given", next_step="Say in a few words what happened.")
    if wanted.kind not in Kind.values:
        raise RequestInvalid(what, f"{wanted.kind!r} is nothing that can be asked for")
    if wanted.punch_type not in set(PunchType):
        raise MeaningInvalid(what, f"{wanted.punch_type!r} is no key of a terminal")
    if not today() - MAX_DAY_AGE <= day <= today():
        raise RequestInvalid(what, f"only days of the last {MAX_DAY_AGE.days} days can be corrected this way")
    if wanted.kind == Kind.ADD and wanted.shown is None:
        raise InstantInvalid(what, "the time is missing", next_step="Give the time that the clock on the wall showed.")


def _check_request_count(by: Any, what: str) -> None:
    """Two at one moment may make one more than that: nothing is lost by it."""
    mine = CorrectionRequest.objects.filter(user=by.pk)
    if mine.filter(decided_at__isnull=True).count() >= MOST_OPEN:
        raise TooManyRequests(what, f"{MOST_OPEN} requests of yours wait for an answer")
    if mine.filter(made_at__gte=datetime.now(UTC) - timedelta(days=1)).count() >= MOST_A_DAY:
        raise TooManyRequests(what, f"{MOST_A_DAY} requests within a day", next_step="Ask again tomorrow.")


def _own_tap(found: Explanation, wanted: RequestedCorrection, what: str) -> DayPunch | None:
    """The punch of that day that is meant; nobody asks about other people's."""
    if found.sealed_at:
        raise DaySealed(what, "the punches around it are no longer kept (KEEP_PUNCHES_DAYS)")
    if wanted.kind == Kind.ADD:
        return None
    uses = [use for work in found.work_days for use in work.uses if use.role not in OUTSIDE_DAY_ROLES]
    tap = next((use.tap for use in uses if use.tap.key == wanted.log and use.tap.key > 0), None)
    if tap is None:
        raise RequestInvalid(what, "the punch is none of that day")
    if tap.amended is not None:
        raise RequestInvalid(what, "the punch was corrected before", next_step="Ask whoever corrected it.")
    if wanted.kind == Kind.CHANGE and wanted.shown is None and not wanted.punch_type:
        raise NothingToCorrect(what, "it says that already", next_step="Give another time or another meaning.")
    return tap


def _check_punch(row: CorrectionRequest, tap: DayPunch | None, found: Explanation, what: str) -> None:
    """Complete the row by the punch that it is about, and hold its time against the day."""
    zone = punch_places_of(found).zone
    if tap is not None:
        row.log_id, row.place = tap.key, tap.place
        row.was_shown = tap.at.astimezone(zone).replace(tzinfo=None)
    if row.kind == Kind.VOID:
        row.shown, row.punch_type = None, ""
    if row.shown is None:
        return
    if not OLDEST_YEAR <= row.shown.year <= 9000 or is_skipped(row.shown, zone):
        raise InstantInvalid(what, f"no clock of {zone} showed {row.shown}")
    at = instant(row.shown, zone, 0)
    if at > datetime.now(UTC):
        raise InstantInvalid(what, "that is still to come")
    if not any(at in work.window for work in found.work_days):
        raise RequestInvalid(what, f"a punch at {row.shown:%Y-%m-%d %H:%M} would belong to another day")


def _make_correction(row: CorrectionRequest, by: Any, at: datetime | None) -> Correction:
    """By the verb that corrects: it judges anew, because the day may have changed since."""
    facts = facts_of(row)
    given = at or (instant(row.shown, facts.zone, 0) if row.shown else None)
    why = f"{row.why} (asked for by {row.user.get_username()} on {row.made_at.astimezone(facts.zone).date()})"
    if row.kind == Kind.ADD:
        assert given is not None  # noqa: S101 - an added punch has a time
        where = punch_places_of(explain(row.user_id, row.date)).usual
        return add_punch(row.user_id, given, punch_type=row.punch_type, device=where, by=by, why=why)
    if row.log_id is None:
        raise NothingToCorrect(f"request {row.pk}", "the punch is no longer kept", next_step="Decline it, and say so.")
    if row.kind == Kind.VOID:
        return void_punch(row.log_id, by=by, why=why)
    return change_punch(row.log_id, punch_type=row.punch_type, at=given, by=by, why=why)


@contextmanager
def _closing_request(request_pk: int, decision: str, *, by: Any, answer: str) -> Iterator[CorrectionRequest]:
    """The decision, and what belongs to it, in one transaction; of two that decide the second is told."""
    facts = {
        "decision": decision,
        "decided_by": by.pk,
        "decided_by_name": str(by.get_username())[:ACTOR_NAME_LENGTH],
        "decided_at": datetime.now(UTC),
        "answer": on_one_line(answer)[:MAX_REASON_LENGTH],
        "asks_for": None,
    }
    with transaction.atomic():
        if not CorrectionRequest.objects.filter(pk=request_pk, decided_at__isnull=True).update(**facts):
            raise RequestClosed(f"request {request_pk}", "it was answered or withdrawn before, or never made")
        yield CorrectionRequest.objects.select_related("user").get(pk=request_pk)


def facts_of(row: CorrectionRequest) -> RequestFacts:
    """A request as its words need it."""
    return RequestFacts(
        key=row.pk,
        who=full_label(row.user),
        employee=str(row.user_id),
        date=row.date,
        kind=row.kind,
        was_shown=row.was_shown,
        place=row.place,
        shown=row.shown,
        punch_type=row.punch_type,
        why=row.why,
        made_at=row.made_at,
        zone=zone_by_name(row.zone),
    )
