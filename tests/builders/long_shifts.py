"""Shifts that end on another date."""

from datetime import time
from typing import Any

from attendance_devices.domain.shifts.rule import ShiftRule
from attendance_devices.hosts.base import Host
from attendance_devices.models import Shift, ShiftAssignment
from tests.builders.crm import MONDAY


class LongShift(Host):
    """A CRM whose shift has a name that no column holds."""

    def shift_rules(self, employees: Any, days: Any) -> Any:
        rule = ShiftRule(name="n" * 300, start=time(9), end=time(17))
        return {(key, day): rule for key in employees for day in days} | {("stranger", MONDAY): rule}


def night_shift(user: Any) -> None:
    shift = Shift.objects.create(name="night", start=time(22), end=time(6), weekdays="0123456")
    ShiftAssignment.objects.create(shift=shift, user=user, date_from=MONDAY)
