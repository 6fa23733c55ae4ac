"""Undo a mapping: release its punches, and have the days of the employee derived without them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance_devices.exceptions import DecidedMeanwhile, MappingStays
from attendance_devices.hosts.current import current_host
from attendance_devices.models import Correction, DeviceUser, ESSLAttendanceLog, ProcessedAttendance
from attendance_devices.services.access.audit_log import actor_name as signed
from attendance_devices.services.access.audit_log import note
from attendance_devices.services.access.employees import full_label
from attendance_devices.services.access.visibility import scope_of
from attendance_devices.services.days.derive import BATCH_DAYS, DerivePlan, plan_derive
from attendance_devices.services.mapping.decide import device_user_label, locked_device_user, require_permissions
from attendance_devices.services.punches.coverage import Unsaved
from attendance_devices.services.punches.pending_days import UserDay, note_days
from attendance_devices.services.punches.sealed_days import sealed_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What undoing a mapping would change."""

    user: DeviceUser
    employee: Any
    punches: int
    days: Collection[UserDay]
    """That are derived again."""
    rows: DerivePlan
    """What becomes of them."""
    comes_back: bool
    """Would a key map it to the same employee again? Then it is ignored afterwards."""
    obstacles: Sequence[str] = ()
    """Why it cannot be undone; empty if it can."""


def plan_release(user: DeviceUser) -> Release:
    """The exact difference. Writes nothing. :param user: mapped, with its device."""
    logs = _logs(user)
    shown = sorted({at.date() for at in logs.values_list("device_time", flat=True)})
    days = _days(user, shown)
    rows = plan_derive(days, without_mapping(user)) if days else DerivePlan()
    return Release(
        user=user,
        employee=user.system_user,
        punches=logs.count(),
        days=days,
        rows=rows,
        comes_back=_would_map_again(user),
        obstacles=_obstacles(user, shown, rows),
    )


def release(key: int, *, by: Any) -> str:
    """Undo it. Returns what was done, as a sentence. Raises a `MappingError`; then nothing was changed."""
    require_permissions(by)
    with locked_device_user(key) as user:
        if user.system_user_id is None or not scope_of(by).sees(user.system_user_id):
            raise DecidedMeanwhile(device_user_label(user), _("it is not mapped"))
        plan = plan_release(user)
        if plan.obstacles:
            raise MappingStays(device_user_label(user), plan.obstacles[0].rstrip("."))
        _logs(user).update(user=None)
        _clear_mapping(user, plan, by)
        note_days(plan.days)
        words = _words(plan)
        note("unmap", by=by, device=user.device, subject=device_user_label(user), words=words)
    return words


def without_mapping(user: DeviceUser) -> Unsaved:
    """The facts as they would be without this mapping."""
    others = DeviceUser.objects.filter(device=user.device_id, system_user=user.system_user_id, on_device=True)
    is_known_otherwise = others.exclude(pk=user.pk).exists()
    return Unsaved(
        disowned=[(user.device_id, user.device_user_id)],
        unlisted=set() if is_known_otherwise else {(user.device_id, user.system_user_id)},
    )


def _logs(user: DeviceUser) -> Any:
    return ESSLAttendanceLog.objects.filter(
        device=user.device_id, biometric_id=user.device_user_id, user=user.system_user_id
    )


def _days(user: DeviceUser, shown: Sequence[date]) -> Collection[UserDay]:
    """The days of its punches, and those without a punch: that somebody was missing there is not true any more."""
    who = user.system_user_id
    silent = ProcessedAttendance.objects.filter(user=who, punch_count=0).values_list("date", flat=True)
    days = {(who, day) for day in {*shown, *silent}}
    return days - sealed_days([who], sorted(day for _, day in days)).keys() if days else days


def _would_map_again(user: DeviceUser) -> bool:
    """Does the first key that knows anybody name this employee, and nobody else?"""
    for found in current_host().find_employees({user.device_user_id}).values():
        employees = set(found.get(user.device_user_id, ()))
        if employees:
            return employees == {str(user.system_user_id)}
    return False


def _obstacles(user: DeviceUser, shown: Sequence[date], rows: DerivePlan) -> list[str]:
    found = []
    sealed = sealed_days([user.system_user_id], shown)
    count = len(sealed.keys() & {(user.system_user_id, day) for day in shown})
    if count:
        words = _("the punches around %(count)d of its days are no longer kept (KEEP_PUNCHES_DAYS), so that they stand")
        found.append(words % {"count": count})
    corrections = Correction.objects.filter(
        undone_at__isnull=True, log__device=user.device_id, log__biometric_id=user.device_user_id
    ).count()
    if corrections:
        words = _("%(count)d corrections speak about its punches: undo them first")
        found.append(words % {"count": corrections})
    touched = {(str(row.user_id), row.date) for row in [*rows.create, *rows.change, *rows.remove]}
    locked: Mapping[tuple[str, date], str] = current_host().locked(touched) if touched else {}
    for (_who, day), why in sorted(locked.items())[:1]:
        words = _("%(count)d of its days are locked in the CRM (%(day)s: %(why)s)")
        found.append(words % {"count": len(locked), "day": f"{day:%Y-%m-%d}", "why": why})
    if len(shown) > BATCH_DAYS:
        found.append(_("it has more than %(count)d days, which is more than is undone at once") % {"count": BATCH_DAYS})
    return found


def _clear_mapping(user: DeviceUser, plan: Release, by: Any) -> None:
    user.system_user_id, user.mapped_by, user.mapped_at = None, "", None
    user.ignored, user.mapped_reason = plan.comes_back, f"mapping undone by {signed(by)}"[:200]
    user.save(update_fields=["system_user", "mapped_by", "mapped_at", "ignored", "mapped_reason"])


def _words(plan: Release) -> str:
    words = ngettext(
        "%(who)s is %(employee)s no more; %(count)d punch is nobody's again.",
        "%(who)s is %(employee)s no more; %(count)d punches are nobody's again.",
        plan.punches,
    ) % {"who": device_user_label(plan.user), "employee": full_label(plan.employee), "count": plan.punches}
    if plan.comes_back:
        words += " " + _("It is ignored, because its key would map it to the same employee again.")
    return words
