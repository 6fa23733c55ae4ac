"""Punches that went while their terminal still holds them: known when they come again, dropped when it does not."""

import hmac
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from attendance_devices.domain.punches.punch import Punch
from attendance_devices.models import Device, ForgottenPunch
from attendance_devices.services.punches.coverage import EARLIEST_BELIEVABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedPunches:
    """The marks of the stretches of time that a batch touches."""

    key: str = ""
    marks: Mapping[datetime, set[str]] = field(default_factory=dict)
    """What the clock showed -> the marks of the ids and slots that punched then."""

    def holds(self, punch: Punch) -> bool:
        """Was this punch stored once?"""
        there = self.marks.get(punch.device_time)
        return there is not None and not there.isdisjoint(set(marks(self.key, punch.biometric_id, punch.slot)) - {""})


@dataclass(slots=True)
class OldestRecords:
    """The oldest records that a read of a whole log met, by what they show."""

    records: int = 0
    any: datetime | None = None
    believed: datetime | None = None
    """Of a year that no dead battery shows."""

    def meet(self, punches: Iterable[Punch], records: int) -> None:
        """Another stretch of the log."""
        self.records += records
        shown = [punch.device_time for punch in punches]
        believed = [moment for moment in shown if moment >= EARLIEST_BELIEVABLE]
        self.any = min([*shown, *([self.any] if self.any else [])], default=None)
        self.believed = min([*believed, *([self.believed] if self.believed else [])], default=None)


def marks(key: str, biometric_id: str, slot: int | None) -> tuple[str, str]:
    """The marks of an id, and of a slot (empty if there is none): the same key and id make the same mark."""
    return _mark(key, f"id {biometric_id}"), "" if slot is None else _mark(key, f"slot {slot}")


def new_key() -> str:
    """For the marks of one device. It stays as long as they do, whatever becomes of SECRET_KEY."""
    return secrets.token_hex(32)


def deleted_punches_of(device: Device, inside: Q) -> DeletedPunches:
    """The marks within these stretches of its clock's time: one query, none for a device that forgot nothing."""
    if not device.forgets_with:
        return DeletedPunches()
    found: dict[datetime, set[str]] = defaultdict(set)
    rows = ForgottenPunch.objects.filter(inside, device=device)
    for shown, mark, slot_mark in rows.values_list("device_time", "mark", "slot_mark").iterator(chunk_size=5_000):
        found[shown].update((mark, slot_mark))
    return DeletedPunches(key=device.forgets_with, marks=found)


def drop_marks(device: Device, oldest: OldestRecords) -> None:
    """Drop the marks of what its log does not hold any more: it was cleared, or its oldest records were written over.

    A clock that lost its power makes old times of new records; what it shows says nothing about believed times.

    :param oldest: of a read of the whole log, to its end.
    """
    gone = _no_longer_held(oldest)
    if not device.forgets_with or gone is None:
        return
    with transaction.atomic():
        Device.objects.filter(pk=device.pk).update(cursor_serial=F("cursor_serial"))
        ForgottenPunch.objects.filter(gone, device=device).delete()
        if not ForgottenPunch.objects.filter(device=device).exists():
            Device.objects.filter(pk=device.pk).update(forgets_with="")
            device.forgets_with = ""


def _no_longer_held(oldest: OldestRecords) -> Q | None:
    """None where nothing can be said: nobody could read its records."""
    if not oldest.records:
        return Q()
    if oldest.any is None:
        return None
    older = Q(device_time__lt=oldest.any)
    return (
        older
        if oldest.believed is None
        else older | Q(device_time__gte=EARLIEST_BELIEVABLE, device_time__lt=oldest.believed)
    )


def _mark(key: str, text: str) -> str:
    digest: Any = hmac.digest(bytes.fromhex(key), text.encode(), "sha256")
    return str(digest.hex()[:32])
