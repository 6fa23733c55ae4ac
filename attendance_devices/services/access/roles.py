"""Ready-made groups. What they were given is in the trail, so that a person's changes to them stay as they are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from attendance_devices.exceptions import RightsMissing
from attendance_devices.models import AuditEntry
from attendance_devices.services.access import permissions
from attendance_devices.services.access.audit_log import note

VERB = "install role"
APP = "attendance_devices."


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGroup:
    """A group as it is meant."""

    key: str
    """What we remember it by."""
    name: str
    """Of the group, when it is made."""
    words: Promise | str
    rights: Sequence[str]


ROLES = (
    RoleGroup(
        key="viewer",
        name="Attendance viewer",
        words=_("sees who is here, and the days of people"),
        rights=(permissions.VIEW_DASHBOARD, permissions.VIEW_DAYS),
    ),
    RoleGroup(
        key="officer",
        name="Attendance HR officer",
        words=_("works with days: review, corrections, mapping, shifts, holidays, files"),
        rights=(
            *(permissions.VIEW_DASHBOARD, permissions.VIEW_DAYS, permissions.VIEW_PUNCHES, permissions.VIEW_DEVICES),
            *(
                permissions.VIEW_DEVICE_USERS,
                permissions.MAP,
                permissions.CORRECT,
                permissions.UNDO,
                permissions.EXPORT,
            ),
            *(f"{APP}{name}" for name in ("view_correction", "add_acknowledgement", "view_auditentry")),
            # To settle what waits: a clock that was right, and a row of the CRM.
            *(f"{APP}{name}" for name in ("change_esslattendancelog", "change_processedattendance")),
            *(f"{APP}{verb}_{name}" for name in ("shift", "shiftassignment", "holiday") for verb in ("view", "add")),
            *(
                f"{APP}{verb}_{name}"
                for name in ("shift", "shiftassignment", "holiday")
                for verb in ("change", "delete")
            ),
        ),
    ),
    RoleGroup(
        key="terminals",
        name="Attendance terminal administrator",
        words=_("keeps terminals alive: reads, tests and writes to them, brings in USB sticks"),
        rights=(
            *(
                permissions.VIEW_DASHBOARD,
                permissions.VIEW_PUNCHES,
                permissions.VIEW_DEVICES,
                permissions.VIEW_DEVICE_USERS,
            ),
            *(permissions.MAP, permissions.COLLECT, permissions.WRITE, permissions.IMPORT),
            *(f"{APP}{name}" for name in ("add_device", "change_device", "add_acknowledgement")),
            *(f"{APP}view_{name}" for name in ("syncrun", "incident", "quarantinedrecord", "auditentry")),
        ),
    ),
)


class RoleState(StrEnum):
    """How a role stands."""

    MISSING = "not installed"
    INSTALLED = "installed"
    BY_HAND = "made by a person"
    DELETED = "deleted by a person"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleStatus:
    """A role, and what became of it."""

    role: RoleGroup
    state: RoleState
    group: str = ""
    """What the group is called now."""
    granted: Sequence[str] = ()
    """Rights that it has beside ours."""
    taken: Sequence[str] = ()
    """Rights of ours that a person took away."""
    lacking: Sequence[str] = ()
    """Rights that it was never given: those of a newer version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _RoleHistory:
    """What the trail says of a role."""

    group: int | None = None
    given: frozenset[str] = frozenset()


def role_statuses() -> list[RoleStatus]:
    """How each role stands. Writes nothing."""
    return [_status_of(role, _read_history(role)) for role in ROLES]


def install(*, again: Collection[str] = ()) -> list[str]:
    """Make the groups that are missing, give ours what is new, and say what was done.

    A group that a person made under the same name is left alone. What a person granted is never taken away, what a
    person took away is not given back, and a group that a person deleted is not made again.

    :param again: keys of deleted ones that are wanted again. Raises `RightsMissing`.
    """
    with transaction.atomic():
        # One after the other: what the first has noted the second finds.
        list(Permission.objects.select_for_update().filter(content_type__app_label="attendance_devices"))
        return [words for role in ROLES for words in _installed(role, is_wanted=role.key in again)]


def _installed(role: RoleGroup, *, is_wanted: bool) -> list[str]:
    found, memory = _status_of(role, _read_history(role)), _read_history(role)
    if found.state is RoleState.MISSING or (found.state is RoleState.DELETED and is_wanted):
        group, is_made = Group.objects.get_or_create(name=role.name)
        return [_grant_permissions(role, group, role.rights, frozenset())] if is_made else []
    if memory.group is not None and found.state is RoleState.INSTALLED and found.lacking:
        return [_grant_permissions(role, Group.objects.get(pk=memory.group), found.lacking, memory.given)]
    return []


def _grant_permissions(role: RoleGroup, group: Group, names: Sequence[str], before: Collection[str]) -> str:
    group.permissions.add(*_permissions(names))
    details: dict[str, Any] = {"role": role.key, "group": group.pk, "rights": sorted({*before, *names})}
    words = f"{group.name} was given {len(names)} right{'' if len(names) == 1 else 's'}."
    note(VERB, subject=role.key, words=words, details=details)
    return words


def _permissions(names: Sequence[str]) -> list[Permission]:
    codes = {name.partition(".")[2] for name in names}
    found = list(Permission.objects.filter(Q(content_type__app_label="attendance_devices", codename__in=codes)))
    missing = codes - {one.codename for one in found}
    if missing:
        raise RightsMissing(", ".join(sorted(missing)), "the database does not know these rights")
    return found


def _read_history(role: RoleGroup) -> _RoleHistory:
    last = AuditEntry.objects.filter(verb=VERB, subject=role.key).order_by("pk").last()
    return (
        _RoleHistory(group=last.details["group"], given=frozenset(last.details["rights"])) if last else _RoleHistory()
    )


def _status_of(role: RoleGroup, memory: _RoleHistory) -> RoleStatus:
    if memory.group is None:
        is_there = Group.objects.filter(name=role.name).exists()
        return RoleStatus(role=role, state=RoleState.BY_HAND if is_there else RoleState.MISSING)
    group = Group.objects.filter(pk=memory.group).first()
    if group is None:
        return RoleStatus(role=role, state=RoleState.DELETED)
    rows = group.permissions.values_list("content_type__app_label", "codename")
    has = {f"{app}.{code}" for app, code in rows}
    return RoleStatus(
        role=role,
        state=RoleState.INSTALLED,
        group=group.name,
        granted=sorted(has - memory.given),
        taken=sorted(memory.given - has),
        lacking=[name for name in role.rights if name not in memory.given],
    )
