"""Rebuild the work days of a sealed day from its stored rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from attendance_devices.domain.days.numbers import DayNumbers
from attendance_devices.domain.days.pairing import DayPunch, PunchRole, PunchUse
from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.days.work_day import WorkDay
from attendance_devices.domain.punches.instants import Review
from attendance_devices.models import ESSLAttendanceLog, ProcessedAttendance
from attendance_devices.services.days.inputs import DayInputs
from attendance_devices.services.punches.sealed_days import SealedDayNote
from attendance_devices.services.shifts.assignments import SHIFT_NAME

LATE_REASON = (
    "reached us at {at:%Y-%m-%d %H:%M} UTC, when the punches of the day were no longer kept; it counts for no day"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedDayPunches:
    """What is known of punches that are still stored on such a day."""

    sealed: SealedDayNote
    late: dict[int, datetime]
    """Key of a punch that came too late -> when it reached us."""


def read_sealed_day(user: Any, day: date, facts: DayInputs) -> SealedDayPunches | None:
    """None for a day whose punches are kept. One query for any other."""
    sealed = facts.sealed.get((user, day))
    if sealed is None:
        return None
    keys = [tap.key for tap in facts.taps(user, day) if tap.key > 0 and tap.amended is None]
    logs = ESSLAttendanceLog.objects.filter(pk__in=keys).values_list("pk", "received_at", "review")
    late = {key: at for key, at, review in logs if review == Review.SEALED_DAY or at > sealed.at}
    return SealedDayPunches(sealed=sealed, late=late)


def work_days_from_rows(
    found: Sequence[WorkDay], rows: Sequence[ProcessedAttendance], standing: SealedDayPunches
) -> list[WorkDay]:
    """The shifts of the day as the rows say; what the rule says of the punches that are left is not asked."""
    by_name = {row.shift: row for row in rows}
    paired = [(work, by_name.pop(work.shift.name[:SHIFT_NAME], None)) for work in found]
    renamed = list(by_name.values())
    told = []
    for work, own in paired:
        row = own or (renamed.pop(0) if renamed else None)
        shift = work.shift if own or row is None else replace(work.shift, name=row.shift)
        told.append(_work_day_from_row(replace(work, shift=shift), row, standing))
    return told


def _work_day_from_row(work: WorkDay, row: ProcessedAttendance | None, standing: SealedDayPunches) -> WorkDay:
    none = timedelta(0)
    lengths = {name: getattr(row, name) if row else none for name in DayNumbers.__slots__}
    return replace(
        work,
        check_in=row.check_in if row else None,
        check_out=row.check_out if row else None,
        is_auto_out=bool(row and row.is_auto_out),
        auto_out_due=None,
        stretches=(),
        numbers=DayNumbers(**lengths),
        punch_count=row.punch_count if row else 0,
        status=DayStatus(row.status) if row else None,
        status_reason=row.status_reason if row else "",
        outlier_reasons=tuple(row.outlier_reasons) if row else (),
        uses=tuple(_mark_if_late(use, standing.late.get(use.tap.key)) for use in work.uses),
    )


def _mark_if_late(use: PunchUse, late: datetime | None) -> PunchUse:
    is_elsewhere = use.role in (PunchRole.OTHER_DAY, PunchRole.OUTSIDE)
    return use if late is None or is_elsewhere else _late_use(use.tap, late)


def _late_use(tap: DayPunch, at: datetime) -> PunchUse:
    return PunchUse(tap=tap, role=PunchRole.TOO_LATE, reason=LATE_REASON.format(at=at))
