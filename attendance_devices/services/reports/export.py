"""Export days, sums and punches of any dates as rows of a file, read in parts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import chain
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attendance_devices.domain.days.status import DayStatus
from attendance_devices.domain.reports.months import sum_month
from attendance_devices.hosts.schema.fields import chunks
from attendance_devices.models import Correction, Device, ESSLAttendanceLog, ProcessedAttendance
from attendance_devices.services.access import permissions
from attendance_devices.services.access.audit_log import note
from attendance_devices.services.access.employees import name_of
from attendance_devices.services.access.visibility import VisibleEmployees
from attendance_devices.services.display.badges import badge_of
from attendance_devices.services.display.reasons import reason_text
from attendance_devices.services.display.spreadsheets import Value
from attendance_devices.services.reports.month import read_days_between
from attendance_devices.services.reports.people import ListedPerson, PeopleFilter, filter_people, people_between

MOST_DAYS = 3_660
READ_SPAN = timedelta(days=7)
"""So many days are read at once."""
PEOPLE_AT_ONCE = 50
ROWS_AT_ONCE = 2_000
ONE_DAY, TWO_DAYS = timedelta(days=1), timedelta(days=2)
"""The second is more than any clock on a wall differs from UTC."""
DAY_COLUMNS = (
    *("user_id", "date", "shift", "status", "status_reason", "check_in", "check_out", "worked", "break_time", "late"),
    *("early", "overtime", "punch_count", "device_name", "office", "posting_state"),
)
PUNCH_COLUMNS = (
    *("pk", "user_id", "device_id", "device_time", "punch_time", "biometric_id", "punch_type", "source"),
    *("received_at", "review"),
)
DEVICE_COLUMNS = ("pk", "name", "office")


class ExportKind(StrEnum):
    """What there is to take out."""

    DAYS = "days"
    PEOPLE = "people"
    PUNCHES = "punches"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOption:
    """One of them, as it is offered."""

    what: ExportKind
    label: Promise | str
    words: Promise | str
    right: str
    """Which it takes beside that to take anything out."""


EXPORT_OPTIONS = (
    ExportOption(
        what=ExportKind.DAYS,
        label=gettext_lazy("Days"),
        words=gettext_lazy(
            "A row for each person, day and shift: times, hours, status, and what became of it in the CRM."
        ),
        right=permissions.VIEW_DAYS,
    ),
    ExportOption(
        what=ExportKind.PEOPLE,
        label=gettext_lazy("Sums"),
        words=gettext_lazy(
            "A row for each person: days, late, absent, hours and overtime, as the page People adds them up."
        ),
        right=permissions.VIEW_DAYS,
    ),
    ExportOption(
        what=ExportKind.PUNCHES,
        label=gettext_lazy("Punches"),
        words=gettext_lazy(
            "What the terminals said, record by record; corrections are marked and change nothing in it."
        ),
        right=permissions.VIEW_PUNCHES,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What somebody wants to take out."""

    what: ExportKind
    first: date
    last: date
    """Included."""
    wished: PeopleFilter = field(default_factory=PeopleFilter)

    @property
    def is_everybody(self) -> bool:
        """Is nobody left out by a filter?"""
        return self.wished == PeopleFilter()


def export_options_for(viewer: Any) -> list[ExportOption]:
    """What this viewer may take out."""
    return [one for one in EXPORT_OPTIONS if viewer.has_perms((permissions.EXPORT, one.right))]


def export_rows(asked: ExportRequest, scope: VisibleEmployees, *, by: Any, form: str) -> Iterator[Sequence[Value]]:
    """The rows, the names of the columns first. Noted in the trail before they are read.

    :param form: of the file, for the trail.
    """
    rows = ROW_READERS[asked.what](asked, scope)
    # What is in the reader's language and zone is found now: the rest may be read when the request is over.
    head = next(rows)
    subject = f"{asked.what} {asked.first} to {asked.last}"
    details = {**asdict(asked.wished), "form": form, "everybody": scope.keys is None}
    note("take out", by=by, subject=subject, words=_("Attendance was taken out as a file."), details=details)
    return chain([head], rows)


def count_rows(asked: ExportRequest, scope: VisibleEmployees) -> int:
    """How many rows that is at most, before filters by name; one query."""
    if asked.what is ExportKind.PUNCHES:
        return scope.only(_logs_between(asked.first, asked.last)).count()
    return scope.only(ProcessedAttendance.objects.filter(date__range=(asked.first, asked.last))).count()


class _RowContext:
    """What every row needs: people, and the words and the clocks of whoever reads it."""

    def __init__(self, asked: ExportRequest, scope: VisibleEmployees) -> None:
        found = filter_people(people_between(asked.first, asked.last, scope), asked.wished)
        self.people: Mapping[Any, ListedPerson] = {person.user: person for person in found}
        self.labels = {status.value: str(badge_of(status).label) for status in DayStatus}
        self._zone = timezone.get_current_timezone()
        self._names: dict[Any, tuple[str, str]] = {None: ("", "")}
        self._places: dict[Any, tuple[str, str]] = {}
        for part in chunks(list(self.people)):
            self._names |= {user.pk: _names_of(user) for user in get_user_model()._base_manager.filter(pk__in=part)}

    def named(self, user: Any) -> tuple[str, str]:
        """Name and user name. Somebody with a punch and no day yet is asked for by himself."""
        if user not in self._names:
            self._names[user] = _names_of(get_user_model()._base_manager.get(pk=user))
        return self._names[user]

    def placed(self, device: Any) -> tuple[str, str]:
        """Name and office of a terminal. All are read at once, and again for one that was added meanwhile."""
        if device not in self._places:
            self._places = {
                key: (name, office) for key, name, office in Device.objects.values_list(*DEVICE_COLUMNS).order_by()
            }
        return self._places[device]

    def shown(self, at: datetime | None) -> Value:
        """As clocks on the site's walls show it; empty for none."""
        return "" if at is None else at.astimezone(self._zone).replace(tzinfo=None)


