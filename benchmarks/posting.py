"""A month of a company is told to its CRM, against what the CRM takes to write the same rows by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from benchmarks.company import FIRST_DAY, MIXED, found, touch_all
from benchmarks.databases import asked, empty, on_each
from benchmarks.measure import Row, bounded, compared, seconds_of

TITLE = "Posting 1 000 people x 31 days"
NOTE = """\
Ours: `post()`, all of it: the days that wait, the people, the comparison with the CRM's rows, the rows, what stands
there afterwards, and our memory of it beside every day. `bulk_create`: model instances of the same rows of the CRM
built from ready values and written in the same inserts. Bare statements: that, and besides, in the same batches, our
rows read as bare values, the CRM's rows read again, and our memory written from ready values. With `save()`: five
days of it in a CRM where a receiver listens to the row, so that each is saved by itself; a loop of `save()` over
instances built from ready values, each in a transaction of its own, and (stricter) 1 000 in one transaction. Queries
of a batch without `BEGIN` and `COMMIT`, and without those of the loop of `save()`; writes that the database makes
Django split are one."""
PEOPLE = 1_000
DAYS = 31
SAVED_DAYS = 5
REPEATS = 3
AIM_BULK = 2.0
AIM_SAVE = 1.2
MOST_QUERIES = 25
ROWS_PER_TRANSACTION = 1_000
Values = list[dict[str, Any]]


def rows() -> list[Row]:
    """On every database that answers."""
    return on_each("posting")


def measured() -> list[Row]:
    """On the database of this process."""
    from attendance_devices.services.days.derive import derive_pending

    found(MIXED, people=PEOPLE, days=DAYS)
    touch_all()
    derive_pending()
    ours, bulk, bare = [], [], []
    for _ in range(REPEATS):
        ours.append(posted(DAYS))
        values = told()
        bare.append(bare_statements(values))
        bulk.append(bulk_create(values))
    return [
        compared("together", min(ours), ("bulk_create", min(bulk)), at_most=AIM_BULK),
        compared("together, both with reads and memory", min(ours), ("bare statements", min(bare))),
        *saved(),
        *queries(),
    ]


def saved() -> list[Row]:
    """Row by row."""
    ours, single, together = [], [], []
    with listened_to():
        for _ in range(REPEATS):
            ours.append(posted(SAVED_DAYS))
            values = told()
            single.append(save_each(values))
            together.append(save_in_batches(values))
    return [
        compared("with save()", min(ours), ("loop of save()", min(single)), at_most=AIM_SAVE),
        compared("with save(), both in batches", min(ours), ("loop of save()", min(together)), at_most=AIM_SAVE),
    ]


def posted(days: int) -> float:
    """Seconds of our own way, into an empty table."""
    from attendance_devices.services.posting.post import post

    empty("hr", only="attendance")
    forget()
    results = []
    spent = seconds_of(lambda: results.append(post(since=FIRST_DAY, until=FIRST_DAY + timedelta(days=days - 1))))
    if results[0].created != PEOPLE * days:
        raise RuntimeError(results)
    return spent


def forget() -> None:
    """Our rows as a derive leaves them, made anew: a table full of old versions of its rows is a slower one."""
    from django.db import connection

    from attendance_devices.models import ProcessedAttendance
    from attendance_devices.services.posting.post import POSTING

    rows = list(ProcessedAttendance.objects.order_by("pk"))
    for row in rows:
        for name in POSTING:
            setattr(row, name, ProcessedAttendance._meta.get_field(name).get_default())
    empty(only="processedattendance")
    ProcessedAttendance.objects.bulk_create(rows, batch_size=1_000)
    if connection.vendor == "postgresql":
        # What autovacuum does by itself within a minute; until then it reads the table from end to end.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def told() -> Values:
    """The values of the CRM's rows, without their keys."""
    from example_project.hr.models import Attendance

    names = [field.attname for field in Attendance._meta.concrete_fields if field.attname != "id"]
    return list(Attendance.objects.order_by("pk").values(*names))


def bulk_create(values: Values) -> float:
    """Seconds of the same rows, built and written together."""
    from attendance_devices.hosts.rows.bulk import BATCH
    from example_project.hr.models import Attendance

    empty("hr", only="attendance")
    return seconds_of(lambda: Attendance.objects.bulk_create([Attendance(**row) for row in values], batch_size=BATCH))


def bare_statements(values: Values) -> float:
    """Seconds of all that a post has to ask of the database, and of nothing else. Our rows are those of a post."""
    from django.db import transaction

    from attendance_devices.hosts.rows.bulk import BATCH
    from attendance_devices.models import ProcessedAttendance
    from attendance_devices.services.posting.bulk_update import update_posted
    from attendance_devices.services.posting.post import POSTING, READ
    from example_project.hr.models import Attendance

    days = ProcessedAttendance.objects.order_by("user_id", "date").values_list(*READ, named=True)
    ready = list(days)
    forget()
    empty("hr", only="attendance")
    parts = -(-len(values) // ROWS_PER_TRANSACTION)
    size = -(-len(ready) // parts)

    def act() -> None:
        for part in range(parts):
            with transaction.atomic():
                ours = ready[part * size : (part + 1) * size]
                list(days.filter(pk__in=[day.pk for day in ours]))
                rows = values[part * ROWS_PER_TRANSACTION : (part + 1) * ROWS_PER_TRANSACTION]
                made = Attendance.objects.bulk_create([Attendance(**row) for row in rows], batch_size=BATCH)
                list(Attendance.objects.filter(pk__in=[row.pk for row in made]).values_list())
                update_posted(ours, POSTING)

    return seconds_of(act)


def save_each(values: Values) -> float:
    """Seconds of the usual loop."""
    from example_project.hr.models import Attendance

    empty("hr", only="attendance")
    return seconds_of(lambda: [Attendance(**row).save() for row in values])


def save_in_batches(values: Values) -> float:
    """Seconds of the loop of whoever thought of transactions."""
    from django.db import transaction

    from example_project.hr.models import Attendance

    def loop() -> None:
        for start in range(0, len(values), ROWS_PER_TRANSACTION):
            with transaction.atomic():
                for row in values[start : start + ROWS_PER_TRANSACTION]:
                    Attendance(**row).save()

    empty("hr", only="attendance")
    return seconds_of(loop)


def queries() -> list[Row]:
    """Of batches of two sizes, together and by the CRM's own save()."""
    from attendance_devices.services.days.derive import derive_pending
    from attendance_devices.services.posting.post import post

    lines = []
    for people in (5, 500):
        found(MIXED, people=people, days=2)
        touch_all()
        derive_pending()
        together = asked(lambda: post(since=FIRST_DAY, until=FIRST_DAY))
        lines.append(bounded(f"a batch of {people} people: queries", together, MOST_QUERIES))
        with listened_to():
            loop = asked(lambda: post(since=FIRST_DAY), but="hr_attendance")
        lines.append(bounded(f"a batch of {people} people, but for save(): queries", loop, MOST_QUERIES))
    return lines


@contextmanager
def listened_to() -> Iterator[None]:
    """Somebody listens to the CRM's rows: each has to be saved by itself."""
    from django.db.models.signals import post_save

    from example_project.hr.models import Attendance

    post_save.connect(listen, sender=Attendance)
    try:
        yield
    finally:
        post_save.disconnect(listen, sender=Attendance)


def listen(**facts: object) -> None:
    """A receiver that does nothing."""
    del facts
