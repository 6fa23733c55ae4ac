"""The contract between this app and the CRM it is a guest of. Subclass it, or `DeclaredHost`, and name it in HOST."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from attendance_devices.domain.days.absences import Employment
from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.devices.device import Enrolment
from attendance_devices.domain.people.mapping import AccountPlan, Matches
from attendance_devices.domain.posting.host_row import HostRow, PostAction, RowOutcome, RowPlan
from attendance_devices.domain.shifts.assignments import Unit
from attendance_devices.domain.shifts.rule import ShiftRule
from attendance_devices.exceptions import HostError

EmployeeKey = str
"""Primary key of a user, as text."""


class Host:
    """Answers for the CRM. The defaults are those of record-only mode: no rows, no accounts, nobody known."""

    @property
    def takes_rows(self) -> bool:
        """Does the CRM have an attendance table that we write?"""
        return False

    def find_employees(self, ids: Collection[str]) -> Matches:
        """Who carries one of these ids, by lookup in order of preference; a constant number of queries."""
        del ids
        return {}

    def plan_account(self, enrolment: Enrolment, *, device: str, office: str, taken: Collection[str]) -> AccountPlan:
        """The account that would be created, every field of it. Writes nothing. `taken`: usernames planned already."""
        del enrolment, device, office, taken
        raise self._cannot("plan an account")

    def create_employee(self, account: AccountPlan) -> EmployeeKey:
        """Create the account inside the caller's transaction. Raises `HostError`, and then wrote nothing."""
        del account
        raise self._cannot("create an account")

    def shift_rules(
        self, employees: Collection[EmployeeKey], days: Collection[date]
    ) -> Mapping[tuple[EmployeeKey, date], ShiftRule | Sequence[ShiftRule]]:
        """The CRM's own shifts, where it has them; what is missing here comes from this app's.

        Several on one date have to follow one another: one that begins before the one before it is over is left out.
        """
        del employees, days
        return {}

    def units(self, employees: Collection[EmployeeKey]) -> Mapping[EmployeeKey, Unit]:
        """Office and department of each, as the CRM names them. Whoever is missing belongs to the terminals' office."""
        del employees
        return {}

    def employment(self, employees: Collection[EmployeeKey]) -> Mapping[EmployeeKey, Employment]:
        """From when until when each is employed; who is missing is so at any time."""
        del employees
        return {}

    def leaves(
        self, employees: Collection[EmployeeKey], days: Collection[date]
    ) -> Mapping[tuple[EmployeeKey, date], str]:
        """Who is on leave when, and what the CRM calls it."""
        del employees, days
        return {}

    def working_days(
        self, employees: Collection[EmployeeKey], days: Collection[date]
    ) -> Mapping[tuple[EmployeeKey, date], bool]:
        """Days of which the CRM itself knows whether they are worked; this goes before weekdays and holidays."""
        del employees, days
        return {}

    def locked(self, days: Iterable[tuple[EmployeeKey, date]]) -> Mapping[tuple[EmployeeKey, date], str]:
        """Days that may not be touched any more, with the reason in words."""
        del days
        return {}

    def why_untold(self, row: HostRow) -> str:
        """Why the CRM is not told of this day; empty if it is. Asked for every row, so it asks no database.

        A day may be silent: absent, on leave, a holiday, a day off, unknown (`HostRow.has_punch` is False). By default
        the CRM is told of punches only. Such a row never reaches `plan_rows`, unless it has a ``host_pk``.
        """
        if row.status == DayStatus.WITHDRAWN:
            return "the day means nothing any more"
        return "" if row.has_punch else f"the CRM is told of days with a punch, and this one is {row.status}"

    def plan_rows(self, rows: Sequence[HostRow]) -> list[RowPlan]:
        """Compare with the CRM's rows, in a constant number of queries. Writes nothing; the order is kept.

        What would be written on a day that `locked` names comes back as LOCKED. A row with a ``host_pk`` that
        `why_untold` names has to go from the CRM: REMOVE if we made it (``host_made``) and nobody edited it, KEPT if
        not, SKIPPED if there is nothing of ours. Any other answer to it counts as KEPT, and nothing is written.
        """
        del rows
        raise self._cannot("plan rows")

    def read_rows(self, rows: Sequence[HostRow]) -> list[Mapping[str, str] | None]:
        """What the CRM's rows of these days say now: field -> text, None for a day without exactly one row.

        Constant queries; writes nothing; the order is kept. Shown to people only, so a host need not answer.
        """
        return [None for _ in rows]

    def write_rows(self, plans: Sequence[RowPlan]) -> list[RowOutcome]:
        """Carry out CREATE, CHANGE and REMOVE; one failing row never stops the others. The order is kept."""
        del plans
        raise self._cannot("write rows")

    def post_rows(self, rows: Sequence[HostRow]) -> list[RowOutcome]:
        """Plan and write at once, within the caller's transaction; in any order. What posting calls.

        Override it only to be faster. A row that `why_untold` names must not be written then either.
        """
        plans = plans_of(self, rows)
        skipped = [plan for plan in plans if plan.action is PostAction.SKIPPED]
        outcomes = self.write_rows([plan for plan in plans if plan.action is not PostAction.SKIPPED])
        return [*outcomes, *(RowOutcome(plan=plan, action=plan.action, host_pk=plan.host_pk) for plan in skipped)]

    def visible_employees(self, viewer: Any) -> Collection[EmployeeKey] | None:
        """Whom this viewer may see; None is everybody."""
        del viewer
        return None

    def _cannot(self, what: str) -> HostError:
        name = type(self).__name__
        return HostError(name, f"does not say how to {what}", next_step=f"Inherit DeclaredHost, or write it in {name}.")


def plans_of(host: Host, rows: Sequence[HostRow]) -> list[RowPlan]:
    """What `host` would do with each row. It is asked of those that it is told of, and of those it may have written."""
    why = [host.why_untold(row) for row in rows]
    asked = [row for row, reason in zip(rows, why, strict=True) if row.host_pk or not reason]
    found = iter(host.plan_rows(asked))
    return [
        _sane(next(found), reason)
        if row.host_pk or not reason
        else RowPlan(row=row, action=PostAction.SKIPPED, reason=reason)
        for row, reason in zip(rows, why, strict=True)
    ]


def _sane(plan: RowPlan, untold: str) -> RowPlan:
    """A host that knows nothing of rows to be taken back must not write them either."""
    if not untold or plan.action not in (PostAction.CREATE, PostAction.CHANGE, PostAction.UNCHANGED):
        return plan
    reason = f"{untold}, and this host does not say how to take a row back: delete row {plan.row.host_pk} by hand"
    return RowPlan(row=plan.row, action=PostAction.KEPT, reason=reason, host_pk=plan.row.host_pk)
