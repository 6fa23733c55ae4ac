"""Correct a punch: add, void or change it, or undo a correction. The stored punch never changes."""

from datetime import UTC, datetime, tzinfo
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from attendance_devices.domain.punches.instants import OLDEST_YEAR, instant, is_skipped
from attendance_devices.domain.punches.punch import PunchType
from attendance_devices.exceptions import (
    AlreadyCorrected,
    AlreadyUndone,
    CorrectionForbidden,
    DaySealed,
    InstantInvalid,
    MeaningInvalid,
    NothingToCorrect,
    PunchOfNobody,
    ReasonMissing,
)
from attendance_devices.models import Correction, Device, ESSLAttendanceLog
from attendance_devices.services.access.audit_log import ACTOR_NAME_LENGTH
from attendance_devices.services.access.permissions import CORRECT, UNDO
from attendance_devices.services.devices.local_time import default_zone, zone_of
from attendance_devices.services.punches.applied_corrections import days_touched, on_one_line
from attendance_devices.services.punches.pending_days import note_touched_days
from attendance_devices.services.punches.sealed_days import sealed_days
from attendance_devices.services.workers.locks import derive_lock


def add_punch(
    user_pk: Any, at: datetime, *, punch_type: str = "", device: Device | None = None, by: Any, why: str
) -> Correction:
    """A punch that no terminal told of: the card was forgotten, the terminal was dead.

    :param at: aware. :param punch_type: a `PunchType`; empty if it does not matter.
    :param device: where it would have been made; None if nowhere. :param by: the user who says so.
    """
    return store_correction(plan_add(user_pk, at, punch_type=punch_type, device=device, by=by, why=why))


def plan_add(
    user_pk: Any, at: datetime, *, punch_type: str = "", device: Device | None = None, by: Any, why: str
) -> Correction:
    """Judged as `add_punch` would, and not stored."""
    what = f"a punch of employee {user_pk} at {at}"
    _require_permission(by, CORRECT, what)
    row = Correction(
        kind=Correction.Kind.ADD,
        user_id=_require_employee(user_pk, what),
        at=_check_instant(at, what),
        punch_type=_check_punch_type(punch_type, what),
        device=device,
        why=_check_reason(why, what),
    )
    row.stands_for = f"punch of {row.user_id} at {row.moment.isoformat()}"
    return _check_and_sign(row, by, what)


def void_punch(log_pk: int, *, by: Any, why: str) -> Correction:
    """A punch that does not count: a card that was lent, a test of the terminal."""
    return store_correction(plan_void(log_pk, by=by, why=why))


def plan_void(log_pk: int, *, by: Any, why: str) -> Correction:
    """Judged as `void_punch` would, and not stored."""
    what = f"attendance log {log_pk}"
    _require_permission(by, CORRECT, what)
    row = _correction_of_log(log_pk, what)
    row.kind, row.why = Correction.Kind.VOID, _check_reason(why, what)
    return _check_and_sign(row, by, what)


def change_punch(
    log_pk: int, *, punch_type: str | None = None, at: datetime | None = None, by: Any, why: str
) -> Correction:
    """A punch that took place at another time, or means something else. It counts from then on, also if it was doubted.

    :param punch_type: a `PunchType`; None or empty leaves it. :param at: aware; None leaves it.
    """
    return store_correction(plan_change(log_pk, punch_type=punch_type, at=at, by=by, why=why))


def plan_change(
    log_pk: int, *, punch_type: str | None = None, at: datetime | None = None, by: Any, why: str
) -> Correction:
    """Judged as `change_punch` would, and not stored."""
    what = f"attendance log {log_pk}"
    _require_permission(by, CORRECT, what)
    row = _correction_of_log(log_pk, what)
    assert row.log is not None  # noqa: S101 - it was just found
    row.kind, row.why = Correction.Kind.CHANGE, _check_reason(why, what)
    row.punch_type = _check_punch_type(punch_type or "", what)
    given = None if at is None else _check_instant(at, what)
    row.at = None if given == row.log.punch_time else given
    if not row.punch_type and row.at is None and not (given and row.log.review):
        raise NothingToCorrect(what, "it says that already", next_step="Give another time or another meaning.")
    return _check_and_sign(row, by, what)


def undo_correction(correction_pk: int, *, by: Any) -> Correction:
    """Take a correction back: its days say again what they said without it. It stays, as a thing of the past."""
    what = f"correction {correction_pk}"
    _require_permission(by, UNDO, what)
    row = Correction.objects.select_related("log").filter(pk=correction_pk).first()
    if row is None:
        raise NothingToCorrect(what, "there is none")
    with derive_lock():
        _require_not_sealed(row, what)
        stood = Correction.objects.filter(pk=row.pk, undone_at__isnull=True)
        if not stood.update(
            undone_by=by.pk, undone_by_name=_user_name(by), undone_at=datetime.now(UTC), stands_for=None
        ):
            raise AlreadyUndone(what, "somebody undid it before")
        note_touched_days(days_touched([row]))
    row.refresh_from_db()
    return row


