"""A person says who a user of a terminal is: an employee, somebody new, or nobody. Each with one entry in the trail."""

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
from attendance_devices.services.access.audit_log import name_of as signed
from attendance_devices.services.access.audit_log import note
from attendance_devices.services.access.employees import called, user_key
from attendance_devices.services.access.visibility import scope_of
from attendance_devices.services.mapping.assign import assign
from attendance_devices.services.mapping.match import propose
from attendance_devices.services.workers.locks import lock_devices


def identify(key: int, employee: Any, *, by: Any) -> str:
    """Map it; its earlier punches become the employee's. Returns what was done, as a sentence.

    :param employee: primary key of a user, as text or not. :param by: the user who says so.

    Raises a `MappingError`; then nothing was changed.
    """
    allow(by)
    with decided(key) as user:
        _unmapped(user)
        someone = _employee(user, employee, by)
        return _assigned(user, someone, by, DeviceUser.MappedBy.PERSON)


def create_accounts(users: Collection[int], *, by: Any) -> tuple[list[str], list[str]]:
    """Make accounts as the settings say, and map them: what was done, and what was not, a sentence each.

    Whoever has one id on several terminals gets one account, and whom a key matches already is never made twice. One
    that the CRM refuses stops none of the others; a kill leaves all of them or none.

    :param users: primary keys of users of terminals. Raises `MappingForbidden`.
    """
    allow(by, add_right())
    there = set(DeviceUser.objects.filter(pk__in=users).values_list("device_id", flat=True))
    with transaction.atomic():
        lock_devices(there)
        rows = chosen([str(key) for key in users])
        free = [user for user in rows if user.system_user_id is None and not user.ignored]
        gone = [
            str(DecidedMeanwhile(named(user), _("it was decided about already"))) for user in rows if user not in free
        ]
        made, failed = _made(free, by)
    return made, [*gone, *failed]


def _made(users: Sequence[DeviceUser], by: Any) -> tuple[list[str], list[str]]:
    words, errors = [], []
    accounts: dict[int, Any] = {}
    for step in account_steps(users):
        user, account = users[step.candidate.key], step.account
        if step.action is not MapAction.CREATE or account is None:
            errors.append(
                str(MappingStays(named(user), _("no account was made: %(why)s") % {"why": why_none(step, by)}))
            )
            continue
        try:
            if id(account) not in accounts:
                with savepoint("account", using=router.db_for_write(get_user_model())):
                    made = current_host().create_employee(account)
                    accounts[id(account)] = get_user_model()._base_manager.get(pk=made)
            words.append(_assigned(user, accounts[id(account)], by, DeviceUser.MappedBy.CREATED))
        except HostError as error:
            errors.append(f"{named(user)}: {error}")
    return words, errors


def ignore(key: int, *, by: Any) -> str:
    """It is nobody: a master card, a test, somebody who left. Its punches stay stored."""
    allow(by)
    with decided(key) as user:
        _unmapped(user)
        if user.ignored:
            raise DecidedMeanwhile(named(user), _("it is ignored already"))
        user.ignored, user.mapped_reason = True, f"ignored by {signed(by)}"[:200]
        user.save(update_fields=["ignored", "mapped_reason"])
        words = _("%(who)s is ignored from now on; the punches stay stored.") % {"who": named(user)}
        note("ignore", by=by, device=user.device, subject=named(user), words=words)
    return words


def heed(key: int, *, by: Any) -> str:
    """It is somebody after all: it waits again to be mapped."""
    allow(by)
    with decided(key) as user:
        _unmapped(user)
        if not user.ignored:
            raise DecidedMeanwhile(named(user), _("it is not ignored any more"))
        user.ignored, user.mapped_reason = False, ""
        user.save(update_fields=["ignored", "mapped_reason"])
        words = _("%(who)s waits again to be mapped.") % {"who": named(user)}
        note("notice", by=by, device=user.device, subject=named(user), words=words)
    return words


