"""Compute what a day would become with a correction that is not stored. Writes nothing."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from attendance_devices.domain.days.work_day import WorkDay
from attendance_devices.models import Correction
from attendance_devices.services.days.derive import work_days_of
from attendance_devices.services.days.inputs import DayInputs, read_day_inputs
from attendance_devices.services.punches.applied_corrections import CorrectedPunch, apply_corrections


def foresee(row: Correction, day: date) -> list[WorkDay]:
    """The shifts of the day, by the rule that would derive them. :param row: as a plan of `correct` gives it."""
    facts = read_day_inputs({(row.user_id, day + timedelta(days=shift)) for shift in range(-2, 3)})
    return work_days_of(row.user_id, day, _with_correction(facts, row))


def _with_correction(facts: DayInputs, row: Correction) -> DayInputs:
    """The corrected punch in the place of that of the terminal."""
    devices = {device.pk: device for device in facts.by_name.values()}
    if row.pk is None:
        # A number that no stored row has: what is added is known by it.
        row.pk = 0
    (fresh,) = apply_corrections([row], devices)
    row.pk = None
    mine = _other_punches(facts, row.user_id, fresh.tap.key)
    mine.setdefault(fresh.shown_on, []).append(fresh)
    mine[fresh.shown_on].sort(key=lambda punch: (punch.tap.at, punch.tap.place, punch.tap.key))
    return replace(facts, punches={**facts.punches, row.user_id: mine})


def _other_punches(facts: DayInputs, user: Any, key: int) -> dict[date, list[CorrectedPunch]]:
    by_date = facts.punches.get(user, {})
    return {shown: [punch for punch in punches if punch.tap.key != key] for shown, punches in by_date.items()}
