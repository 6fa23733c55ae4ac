"""Who works which shift when: what the CRM says, else our assignments, else the settings; and how it was chosen."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Q

from attendance_devices import conf
from attendance_devices.domain.shifts.assignments import Unit
from attendance_devices.domain.shifts.rule import EVERY_DAY, ShiftRule, on_duty
from attendance_devices.hosts.base import Host
from attendance_devices.models import ShiftAssignment
from attendance_devices.services.punches.coverage import Newcomer

UserDay = tuple[Any, date]
SHIFT_NAME = 100
"""Characters that the column holds."""


class ChosenBy(StrEnum):
    """Where the shift of a day came from."""

    HOST = "host"
    ASSIGNMENT = "assignment"
    SETTINGS = "settings"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftChoice:
    """Why this shift and no other."""

    by: ChosenBy
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftPlan:
    """The shifts of people's days. What is not in it works by the default rule."""

    rules: Mapping[UserDay, Sequence[ShiftRule]]
    """The shifts of a day in their order."""
    choices: Mapping[UserDay, ShiftChoice]


def read_shift_plan(
    days: Collection[UserDay], units: Mapping[Any, Unit], working: Mapping[tuple[str, date], bool], host: Host
) -> ShiftPlan:
    """Two queries, and those of the host. Only the days asked for, not the years between them: a clock that jumped to
    2099 must not cost a rule for every day until then.

    :param units: user -> where they belong; these are the users. :param working: what the CRM says of single days.
    """
    dates: dict[Any, list[date]] = defaultdict(list)
    for user, day in days:
        dates[user].append(day)
    span = sorted({day for _, day in days})
    found: dict[UserDay, Sequence[ShiftRule]] = {}
    choices: dict[UserDay, ShiftChoice] = {}
    by_user = _assignments(units, span)
    for user, unit in units.items():
        mine = [*by_user.get(user, ()), *(row for row in by_user.get(None, ()) if _covers(row, unit))]
        for day in dates[user] if mine else ():
            best = _most_specific(mine, day)
            if best:
                found[user, day] = [row.rule for row in best]
                choices[user, day] = ShiftChoice(by=ChosenBy.ASSIGNMENT, words=_reason(best[0].row))
    by_text = {str(user): user for user in units}
    for (employee, day), given in host.shift_rules(by_text, span).items():
        if employee in by_text:
            key = (by_text[employee], day)
            found[key] = [given] if isinstance(given, ShiftRule) else list(given)
            choices[key] = ShiftChoice(by=ChosenBy.HOST, words="the CRM's own shift of that day")
    rules = {
        key: _with_unique_names(on_duty(key[1], _on_working_days(given, key, working))) for key, given in found.items()
    }
    return ShiftPlan(rules=rules, choices=choices)


def default_choice(rule: ShiftRule) -> ShiftChoice:
    """Why the default rule applies."""
    if rule.has_hours:
        words = "no shift is assigned, so the hours of the settings (WORK_START_TIME, WORK_END_TIME)"
        if not rule.weekdays_known:
            words += "; WORK_DAYS does not say on which days, so they call no day an absence"
        return ShiftChoice(by=ChosenBy.SETTINGS, words=words)
    words = f"neither a shift nor hours in the settings, so the day from {rule.day_boundary:%H:%M}"
    return ShiftChoice(by=ChosenBy.CALENDAR, words=words)


def default_rule() -> ShiftRule:
    """The rule of a person without an assigned shift: the hours of the settings, else a plain calendar day."""
    settings = conf.load()
    named = settings.work_start_time is not None and settings.work_end_time is not None
    buffer = timedelta(hours=settings.overnight_shift_buffer_hours) if settings.overnight_shift else None
    boundary = settings.day_boundary
    if buffer is not None and not named and boundary == time(0):
        boundary = time(int(buffer.total_seconds()) // 3600 % 24, int(buffer.total_seconds()) // 60 % 60)
    return ShiftRule(
        name="default" if named else "",
        start=settings.work_start_time if named else None,
        end=settings.work_end_time if named else None,
        weekdays=EVERY_DAY if settings.work_days is None else settings.work_days,
        weekdays_known=settings.work_days is not None,
        margin_after=buffer if named else None,
        day_boundary=boundary,
        grace=timedelta(minutes=settings.late_grace_minutes),
        double_tap=timedelta(seconds=settings.double_tap_seconds),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _AssignmentRow:
    row: ShiftAssignment
    rule: ShiftRule
    rank: tuple[bool, bool, bool]
    """The narrower the kind of people it is for, the higher."""


def _assignments(users: Collection[Any], span: Sequence[date]) -> Mapping[Any, list[_AssignmentRow]]:
    """User -> assignments in a fixed order; those of whole units under None."""
    running = Q(date_until__isnull=True) | Q(date_until__gte=span[0])
    whose = Q(user__in=[user for user in users if not isinstance(user, Newcomer)]) | Q(user__isnull=True)
    rows = ShiftAssignment.objects.filter(running, whose, date_from__lte=span[-1]).select_related("shift")
    rules: dict[Any, ShiftRule] = {}
    found: dict[Any, list[_AssignmentRow]] = defaultdict(list)
    for row in rows.order_by("date_from", "pk"):
        if row.shift_id not in rules:
            rules[row.shift_id] = row.shift.rule
        found[row.user_id].append(_AssignmentRow(row=row, rule=rules[row.shift_id], rank=_rank(row)))
    return found


def _covers(found: _AssignmentRow, unit: Unit) -> bool:
    return Unit(office=found.row.office, department=found.row.department).covers(unit)


def _most_specific(rows: Sequence[_AssignmentRow], day: date) -> list[_AssignmentRow]:
    """Of the assignments that run on `day`, those of the narrowest kind."""
    running = [one for one in rows if one.row.date_from <= day <= (one.row.date_until or day)]
    highest = max((one.rank for one in running), default=None)
    return [one for one in running if one.rank == highest]


def _rank(row: ShiftAssignment) -> tuple[bool, bool, bool]:
    return row.user_id is not None, bool(row.department), bool(row.office)


def _reason(row: ShiftAssignment) -> str:
    until = f"until {row.date_until}" if row.date_until else "without an end"
    whose = "" if row.user_id is not None else f"to {row.whose} "
    return f"assigned {whose}from {row.date_from} {until}"


def _on_working_days(
    rules: Sequence[ShiftRule], key: UserDay, working: Mapping[tuple[str, date], bool]
) -> Sequence[ShiftRule]:
    """A day that the CRM calls a working day is one, whatever the weekdays of the shift say."""
    if not working.get((str(key[0]), key[1])):
        return rules
    return [replace(rule, weekdays=EVERY_DAY) for rule in rules]


def _with_unique_names(rules: Sequence[ShiftRule]) -> Sequence[ShiftRule]:
    """A day has one row for each name, and a host's own shifts may be called anything."""
    names = [rule.name[:SHIFT_NAME] for rule in rules]
    if len(set(names)) == len(names):
        return rules
    cut = SHIFT_NAME - len(f" ({len(names)})")
    return tuple(replace(rule, name=f"{rule.name[:cut]} ({number})") for number, rule in enumerate(rules, start=1))
