"""Each page at a company of years, against a bare query for the rows that it shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from benchmarks.databases import on_one
from benchmarks.full_company import found, table_of, users_table
from benchmarks.measure import Row, best, compared, duration, seconds_of

TITLE = "Pages of a company with 1 000 people and 2 million punches"
NOTE = """\
On PostgreSQL: 1 000 people of 10 offices at 20 terminals, four punches a day for 500 days (2 million), every day of a
year derived (365 000 rows), 100 unknown people, 2 000 outliers. Ours: the whole answer of the server, from the request
to the last byte: session, user, rights, queries and template, without a network; the best of several, in turns with
the reference. The reference: one statement, or two, that fetch the rows which the page shows, through Django's cursor,
every column of the table, nothing made of them. What the page does besides (who somebody is, what is expected of
them, which terminals are silent) is in ours alone. Behind a login: the same statements in a view of three lines, in
turns too, which shows how much of a small page is the way that every page goes. Queries are all that the page asks,
session and user included."""
REPEATS = 5
AIM = 3.0
ONE_DAY = timedelta(days=1)
ROOT = "/attendance-devices/"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A page, and the bare statements for its rows."""

    name: str
    path: str
    statements: Sequence[tuple[str, Sequence[Any]]]
    form: dict[str, str] | None = None
    """Of a POST."""


def rows() -> list[Row]:
    """On PostgreSQL alone."""
    return on_one("postgresql", "pages")


def measured() -> list[Row]:
    """On the database of this process."""
    from django.test import Client

    boss, somebody = found()
    client = Client()
    client.force_login(boss)
    return [row for page in pages(somebody) for row in _measured(client, page)]


def _measured(client: Any, page: Shown) -> list[Row]:
    from django.core.cache import cache
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    cache.clear()
    cold = seconds_of(lambda: _opened(client, page))
    with CaptureQueriesContext(connection) as queries:
        _opened(client, page)
    # Counted now: the next request empties the list.
    asked = len(queries)
    acts = {
        "ours": lambda: _opened(client, page),
        "bare query": lambda: fetched(page),
        "behind a login": lambda: _behind_a_login(client, page),
    }
    took = best(acts, REPEATS)
    ours = took.pop("ours")
    (bare, behind), count = took.items(), sum(fetched(page))
    name = f"{page.name}: {count:,} rows, {asked} queries, first time {duration(cold)}"
    return [compared(name, ours, bare, at_most=AIM), compared(page.name, ours, behind)]


def _opened(client: Any, page: Shown) -> None:
    response = client.get(page.path) if page.form is None else client.post(page.path, page.form)
    if response.streaming:
        for _ in response.streaming_content:
            pass
    assert response.status_code == 200, (page.path, response.status_code)


def _behind_a_login(client: Any, page: Shown) -> None:
    from benchmarks.urls import SHOWN

    SHOWN[:] = [page]
    response = client.get("/bare/")
    assert response.status_code == 200


def fetched(page: Shown) -> list[int]:
    """Run its statements bare. How many rows each gives."""
    from django.db import connection

    counts = []
    for sql, values in page.statements:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            counts.append(len(cursor.fetchall()))
    return counts


def pages(somebody: Any) -> list[Shown]:
    """What is opened, and what it shows."""
    from attendance_devices.models import Device, DeviceUser, ProcessedAttendance
    from attendance_devices.services.devices.local_time import today

    day, month = today(), today().replace(day=1) - ONE_DAY
    first = month.replace(day=1)
    days, log = ProcessedAttendance._meta.db_table, table_of("ESSLAttendanceLog")
    enrolled, gates = DeviceUser._meta.db_table, Device._meta.db_table
    people = f"SELECT d.*, u.* FROM {days} d JOIN {users_table()} u ON u.id = d.user_id WHERE d.date"
    of_month = f"{people} BETWEEN %s AND %s"
    some = f"{of_month} AND d.user_id IN (SELECT id FROM {users_table()} ORDER BY first_name LIMIT %s)"
    one = f"{of_month} AND d.user_id = %s"
    trend = f"SELECT date, status, count(*) FROM {days} WHERE date >= %s GROUP BY date, status"
    taps = f"SELECT * FROM {log} WHERE user_id = %s AND punch_time BETWEEN %s AND %s"
    noon = datetime.combine(month, time(7), UTC)
    return [
        Shown(
            name="widget", path=f"{ROOT}widget/", statements=[(f"{people} = %s", [day]), (trend, [day - 30 * ONE_DAY])]
        ),
        Shown(name="Today", path=ROOT, statements=[(f"{people} = %s", [day])]),
        Shown(name="People, 100", path=f"{ROOT}people/?month={first:%Y-%m}", statements=[(some, [first, month, 100])]),
        Shown(
            name="People, 500",
            path=f"{ROOT}people/?month={first:%Y-%m}&per_page=500",
            statements=[(some, [first, month, 500])],
        ),
        Shown(
            name="Person",
            path=f"{ROOT}people/{somebody.pk}/?month={first:%Y-%m}",
            statements=[(one, [first, month, somebody.pk])],
        ),
        Shown(
            name="Why?",
            path=f"{ROOT}people/{somebody.pk}/{month}/",
            statements=[(one, [month, month, somebody.pk]), (taps, [somebody.pk, noon - ONE_DAY, noon + ONE_DAY])],
        ),
        Shown(name="Devices", path=f"{ROOT}devices/", statements=[(f"SELECT * FROM {Device._meta.db_table}", [])]),
        Shown(
            name="Mapping",
            path=f"{ROOT}mapping/",
            statements=[
                (f"SELECT * FROM {DeviceUser._meta.db_table} WHERE system_user_id IS NULL", []),
                (f"SELECT biometric_id, count(*) FROM {log} WHERE user_id IS NULL GROUP BY biometric_id", []),
            ],
        ),
        Shown(
            name="Review, outliers",
            path=f"{ROOT}review/?kind=outlier",
            statements=[
                (f"{people} >= %s AND d.is_outlier ORDER BY d.date DESC LIMIT 50", [date(2005, 1, 1)]),
                (f"SELECT status, count(*) FROM {days} WHERE is_outlier GROUP BY status", []),
            ],
        ),
        Shown(
            name="Reports",
            path=f"{ROOT}reports/",
            statements=[
                (
                    f"SELECT u.system_user_id, d.office FROM {enrolled} u JOIN {gates} d ON d.id = u.device_id "
                    "WHERE u.system_user_id IS NOT NULL",
                    [],
                )
            ],
        ),
        Shown(
            name="CSV of a month",
            path=f"{ROOT}reports/take/",
            form={"what": "days", "form": "csv", "first": f"{first}", "last": f"{month}"},
            statements=[(of_month, [first, month])],
        ),
        Shown(
            name="CSV of punches, a week",
            path=f"{ROOT}reports/take/",
            form={"what": "punches", "form": "csv", "first": f"{first}", "last": f"{first + 6 * ONE_DAY}"},
            statements=[
                (
                    f"SELECT * FROM {log} WHERE punch_time BETWEEN %s AND %s",
                    [datetime.combine(first, time(0), UTC), datetime.combine(first + 7 * ONE_DAY, time(0), UTC)],
                )
            ],
        ),
    ]