def _names_of(user: Any) -> tuple[str, str]:
    return name_of(user), str(user.get_username())


def _day_rows(asked: ExportRequest, scope: VisibleEmployees) -> Iterator[Sequence[Value]]:
    reader = _RowContext(asked, scope)
    yield (
        *(_("Date"), _("Name"), _("User name"), _("Office"), _("Department"), _("Shift"), _("Status"), _("Why")),
        *(_("Check-in"), _("Check-out"), _("Worked"), _("Break"), _("Late"), _("Early"), _("Overtime")),
        *(_("Punches"), _("Terminal"), _("In the CRM")),
    )
    for first, last in _date_ranges(asked):
        rows = scope.only(ProcessedAttendance.objects.filter(date__range=(first, last)))
        rows = rows.exclude(status=DayStatus.WITHDRAWN).order_by("date", "user_id", "check_in", "pk")
        for row in rows.values_list(*DAY_COLUMNS, named=True).iterator(chunk_size=ROWS_AT_ONCE):
            if row.user_id in reader.people:
                yield _day_row(row, reader)


def _day_row(row: Any, reader: _RowContext) -> Sequence[Value]:
    person = reader.people[row.user_id]
    return (
        *(row.date, *reader.named(row.user_id), person.office or row.office, person.department, row.shift),
        *(
            reader.labels[row.status],
            reason_text(row.status_reason),
            reader.shown(row.check_in),
            reader.shown(row.check_out),
        ),
        *(row.worked, row.break_time, row.late, row.early, row.overtime),
        *(row.punch_count, row.device_name, row.posting_state),
    )


def _person_rows(asked: ExportRequest, scope: VisibleEmployees) -> Iterator[Sequence[Value]]:
    reader = _RowContext(asked, scope)
    yield (
        *(_("Name"), _("User name"), _("Office"), _("Department"), _("Days"), _("Late"), _("Absent")),
        *(_("A check is missing"), _("No data"), _("Worked"), _("Overtime")),
    )
    now = datetime.now(UTC)
    for part in chunks(list(reader.people), PEOPLE_AT_ONCE):
        spent = read_days_between(part, asked.first, asked.last)
        for user in part:
            person, total = reader.people[user], sum_month(spent.get(user, {}).values(), now)
            yield (
                *(*reader.named(user), person.office, person.department),
                *(total.days, total.late, total.absent, total.missing, total.unknown, total.worked, total.overtime),
            )


def _punch_rows(asked: ExportRequest, scope: VisibleEmployees) -> Iterator[Sequence[Value]]:
    reader = _RowContext(asked, scope)
    yield (
        *(_("Time on the device"), _("Time here"), _("Name"), _("User name"), _("Id on the device"), _("Device")),
        *(_("Office of the device"), _("Key pressed"), _("Came by"), _("Received"), _("To be looked at")),
        _("Corrected"),
    )
    wanted = None if asked.is_everybody else reader.people
    shown, named, placed = reader.shown, reader.named, reader.placed
    for first, last in _date_ranges(asked):
        corrected = _correction_kinds(first, last)
        found = scope.only(_logs_between(first, last)).order_by("device_time", "pk").values_list(*PUNCH_COLUMNS)
        # Unpacked into names: a month of a company is a hundred thousand rows, and each attribute of each one counts.
        for key, user, device, clock, at, who, pressed, source, received, review in found.iterator(ROWS_AT_ONCE):
            if wanted is None or user in wanted:
                yield (
                    *(clock, shown(at), *named(user), who, *placed(device), pressed, source, shown(received)),
                    *(review, corrected.get(key, "")),
                )


def _correction_kinds(first: date, last: date) -> dict[int, str]:
    """Punch -> what the correction does that stands for it. Asked once: there are few among very many punches."""
    logs = _logs_between(first, last).order_by()
    rows = Correction.objects.filter(log__in=logs, undone_at__isnull=True).order_by()
    return dict(rows.values_list("log_id", "kind"))


def _logs_between(first: date, last: date) -> QuerySet[ESSLAttendanceLog]:
    """Those for which a clock showed one of these days; their instants are asked for too: those have an index."""
    start, end = datetime.combine(first, time(0)), datetime.combine(last + ONE_DAY, time(0))
    near = ESSLAttendanceLog.objects.filter(
        punch_time__gte=start.replace(tzinfo=UTC) - TWO_DAYS, punch_time__lt=end.replace(tzinfo=UTC) + TWO_DAYS
    )
    return near.filter(device_time__gte=start, device_time__lt=end)


def _date_ranges(asked: ExportRequest) -> Iterator[tuple[date, date]]:
    first = asked.first
    while first <= asked.last:
        last = min(first + READ_SPAN - ONE_DAY, asked.last)
        yield first, last
        first = last + ONE_DAY


ROW_READERS = {ExportKind.DAYS: _day_rows, ExportKind.PEOPLE: _person_rows, ExportKind.PUNCHES: _punch_rows}
