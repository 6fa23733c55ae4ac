"""The first read of a terminal that has hung on its wall for years, against what the database takes for the rows."""

import gc
import time
from collections.abc import Sequence
from typing import Any

from attendance_devices.drivers.zkteco.log import BATCH_RECORDS
from benchmarks.databases import empty, on_each
from benchmarks.measure import Row, compared
from benchmarks.terminals import Remote, log, served

TITLE = "First import of 100 000 punches"
NOTE = """\
Ours: `collect()`, all of it: session, transfer from a terminal in another process, decoding, the instant of every
punch, the comparison with what is stored, rows, the people listed, the cursor of every batch. `bulk_create`: model
instances built from ready values and written, in the same batches and inserts, each batch a transaction, and nothing
else (with all 100 000 in one list it is slower). `get_or_create`: the usual loop, a punch at a time from ready values
and without a transaction around it, on a sample of 2 000; compared per punch."""
PUNCHES = 100_000
SAMPLE = 2_000
REPEATS = 2
AIM = 1.5
Values = Sequence[dict[str, Any]]


def rows() -> list[Row]:
    """On every database that answers."""
    return on_each("importing")


def measured() -> list[Row]:
    """On the database of this process."""
    ours, bulk = [], []
    with served(log(PUNCHES)) as remote:
        for _ in range(REPEATS):
            ours.append(first_import(remote))
            values = stored()
            bulk.append(bulk_create(remote, values))
        single = get_or_create(remote, values[:SAMPLE])
    return [
        compared("all punches", min(ours), ("bulk_create", min(bulk)), at_most=AIM),
        compared("a punch", min(ours) / PUNCHES, ("get_or_create", single / SAMPLE)),
    ]


def new_device(remote: Remote) -> Any:
    """The terminal's row, in otherwise empty tables."""
    from attendance_devices.models import Device

    empty()
    gc.collect()
    return Device.objects.create(name="Gate", address=remote.host, port=remote.port)


def first_import(remote: Remote) -> float:
    """Seconds of our own way."""
    from attendance_devices.services.collection.collect import collect

    device = new_device(remote)
    start = time.perf_counter()
    result = collect(device.pk)
    spent = time.perf_counter() - start
    if result.new != PUNCHES or result.error:
        raise RuntimeError(result)
    return spent


def stored() -> Values:
    """The values of the rows that we stored, without their keys."""
    from attendance_devices.models import ESSLAttendanceLog

    names = [
        field.attname for field in ESSLAttendanceLog._meta.concrete_fields if field.attname not in ("id", "device_id")
    ]
    return list(ESSLAttendanceLog.objects.order_by("pk").values(*names))


def bulk_create(remote: Remote, values: Values) -> float:
    """Seconds of the same rows, built and written."""
    from attendance_devices.models import ESSLAttendanceLog
    from attendance_devices.services.punches.pending_days import ROWS_PER_INSERT

    device = new_device(remote)
    start = time.perf_counter()
    for first in range(0, len(values), BATCH_RECORDS):
        made = [ESSLAttendanceLog(device_id=device.pk, **row) for row in values[first : first + BATCH_RECORDS]]
        ESSLAttendanceLog.objects.bulk_create(made, batch_size=ROWS_PER_INSERT)
    return time.perf_counter() - start


def get_or_create(remote: Remote, values: Values) -> float:
    """Seconds of the usual loop."""
    from attendance_devices.models import ESSLAttendanceLog

    device = new_device(remote)
    start = time.perf_counter()
    for row in values:
        key = {name: row[name] for name in ("biometric_id", "device_time", "fold")}
        rest = {name: value for name, value in row.items() if name not in key}
        ESSLAttendanceLog.objects.get_or_create(device_id=device.pk, **key, defaults=rest)
    return time.perf_counter() - start
