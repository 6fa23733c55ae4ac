"""Each page at a company of years, against a bare query for the rows that it shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from benchmarks.databases import on_one
from benchmarks.measure import Row, compared, duration, seconds_of

TITLE = "Pages of a company with 1 000 people and 2 million punches"
NOTE = """\
On PostgreSQL: 1 000 people of 10 offices at 20 terminals, four punches a day for 500 days (2 million), every day of a
year derived (365 000 rows), 100 unknown people, 2 000 outliers. Ours: the whole answer of the server, from the request
to the last byte: session, user, rights, queries and template, without a network; the best of several, in turns with
the reference. The reference: one statement, or two, that fetch the rows which the page shows, through Django's cursor,
every column of the table, nothing made of them. What the page does besides (who somebody is, what is expected of
them, which terminals are silent) is in ours alone. Queries are all that the page asks, session and user included."""
PEOPLE, DEVICES, OFFICES, STRANGERS, OUTLIERS = 1_000, 20, 10, 100, 2_000
LOG_DAYS, DERIVED_DAYS = 500, 365
CLOCKS = ("08:55", "12:30", "13:10", "18:05")
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
    ours, bare = [], []
    for _ in range(REPEATS):
        ours.append(seconds_of(lambda: _opened(client, page)))
        bare.append(seconds_of(lambda: _fetched(page)))
    count = sum(_fetched(page))
    name = f"{page.name}: {count:,} rows, {asked} queries, first time {duration(cold)}"
    return [compared(name, min(ours), ("bare query", min(bare)), at_most=AIM)]


def _opened(client: Any, page: Shown) -> None:
    response = client.get(page.path) if page.form is None else client.post(page.path, page.form)
    if response.streaming:
        for _ in response.streaming_content:
            pass
    assert response.status_code == 200, (page.path, response.status_code)


def _fetched(page: Shown) -> list[int]:
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
    from attendance_devices.services.roster import today

    day, month = today(), today().replace(day=1) - ONE_DAY
    first = month.replace(day=1)
    days, log = ProcessedAttendance._meta.db_table, _table("ESSLAttendanceLog")
    enrolled, gates = DeviceUser._meta.db_table, Device._meta.db_table
    people = f"SELECT d.*, u.* FROM {days} d JOIN {_users()} u ON u.id = d.user_id WHERE d.date"
    of_month = f"{people} BETWEEN %s AND %s"
    some = f"{of_month} AND d.user_id IN (SELECT id FROM {_users()} ORDER BY first_name LIMIT %s)"
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


def found() -> tuple[Any, Any]:
    """The company: a superuser, and one of its people. Its rows are multiplied by the database itself."""
    from django.contrib.auth import get_user_model
    from django.db import connection

    users = _people()
    boss = get_user_model().objects.create(username="boss", is_superuser=True)
    gates = _terminals()
    _listed(users, gates)
    _worked(users, gates)
    with connection.cursor() as cursor:
        for name, count in (("ESSLAttendanceLog", LOG_DAYS), ("ProcessedAttendance", DERIVED_DAYS)):
            cursor.execute(_multiplied(name), [count - 1])
        days = _table("ProcessedAttendance")
        reasons = "'[\"worked 17 h 10 min, more than 16 h\"]'"
        cursor.execute(
            f"UPDATE {days} SET is_outlier = true, outlier_reasons = {reasons} WHERE id IN "
            f"(SELECT id FROM {days} ORDER BY md5(id::text) LIMIT {OUTLIERS})"
        )
        cursor.execute("ANALYZE")
    return boss, users[0]


def _people() -> list[Any]:
    from django.apps import apps
    from django.contrib.auth import get_user_model

    office = apps.get_model("hr.Office").objects
    offices = [office.create(name=f"Office {number}") for number in range(OFFICES)]
    users = get_user_model().objects
    users.bulk_create(
        [
            users.model(
                username=f"person-{number}",
                first_name=f"Given{number * 7919 % 1000:03}",
                last_name=f"Family{number}",
                biometric_id=str(10_000 + number),
                office=offices[number % OFFICES],
            )
            for number in range(PEOPLE)
        ]
    )
    return list(users.order_by("pk"))


def _terminals() -> list[Any]:
    from attendance_devices.models import Device

    made = [
        Device(name=f"Gate {number:02}", address=f"192.0.2.{number + 1}", office=f"Office {number % OFFICES}")
        for number in range(DEVICES)
    ]
    for gate in made:
        gate.timezone, gate.last_sync = "Asia/Karachi", datetime.now(UTC)
    return Device.objects.bulk_create(made)


def _listed(users: Sequence[Any], gates: Sequence[Any]) -> None:
    from attendance_devices.models import DeviceUser, ESSLAttendanceLog, Shift, ShiftAssignment
    from attendance_devices.services.roster import today

    day = Shift.objects.create(name="Day", start=time(9), end=time(18))
    since = today() - LOG_DAYS * ONE_DAY
    ShiftAssignment.objects.bulk_create(ShiftAssignment(user=user, shift=day, date_from=since) for user in users)
    known = [
        DeviceUser(device=gates[number % DEVICES], device_user_id=user.biometric_id, system_user=user)
        for number, user in enumerate(users)
    ]
    names = [f"Given{number:03} F" for number in range(STRANGERS)]
    others = [
        DeviceUser(device=gates[number % DEVICES], device_user_id=f"x{number}", device_user_name=name)
        for number, name in enumerate(names)
    ]
    DeviceUser.objects.bulk_create([*known, *others])
    ESSLAttendanceLog.objects.bulk_create(
        log for number in range(STRANGERS) for log in _logs(gates[number % DEVICES], f"x{number}", None)
    )


def _worked(users: Sequence[Any], gates: Sequence[Any]) -> None:
    """Today, of everybody: what the database then multiplies by days."""
    from attendance_devices.domain.posting import PostAction
    from attendance_devices.models import ESSLAttendanceLog, ProcessedAttendance

    logs, days = [], []
    for number, user in enumerate(users):
        gate = gates[number % DEVICES]
        taps = _logs(gate, user.biometric_id, user)
        logs += taps
        days.append(
            ProcessedAttendance(
                user=user,
                date=taps[0].device_time.date(),
                check_in=taps[0].punch_time,
                check_out=taps[-1].punch_time,
                worked=timedelta(hours=9, minutes=10),
                late=timedelta(minutes=number % 10 // 8 * 12),
                early=timedelta(0),
                overtime=timedelta(0),
                punch_count=len(CLOCKS),
                status="late" if number % 10 == 9 else "present",
                device_name=gate.name,
                office=gate.office,
                derived_at=datetime.now(UTC),
                posting_state=PostAction.CREATE,
            )
        )
    ESSLAttendanceLog.objects.bulk_create(logs, batch_size=2_000)
    ProcessedAttendance.objects.bulk_create(days)


def _logs(gate: Any, key: str, user: Any) -> list[Any]:
    from attendance_devices.models import ESSLAttendanceLog
    from attendance_devices.services.roster import today

    now, zone, made = datetime.now(UTC), gate.zone, []
    for clock in CLOCKS:
        shown = datetime.combine(today(), time.fromisoformat(clock))
        at = shown.replace(tzinfo=zone).astimezone(UTC)
        made.append(
            ESSLAttendanceLog(
                device=gate, biometric_id=key, user=user, device_time=shown, punch_time=at, received_at=now
            )
        )
    return made


def _multiplied(name: str) -> str:
    """A copy of every row for each day before it."""
    from django.apps import apps

    model = apps.get_model("attendance_devices", name)
    moved = {"date": "t.date - n", "device_time": "t.device_time - n * interval '1 day'"}
    moved |= {one: f"t.{one} - n * interval '1 day'" for one in ("punch_time", "check_in", "check_out", "received_at")}
    columns = [field.column for field in model._meta.local_concrete_fields if not field.primary_key]
    values = ", ".join(moved.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    where = "WHERE t.user_id IS NOT NULL" if name == "ESSLAttendanceLog" else ""
    table = model._meta.db_table
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} t, generate_series(1, %s) n {where}"


def _table(name: str) -> str:
    from django.apps import apps

    return str(apps.get_model("attendance_devices", name)._meta.db_table)


def _users() -> str:
    from django.contrib.auth import get_user_model

    return str(get_user_model()._meta.db_table)
