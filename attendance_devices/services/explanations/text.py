"""Write an explanation as a page shows it: in the reader's language, in the local time of the day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attendance_devices.domain.days.pairing import COUNTED, PunchRole, PunchUse
from attendance_devices.domain.days.timeline import Timeline, draw_timeline
from attendance_devices.domain.days.work_day import WorkDay
from attendance_devices.domain.display.times import clock, length
from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.services.devices.local_time import default_zone
from attendance_devices.services.display.badges import Badge, badge_of
from attendance_devices.services.display.reasons import reason_text, reason_texts
from attendance_devices.services.explanations.explain import Explanation
from attendance_devices.services.punches.applied_corrections import CorrectionNote
from attendance_devices.services.shifts.month import shift_hours_text

ROLE_LABELS: Mapping[PunchRole, Promise] = {
    PunchRole.CHECK_IN: gettext_lazy("check-in"),
    PunchRole.CHECK_OUT: gettext_lazy("check-out"),
    PunchRole.NO_PAIR: gettext_lazy("without a pair"),
    PunchRole.DOUBLE_TAP: gettext_lazy("double tap"),
    PunchRole.UNDER_REVIEW: gettext_lazy("waits for a look"),
    PunchRole.VOIDED: gettext_lazy("does not count"),
    PunchRole.OTHER_DAY: gettext_lazy("another day"),
    PunchRole.OUTSIDE: gettext_lazy("no shift takes it"),
    PunchRole.TOO_LATE: gettext_lazy("came too late"),
}
FIGURE_LABELS: Mapping[str, Promise] = {
    "worked": gettext_lazy("Worked"),
    "break_time": gettext_lazy("Break"),
    "late": gettext_lazy("Late"),
    "early": gettext_lazy("Early"),
    "overtime": gettext_lazy("Overtime"),
}
POST_ACTION_LABELS: Mapping[PostAction, Promise] = {
    PostAction.UNCHANGED: gettext_lazy("it says what the day says"),
    PostAction.CHANGE: gettext_lazy("it differs from the day; the next post changes it"),
    PostAction.CREATE: gettext_lazy("there is none yet; the next post makes it"),
    PostAction.REMOVE: gettext_lazy("the day is none any more; the next post takes it back"),
    PostAction.SKIPPED: gettext_lazy("it is not told"),
    PostAction.KEPT: gettext_lazy("it is kept as a person wrote it"),
    PostAction.LOCKED: gettext_lazy("the period is locked, and it stays"),
    PostAction.FAILED: gettext_lazy("it cannot be written"),
}
CORRECTION_LABELS: Mapping[str, Promise] = {
    "add": gettext_lazy("a punch was added"),
    "void": gettext_lazy("a punch was left out"),
    "change": gettext_lazy("a punch was changed"),
}
OUTSIDE_DAY_ROLES = (PunchRole.OTHER_DAY, PunchRole.OUTSIDE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PunchText:
    """One punch."""

    clock: str
    place: str
    """Empty for one that no terminal told of."""
    role: str
    """Empty where the reason says it."""
    reason: str
    counts: bool
    log: int | None
    """Of a punch of a terminal that can be corrected on this day."""
    correction: int | None
    """Of one that a person corrected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftText:
    """One shift of the day."""

    name: str
    """With its hours; empty for a plain calendar day."""
    mark: Badge | None
    """None where no punch counts and nothing is to be said."""
    reason: str
    """Why a day without a punch is called so."""
    window: tuple[str, str]
    check_in: str
    check_out: str
    is_auto_out: bool
    worked: str
    lines: Sequence[PunchText]
    beside: Sequence[PunchText]
    """Punches of the days before and after."""
    figures: Sequence[tuple[str, str]]
    outliers: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionText:
    """A correction, standing or undone."""

    key: int
    words: str
    why: str
    made: str
    """By whom and when."""
    undone: str
    """By whom and when; empty while it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationText:
    """A day."""

    day: date
    zone: str
    """Empty where it is the site's own."""
    shifts: Sequence[ShiftText]
    shift_reason: str
    line: Timeline
    notes: Sequence[CorrectionText]
    crm: str
    """What the CRM's row is, and what a post would make of it; empty if the CRM takes no rows."""
    crm_values: Sequence[tuple[str, str]]

    @property
    def mark(self) -> Badge | None:
        """Of the day as a whole: that of its first shift that says something."""
        return next((shift.mark for shift in self.shifts if shift.mark), None)


