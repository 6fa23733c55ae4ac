"""Map, ignore or create an account for a device user on a person's decision; each writes one audit entry."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.contrib.auth import get_user_model
from django.db import router, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance_devices.domain.people.mapping import MapAction, MapStep
from attendance_devices.exceptions import DecidedMeanwhile, EmployeeUnknown, HostError, MappingForbidden, MappingStays
from attendance_devices.hosts.current import current_host
from attendance_devices.hosts.schema.savepoint import savepoint
from attendance_devices.models import DeviceUser, ESSLAttendanceLog
from attendance_devices.services.access import permissions
from attendance_devices.services.access.audit_log import actor_name as signed
from attendance_devices.services.access.audit_log import note
from attendance_devices.services.access.employees import full_label, user_key
from attendance_devices.services.access.visibility import scope_of
from attendance_devices.services.mapping.assign import assign
from attendance_devices.services.mapping.match import plan_mapping
from attendance_devices.services.workers.locks import lock_devices


def map_to_employee(key: int, employee: Any, *, by: Any) -> str:
    """Map it; its earlier punches become the employee's. Returns what was done, as a sentence.

    :param employee: primary key of a user, as text or not. :param by: the user who says so.

    Raises a `MappingError`; then nothing was changed.
    """
    require_permissions(by)
    with locked_device_user(key) as user:
        _require_unmapped(user)
        someone = _require_employee(user, employee, by)
        return _assign_and_note(user, someone, by, DeviceUser.MappedBy.PERSON)


def create_accounts(users: Collection[int], *, by: Any) -> tuple[list[str], list[str]]:
    """Make accounts as the settings say, and map them: what was done, and what was not, a sentence each.

    Whoever has one id on several terminals gets one account, and whom a key matches already is never made twice. One
    that the CRM refuses stops none of the others; a kill leaves all of them or none.

    :param users: primary keys of users of terminals. Raises `MappingForbidden`.
    """
    require_permissions(by, add_user_permission())
    there = set(DeviceUser.objects.filter(pk__in=users).values_list("device_id", flat=True))
    with transaction.atomic():
        lock_devices(there)
        rows = device_users_by_keys([str(key) for key in users])
        free = [user for user in rows if user.system_user_id is None and not user.ignored]
        gone = [
            str(DecidedMeanwhile(device_user_label(user), _("it was decided about already")))
            for user in rows
            if user not in free
        ]
        made, failed = _create_and_map(free, by)
    return made, [*gone, *failed]


def _create_and_map(users: Sequence[DeviceUser], by: Any) -> tuple[list[str], list[str]]:
    words, errors = [], []
    accounts: dict[int, Any] = {}
    for step in plan_accounts(users):
        user, account = users[step.candidate.key], step.account
        if step.action is not MapAction.CREATE or account is None:
            errors.append(
                str(
                    MappingStays(
                        device_user_label(user),
                        _("no account was made: %(why)s") % {"why": no_account_reason(step, by)},
                    )
                )
            )
            continue
        try:
            if id(account) not in accounts:
                with savepoint("account", using=router.db_for_write(get_user_model())):
                    made = current_host().create_employee(account)
                    accounts[id(account)] = get_user_model()._base_manager.get(pk=made)
            words.append(_assign_and_note(user, accounts[id(account)], by, DeviceUser.MappedBy.CREATED))
        except HostError as error:
            errors.append(f"{device_user_label(user)}: {error}")
    return words, errors


def ignore(key: int, *, by: Any) -> str:
    """It is nobody: a master card, a test, somebody who left. Its punches stay stored."""
    require_permissions(by)
    with locked_device_user(key) as user:
        _require_unmapped(user)
        if user.ignored:
            raise DecidedMeanwhile(device_user_label(user), _("it is ignored already"))
        user.ignored, user.mapped_reason = True, f"ignored by {signed(by)}"[:200]
        user.save(update_fields=["ignored", "mapped_reason"])
        words = _("%(who)s is ignored from now on; the punches stay stored.") % {"who": device_user_label(user)}
        note("ignore", by=by, device=user.device, subject=device_user_label(user), words=words)
    return words


def stop_ignoring(key: int, *, by: Any) -> str:
    """It is somebody after all: it waits again to be mapped."""
    require_permissions(by)
    with locked_device_user(key) as user:
        _require_unmapped(user)
        if not user.ignored:
            raise DecidedMeanwhile(device_user_label(user), _("it is not ignored any more"))
        user.ignored, user.mapped_reason = False, ""
        user.save(update_fields=["ignored", "mapped_reason"])
        words = _("%(who)s waits again to be mapped.") % {"who": device_user_label(user)}
        note("notice", by=by, device=user.device, subject=device_user_label(user), words=words)
    return words


def require_permissions(by: Any, *more: str) -> None:
    """Raises `MappingForbidden`."""
    missing = [right for right in (permissions.MAP, *more) if not by.has_perm(right)]
    if missing:
        who = str(by.get_username())
        words = _("%(who)s has not the permission %(right)s") % {"who": who, "right": " or ".join(missing)}
        raise MappingForbidden(_("Mapping"), words)


def add_user_permission() -> str:
    """The CRM's own permission to make accounts."""
    user = get_user_model()._meta
    return f"{user.app_label}.add_{user.model_name}"


