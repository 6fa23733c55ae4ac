"""Match device users to employees by their keys: make the plan, and carry it out."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, TypeAlias

from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db import router, transaction
from django.db.models import Exists, OuterRef, Subquery

from attendance_devices.domain.devices.device import Enrolment, Privilege
from attendance_devices.domain.people.mapping import (
    AccountPlan,
    EmployeeMatch,
    MapAction,
    MapPlan,
    MapStep,
    Matches,
    are_different_people,
    plan_matches,
)
from attendance_devices.exceptions import HostError
from attendance_devices.hosts.base import Host
from attendance_devices.hosts.current import current_host
from attendance_devices.hosts.schema.savepoint import savepoint
from attendance_devices.models import Device, DeviceUser, ESSLAttendanceLog
from attendance_devices.services.punches.pending_days import note_days
from attendance_devices.services.punches.sealed_days import flag_stored, late_keys
from attendance_devices.services.workers.locks import lock_devices

PlannedAccounts: TypeAlias = dict[str, list[tuple[str, AccountPlan]]]
"""Id on the terminals -> (name there, account) of everybody for whom one is planned."""
CLAIMED_AT_ONCE = 10_000
MAPPING_FIELDS = ("system_user", "mapped_by", "mapped_reason", "mapped_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class MapResult:
    """What a plan became."""

    mapped: int = 0
    created: int = 0
    conflicts: int = 0
    unknown: int = 0
    errors: Sequence[str] = ()


def plan_mapping(users: Iterable[DeviceUser], *, create: bool) -> MapPlan:
    """Match unmapped device users to employees; with `create`, plan accounts for those that nobody matches.

    Takes rows that need not be saved yet (a dry run), with their `device`. Writes nothing.
    """
    unmapped = [user for user in users if user.system_user_id is None]
    host = current_host()
    matches = host.find_employees({user.device_user_id for user in unmapped})
    taken = _mapped_employees({user.device_id for user in unmapped})
    candidates = [_candidate(index, user, taken) for index, user in enumerate(unmapped)]
    proposal = plan_matches(candidates, matches, _names_on_terminals(matches))
    if create:
        proposal = _with_accounts(proposal, unmapped, host)
    return proposal


def unmapped_users(devices: Collection[Device]) -> list[DeviceUser]:
    """The device users that stand for nobody yet, with their device, in the order in which accounts are made."""
    rows = DeviceUser.objects.filter(device__in=devices, system_user__isnull=True, ignored=False)
    return sorted(rows.select_related("device"), key=lambda user: (user.device.name, user.pk))


def map_users(
    devices: Collection[Device], *, create: bool, among: Collection[int] | None = None
) -> tuple[MapPlan, MapResult]:
    """Propose for all unmapped users of `devices`, and carry it out. One failing account never stops the others.

    A second run waits until the first is done, and then finds its accounts. A kill leaves all of it or nothing.

    :param among: keys of the device users that are meant; None is all of them.
    """
    with transaction.atomic():
        lock_devices({device.pk for device in devices})
        users = [user for user in unmapped_users(devices) if among is None or user.pk in among]
        proposal = plan_mapping(users, create=create)
        created, errors = _create_accounts(proposal, current_host())
        wishes = [(step, step.employee) for step in proposal.of(MapAction.MAP)] + created
        mapped, late = _apply([(users[step.candidate.key], employee, step) for step, employee in wishes])
        claim_logs({device.pk for device in devices})
    result = MapResult(
        mapped=sum(1 for step in mapped if step.account is None),
        created=sum(1 for step in mapped if step.account is not None),
        conflicts=len(proposal.of(MapAction.CONFLICT)),
        unknown=len(proposal.of(MapAction.UNKNOWN)),
        errors=[*plan_failures(proposal), *errors, *late],
    )
    return proposal, result


def plan_failures(proposal: MapPlan) -> list[str]:
    """What the plan itself could not do, a sentence each."""
    return [f"{_step_label(step)}: {step.reason}" for step in proposal.of(MapAction.FAILED)]


def _step_label(step: MapStep) -> str:
    return f"{step.candidate.device}, user {step.candidate.device_user_id}"


def _apply(wishes: Sequence[tuple[DeviceUser, str, MapStep]]) -> tuple[list[MapStep], list[str]]:
    """Write the mapping. Whoever was mapped or ignored by a person meanwhile stays so; deleted employees are told."""
    users = get_user_model()._base_manager
    wanted: set[Any] = {employee for _, employee, _ in wishes}
    there = {str(key) for key in users.select_for_update().filter(pk__in=wanted).values_list("pk", flat=True)}
    free = DeviceUser.objects.filter(system_user__isnull=True, ignored=False)
    still_free = set(free.filter(pk__in=[user.pk for user, _, _ in wishes]).values_list("pk", flat=True))
    rows, steps, errors = [], [], []
    for user, employee, step in wishes:
        if employee not in there:
            errors.append(f"{_step_label(step)}: employee {employee} was deleted meanwhile. Run it again.")
        elif user.pk in still_free:
            rows.append(_set_mapping(user, employee, step))
            steps.append(step)
    free.bulk_update(rows, MAPPING_FIELDS, batch_size=500)
    return steps, errors


def _set_mapping(user: DeviceUser, employee: str, step: MapStep) -> DeviceUser:
    user.system_user_id = get_user_model()._meta.pk.to_python(employee)
    user.mapped_by = DeviceUser.MappedBy.CREATED if step.account else DeviceUser.MappedBy.LOOKUP
    user.mapped_reason, user.mapped_at = step.reason[:200], datetime.now(UTC)
    return user


def claim_logs(devices: Collection[Any]) -> None:
    """Give every unclaimed punch of these devices its employee, and note the days: a query for each ten thousand."""
    owner = DeviceUser.objects.filter(
        device=OuterRef("device"), device_user_id=OuterRef("biometric_id"), system_user__isnull=False
    )
    unclaimed = ESSLAttendanceLog.objects.filter(Exists(owner), device__in=devices, user__isnull=True)
    owners = {
        (device, who): user
        for device, who, user in DeviceUser.objects.filter(device__in=devices, system_user__isnull=False).values_list(
            "device_id", "device_user_id", "system_user_id"
        )
    }
    rows = unclaimed.values_list("pk", "device_id", "biometric_id", "device_time").iterator()
    claimed = ((key, owners[device, who], shown) for key, device, who, shown in rows)
    days: set[tuple[Any, date]] = set()
    late: list[int] = []
    while part := list(islice(claimed, CLAIMED_AT_ONCE)):
        days.update((user, shown.date()) for _, user, shown in part)
        late += late_keys(part)
    note_days(days)
    flag_stored(late)
    unclaimed.update(user_id=Subquery(owner.values("system_user_id")[:1]))


def _mapped_employees(devices: Collection[Any]) -> dict[Any, frozenset[str]]:
    found: dict[Any, set[str]] = {}
    mapped = DeviceUser.objects.filter(device__in=devices, system_user__isnull=False)
    for device, employee in mapped.values_list("device_id", "system_user_id"):
        found.setdefault(device, set()).add(str(employee))
    return {device: frozenset(employees) for device, employees in found.items()}


def _names_on_terminals(matches: Matches) -> dict[str, list[tuple[str, str]]]:
    """Under which names the matched employees are known on terminals already."""
    wanted: set[Any] = {
        employee for found in matches.values() for employees in found.values() for employee in employees
    }
    found: dict[str, list[tuple[str, str]]] = {}
    rows = DeviceUser.objects.filter(system_user__in=wanted).values_list(
        "system_user", "device__name", "device_user_name"
    )
    for employee, device, name in rows:
        found.setdefault(str(employee), []).append((device, name))
    return found


def _candidate(index: int, user: DeviceUser, taken: dict[Any, frozenset[str]]) -> EmployeeMatch:
    return EmployeeMatch(
        key=index,
        device=user.device.name,
        device_user_id=user.device_user_id,
        name=user.device_user_name,
        office=user.device.office,
        skip="ignored" if user.ignored else "",
        taken=taken.get(user.device_id, frozenset()),
    )


def _with_accounts(proposal: MapPlan, users: Sequence[DeviceUser], host: Host) -> MapPlan:
    """Turn those whom nobody matches into accounts. A person on two terminals under one id gets one account."""
    planned: PlannedAccounts = {}
    return MapPlan(
        steps=tuple(
            _account_step(step, users[step.candidate.key], host, planned) if step.action is MapAction.UNKNOWN else step
            for step in proposal.steps
        )
    )


def _account_step(step: MapStep, user: DeviceUser, host: Host, planned: PlannedAccounts) -> MapStep:
    if not user.on_device:
        return replace(step, reason=f"{step.reason}; not in the terminal's list of people, so no account is made")
    if user.privilege != Privilege.USER:
        return replace(step, action=MapAction.SKIP, reason=f"{user.privilege} of the terminal: no account is made")
    same_id = planned.setdefault(user.device_user_id, [])
    accounts = [account for name, account in same_id if not are_different_people(name, user.device_user_name)]
    if len(accounts) > 1:
        reason = f"more than one person has id {user.device_user_id!r}, and the name does not tell which of them it is"
        return replace(step, action=MapAction.CONFLICT, reason=reason)
    try:
        account = accounts[0] if accounts else _plan_account(user, host, planned)
    except (HostError, ImproperlyConfigured) as error:
        return replace(step, action=MapAction.FAILED, reason=str(error))
    if account.refusals:
        return replace(step, action=MapAction.FAILED, reason="; ".join(account.refusals), account=account)
    if not accounts:
        same_id.append((user.device_user_name, account))
    return replace(step, action=MapAction.CREATE, reason="nobody matched, account created", account=account)


def _plan_account(user: DeviceUser, host: Host, planned: PlannedAccounts) -> AccountPlan:
    name = get_user_model().USERNAME_FIELD
    taken = [account.fields.get(name, "") for accounts in planned.values() for _, account in accounts]
    enrolment = Enrolment(device_user_id=user.device_user_id, name=user.device_user_name)
    return host.plan_account(enrolment, device=user.device.name, office=user.device.office, taken=taken)


def _create_accounts(proposal: MapPlan, host: Host) -> tuple[list[tuple[MapStep, str]], list[str]]:
    """Make the accounts, each all or nothing; whatever the CRM raises is told, and the others are made."""
    created: list[tuple[MapStep, str]] = []
    employees: dict[int, str] = {}
    errors: list[str] = []
    using = router.db_for_write(get_user_model())
    for step in proposal.of(MapAction.CREATE):
        assert step.account is not None  # noqa: S101 - a CREATE step has one, see _account_step
        try:
            if id(step.account) not in employees:
                with savepoint("account", using=using):
                    employees[id(step.account)] = host.create_employee(step.account)
            created.append((step, employees[id(step.account)]))
        except HostError as error:
            errors.append(f"{_step_label(step)}: {error}")
    return created, errors