def allow(by: Any, *more: str) -> None:
    """Raises `MappingForbidden`."""
    missing = [right for right in (permissions.MAP, *more) if not by.has_perm(right)]
    if missing:
        who = str(by.get_username())
        words = _("%(who)s has not the permission %(right)s") % {"who": who, "right": " or ".join(missing)}
        raise MappingForbidden(_("Mapping"), words)


def add_right() -> str:
    """The CRM's own permission to make accounts."""
    user = get_user_model()._meta
    return f"{user.app_label}.add_{user.model_name}"


def named(user: DeviceUser) -> str:
    """A user of a terminal, as people call it."""
    return f"{user.device.name}, {user}"


def account_steps(users: Sequence[DeviceUser]) -> Sequence[MapStep]:
    """What would become of each if accounts were made. Writes nothing. Raises `ImproperlyConfigured`."""
    return propose(users, create=True).steps


def why_none(step: MapStep, by: Any) -> str:
    """Why no account is made, without naming anybody whom this viewer may not see."""
    scope = scope_of(by)
    if step.action in (MapAction.MAP, MapAction.CONFLICT) and scope.keys is not None:
        return _("its id is known to the CRM already")
    if step.action is MapAction.MAP:
        return _("%(key)s names an employee already: map it to that one") % {"key": step.reason}
    return step.reason


@contextmanager
def decided(key: int) -> Iterator[DeviceUser]:
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


def waiting_logs(user: DeviceUser) -> Any:
    """Its punches that are nobody's."""
    return ESSLAttendanceLog.objects.filter(device=user.device_id, biometric_id=user.device_user_id, user__isnull=True)


def chosen(keys: Collection[str]) -> list[DeviceUser]:
    """The rows of these keys, with their devices; whatever is no key is passed over."""
    numbers = {int(key) for key in keys if key.isascii() and key.isdecimal() and len(key) < 19}
    rows = DeviceUser.objects.filter(pk__in=numbers).select_related("device")
    rows = rows.defer("device__comm_key", "device__username", "device__password", "device__cursor")
    return sorted(rows, key=lambda user: (user.device.name, user.pk))


def employees_for(by: Any, keys: Collection[Any]) -> dict[str, Any]:
    """Key as text -> user, for those whom this viewer may see. One query, and that of the host."""
    scope = scope_of(by)
    seen = [key for key in map(user_key, keys) if key is not None and scope.sees(key)]
    return {str(user.pk): user for user in get_user_model()._base_manager.filter(pk__in=seen)}


def _employee(user: DeviceUser, key: Any, by: Any) -> Any:
    found = next(iter(employees_for(by, [key]).values()), None)
    there = get_user_model()._base_manager.select_for_update()
    if found is None or there.filter(pk=found.pk).first() is None:
        raise EmployeeUnknown(named(user), _("there is no such employee"))
    return found


def _unmapped(user: DeviceUser) -> None:
    if user.system_user_id is not None:
        # By whom, and not to whom: that may be somebody whom the viewer may not see.
        words = _("it was mapped already (%(how)s)") % {"how": user.mapped_reason or user.get_mapped_by_display()}
        raise DecidedMeanwhile(named(user), words)


def _assigned(user: DeviceUser, someone: Any, by: Any, how: DeviceUser.MappedBy) -> str:
    punches = waiting_logs(user).count()
    assign(user, someone.pk, by=signed(by), how=how)
    words = ngettext(
        "%(who)s is %(employee)s from now on, with %(count)d earlier punch.",
        "%(who)s is %(employee)s from now on, with %(count)d earlier punches.",
        punches,
    ) % {"who": named(user), "employee": called(someone), "count": punches}
    verb = "create_account" if how is DeviceUser.MappedBy.CREATED else "map"
    note(verb, by=by, device=user.device, subject=named(user), words=words)
    return words
