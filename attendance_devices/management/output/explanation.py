"""The answer to "why?" as lines for people and as values for machines."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from attendance_devices.domain.days.pairing import PunchRole, PunchUse
from attendance_devices.domain.days.work_day import WorkDay
from attendance_devices.domain.display.times import clock
from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.domain.shifts.rule import ShiftRule
from attendance_devices.management.output.text import OutputNames
from attendance_devices.services.display.reasons import reason_text, reason_texts
from attendance_devices.services.explanations.explain import Explanation, HostRowState, MappingReason
from attendance_devices.services.punches.applied_corrections import CorrectionNote

NAMES = {"break_time": "Break"}
"""How a figure is called, if not by its own name."""
ROLES = {
    PunchRole.CHECK_IN: "check-in: ",
    PunchRole.CHECK_OUT: "check-out: ",
    PunchRole.WITHIN: "within: ",
    PunchRole.DOUBLE_TAP: "",
    PunchRole.UNDER_REVIEW: "ignored: ",
    PunchRole.VOIDED: "",
    PunchRole.OTHER_DAY: "ignored: ",
}
"""What stands before the reason; a role that is not here is named as it is."""
BY_HAND = "(by hand)"
"""Stands for the terminal of a punch that none told of."""
MINUTES = "%Y-%m-%d %H:%M"
SAYS = {
    PostAction.UNCHANGED: "as the day says",
    PostAction.CHANGE: "differs from the day; the next post changes it",
    PostAction.CREATE: "not there yet; the next post makes it",
    PostAction.REMOVE: "the day is none any more; the next post removes it",
    PostAction.SKIPPED: "not told",
    PostAction.KEPT: "kept",
    PostAction.LOCKED: "locked",
    PostAction.FAILED: "cannot be written",
}


def why_lines(found: Explanation, words: OutputNames) -> Iterator[str]:
    """A day, punch by punch."""
    day, zone = found.work_day, ZoneInfo(found.zone)
    yield f"Why? {words.employee(found.employee)}, {day.date:%A} {day.date.day} {day.date:%B %Y}: {_status(day)}"
    if found.sealed_at:
        yield _sealed(found.sealed_at, zone)
    for number, work in enumerate(found.work_days):
        if number:
            yield f"The shift after it: {_status(work)}"
        yield from _work_lines(found, work, zone, is_first=not number)
    yield from (_correction(one, day, zone) for one in found.corrections)
    yield from _crm(found, zone, words)
    yield from (_mapping(person) for person in found.mapped)
    if not found.mapped:
        yield "Mapped: no terminal knows this person; map_and_fetch_attendance --dry-run says why for each user of one."
    if found.pending:
        yield "Waiting: something touched this day since it was derived; process_attendance brings its row up to date."
    yield from found.errors


def _work_lines(found: Explanation, day: WorkDay, zone: ZoneInfo, *, is_first: bool) -> Iterator[str]:
    """One shift of the day. Punches that are not its own are told with the first."""
    uses = [use for use in day.uses if is_first or use.role not in (PunchRole.OTHER_DAY, PunchRole.OUTSIDE)]
    width = max((len(use.tap.place or BY_HAND) for use in uses), default=0)
    for use in uses:
        place = (use.tap.place or BY_HAND).ljust(width)
        yield f"{clock(use.tap.at, day.date, zone)}  {place}  {_role(use)}{use.reason}"
    if not day.uses and not found.sealed_at:
        yield "No punch of this person is stored on this day or beside it."
    start, end = (clock(moment, day.date, zone) for moment in (day.window.start, day.window.end))
    yield f"Window: {start} to {end} ({found.zone})"
    yield f"Shift: {_shift(found, day.shift)}"
    yield from (f"{NAMES.get(one.name, one.name.capitalize())}: {one.words}" for one in found.figures_of(day))
    yield from (f"Outlier: {reason}" for reason in reason_texts(day.outlier_reasons))


def _sealed(at: datetime, zone: ZoneInfo) -> str:
    since = f"{at.astimezone(zone):{MINUTES}}"
    return f"The punches of this day, or of one beside it, are no longer kept since {since}; it stands as its row says."


def _status(day: WorkDay) -> str:
    """In words, with the reason where no punch is one."""
    said = str(day.status).replace("_", " ") if day.status else "no punch counts"
    return f"{said} ({reason_text(day.status_reason)})" if day.status_reason else said


def why_values(found: Explanation) -> dict[str, Any]:
    """The same as JSON values; instants with their offset, in the zone of the day."""
    day, zone = found.work_day, ZoneInfo(found.zone)
    says = found.host_row_state
    return {
        "employee": found.employee,
        "date": day.date.isoformat(),
        "zone": found.zone,
        **_work_values(found, day, zone),
        "more_shifts": [_work_values(found, work, zone) for work in found.work_days[1:]],
        "corrections": [_correction_values(one, zone) for one in found.corrections],
        "mapped": [
            {"device": one.device, "id": one.device_user_id, "how": one.how, "reason": one.reason}
            for one in found.mapped
        ],
        "pending": found.pending,
        "sealed_at": found.sealed_at,
        "posting": {"state": found.posting_state, "note": found.posting_note, "at": found.posted_at},
        "crm": {"row": found.host_row} | (_says_values(says) if says else {}),
        "errors": list(found.errors),
    }


def _work_values(found: Explanation, day: WorkDay, zone: ZoneInfo) -> dict[str, Any]:
    """One shift of the day."""
    said = found.figures_of(day)
    return {
        "status": day.status.value if day.status else None,
        "status_reason": reason_text(day.status_reason),
        "window": [moment.astimezone(zone).isoformat() for moment in (day.window.start, day.window.end)],
        "shift": {"name": day.shift.name, "by": found.shift_choice.by.value, "reason": found.shift_choice.words},
        "check_in": day.check_in.astimezone(zone).isoformat() if day.check_in else None,
        "check_out": day.check_out.astimezone(zone).isoformat() if day.check_out else None,
        "punches": [_use_values(use, zone) for use in day.uses],
        "figures": {one.name: {"seconds": int(one.value.total_seconds()), "why": one.words} for one in said},
        "outlier_reasons": reason_texts(day.outlier_reasons),
    }


def _use_values(use: PunchUse, zone: ZoneInfo) -> dict[str, Any]:
    tap = use.tap
    return {
        "at": tap.at.astimezone(zone).isoformat(),
        "device": tap.place,
        "role": str(use.role),
        "reason": use.reason,
        "log": tap.key if tap.key > 0 else None,
        "correction": tap.amended.key if tap.amended else None,
    }


def _correction(one: CorrectionNote, day: WorkDay, zone: ZoneInfo) -> str:
    """``Correction 5: changed 17:00:00 at Gate to 18:00:00, out; by boss on 2024-01-09 10:31:00: went on by hand``."""

    def shown(moment: datetime | None) -> str:
        return clock(moment, day.date, zone) if moment else ""

    place = f" at {one.place}" if one.place else ""
    new = ", ".join(part for part in (shown(one.at), one.punch_type) if part)
    what = {"add": f"added {new}{place}", "void": f"voided {shown(one.was_at)}{place}"}.get(
        one.kind, f"changed {shown(one.was_at)}{place}" + (f" to {new}" if new else ", which counts as it is")
    )
    undone = f"; undone by {one.undone_by} on {one.undone_at.astimezone(zone):{MINUTES}}" if one.undone_at else ""
    return (
        f"Correction {one.key}: {what}; by {one.made_by} on {one.made_at.astimezone(zone):{MINUTES}}: {one.why}{undone}"
    )


def _correction_values(one: CorrectionNote, zone: ZoneInfo) -> dict[str, Any]:
    return {
        name: value.astimezone(zone).isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(one).items()
    }


def _says_values(says: HostRowState) -> dict[str, Any]:
    values = dict(says.values) if says.values is not None else None
    return {"values": values, "action": says.action.value, "reason": says.reason}


def _role(use: PunchUse) -> str:
    return ROLES.get(use.role, f"{str(use.role).replace('_', '-')}: ")


def _shift(found: Explanation, rule: ShiftRule) -> str:
    hours = f"{rule.start:%H:%M} to {rule.end:%H:%M}" if rule.start and rule.end else "calendar day"
    return f"{' '.join(part for part in (rule.name, hours) if part)} ({found.shift_choice.words})"


def _crm(found: Explanation, zone: ZoneInfo, words: OutputNames) -> Iterator[str]:
    """What became of the day in the CRM, and what stands there now."""
    day, says = found.work_day, found.host_row_state
    if not found.posting_state:
        yield "CRM row: none, because no row of this day is stored"
        return
    row = found.host_row or "none so far"
    written = f" written {clock(found.posted_at, day.date, zone)}" if found.posted_at else ""
    note = f" ({found.posting_note})" if found.posting_note else ""
    yield f"CRM row: {row}{written}; posting: {found.posting_state}{note}"
    if says is None:
        yield from () if found.errors else ("CRM now: it takes no rows (ATTENDANCE_MODEL is not set)",)
        return
    yield f"CRM now: {_standing(found, says)}"
    device = next((use.tap.place for use in day.uses if use.role is PunchRole.CHECK_IN), "")
    shown = ((name, words.value(text, device=device, day=day.date)) for name, text in (says.values or {}).items())
    yield from (f"  {name} {text or '-'}" for name, text in shown)


def _standing(found: Explanation, says: HostRowState) -> str:
    if says.action is PostAction.UNCHANGED and found.posted_at:
        return "unchanged since"
    return ": ".join(part for part in (SAYS.get(says.action, says.action.value), says.reason) if part)


def _mapping(person: MappingReason) -> str:
    reason = person.reason or {"person": "a person", "created": "an account was created"}.get(person.how, "unknown")
    return f"Mapped: {person.device}, user {person.device_user_id}, by {reason}"