def explanation_text(found: Explanation) -> ExplanationText:
    """Asks nothing more of the database."""
    first, zone = found.work_day, ZoneInfo(found.zone)
    return ExplanationText(
        day=first.date,
        zone="" if zone.key == default_zone().key else zone.key,
        shifts=[shift_text(work, zone, found, is_first=not number) for number, work in enumerate(found.work_days)],
        shift_reason=found.shift_choice.words,
        line=draw_timeline(found.work_days, zone),
        notes=[_correction_text(one, first.date, zone) for one in found.corrections],
        crm=_crm_text(found, zone),
        crm_values=_host_values(found, zone),
    )


def shift_text(work: WorkDay, zone: ZoneInfo, found: Explanation | None = None, *, is_first: bool = True) -> ShiftText:
    """One shift. Punches that are not its own are told with the first. :param found: None for a day to be."""
    own = [
        use for use in work.uses if use.role not in OUTSIDE_DAY_ROLES or (is_first and use.role is PunchRole.OUTSIDE)
    ]
    beside = [use for use in work.uses if is_first and use.role is PunchRole.OTHER_DAY]
    said = found.figures_of(work) if found else ()
    start, end = (clock(moment, work.date, zone) for moment in (work.window.start, work.window.end))
    return ShiftText(
        name=shift_hours_text(work.shift),
        mark=badge_of(work.status, check_in=work.check_in, now=datetime.now(UTC)) if work.status else None,
        reason=reason_text(work.status_reason),
        window=(start, end),
        check_in=clock(work.check_in, work.date, zone) if work.check_in else "",
        check_out=clock(work.check_out, work.date, zone) if work.check_out else "",
        is_auto_out=work.is_auto_out,
        worked=length(work.worked),
        lines=[_punch_text(use, work.date, zone) for use in own],
        beside=[_punch_text(use, work.date, zone) for use in beside],
        figures=[(str(FIGURE_LABELS[one.name]), one.words) for one in said],
        outliers=reason_texts(work.outlier_reasons),
    )


def _punch_text(use: PunchUse, day: date, zone: ZoneInfo) -> PunchText:
    tap = use.tap
    is_own = tap.key > 0 and tap.amended is None and use.role not in (*OUTSIDE_DAY_ROLES, PunchRole.TOO_LATE)
    return PunchText(
        clock=clock(tap.at, day, zone),
        place=tap.place,
        role=str(ROLE_LABELS.get(use.role, "")),
        reason=use.reason,
        counts=use.role in COUNTED,
        log=tap.key if is_own else None,
        correction=tap.amended.key if tap.amended else None,
    )


def _correction_text(one: CorrectionNote, day: date, zone: ZoneInfo) -> CorrectionText:
    def shown(moment: datetime | None) -> str:
        return clock(moment, day, zone) if moment else ""

    def signed(name: str, at: datetime | None) -> str:
        return f"{name}, {at.astimezone(default_zone()):%Y-%m-%d %H:%M}" if at else ""

    was = " ".join(part for part in (shown(one.was_at), one.was_type) if part)
    now = " ".join(part for part in (shown(one.at), one.punch_type) if part)
    times = " \N{RIGHTWARDS ARROW} ".join(part for part in (was, now) if part)
    place = f" ({one.place})" if one.place else ""
    return CorrectionText(
        key=one.key,
        words=f"{CORRECTION_LABELS[one.kind]}: {times}{place}",
        why=one.why,
        made=signed(one.made_by, one.made_at),
        undone=signed(one.undone_by, one.undone_at),
    )


def _crm_text(found: Explanation, zone: ZoneInfo) -> str:
    if not found.posting_state:
        return _("none, because no row of this day is stored")
    if found.host_row_state is None:
        return "" if not found.errors else _("it could not be asked")
    day, says = found.work_day.date, found.host_row_state
    parts = [found.host_row] if found.host_row else []
    parts += [_("written %(when)s") % {"when": clock(found.posted_at, day, zone)}] if found.posted_at else []
    parts.append(
        str(POST_ACTION_LABELS.get(says.action, says.action.value)) + (f" ({says.reason})" if says.reason else "")
    )
    return "; ".join(parts)


def _host_values(found: Explanation, zone: ZoneInfo) -> list[tuple[str, str]]:
    values = found.host_row_state.values if found.host_row_state else None
    return [(name, _format_value(text, found.work_day.date, zone)) for name, text in (values or {}).items()]


def _format_value(text: str, day: date, zone: ZoneInfo) -> str:
    """An instant as a clock shows it, anything else as it is."""
    try:
        at = datetime.fromisoformat(text) if len(text) == len("2026-01-31T09:00:00+00:00") else None
    except ValueError:
        at = None
    return clock(at, day, zone) if at is not None and at.tzinfo else text
