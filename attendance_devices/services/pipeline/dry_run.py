"""Compute in memory what a run would change, without a write to the database or a terminal."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model

from attendance_devices.domain.people.mapping import MapAction, MapPlan
from attendance_devices.domain.posting.host_row import FieldChange, HostRow, PostAction, PostPlan, RowPlan
from attendance_devices.domain.results import CollectResult
from attendance_devices.drivers.base import Session
from attendance_devices.drivers.registry import driver
from attendance_devices.exceptions import DeviceError
from attendance_devices.hosts.current import current_host
from attendance_devices.hosts.declared import DeclaredHost
from attendance_devices.hosts.rows.drafts import spelled
from attendance_devices.hosts.rows.table import read_shape
from attendance_devices.hosts.schema.conversion import Unmappable, as_text, fit
from attendance_devices.models import Device, DeviceUser, ESSLAttendanceLog, PendingDay, ProcessedAttendance
from attendance_devices.models.logs import Source
from attendance_devices.services.collection.enrolments import compare_enrolments
from attendance_devices.services.days.absences import AbsenceScope, find_missing_days
from attendance_devices.services.days.derive import plan_derive
from attendance_devices.services.devices.addresses import address_of
from attendance_devices.services.mapping.match import plan_failures, plan_mapping
from attendance_devices.services.posting.post import TO_POST, host_row_of, plan_post
from attendance_devices.services.punches.coverage import EARLIEST_BELIEVABLE, Newcomer, Unsaved
from attendance_devices.services.punches.store import receipt_now, sort
from attendance_devices.services.workers.isolation import error_boundary


@dataclass(slots=True, kw_only=True)
class DeviceDryRun:
    """What one terminal would add. Nothing of it is stored."""

    device: Device
    new: int = 0
    known: int = 0
    bad: set[str] = field(default_factory=set)
    """Digests of the records that would go to quarantine."""
    logs: list[ESSLAttendanceLog] = field(default_factory=list)
    users: list[DeviceUser] = field(default_factory=list)
    """All its people as they would be: stored ones, and new ones that are not saved."""
    asked_at: datetime | None = None
    """When its log was asked for."""
    listed: int | None = None
    unlisted: set[str] = field(default_factory=set)
    error: str = ""
    retryable: bool = False

    @property
    def believed(self) -> list[ESSLAttendanceLog]:
        """The earliest new punch whose clock can be believed; none if there is none."""
        return sorted(
            (log for log in self.logs if log.device_time >= EARLIEST_BELIEVABLE), key=lambda log: log.device_time
        )[:1]

    @property
    def result(self) -> CollectResult:
        """As a collect would have said it."""
        return CollectResult(
            device=self.device.name,
            new=self.new,
            known=self.known,
            quarantined=len(self.bad),
            flagged=sum(1 for log in self.logs if log.review),
            enrolments=self.listed,
            unknown_ids=sorted(self.unlisted),
            error=self.error,
            retryable=self.retryable,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a run would do: the exact differences."""

    collects: Sequence[CollectResult]
    mapping: MapPlan
    posting: PostPlan
    errors: Sequence[str] = ()
    """Whole stages that failed."""

    @property
    def failures(self) -> list[str]:
        """Every device, account and row that a run would fail with, and what to do next."""
        devices = [result.error for result in self.collects if not result.ok]
        rows = [f"{plan.row.date}: {plan.reason}" for plan in self.posting.of(PostAction.FAILED)]
        return [*devices, *plan_failures(self.mapping), *rows, *self.errors]


def preview(devices: Collection[Device], *, fetch: bool, map_people: bool, create: bool, since: date) -> Preview:
    """Rehearse a run over these devices."""
    errors: list[str] = []
    heard = [_dry_run_device(device, fetch=fetch) for device in devices]
    users = [user for one in sorted(heard, key=lambda one: one.device.name) for user in one.users if not user.ignored]
    mapping, posting = MapPlan(), PostPlan()
    if map_people:
        mapping = error_boundary("mapping", partial(plan_mapping, users, create=create), mapping, errors)
    if fetch:
        unsaved = _unsaved(heard, _owners(users, mapping), orphans=map_people)
        posting = error_boundary("the CRM's rows", partial(_plan_posting, unsaved, since), posting, errors)
    return Preview(collects=[one.result for one in heard], mapping=mapping, posting=posting, errors=errors)


def _dry_run_device(device: Device, *, fetch: bool) -> DeviceDryRun:
    """What a terminal would add, whatever happens: one that fails never stops the others."""
    heard = DeviceDryRun(device=device, users=list(DeviceUser.objects.filter(device=device).order_by("pk")))
    errors: list[str] = []
    error_boundary(device.name, partial(_read_device, heard, fetch=fetch), None, errors)
    heard.error = errors[0] if errors else heard.error
    for user in heard.users:
        user.device = device
    return heard


def _read_device(heard: DeviceDryRun, *, fetch: bool) -> None:
    """Read what a collect would read, and sort it, without keeping anything."""
    device = heard.device
    try:
        with driver(device.vendor).session(address_of(device)) as session:
            people = session.enrolments()
            stored, new, _ = compare_enrolments(device, people)
            heard.listed, heard.users = len(people), stored + new
            if fetch:
                _read_log(heard, session)
    except DeviceError as error:
        heard.error, heard.retryable = str(error), error.retryable
    finally:
        strangers = {log.biometric_id for log in heard.logs} - {user.device_user_id for user in heard.users}
        heard.unlisted = strangers
        heard.users += [DeviceUser(device=device, device_user_id=who, on_device=False) for who in sorted(strangers)]


