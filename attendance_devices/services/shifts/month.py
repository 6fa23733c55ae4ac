"""Which shifts somebody has in a month, and why those."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from attendance_devices.domain.reports.months import Month
from attendance_devices.domain.shifts.rule import ShiftRule
from attendance_devices.hosts.current import current_host
from attendance_devices.services.punches.coverage import units_of
from attendance_devices.services.shifts.assignments import default_choice, default_rule, read_shift_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftPeriod:
    """The shifts of some days on end."""

    first: date
    last: date
    shifts: Sequence[str]
    """Name and hours of each; empty for a plain calendar day."""
    why: str
    """How they were chosen."""


def shift_periods(user: Any, month: Month) -> list[ShiftPeriod]:
    """Of one person, in order. Two queries, and those of the host."""
    host, days = current_host(), month.days
    found = read_shift_plan({(user, day) for day in days}, units_of([user]), {}, host)
    usual = default_rule()

    def key(day: date) -> tuple[Sequence[str], str]:
        rules = found.rules.get((user, day)) or (usual,)
        choice = found.choices.get((user, day)) or default_choice(usual)
        return tuple(words for rule in rules if (words := shift_hours_text(rule))), choice.words

    grouped = [(what, list(group)) for what, group in groupby(days, key=key)]
    return [ShiftPeriod(first=each[0], last=each[-1], shifts=what[0], why=what[1]) for what, each in grouped]


def shift_hours_text(rule: ShiftRule) -> str:
    """``Office``, its start and its end; empty for a plain calendar day without a name."""
    hours = f"{rule.start:%H:%M} \N{EN DASH} {rule.end:%H:%M}" if rule.start and rule.end else ""
    return " ".join(part for part in (rule.name, hours) if part)
