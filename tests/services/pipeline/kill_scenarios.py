"""What is killed: the verbs, how things stand before each of them, and how they stand afterwards."""

import io
import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from attendance_devices.drivers.registry import driver
from attendance_devices.drivers.zkteco import attlog, log
from attendance_devices.models import (
    Device,
    DeviceUser,
    ESSLAttendanceLog,
    ForgottenPunch,
    PendingDay,
    ProcessedAttendance,
    QuarantinedRecord,
    SealedDay,
    SyncRun,
)
from attendance_devices.services.collection.collect import collect
from attendance_devices.services.collection.import_file import import_log
from attendance_devices.services.devices.addresses import address_of
from attendance_devices.services.pipeline.run import run
from attendance_devices.services.posting.post import post
from attendance_devices.services.punches.store import receipt_now, store
from attendance_devices.services.retention import candidates
from attendance_devices.services.retention.clean_up import clean_up
from example_project.hr.models import Attendance, CustomUser

START = datetime(2026, 3, 2, 4, tzinfo=UTC)
LEFT_BY_A_RUN = (ESSLAttendanceLog, QuarantinedRecord, DeviceUser, SyncRun, PendingDay, ProcessedAttendance, Attendance)


def prepare(port: int) -> None:
    """A database with nothing in it but three people and a terminal; batches so small that there are several."""
    log.BATCH_RECORDS, attlog.BATCH_LINES, candidates.PUNCHES_AT_ONCE = 7, 7, 10
    settings.ATTENDANCE_DEVICES |= {"KEEP_PUNCHES_DAYS": 5}
    call_command("flush", interactive=False, verbosity=0)
    for number in (1, 2, 3):
        CustomUser.objects.create(username=f"person{number}", biometric_id=str(number))
    Device.objects.create(name="Gate", address="127.0.0.1", port=port)


def collect_it() -> None:
    result = collect(Device.objects.get().pk)
    assert result.ok, result.error


def collect_whole() -> None:
    result = collect(Device.objects.get().pk, whole=True)
    assert (result.ok, result.new, result.missing) == (True, 0, 0), result


def collect_or_say() -> None:
    """Ends with 7 when another process has the device."""
    result = collect(Device.objects.get().pk)
    if not result.ok:
        assert "another process reads it" in result.error
        os._exit(7)


def import_it() -> None:
    """What the terminal of these tests holds, from a USB stick; its bad record too."""
    shown = [
        (person, START + timedelta(days=day, hours=5 + hours, minutes=person))
        for day in range(3)
        for hours in (0, 8)
        for person in (1, 2, 3)
    ]
    lines = [f"{person:>9}\t{at:%Y-%m-%d %H:%M:%S}\t1\t255\t1\t0\r\n" for person, at in shown]
    lines.insert(9, "        2\t2026-02-31 00:00:00\t1\t255\t1\t0\r\n")
    import_log(Device.objects.get(), io.BytesIO("".join(lines).encode()), "1_attlog.dat")


def clean_it() -> None:
    result = clean_up()
    assert not result.errors and not result.held, result


def run_it() -> None:
    found = run(list(Device.objects.all()), fetch=True, map_people=True, create=False, since=date(2026, 1, 1))
    assert not found.failures, found.failures


def post_it() -> None:
    result = post(since=date(2026, 1, 1))
    assert not result.failed, result.errors


VERBS: dict[str, Callable[[], None]] = {
    "collect": collect_it,
    "import": import_it,
    "tail": collect_it,
    "run": run_it,
    "withdraw": post_it,
    "clean": clean_it,
}
AT_ONCE: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
    "twice": (collect_or_say, collect_or_say),
    "import twice": (import_it, import_it),
    "import and collect": (import_it, collect_it),
    "clean twice": (clean_it, clean_it),
}


def withdrawn() -> None:
    """All is posted. Then of three people one has worked longer, one was not there, and of one nothing is left."""
    facts = {name: timedelta(0) for name in ("worked", "late", "early", "overtime")}
    facts |= {"derived_at": START, "check_in": START, "status": "present", "punch_count": 1}
    for user in CustomUser.objects.all():
        for number in range(3):
            ProcessedAttendance.objects.create(user=user, date=START.date() + timedelta(days=number), **facts)
    post_it()
    days = ProcessedAttendance.objects.all()
    days.update(posting_state="new")
    days.filter(user__username="person1").update(check_out=START + timedelta(hours=8))
    for person, status in ((2, "day_off"), (3, "withdrawn")):
        days.filter(user__username=f"person{person}").update(status=status, check_in=None, check_out=None)


def seed() -> None:
    """The first stretch is stored, and the whole log was compared today: only the tail will be read."""
    device = Device.objects.get()
    with driver(device.vendor).session(address_of(device)) as session:
        store(device, next(session.batches({}, device.zone)), receipt_now("poll"))
    Device.objects.update(last_reconciled=datetime.now(UTC), serial_number="SIM0001", user_count=3)


@transaction.atomic
def keep_again(logs: list[dict[str, Any]]) -> None:
    """As if nothing had ever been forgotten."""
    for model in (ForgottenPunch, SealedDay, ESSLAttendanceLog):
        model.objects.all().delete()
    ESSLAttendanceLog.objects.bulk_create(ESSLAttendanceLog(**kept) for kept in logs)
    Device.objects.update(forgets_with="", first_shown=None)


@transaction.atomic
def clear() -> None:
    """As if nothing had ever been run."""
    for model in LEFT_BY_A_RUN:
        model.objects.all().delete()
    Device.objects.update(cursor={}, last_reconciled=None, serial_number="", user_count=None, lease_holder="")
    Device.objects.update(lease_until=None)


def torn() -> int:
    """Rows of the CRM that we do not know, and rows we know that the CRM has not."""
    ours = set(ProcessedAttendance.objects.exclude(host_pk="").values_list("host_pk", flat=True))
    return len(ours ^ {str(pk) for pk in Attendance.objects.values_list("pk", flat=True)})


def accounted() -> int:
    """Punches that are stored, and those that are known to have been: no more and no less at any moment."""
    return ESSLAttendanceLog.objects.count() + ForgottenPunch.objects.count()


def state() -> dict[str, Any]:
    """All that has to be the same wherever it was killed."""
    logs = ESSLAttendanceLog.objects.order_by("device_time", "biometric_id")
    rows = Attendance.objects.order_by("user__username", "date").select_related("user")
    return {
        "logs": [[log.biometric_id, str(log.device_time)] for log in logs],
        "quarantined": QuarantinedRecord.objects.count(),
        "pending": PendingDay.objects.count(),
        "position": Device.objects.get().cursor.get("position"),
        "rows": [[row.user.username, str(row.date), str(row.check_in_time), str(row.check_out_time)] for row in rows],
        "forgotten": sorted(str(shown) for shown in ForgottenPunch.objects.values_list("device_time", flat=True)),
        "sealed": SealedDay.objects.count(),
        "days": ProcessedAttendance.objects.count(),
        "ours": sum(1 for day in ProcessedAttendance.objects.all() if day.host_pk and day.posted_values),
    }
