"""Punches go, and what has to be remembered of them is written in the same transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import F

from attendance_devices.domain.punches.retention import beside
from attendance_devices.models import Device, DeviceUser, ESSLAttendanceLog, ForgottenPunch, SealedDay
from attendance_devices.models.logs import Source
from attendance_devices.services.punches.coverage import EARLIEST_BELIEVABLE
from attendance_devices.services.punches.pending_days import ROWS_PER_INSERT, UserDay
from attendance_devices.services.punches.tombstones import marks, new_key
from attendance_devices.services.retention.candidates import OldPunch


def delete_punches(going: Mapping[UserDay, Sequence[OldPunch]]) -> None:
    """Delete the punches of these days of employees. The caller holds the locks."""
    _seal_days(going)
    _delete([one for punches in going.values() for one in punches])


def delete_ignored_punches(punches: Sequence[OldPunch]) -> None:
    """Delete punches of ignored users. Whoever they are said to be later: nobody knows who was there then."""
    last: dict[tuple[Any, str], date] = {}
    for one in punches:
        who = (one.device, one.biometric_id)
        last[who] = max(one.shown.date(), last.get(who, date.min))
    devices, ids = {device for device, _ in last}, {who for _, who in last}
    people = [
        user
        for user in DeviceUser.objects.filter(device__in=devices, device_user_id__in=ids)
        if (user.device_id, user.device_user_id) in last
    ]
    for user in people:
        until = last[user.device_id, user.device_user_id]
        user.unknown_until = max(until, user.unknown_until or until)
    DeviceUser.objects.bulk_update(people, ["unknown_until"], batch_size=500)
    _delete(punches)


def _delete(punches: Sequence[OldPunch]) -> None:
    if not punches:
        return
    keys = _mark_keys(punches)
    rows = []
    for one in sorted(punches):
        mark, slot_mark = marks(keys[one.device], one.biometric_id, one.slot)
        rows.append(
            ForgottenPunch(device_id=one.device, device_time=one.shown, mark=mark, slot_mark=slot_mark, place=one.key)
        )
    ForgottenPunch.objects.bulk_create(rows, batch_size=ROWS_PER_INSERT)
    ESSLAttendanceLog.objects.filter(pk__in=[one.key for one in punches]).delete()


def _mark_keys(punches: Iterable[OldPunch]) -> dict[Any, str]:
    """Device -> the key of its marks. What a device forgets first moves its serial: a read that began without the key,
    and would take the forgotten punches for new ones, is refused when it stores."""
    first: dict[Any, datetime | None] = {}
    for one in punches:
        before = first.setdefault(one.device, None)
        if one.shown >= EARLIEST_BELIEVABLE and one.source != Source.FILE:  # as `in_use` counts them
            first[one.device] = min(one.shown, before or one.shown)
    keys = {}
    for device in Device.objects.filter(pk__in=list(first)).only("pk", "forgets_with", "first_shown"):
        shown = min((at for at in (first[device.pk], device.first_shown) if at), default=None)
        keys[device.pk] = device.forgets_with or new_key()
        if not device.forgets_with:
            rows = Device.objects.filter(pk=device.pk)
            rows.update(forgets_with=keys[device.pk], cursor_serial=F("cursor_serial") + 1)
        if shown != device.first_shown:
            Device.objects.filter(pk=device.pk).update(first_shown=shown)
    return keys


def _seal_days(going: Mapping[UserDay, Sequence[OldPunch]]) -> None:
    """The rows of these days and of those beside them stand from now on."""
    near = {(user, one) for user, day in going for one in beside(day)}
    stored = _sealed(near)
    now = datetime.now(UTC)
    new, changed = [], []
    for user, day in sorted(near, key=str):
        row = stored.get((user, day)) or SealedDay(user_id=user, date=day, at=now)
        punches = going.get((user, day))
        if punches and row.device_id is None:
            row.device_id = punches[0].device
            changed += [row] if row.pk else []
        new += [] if row.pk else [row]
    SealedDay.objects.bulk_create(new, batch_size=ROWS_PER_INSERT)
    SealedDay.objects.bulk_update(changed, ["device"], batch_size=500)


def _sealed(days: Collection[UserDay]) -> dict[UserDay, SealedDay]:
    users, dates = {user for user, _ in days}, {day for _, day in days}
    rows = SealedDay.objects.filter(user__in=users, date__in=dates)
    return {(row.user_id, row.date): row for row in rows}
