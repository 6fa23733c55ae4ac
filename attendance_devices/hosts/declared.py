"""The host that the ``ATTENDANCE_DEVICES`` setting alone describes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from attendance_devices import conf
from attendance_devices.domain.days.absences import Employment
from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.devices.device import Enrolment
from attendance_devices.domain.people.mapping import AccountPlan, Matches
from attendance_devices.domain.posting.host_row import HostRow, RowOutcome, RowPlan
from attendance_devices.domain.shifts.assignments import Unit
from attendance_devices.hosts.base import EmployeeKey, Host
from attendance_devices.hosts.people import accounts, lookups, staff, visibility
from attendance_devices.hosts.people.templates import AccountRequest
from attendance_devices.hosts.rows import planning, silent_days
from attendance_devices.hosts.rows.planning import PlannedRow
from attendance_devices.hosts.rows.table import HostTable, read_shape
from attendance_devices.hosts.rows.writing import RowWriter


class DeclaredHost(Host):
    """Without ATTENDANCE_MODEL it takes no rows, and still knows employees and makes accounts."""

    def __init__(self, settings: conf.Settings | None = None) -> None:
        """:param settings: those of the project by default."""
        self.settings = settings or conf.load()

    @property
    def takes_rows(self) -> bool:
        return bool(self.settings.attendance_model)

    def find_employees(self, ids: Collection[str]) -> Matches:
        return lookups.find_employees(self.settings.employee_lookups, ids)

    def plan_account(self, enrolment: Enrolment, *, device: str, office: str, taken: Collection[str]) -> AccountPlan:
        asked = AccountRequest(enrolment=enrolment, device=device, office=office, taken=taken)
        return accounts.plan_account(self.settings, asked)

    def create_employee(self, account: AccountPlan) -> EmployeeKey:
        return accounts.create_account(self.settings, account)

    def units(self, employees: Collection[EmployeeKey]) -> Mapping[EmployeeKey, Unit]:
        return staff.units(self.settings, employees)

    def employment(self, employees: Collection[EmployeeKey]) -> Mapping[EmployeeKey, Employment]:
        return staff.employment(self.settings, employees)

    def leaves(
        self, employees: Collection[EmployeeKey], days: Collection[date]
    ) -> Mapping[tuple[EmployeeKey, date], str]:
        return staff.leaves(self.settings, employees, days)

    def visible_employees(self, viewer: Any) -> Collection[EmployeeKey] | None:
        return visibility.visible_employees(self.settings, viewer)

    def why_untold(self, row: HostRow) -> str:
        if row.has_punch or row.status == DayStatus.WITHDRAWN or not self.takes_rows:
            return super().why_untold(row)
        return silent_days.why_untold(self._shape, row)

    def plan_rows(self, rows: Sequence[HostRow]) -> list[RowPlan]:
        return [planning.shown(self._shape, planned) for planned in self._plan(rows)]

    def read_rows(self, rows: Sequence[HostRow]) -> list[Mapping[str, str] | None]:
        return planning.read_rows(self._shape, rows)

    def write_rows(self, plans: Sequence[RowPlan]) -> list[RowOutcome]:
        return self._writer().write(plans)

    def post_rows(self, rows: Sequence[HostRow]) -> list[RowOutcome]:
        """Planned once: what stands in the CRM is compared again under lock, and what is new meets its constraints."""
        own = type(self)
        if own.plan_rows is not DeclaredHost.plan_rows or own.write_rows is not DeclaredHost.write_rows:
            # Somebody has a say in one of the two steps.
            return super().post_rows(rows)
        return self._writer().write_fresh(self._plan(rows))

    def _writer(self) -> RowWriter:
        return RowWriter(shape=self._shape, replan=self._plan)

    def _plan(self, rows: Sequence[HostRow]) -> list[PlannedRow]:
        locks = self.locked([(row.employee, row.date) for row in rows]) if rows else {}
        return planning.plan_rows(self._shape, rows, locks, self.why_untold)

    @cached_property
    def _shape(self) -> HostTable:
        return read_shape(self.settings)
