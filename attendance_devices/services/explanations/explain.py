"""Explain the rows of one day by the same rule that derived them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from attendance_devices.domain.days.arithmetic import Figure, figures, figures_of_sealed_day
from attendance_devices.domain.days.pairing import DayPunch, PunchRole
from attendance_devices.domain.days.work_day import WorkDay
from attendance_devices.domain.posting.host_row import PostAction
from attendance_devices.hosts.base import plans_of
from attendance_devices.hosts.current import current_host
from attendance_devices.models import DeviceUser, PendingDay, ProcessedAttendance
from attendance_devices.services.days.derive import work_days_of
from attendance_devices.services.days.inputs import read_day_inputs
from attendance_devices.services.explanations.sealed import SealedDayPunches, read_sealed_day, work_days_from_rows
from attendance_devices.services.posting.post import host_row_of
from attendance_devices.services.punches.applied_corrections import CorrectionNote, corrections_of
from attendance_devices.services.shifts.assignments import ShiftChoice
from attendance_devices.services.workers.isolation import error_boundary


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingReason:
    """How one device user came to stand for the person."""

    device: str
    device_user_id: str
    how: str
    reason: str

    @property
    def how_words(self) -> str:
        """By what, in words."""
        ways = {"person": _("by a person"), "created": _("an account was created")}
        return self.reason or str(ways.get(self.how, ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRowState:
    """The CRM's row as it stands now, and what a post would make of it."""

    values: Mapping[str, str] | None
    """Column -> text; None if the CRM has no row of the day, or has several."""
    action: PostAction
    """What a post would do now; KEPT if a person edited the row."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A day, punch by punch, and what became of it in the CRM."""

    employee: str
    """Primary key of the user, as text."""
    work_days: Sequence[WorkDay]
    """For each shift: window, numbers, and every punch with its role or the reason it was left out."""
    zone: str
    """The zone in which the day was reckoned."""
    shift_choice: ShiftChoice
    figures: Sequence[Figure]
    """Every number with its arithmetic."""
    mapped: Sequence[MappingReason]
    pending: bool
    """Was the day touched and not derived since? Then the row is older than this answer."""
    posting_state: str
    """Empty when there is no row."""
    posting_note: str
    posted_at: datetime | None
    host_row: str
    """Table and key of the CRM's row, empty if there is none."""
    host_row_state: HostRowState | None
    """None when the CRM takes no rows, there is no row of ours, or it could not be asked (see `errors`)."""
    corrections: Sequence[CorrectionNote] = field(default=())
    """What people corrected about the punches of this day, undone corrections too."""
    sealed_at: datetime | None = None
    """Since when punches of this day, or of one beside it, are no longer kept: what is told is what the rows say."""
    errors: Sequence[str] = field(default=())
    """What could not be found out, and what to do next."""

    @property
    def work_day(self) -> WorkDay:
        """The first shift, and mostly the only one."""
        return self.work_days[0]

    def figures_of(self, work_day: WorkDay) -> Sequence[Figure]:
        """Those of one of its shifts."""
        each = len(self.figures) // len(self.work_days)
        start = self.work_days.index(work_day) * each
        return self.figures[start : start + each]

    @property
    def unassigned(self) -> Sequence[DayPunch]:
        """Punches around this day that no shift takes."""
        return [use.tap for use in self.work_day.uses if use.role is PunchRole.OUTSIDE]


def explain(user: Any, day: date) -> Explanation:
    """Writes nothing; a constant number of queries. :param user: primary key of the employee."""
    user = get_user_model()._meta.pk.to_python(user)
    # The windows of the days around it have neighbours too.
    facts = read_day_inputs({(user, day + timedelta(days=shift)) for shift in range(-2, 3)})
    around = replace(facts.around(user, day), claimed=partial(facts.owner, user, day))
    work_days, zone = work_days_of(user, day, facts, around=around), facts.zone(user, day)
    rows = list(ProcessedAttendance.objects.filter(user=user, date=day).order_by("pk"))
    row, stands = rows[0] if rows else None, read_sealed_day(user, day, facts)
    if stands is not None:
        work_days = work_days_from_rows(work_days, rows, stands)
    errors: list[str] = []
    says = error_boundary("the CRM's row", partial(_host_row_state, row), None, errors) if row else None
    return Explanation(
        employee=str(user),
        work_days=work_days,
        zone=str(zone),
        shift_choice=facts.choice(user, day),
        figures=[figure for work_day in work_days for figure in _figures(work_day, zone, stands)],
        mapped=mapping_reasons_of(user),
        pending=PendingDay.objects.filter(user=user, date=day).exists(),
        posting_state=row.posting_state if row else "",
        posting_note=row.posting_note if row else "",
        posted_at=row.posted_at if row else None,
        host_row=f"{row.host_label} {row.host_pk}" if row and row.host_pk else "",
        host_row_state=says,
        corrections=_corrections(user, work_days),
        sealed_at=stands.sealed.at if stands else None,
        errors=tuple(errors),
    )


def _figures(day: WorkDay, zone: tzinfo, stands: SealedDayPunches | None) -> Sequence[Figure]:
    return figures(day, zone) if stands is None else figures_of_sealed_day(day)


def _corrections(user: Any, work_days: Sequence[WorkDay]) -> list[CorrectionNote]:
    """Of punches that are in one of the day's windows or were before, and of those beside it that no day takes."""
    spans = [found.window for found in work_days]
    shown = {
        use.tap.amended.key for use in work_days[0].uses if use.tap.amended and use.role is not PunchRole.OTHER_DAY
    }
    near = corrections_of(user, spans[0].start - timedelta(days=2), spans[-1].end + timedelta(days=2))
    inside = {one.key for one in near if any(moment in span for moment in one.moments for span in spans)}
    return [one for one in near if one.key in shown | inside]


def mapping_reasons_of(user: Any) -> list[MappingReason]:
    """How device users came to stand for the person; one query. :param user: a primary key."""
    people = DeviceUser.objects.filter(system_user=user).order_by("device__name", "pk")
    # Not as rows: those bring the secrets of their devices along, and each costs a decryption.
    columns = people.values_list("device__name", "device_user_id", "mapped_by", "mapped_reason")
    return [
        MappingReason(device=name, device_user_id=who, how=how, reason=reason) for name, who, how, reason in columns
    ]


def _host_row_state(row: ProcessedAttendance) -> HostRowState | None:
    host = current_host()
    if not host.takes_rows:
        return None
    told = [host_row_of(row)]
    plan = plans_of(host, told)[0]
    # A row that is to be made is none yet.
    values = None if plan.action is PostAction.CREATE else host.read_rows(told)[0]
    return HostRowState(values=values, action=plan.action, reason=plan.reason)
