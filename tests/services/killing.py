"""Kills itself: runs a verb in forks, each killed (SIGKILL) at its next database statement, and then once to the end.

A program of its own, because only a process without threads may fork. It makes its own database, prints one line of
JSON per kill, and drops the database again. FIRST and STEP say which statements are killed at (1 and 1: each of them)::

    python -m tests.services.killing VERB PORT DATABASE_NAME FIRST STEP
"""

import io
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import django
from django.conf import settings

from attendance_devices.drivers.registry import driver

MOST_STATEMENTS = 400
START = datetime(2026, 3, 2, 4, tzinfo=UTC)


def main(verb: str, port: int, name: str, numbers: range) -> None:
    django.setup()
    from django.db import connection

    connection.settings_dict["TEST"]["NAME"] = name
    old_name = connection.settings_dict["NAME"]
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        _prepare(port)
        if verb == "clean twice":
            _forked(_run)
        if verb in AT_ONCE:
            sys.stdout.write(json.dumps({"codes": _at_once(*AT_ONCE[verb])} | _state()) + "\n")
            return
        if verb == "clean":
            _forked(_run)
        logs = _logs() if verb == "clean" else []
        for number in numbers:
            _keep_again(logs) if verb == "clean" else _clear()
            if verb == "tail":
                _forked(_seed)
            if verb == "withdraw":
                _forked(_withdrawn)
            killed = _forked(lambda number=number: _killed_at(number, VERBS[verb]))
            torn = _torn()
            found = {"statement": number, "killed": killed, "torn": torn, "accounted": _accounted()}
            finished = _forked(VERBS[verb])
            if verb == "clean" and not killed:
                _forked(_collect_whole)
            sys.stdout.write(json.dumps(found | {"finished": finished} | _state()) + "\n")
            if not killed:
                return
    finally:
        connection.creation.destroy_test_db(old_name, verbosity=0)


def _prepare(port: int) -> None:
    from attendance_devices.drivers.zkteco import attlog, log
    from attendance_devices.models import Device
    from attendance_devices.services.cleaning import old
    from example_project.hr.models import CustomUser

    log.BATCH_RECORDS, attlog.BATCH_LINES, old.PUNCHES_AT_ONCE = 7, 7, 10
    settings.ATTENDANCE_DEVICES |= {"KEEP_PUNCHES_DAYS": 5}
    for number in (1, 2, 3):
        CustomUser.objects.create(username=f"person{number}", biometric_id=str(number))
    Device.objects.create(name="Gate", address="127.0.0.1", port=port)


def _collect() -> None:
    from attendance_devices.models import Device
    from attendance_devices.services.collect import collect

    result = collect(Device.objects.get().pk)
    assert result.ok, result.error


def _import() -> None:
    """What the terminal of these tests holds, from a USB stick; its bad record too."""
    from attendance_devices.models import Device
    from attendance_devices.services.import_log import import_log

    shown = [
        (person, START + timedelta(days=day, hours=5 + hours, minutes=person))
        for day in range(3)
        for hours in (0, 8)
        for person in (1, 2, 3)
    ]
    lines = [f"{person:>9}\t{at:%Y-%m-%d %H:%M:%S}\t1\t255\t1\t0\r\n" for person, at in shown]
    lines.insert(9, "        2\t2026-02-31 00:00:00\t1\t255\t1\t0\r\n")
    import_log(Device.objects.get(), io.BytesIO("".join(lines).encode()), "1_attlog.dat")


def _collect_whole() -> None:
    from attendance_devices.models import Device
    from attendance_devices.services.collect import collect

    result = collect(Device.objects.get().pk, whole=True)
    assert (result.ok, result.new, result.missing) == (True, 0, 0), result


def _clean() -> None:
    from attendance_devices.services.cleanup import clean_up

    result = clean_up()
    assert not result.errors and not result.held, result


def _run() -> None:
    from attendance_devices.models import Device
    from attendance_devices.services.run import run

    found = run(list(Device.objects.all()), fetch=True, map_people=True, create=False, since=date(2026, 1, 1))
    assert not found.failures, found.failures


def _collect_or_say() -> None:
    """Ends with 7 when another process has the device."""
    from attendance_devices.models import Device
    from attendance_devices.services.collect import collect

    result = collect(Device.objects.get().pk)
    if not result.ok:
        assert "another process reads it" in result.error
        os._exit(7)


def _post() -> None:
    from attendance_devices.services.post import post

    result = post(since=date(2026, 1, 1))
    assert not result.failed, result.errors


VERBS: dict[str, Callable[[], None]] = {
    "collect": _collect,
    "import": _import,
    "tail": _collect,
    "run": _run,
    "withdraw": _post,
    "clean": _clean,
}


AT_ONCE: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
    "twice": (_collect_or_say, _collect_or_say),
    "import twice": (_import, _import),
    "import and collect": (_import, _collect),
    "clean twice": (_clean, _clean),
}


