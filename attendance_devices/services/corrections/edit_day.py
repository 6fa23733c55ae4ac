"""Plan, make or undo a correction from the page of a day, and derive the day at once."""

import logging
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from django.db import transaction

from attendance_devices.exceptions import InstantInvalid, NothingToCorrect
from attendance_devices.models import Correction, Device, ESSLAttendanceLog, PendingDay
from attendance_devices.services.access.audit_log import note
from attendance_devices.services.corrections.correct import (
    instant_from_clock,
    plan_add,
    plan_change,
    plan_void,
    store_correction,
    undo_correction,
)
from attendance_devices.services.days.derive import BATCH_DAYS, derive
from attendance_devices.services.punches.applied_corrections import on_one_line
from attendance_devices.services.workers.isolation import error_boundary
from attendance_devices.services.workers.locks import derive_lock

logger = logging.getLogger(__name__)
Kind = Correction.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionDraft:
    """A correction as somebody types it."""

    kind: str
    """A `Correction.Kind`."""
    log: int | None = None
    """The punch of a terminal that it is about; None of one to be added."""
    shown: datetime | None = None
    """Naive: what the clock on the wall showed; None where the time stays."""
    fold: int = 0
    """1 for the second pass of a repeated hour."""
    zone: tzinfo | None = None
    """Of that wall, where no terminal tells it."""
    device: Device | None = None
    """Where an added punch was made."""
    punch_type: str = ""
    why: str = ""


def plan_correction(user: Any, draft: CorrectionDraft, *, by: Any) -> Correction:
    """Judged as it would be made, and not stored. Raises a `CorrectionError`.

    :param user: whose punch it is. :param by: the user who says so.
    """
    if draft.kind == Kind.ADD:
        if draft.shown is None:
            raise InstantInvalid("a new punch", "the time is missing", next_step="Give the date and the time.")
        at = instant_from_clock(draft.shown, draft.device, fold=draft.fold, usual=draft.zone)
        return plan_add(user.pk, at, punch_type=draft.punch_type, device=draft.device, by=by, why=draft.why)
    log = _own_log(user, draft)
    if draft.kind == Kind.VOID:
        return plan_void(log.pk, by=by, why=draft.why)
    given = instant_from_clock(draft.shown, log.device, fold=draft.fold) if draft.shown else None
    return plan_change(log.pk, punch_type=draft.punch_type, at=given, by=by, why=draft.why)


def make_correction(user: Any, draft: CorrectionDraft, *, by: Any) -> Correction:
    """Make it, with an entry in the trail; then derive the days that it touches."""
    with transaction.atomic():
        row = store_correction(plan_correction(user, draft, by=by))
        note("correct a punch", by=by, device=_device(row), subject=_subject(user, row), words=_words(row))
    derive_person_days(user)
    return row


def undo_and_derive(correction_pk: int, user: Any, *, by: Any) -> Correction:
    """Undo a correction of this person's punches, with an entry in the trail; then derive its days."""
    what = f"correction {correction_pk}"
    if not Correction.objects.filter(pk=correction_pk, user=user.pk).exists():
        raise NothingToCorrect(what, "there is none of this person")
    with transaction.atomic():
        row = undo_correction(correction_pk, by=by)
        note("undo a correction", by=by, device=_device(row), subject=_subject(user, row), words=_words(row))
    derive_person_days(user)
    return row


def derive_person_days(user: Any) -> None:
    """The days of one person that were touched. If it fails, they stay noted, and the next run derives them."""
    errors: list[str] = []
    error_boundary("the day", lambda: _derive_pending_days(user), None, errors)
    for error in errors:
        logger.error("not derived at once: %s", error)


def _derive_pending_days(user: Any) -> None:
    with derive_lock():
        noted = dict(PendingDay.objects.filter(user=user.pk).order_by("pk").values_list("pk", "date")[:BATCH_DAYS])
        derive({(user.pk, day) for day in noted.values()})
        PendingDay.objects.filter(pk__in=noted).delete()


def _own_log(user: Any, draft: CorrectionDraft) -> ESSLAttendanceLog:
    """Nobody corrects the punches of one person on the page of another."""
    log = ESSLAttendanceLog.objects.filter(pk=draft.log or 0, user=user.pk).select_related("device").first()
    if log is None:
        raise NothingToCorrect(f"attendance log {draft.log}", "it is no punch of this person")
    return log


def _device(row: Correction) -> Device | None:
    return row.log.device if row.log else row.device


def _words(row: Correction) -> str:
    return f"{row.kind}: {on_one_line(row.why)}"


def _subject(user: Any, row: Correction) -> str:
    return f"{user.get_username()}, {row.moment:%Y-%m-%d %H:%M} UTC"