def device_user_label(user: DeviceUser) -> str:
    """A user of a terminal, as people call it."""
    return f"{user.device.name}, {user}"


def plan_accounts(users: Sequence[DeviceUser]) -> Sequence[MapStep]:
    """What would become of each if accounts were made. Writes nothing. Raises `ImproperlyConfigured`."""
    return plan_mapping(users, create=True).steps


def no_account_reason(step: MapStep, by: Any) -> str:
    """Why no account is made, without naming anybody whom this viewer may not see."""
    scope = scope_of(by)
    if step.action in (MapAction.MAP, MapAction.CONFLICT) and scope.keys is not None:
        return _("its id is known to the CRM already")
    if step.action is MapAction.MAP:
        return _("%(key)s names an employee already: map it to that one") % {"key": step.reason}
    return step.reason


@contextmanager
def locked_device_user(key: int) -> Iterator[DeviceUser]:
    """The row, while nobody else decides about it, and nobody reads its terminal. Raises `DecidedMeanwhile`."""
    devices = DeviceUser.objects.filter(pk=key).values_list("device_id", flat=True)
    there = set(devices)
    # The transaction starts with a write, so that SQLite waits as others do.
    with transaction.atomic():
        lock_devices(there)
        user = DeviceUser.objects.select_related("device").filter(pk=key).first()
        if user is None:
            raise DecidedMeanwhile(_("Mapping"), _("there is no such user of a terminal any more"))
        yield user


def unclaimed_logs(user: DeviceUser) -> Any:
    """Its punches that are nobody's."""
    return ESSLAttendanceLog.objects.filter(device=user.device_id, biometric_id=user.device_user_id, user__isnull=True)


def device_users_by_keys(keys: Collection[str]) -> list[DeviceUser]:
    """The rows of these keys, with their devices; whatever is no key is passed over."""
    numbers = {int(key) for key in keys if key.isascii() and key.isdecimal() and len(key) < 19}
    rows = DeviceUser.objects.filter(pk__in=numbers).select_related("device")
    rows = rows.defer("device__comm_key", "device__username", "device__password", "device__cursor")
    return sorted(rows, key=lambda user: (user.device.name, user.pk))


def visible_employees(by: Any, keys: Collection[Any]) -> dict[str, Any]:
    """Key as text -> user, for those whom this viewer may see. One query, and that of the host."""
    scope = scope_of(by)
    seen = [key for key in map(user_key, keys) if key is not None and scope.sees(key)]
    return {str(user.pk): user for user in get_user_model()._base_manager.filter(pk__in=seen)}


def _require_employee(user: DeviceUser, key: Any, by: Any) -> Any:
    found = next(iter(visible_employees(by, [key]).values()), None)
    there = get_user_model()._base_manager.select_for_update()
    if found is None or there.filter(pk=found.pk).first() is None:
        raise EmployeeUnknown(device_user_label(user), _("there is no such employee"))
    return found


def _require_unmapped(user: DeviceUser) -> None:
    if user.system_user_id is not None:
        # By whom, and not to whom: that may be somebody whom the viewer may not see.
        words = _("it was mapped already (%(how)s)") % {"how": user.mapped_reason or user.get_mapped_by_display()}
        raise DecidedMeanwhile(device_user_label(user), words)


def _assign_and_note(user: DeviceUser, someone: Any, by: Any, how: DeviceUser.MappedBy) -> str:
    punches = unclaimed_logs(user).count()
    assign(user, someone.pk, by=signed(by), how=how)
    words = ngettext(
        "%(who)s is %(employee)s from now on, with %(count)d earlier punch.",
        "%(who)s is %(employee)s from now on, with %(count)d earlier punches.",
        punches,
    ) % {"who": device_user_label(user), "employee": full_label(someone), "count": punches}
    verb = "create_account" if how is DeviceUser.MappedBy.CREATED else "map"
    note(verb, by=by, device=user.device, subject=device_user_label(user), words=words)
    return words