def instant_from_clock(
    shown: datetime, device: Device | None, *, fold: int = 0, usual: tzinfo | None = None
) -> datetime:
    """The instant at which the clock on that wall shows this naive time.

    :param usual: the zone where there is no terminal; None is that of the site.
    """
    zone: tzinfo = zone_of(device) if device else usual or default_zone()
    if not OLDEST_YEAR <= shown.year <= 9000:
        raise InstantInvalid(f"{shown}", "no punch is of that year")
    if is_skipped(shown, zone):
        raise InstantInvalid(f"{shown}", f"the clocks of {zone} went forward over it and never showed it")
    return instant(shown, zone, fold)


def _require_permission(by: Any, permission: str, what: str) -> None:
    if not by.has_perm(permission):
        raise CorrectionForbidden(what, f"{_user_name(by) or 'nobody who is logged in'} may not do this")


def _require_employee(pk: Any, what: str) -> Any:
    user = get_user_model()
    try:
        key = user._meta.pk.to_python(pk)
    except ValidationError:
        key = None
    if key is None or not user._base_manager.filter(pk=key).exists():
        raise NothingToCorrect(what, "there is no such employee", next_step="Check the employee's key.")
    return key


def _correction_of_log(log_pk: int, what: str) -> Correction:
    log = ESSLAttendanceLog.objects.filter(pk=log_pk).first()
    if log is None:
        raise NothingToCorrect(what, "there is none")
    if log.user_id is None:
        raise PunchOfNobody(what, f"no employee stands behind the id {log.biometric_id!r}")
    return Correction(user_id=log.user_id, log=log, stands_for=f"attendance log {log.pk}")


def _check_instant(at: datetime, what: str) -> datetime:
    if at.tzinfo is None or at.utcoffset() is None:
        raise InstantInvalid(what, "the time has no zone")
    # The years before the rest: at the ends of the calendar nothing can be converted.
    if not OLDEST_YEAR <= at.year <= 9000:
        raise InstantInvalid(what, "no punch is of that year")
    if at > datetime.now(UTC):
        raise InstantInvalid(what, "that is still to come")
    return at.astimezone(UTC)


def _check_punch_type(text: str, what: str) -> str:
    try:
        return PunchType(text).value
    except ValueError:
        raise MeaningInvalid(what, f"{text!r} is no key of a terminal") from None


def _check_reason(why: str, what: str) -> str:
    if not on_one_line(why):
        raise ReasonMissing(what, "no reason was given")
    return why.replace("\0", "").strip()


def _require_not_sealed(row: Correction, what: str) -> None:
    """Asked while nothing goes: a correction that no day follows would only look like one."""
    device = row.log.device if row.log else row.device
    shown = {row.moment.astimezone(zone_of(device) if device else default_zone()).date()}
    if row.log and not row.log.review:
        shown.add(row.log.device_time.date())
    for day in sealed_days([row.user_id], sorted(shown)).keys() & {(row.user_id, one) for one in shown}:
        raise DaySealed(what, f"the punches around {day[1]} are no longer kept (KEEP_PUNCHES_DAYS)")


def _user_name(by: Any) -> str:
    return str(by.get_username())[:ACTOR_NAME_LENGTH]


def _check_and_sign(row: Correction, by: Any, what: str) -> Correction:
    """The last look, which asks the most: a plan says what the verb would say."""
    _require_not_sealed(row, what)
    other = Correction.objects.filter(stands_for=row.stands_for).first()
    if other is not None:
        raise AlreadyCorrected(what, f"correction {other.pk} by {other.made_by_name} stands")
    row.made_by_id, row.made_by_name, row.made_at = by.pk, _user_name(by), datetime.now(UTC)
    return row


def store_correction(row: Correction) -> Correction:
    """Store what was planned, and note the days that it touches, in one transaction."""
    what = f"attendance log {row.log_id}" if row.log_id else f"a punch of employee {row.user_id} at {row.at}"
    try:
        with derive_lock():
            _require_not_sealed(row, what)
            row.save(force_insert=True)
            note_touched_days(days_touched([row]))
    except IntegrityError:
        # Somebody was faster by a moment.
        other = Correction.objects.filter(stands_for=row.stands_for).first()
        if other is None:
            raise
        raise AlreadyCorrected(what, f"correction {other.pk} by {other.made_by_name} stands") from None
    return row