def _read_log(heard: DeviceDryRun, session: Session) -> None:
    receipt = receipt_now(Source.POLL)
    heard.asked_at = receipt.received_at
    seen: set[tuple[str, datetime, int]] = set()
    for batch in session.batches(heard.device.cursor, heard.device.zone):
        found = sort(heard.device, batch, receipt)
        fresh = [log for log in found.logs if (log.biometric_id, log.device_time, log.fold) not in seen]
        bad = {record.digest for record in found.quarantine} - heard.bad
        seen.update((log.biometric_id, log.device_time, log.fold) for log in fresh)
        heard.new += len(fresh)
        heard.known += found.known + len(found.logs) - len(fresh) + len(found.quarantine) - len(bad)
        heard.bad |= bad
        heard.logs += fresh


def _unsaved(heard: Sequence[DeviceDryRun], owners: Mapping[tuple[Any, str], Any], *, orphans: bool) -> Unsaved:
    """All that a run would have kept."""
    gone = {(user.device_id, user.system_user_id) for one in heard for user in one.users if not user.on_device}
    listed = {(user.device_id, user.device_user_id) for one in heard for user in one.users if user.on_device}
    enrolled: dict[Any, set[Any]] = defaultdict(set)
    for (device, who), employee in owners.items():
        if (device, who) in listed:
            enrolled[employee].add(device)
    return Unsaved(
        logs=_owned_logs(heard, owners, orphans=orphans),
        read={one.device.pk: one.asked_at for one in heard if one.asked_at and not one.error},
        told={log.device_id: log.punch_time for one in heard for log in one.believed},
        enrolled=enrolled,
        unlisted=gone,
    )


def _plan_posting(unsaved: Unsaved, since: date) -> PostPlan:
    """The CRM's rows, for stored days that wait, for days that these punches would make, and for the missing."""
    touched = {(log.user_id, log.device_time.date()) for log in unsaved.logs}
    touched |= set(PendingDay.objects.values_list("user_id", "date"))
    touched |= set(find_missing_days(AbsenceScope(since=since), unsaved))
    rows = plan_derive(touched, unsaved)
    differing = {row.pk for row in [*rows.change, *rows.remove]}
    waiting = ProcessedAttendance.objects.filter(date__gte=since, posting_state__in=TO_POST).exclude(pk__in=differing)
    days = [day for day in [*rows.create, *rows.change, *waiting] if day.date >= since]
    days.sort(key=lambda day: (day.date, str(day.user_id)))
    known = plan_post([day for day in days if not isinstance(day.user_id, Newcomer)])
    new = [host_row_of(day) for day in days if isinstance(day.user_id, Newcomer)]
    return PostPlan(rows=[*known.rows, *_for_newcomers(new)])


def _owners(users: Sequence[DeviceUser], mapping: MapPlan) -> dict[tuple[Any, str], Any]:
    """(device, id) -> the employee it stands for, or would by the plan; an account to be made has a stand-in."""
    mapped = [user for user in users if user.system_user_id is not None]
    owners: dict[tuple[Any, str], Any] = {(one.device_id, one.device_user_id): one.system_user_id for one in mapped}
    unmapped = [user for user in users if user.system_user_id is None]
    key, name = get_user_model()._meta.pk, get_user_model().USERNAME_FIELD
    for step in mapping.steps:
        user = unmapped[step.candidate.key]
        if step.action is MapAction.MAP:
            owners[user.device_id, user.device_user_id] = key.to_python(step.employee)
        elif step.action is MapAction.CREATE and step.account is not None:
            called = step.account.fields.get(name, user.device_user_id)
            owners[user.device_id, user.device_user_id] = Newcomer(f"{called} (new)")
    return owners


def _owned_logs(
    heard: Sequence[DeviceDryRun], owners: Mapping[tuple[Any, str], Any], *, orphans: bool
) -> list[ESSLAttendanceLog]:
    """The punches that would be derived: new ones, and, if people are mapped, stored ones that nobody owned."""
    logs = [log for one in heard for log in one.logs]
    if orphans:
        stored = ESSLAttendanceLog.objects.filter(device__in=[one.device for one in heard], user__isnull=True)
        ids = {who for _, who in owners}
        logs += [log for log in stored if log.biometric_id in ids]
    for log in logs:
        if log.user_id is None:
            log.user_id = owners.get((log.device_id, log.biometric_id))
    return [log for log in logs if log.user_id is not None]


def _for_newcomers(rows: Sequence[HostRow]) -> list[RowPlan]:
    """An account that is not there yet cannot have a row; what does not hang on the person is known already."""
    host = current_host()
    if not rows or not host.takes_rows:
        return []
    reason = "with the account to be created"
    told = [row for row in rows if not host.why_untold(row)]
    return [
        RowPlan(row=row, action=PostAction.CREATE, changes=_field_changes(host, row), reason=reason) for row in told
    ]


def _field_changes(host: Any, row: HostRow) -> list[FieldChange]:
    if not isinstance(host, DeclaredHost):
        values = {name: as_text(getattr(row, name)) for name in ("check_in", "check_out", "status")}
        return [FieldChange(name=name, old="", new=text) for name, text in values.items() if text]
    shape = read_shape(host.settings)
    found = []
    for column in shape.columns:
        given = spelled(shape.status_values, column, row)
        try:
            text = as_text(given if column.field.is_relation else fit(column.field, given))
        except Unmappable:
            continue
        found += [FieldChange(name=column.field.attname, old="", new=text)] if text else []
    return found
