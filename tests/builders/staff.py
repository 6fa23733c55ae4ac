"""Two gates, people who should be there, and what a later hour says of them."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from attendance_devices.models import Device, ProcessedAttendance, Shift, ShiftAssignment
from attendance_devices.services.days.absences import AbsenceScope, note_missing_days
from attendance_devices.services.days.derive import derive_pending
from tests.builders.crm import HAS_PROFILES, MONDAY, ZONE, at, device, employee, mapped, punched, setting

ONE_DAY = timedelta(days=1)
LONG_AGO = MONDAY - 14 * ONE_DAY
WORDS = {"present": "Present", "late": "Late", "missing_check_out": "Incomplete", "absent": "Absent"}
STATUS = "note" if HAS_PROFILES else "status"


def spelled(**more: str) -> dict[str, Any]:
    """The setting of a CRM that has a word for absent, and perhaps for other silent days."""
    return setting(STATUS_FIELD=STATUS, STATUS_VALUES=WORDS | more)


def works(hours: str = "09:00-17:00", first: date = LONG_AGO, *, weekdays: str = "0123456", **more: Any) -> Shift:
    """Assign a shift: to everybody, or to whom ``user``, ``office`` and ``department`` name."""
    start, end = (time.fromisoformat(clock) for clock in hours.split("-"))
    shift, _ = Shift.objects.get_or_create(name=hours, defaults={"start": start, "end": end, "weekdays": weekdays})
    ShiftAssignment.objects.create(shift=shift, date_from=first, **more)
    return shift


def gate(name: str = "Gate", *, since: date = LONG_AGO, **facts: Any) -> Device:
    """A terminal that has told of a stranger's punches since then, and was never read to an end."""
    where = device(name, **facts)
    punched(where, ("stranger", at("09:00", since)))
    return where


def known(key: str, *gates: Device, first: date | None = LONG_AGO) -> Any:
    """An employee whom these gates list, and who came first on that day."""
    user = employee(key, username=f"person-{key}")
    for where in gates:
        mapped(where, key, user)
    if first is not None:
        punched(gates[0], (key, at("09:00", first)), (key, at("17:00", first)))
    return user


def read(*gates: Device, until: str = "20:00", day: date = MONDAY) -> None:
    """Each was read to its end at that time of the site's clock."""
    moment = at(until, day).replace(tzinfo=ZONE)
    Device.objects.filter(pk__in=[where.pk for where in gates]).update(last_sync=moment)


def called(first: date = MONDAY, last: date | None = None, **more: Any) -> int:
    """Call the roll of these days and derive whatever waits. Returns how many days were noted."""
    noted = note_missing_days(AbsenceScope(since=first, until=last or first, **more))
    derive_pending()
    return noted


def said(user: Any, day: date = MONDAY) -> list[tuple[str, str]]:
    """Status and reason of each of our rows of the day."""
    rows = ProcessedAttendance.objects.filter(user=user, date=day).order_by("shift")
    return [(row.status, row.status_reason) for row in rows]


def statuses(user: Any, dates: Iterable[date]) -> list[str]:
    """One word for each date; several shifts are joined, and a day of which nothing is said is empty."""
    return ["+".join(status for status, _ in said(user, day)) for day in dates]


def everything() -> list[tuple[Any, ...]]:
    """All that our rows say, with their reasons, but when they were made and what became of them in the CRM."""
    names = ("date", "shift", "check_in", "check_out", "worked", "late", "early", "overtime", "punch_count", "status")
    more = ("status_reason", "is_outlier", "outlier_reasons", "device_name", "office")
    rows = ProcessedAttendance.objects.order_by("date", "user", "shift")
    return [(str(row.user_id), *(getattr(row, name) for name in names + more)) for row in rows]


def moment(clock: str, day: date = MONDAY) -> datetime:
    """The instant at which a clock of the site shows this."""
    return at(clock, day).replace(tzinfo=ZONE)
