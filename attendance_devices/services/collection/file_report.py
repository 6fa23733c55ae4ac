"""A file of punches, held against what is stored, without keeping its punches in memory; and whose log it may be."""

import hashlib
from array import array
from collections import Counter
from datetime import date, datetime
from typing import Any

from attendance_devices.domain.punches.file_contents import FileContents, TouchedDays
from attendance_devices.domain.punches.punch import Batch
from attendance_devices.exceptions import FileUnreadable
from attendance_devices.models import Device, DeviceUser, ESSLAttendanceLog
from attendance_devices.services.punches.store import SortedBatch

MOST_NAMED = 5
MOST_IDS = 100_000
"""No terminal knows so many people."""
SAMPLE = 200
"""So many new punches are looked for among those of other terminals."""
BUCKETS = 256


class DistinctCounter:
    """Counts different values at eight bytes each: an exact set of a million of them would be a hundred megabytes."""

    def __init__(self) -> None:
        self._buckets = [array("Q") for _ in range(BUCKETS)]

    def add(self, *value: object) -> None:
        """It may have been added before."""
        number = int.from_bytes(hashlib.blake2b(repr(value).encode(), digest_size=8).digest(), "little")
        self._buckets[number % BUCKETS].append(number)

    @property
    def count(self) -> int:
        """How many different ones there are."""
        return sum(len(set(bucket)) for bucket in self._buckets)


class _DaysOfId:
    """The days of one id."""

    __slots__ = ("employee", "numbers")

    def __init__(self, employee: Any) -> None:
        self.employee = employee
        self.numbers = array("i")

    def add(self, day: date) -> None:
        number = day.toordinal()
        if not self.numbers or self.numbers[-1] != number:
            self.numbers.append(number)

    def touched(self, who: str) -> TouchedDays:
        days = set(self.numbers)
        employee = "" if self.employee is None else str(self.employee)
        first, last = date.fromordinal(min(days)), date.fromordinal(max(days))
        return TouchedDays(biometric_id=who, employee=employee, days=len(days), first=first, last=last)


class FileReportBuilder:
    """What batches of one file would do, as far as one has got."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.readable = 0
        self.bad = 0
        self.unreadable: list[str] = []
        self._ids: set[str] = set()
        self._new, self._flagged, self._quarantined = DistinctCounter(), DistinctCounter(), DistinctCounter()
        self._days: dict[str, _DaysOfId] = {}
        self._sample: list[tuple[str, datetime]] = []

    def add(self, batch: Batch, found: SortedBatch) -> None:
        """Another batch, and what it is against what is stored. Doubles across batches are seen here."""
        self.readable += len(batch.punches)
        self.bad += len(batch.bad)
        self.unreadable += [record.reason for record in batch.bad[: MOST_NAMED - len(self.unreadable)]]
        self._ids.update(punch.biometric_id for punch in batch.punches)
        if len(self._ids) > MOST_IDS:
            raise FileUnreadable(self.device.name, f"the file names more than {MOST_IDS:,} people, as no log does")
        for log in found.logs:
            key = (log.biometric_id, log.device_time, log.fold)
            self._new.add(*key)
            if log.review:
                self._flagged.add(*key)
            self._days.setdefault(log.biometric_id, _DaysOfId(log.user_id)).add(log.device_time.date())
            if len(self._sample) < SAMPLE:
                self._sample.append((log.biometric_id, log.device_time))
        for record in found.quarantine:
            self._quarantined.add(record.digest)

    def result(self, name: str, digest: str, serial: str) -> FileContents:
        """The whole file. A few queries."""
        known = set(DeviceUser.objects.filter(device=self.device).values_list("device_user_id", flat=True))
        new, quarantined = self._new.count, self._quarantined.count
        records = self.readable + self.bad
        return FileContents(
            device=self.device.name,
            name=name,
            digest=digest,
            records=records,
            new=new,
            known=records - new - quarantined,
            quarantined=quarantined,
            flagged=self._flagged.count,
            touched=[days.touched(who) for who, days in sorted(self._days.items())],
            unlisted=sorted(self._ids - known),
            unreadable=self.unreadable,
            doubts=[one for one in (self._serial(serial), self._ids_of(known), self._stored(), self._bad()) if one],
        )

    def _serial(self, serial: str) -> str:
        """Does the file say another serial number?"""
        own = self.device.serial_number
        if not serial or serial.casefold() == own.casefold():
            return ""
        others = Device.objects.filter(serial_number__iexact=serial).exclude(pk=self.device.pk)
        other = others.values_list("name", flat=True).first()
        if other is None and not own:
            return ""
        named = f", which is {other}" if other else ""
        mine = f"and {self.device.name} is {own}" if own else f"and not of {self.device.name}"
        return f"it is of the terminal with serial number {serial}{named}, {mine}"

    def _ids_of(self, known: set[str]) -> str:
        """Does the device know fewer than half of its ids?"""
        strange = self._ids - known
        if not known or 2 * len(strange) <= len(self._ids):
            return ""
        rows = DeviceUser.objects.exclude(device=self.device).order_by().values_list("device__name", "device_user_id")
        elsewhere = Counter(name for name, who in rows.iterator() if who in strange)
        more = "".join(f", and {name} knows {count:,} of them" for name, count in elsewhere.most_common(1))
        return f"{len(strange):,} of the {len(self._ids):,} ids in it are not known on {self.device.name}{more}"

    def _stored(self) -> str:
        """Are its new punches those of another terminal? Ids say little where people have one id everywhere."""
        if not self._sample:
            return ""
        wanted = set(self._sample)
        others = [key for key in Device.objects.values_list("pk", flat=True) if key != self.device.pk]
        times = {shown for _, shown in wanted}
        rows = ESSLAttendanceLog.objects.filter(device__in=others, device_time__in=times).order_by()
        columns = ("device__name", "biometric_id", "device_time")
        found = Counter(name for name, who, shown in rows.values_list(*columns) if (who, shown) in wanted)
        for name, count in found.most_common(1):
            if 2 * count > len(wanted):
                return f"{count:,} of {len(wanted):,} punches that were looked for are stored as those of {name}"
        return ""

    def _bad(self) -> str:
        """Are most lines no punches?"""
        if self.bad <= self.readable:
            return ""
        return f"{self.bad:,} of its {self.bad + self.readable:,} lines cannot be read ({self.unreadable[0]})"
