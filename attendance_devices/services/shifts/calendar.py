"""What single days are, besides shifts: holidays of ours, and what the CRM says of leaves and working days."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from attendance_devices.hosts.base import Host
from attendance_devices.models import Holiday


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCalendar:
    """The days of a stretch of time. Employees are the primary keys of users as text."""

    holidays: Mapping[tuple[str, date], str]
    """Office and date -> what is celebrated; everywhere is the office ``""``."""
    leaves: Mapping[tuple[str, date], str]
    """Employee and date -> what the CRM calls the leave."""
    working: Mapping[tuple[str, date], bool]
    """Employee and date -> the CRM's own word."""

    def holiday(self, office: str, day: date) -> str:
        """What is celebrated in the office on `day`; its own holiday goes before that of all. Empty for none."""
        return self.holidays.get((office, day)) or self.holidays.get(("", day), "")


def read_calendar(host: Host, employees: Collection[str], days: Sequence[date]) -> DayCalendar:
    """One query, and those of the host. :param days: in order."""
    rows = Holiday.objects.filter(date__range=(days[0], days[-1])).order_by()
    return DayCalendar(
        holidays={(office, day): name for office, day, name in rows.values_list("office", "date", "name")},
        leaves=host.leaves(employees, days),
        working=host.working_days(employees, days),
    )