def _withdrawn() -> None:
    """All is posted. Then of three people one has worked longer, one was not there, and of one nothing is left."""
    from attendance_devices.models import ProcessedAttendance
    from example_project.hr.models import CustomUser

    facts = {name: timedelta(0) for name in ("worked", "late", "early", "overtime")}
    facts |= {"derived_at": START, "check_in": START, "status": "present", "punch_count": 1}
    for user in CustomUser.objects.all():
        for number in range(3):
            ProcessedAttendance.objects.create(user=user, date=START.date() + timedelta(days=number), **facts)
    _post()
    days = ProcessedAttendance.objects.all()
    days.update(posting_state="new")
    days.filter(user__username="person1").update(check_out=START + timedelta(hours=8))
    for person, status in ((2, "day_off"), (3, "withdrawn")):
        days.filter(user__username=f"person{person}").update(status=status, check_in=None, check_out=None)


def _torn() -> int:
    """Rows of the CRM that we do not know, and rows we know that the CRM has not."""
    from attendance_devices.models import ProcessedAttendance
    from example_project.hr.models import Attendance

    ours = set(ProcessedAttendance.objects.exclude(host_pk="").values_list("host_pk", flat=True))
    return len(ours ^ {str(pk) for pk in Attendance.objects.values_list("pk", flat=True)})


def _logs() -> list[dict[str, Any]]:
    from attendance_devices.models import ESSLAttendanceLog

    return list(ESSLAttendanceLog.objects.values())


def _keep_again(logs: list[dict[str, Any]]) -> None:
    """As if nothing had ever been forgotten."""
    from attendance_devices import models

    for model in (models.ForgottenPunch, models.SealedDay, models.ESSLAttendanceLog):
        model.objects.all().delete()
    models.ESSLAttendanceLog.objects.bulk_create(models.ESSLAttendanceLog(**log) for log in logs)
    models.Device.objects.update(forgets_with="", first_shown=None)


def _accounted() -> int:
    """Punches that are stored, and those that are known to have been: no more and no less at any moment."""
    from attendance_devices.models import ESSLAttendanceLog, ForgottenPunch

    return ESSLAttendanceLog.objects.count() + ForgottenPunch.objects.count()


def _seed() -> None:
    """The first stretch is stored, and the whole log was compared today: only the tail will be read."""
    from attendance_devices.models import Device
    from attendance_devices.services.addresses import address_of
    from attendance_devices.services.storing import receipt_now, store

    device = Device.objects.get()
    with driver(device.vendor).session(address_of(device)) as session:
        store(device, next(session.batches({}, device.zone)), receipt_now("poll"))
    Device.objects.update(last_reconciled=datetime.now(UTC), serial_number="SIM0001", user_count=3)


def _clear() -> None:
    from attendance_devices import models
    from example_project.hr.models import Attendance

    for model in (
        models.ESSLAttendanceLog,
        models.QuarantinedRecord,
        models.DeviceUser,
        models.SyncRun,
        models.PendingDay,
        models.ProcessedAttendance,
        Attendance,
    ):
        model.objects.all().delete()
    models.Device.objects.update(cursor={}, last_reconciled=None, serial_number="", user_count=None, lease_holder="")
    models.Device.objects.update(lease_until=None)


def _at_once(*works: Callable[[], None]) -> list[int]:
    """Run each in a child of its own, all at the same time: their exit codes."""
    from django.db import connections

    connections.close_all()
    gate, opener = os.pipe()

    def ready(work: Callable[[], None]) -> None:
        connections["default"].ensure_connection()
        os.read(gate, 1)
        work()

    children = []
    for work in works:
        child = os.fork()
        if child == 0:
            _child(partial(ready, work))
        children.append(child)
    os.write(opener, b"g" * len(works))
    return sorted(os.WEXITSTATUS(os.waitpid(child, 0)[1]) for child in children)


def _child(work: Callable[[], None]) -> None:
    """Whatever happens, the child ends here and does not go on as its parent."""
    status = 1
    try:
        work()
        status = 0
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        os._exit(status)


def _forked(work: Callable[[], None]) -> bool:
    """Run it in a child with a connection of its own. Was the child killed?"""
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if child == 0:
        _child(work)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0, f"the child failed with {os.WEXITSTATUS(status)}"
    return False


def _killed_at(number: int, work: Callable[[], None]) -> None:
    with _kill_at(number):
        work()


@contextmanager
def _kill_at(number: int) -> Iterator[None]:
    from django.db import connection

    left = number

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield


def _state() -> dict[str, Any]:
    from attendance_devices import models
    from example_project.hr.models import Attendance

    logs = models.ESSLAttendanceLog.objects.order_by("device_time", "biometric_id")
    rows = Attendance.objects.order_by("user__username", "date")
    return {
        "logs": [[log.biometric_id, str(log.device_time)] for log in logs],
        "quarantined": models.QuarantinedRecord.objects.count(),
        "pending": models.PendingDay.objects.count(),
        "position": models.Device.objects.get().cursor.get("position"),
        "rows": [[row.user.username, str(row.date), str(row.check_in_time), str(row.check_out_time)] for row in rows],
        "forgotten": sorted(
            str(shown) for shown in models.ForgottenPunch.objects.values_list("device_time", flat=True)
        ),
        "sealed": models.SealedDay.objects.count(),
        "days": models.ProcessedAttendance.objects.count(),
        "ours": sum(1 for day in models.ProcessedAttendance.objects.all() if day.host_pk and day.posted_values),
    }


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], range(int(sys.argv[4]), MOST_STATEMENTS, int(sys.argv[5])))
