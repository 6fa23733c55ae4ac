"""A month of a company is derived, against what the database takes to read its punches and to write its days."""

import tracemalloc
from collections.abc import Callable
from typing import Any

from benchmarks.company import FIRST_DAY, MIXED, PLAIN, Kind, found, late_punch, touch_all
from benchmarks.databases import asked, on_each
from benchmarks.measure import Row, bounded, compared, seconds_of, size

TITLE = "Deriving 1 000 people x 31 days x 4 punches"
NOTE = """\
Ours: `derive_pending()`, all of it: the days noted by an import of the whole log, read by read, the punches, the
shifts, the rule, the comparison with what is stored, the rows. Read and `bulk_create`: the same punches read once, in
the order of their keys, and model instances of the same rows built from ready values and written in the same inserts;
the punches as rows of the model, or (stricter) as bare values of the columns that we read. Mixed: a quarter each works
a day shift, a night shift, two shifts a day, and none. Queries without `BEGIN` and `COMMIT`; writes that the database
makes Django split are one. Memory: the peak that `tracemalloc` sees over three times the days, against once."""
PEOPLE = 1_000
DAYS = 31
REPEATS = 2
AIM = 3.0
MOST_QUERIES = 25
MOST_QUERIES_LATE = 15
MOST_GROWTH = 1.2
COLUMNS = ("pk", "user_id", "device_id", "device_time", "punch_time", "review", "punch_type")


def rows() -> list[Row]:
    """On every database that answers."""
    return on_each("deriving")


def measured() -> list[Row]:
    """On the database of this process."""
    from django.db import connection

    lines = [*timed("mixed shifts", MIXED), *timed("one plain day", PLAIN), *queries()]
    return [*lines, memory()] if connection.vendor == "sqlite" else lines


def timed(what: str, kind: Kind) -> list[Row]:
    """Both sides in turns."""
    found(kind, people=PEOPLE, days=DAYS)
    ours, models, values = [], [], []
    for _ in range(REPEATS):
        touch_all()
        ours.append(seconds_of(derived))
        made = stored()
        models.append(seconds_of(read_models) + written(made))
        values.append(seconds_of(read_values) + written(made))
    return [
        compared(what, min(ours), ("read and bulk_create", min(models)), at_most=AIM),
        compared(f"{what}, punches read as values", min(ours), ("read and bulk_create", min(values)), at_most=AIM),
    ]


def derived() -> None:
    """Our own way."""
    from attendance_devices.services.days.derive import derive_pending

    result = derive_pending()
    if result.created < PEOPLE * DAYS:
        raise RuntimeError(result)


def read_models() -> int:
    """The usual reading."""
    from attendance_devices.models import ESSLAttendanceLog

    return sum(1 for _ in ESSLAttendanceLog.objects.order_by("pk").iterator(chunk_size=5_000))


def read_values() -> int:
    """The leanest reading."""
    from attendance_devices.models import ESSLAttendanceLog

    return sum(1 for _ in ESSLAttendanceLog.objects.order_by("pk").values_list(*COLUMNS).iterator(chunk_size=5_000))


def stored() -> list[dict[str, Any]]:
    """The values of the rows that we made, without their keys."""
    from attendance_devices.models import ProcessedAttendance

    names = [field.attname for field in ProcessedAttendance._meta.concrete_fields if field.attname != "id"]
    return list(ProcessedAttendance.objects.order_by("pk").values(*names))


def written(values: list[dict[str, Any]]) -> float:
    """Seconds of the same rows, built and written."""
    from attendance_devices.models import ProcessedAttendance

    ProcessedAttendance.objects.all().delete()
    days = ProcessedAttendance.objects
    return seconds_of(lambda: days.bulk_create([ProcessedAttendance(**row) for row in values], batch_size=1_000))


def queries() -> list[Row]:
    """Of batches of two sizes, and of one late punch."""
    from attendance_devices.services.days.derive import derive_pending
    from attendance_devices.services.posting.post import post

    lines = []
    for people in (5, 500):
        gate = found(MIXED, people=people, days=1)
        touch_all()
        lines.append(bounded(f"a batch of {people} people: queries", asked(derive_pending), MOST_QUERIES))
    post(since=FIRST_DAY)
    late_punch(gate)
    again = asked(derive_pending)
    told = asked(lambda: post(since=FIRST_DAY))
    return [
        *lines,
        bounded("one late punch, derived again: queries", again, MOST_QUERIES_LATE),
        Row(what="one late punch, told to the CRM: queries more", ours=str(told)),
    ]


def memory() -> Row:
    """Three times the days must not take three times the memory."""
    peaks = []
    for people in (PEOPLE // 3, PEOPLE):
        found(MIXED, people=people, days=DAYS)
        touch_all()
        peaks.append(peak(derive_all))
    once, thrice = peaks
    return Row(
        what="memory, three times the days",
        ours=size(thrice),
        reference=f"once: {size(once)}",
        ratio=f"{thrice / once:.2f}x",
        aim=f"<= {MOST_GROWTH:g}x",
        met=thrice <= once * MOST_GROWTH,
    )


def derive_all() -> None:
    """Whatever waits."""
    from attendance_devices.services.days.derive import derive_pending

    derive_pending()


def peak(act: Callable[[], object]) -> int:
    """Bytes of Python's objects at the most."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
