"""Shifts and punches of somebody, and what they mean."""

from datetime import date, time, timedelta
from typing import Any

from attendance_devices.domain.shifts.rule import ShiftRule
from attendance_devices.hosts.base import Host
from attendance_devices.models import Shift, ShiftAssignment
from tests.builders.crm import MONDAY, device, employee, mapped


class TwoShifts(Host):
    """A CRM whose shifts are all called the same."""

    def shift_rules(self, employees: Any, days: Any) -> Any:
        rules = [ShiftRule(name="n" * 200, start=time(hour), end=time(hour + 4)) for hour in (8, 13)]
        return {(key, day): rules for key in employees for day in days}


def works(user: Any, name: str, start: str, end: str, since: date = MONDAY - timedelta(days=30), **more: Any) -> Shift:
    hours = {"start": time.fromisoformat(start), "end": time.fromisoformat(end), "weekdays": "0123456"}
    shift = Shift.objects.create(name=name, **hours | more)
    ShiftAssignment.objects.create(shift=shift, user=user, date_from=since)
    return shift


def somebody(**facts: Any) -> tuple[Any, Any]:
    gate, asha = device(**facts), employee("7")
    mapped(gate, "7", asha)
    return gate, asha
