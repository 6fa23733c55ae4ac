"""People, terminals and rows for the tests of the verbs, in whichever CRM the settings name."""

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import timezone

from attendance_devices import conf
from attendance_devices.domain.punches.punch import Batch, Punch
from attendance_devices.models import Device, DeviceUser, ProcessedAttendance
from attendance_devices.models.logs import Source
from attendance_devices.services.punches.store import SortedBatch, receipt_now, store
from attendance_devices.simulators.zkteco import SimulatedPunch, SimulatedUser, Terminal
from tests.builders import sampling

HAS_PROFILES = settings.AUTH_USER_MODEL == "profile_crm.Member"
ZONE = ZoneInfo(settings.TIME_ZONE)
MONDAY = date(2024, 1, 8)
READING = frozenset({11, 50, 201, 500, 1000, 1001, 1100, 1101, 1102, 1103, 1500, 1501, 1502, 1503, 1504})
"""Commands that change nothing in a terminal: options, version, clock, sizes, connect, exit, auth, buffered reads."""
_numbers = itertools.count(1)


def examples(number: int) -> int:
    """How many a property is tried with: the rules are the same everywhere, so a server or second host sees fewer."""
    tried = sampling.examples(number)
    return tried if connection.vendor == "sqlite" and not HAS_PROFILES else max(5, tried // 4)


def employee(key: str, name: str = "", *, username: str = "") -> Any:
    """Someone whom the CRM knows by this key of the terminals."""
    first, _, last = name.partition(" ")
    user = get_user_model()(username=username or f"employee-{key}-{next(_numbers)}", first_name=first, last_name=last)
    if HAS_PROFILES:
        user.user_type = 3
        user.save()
        user.employee.device_id = key
        user.employee.save()
    else:
        user.biometric_id = key
        user.save()
    return user


def device(name: str = "Gate", **facts: Any) -> Device:
    """A device that nothing answers for."""
    number = next(_numbers)
    usual = {"address": f"192.0.2.{number % 250}", "port": 4370 + number // 250, "timezone": settings.TIME_ZONE}
    return Device.objects.create(name=name, **usual | facts)


def at(clock: str, day: date = MONDAY) -> datetime:
    """What a clock shows: ``at("09:00")``, ``at("09:00:30", day)``."""
    return datetime.combine(day, time.fromisoformat(clock))


def punched(where: Device, *punches: tuple[str, datetime]) -> SortedBatch:
    """(id, naive time) of each, stored as a poll would store them."""
    where.refresh_from_db()
    batch = Batch(punches=[Punch(biometric_id=who, device_time=shown) for who, shown in punches], cursor={})
    return store(where, batch, receipt_now(Source.POLL))


def mapped(where: Device, key: str, user: Any) -> DeviceUser:
    """A user of the device that stands for this employee."""
    return DeviceUser.objects.create(device=where, device_user_id=key, system_user=user)


def taps(*shown: tuple[str, datetime]) -> list[SimulatedPunch]:
    """(id, naive time) of each, for a terminal."""
    return [SimulatedPunch(user_id=who, at=moment) for who, moment in shown]


def people(*listed: tuple[str, str], privilege: int = 0) -> list[SimulatedUser]:
    """(id, name) of each, for a terminal."""
    return [
        SimulatedUser(user_id=key, uid=uid, name=name, privilege=privilege)
        for uid, (key, name) in enumerate(listed, start=1)
    ]


def terminal(users: Iterable[SimulatedUser] = (), punches: Iterable[SimulatedPunch] = (), **more: Any) -> Terminal:
    """A terminal whose clock is right in the zone of the tests."""
    return Terminal(users=users, punches=punches, clock=lambda: datetime.now(ZONE).replace(tzinfo=None), **more)


@contextmanager
def on_the_wall(machine: Terminal, name: str = "Gate", **facts: Any) -> Iterator[Device]:
    """Serve it, and store it as a device."""
    with machine.serve() as (host, port):
        yield device(name, address=host, port=port, **facts)


def unplugged(name: str = "Dead", **facts: Any) -> Device:
    """A device at whose port nothing listens: nobody is given one of the first ports."""
    return device(name, address="127.0.0.1", port=Device.objects.count() + 2, **facts)


def crm_rows() -> list[tuple[str, date, str, str]]:
    """(user name, date, check-in, check-out) of the CRM's rows, as clocks on its walls show them."""
    if HAS_PROFILES:
        sheets = _sheets().objects.select_related("employee__user").order_by("day", "employee__user__username")
        return [(s.employee.user.username, s.day, _clock(s.came), _clock(s.went)) for s in sheets]
    rows = _sheets().objects.select_related("user").order_by("date", "user__username")
    return [(row.user.username, row.date, _clock(row.check_in_time), _clock(row.check_out_time)) for row in rows]


def crm_row(user: Any, day: date = MONDAY) -> Any:
    """The CRM's row of one day."""
    return _sheets().objects.get(
        **({"employee__user": user, "day": day} if HAS_PROFILES else {"user": user, "date": day})
    )


def edit(user: Any, day: date = MONDAY, *, went: str) -> None:
    """A person at the CRM's own form says when somebody went."""
    row = crm_row(user, day)
    if HAS_PROFILES:
        row.went = time.fromisoformat(went)
    else:
        row.check_out_time = at(went, day).replace(tzinfo=ZONE)
    row.save()


def our_rows() -> list[tuple[Any, ...]]:
    """Everything that our rows say, but when they were made and what became of them in the CRM."""
    names = ("date", "shift", "check_in", "check_out", "worked", "late", "early", "overtime", "punch_count", "status")
    more = ("break_time", "is_auto_out", "auto_out_due", "is_outlier", "outlier_reasons")
    return sorted(
        (str(row.user_id), row.device_name, row.office, *(getattr(row, name) for name in names + more))
        for row in ProcessedAttendance.objects.all()
    )


def census() -> dict[str, int]:
    """Every table of the database and how many rows it has."""
    with connection.cursor() as cursor:
        counts = {}
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")
            counts[table] = cursor.fetchone()[0]
    return counts


@contextmanager
def nothing_is_written() -> Iterator[None]:
    """Any statement that is no question is an error, and so is a table with another number of rows."""

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        assert sql.lstrip("( ").upper().startswith("SELECT"), f"a write: {sql}"
        return execute(sql, params, many, context)

    before = census()
    with connection.execute_wrapper(refuse):
        yield
    assert census() == before


def statements(queries: Iterable[Any]) -> int:
    """How many questions and kinds of writes: SQLite takes 999 values in a write, and Django splits it there.

    Where transactions begin and end is not counted.
    """
    texts = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    writes = {text[:60] for text in texts if text.startswith(("INSERT", "UPDATE", "DELETE"))}
    return len(writes) + sum(not text.startswith(("INSERT", "UPDATE", "DELETE")) for text in texts)


def setting(**changes: Any) -> dict[str, Any]:
    """The setting with some keys changed, for ``settings.ATTENDANCE_DEVICES``."""
    return {**settings.ATTENDANCE_DEVICES, **changes}


def host(kind: type) -> str:
    """The dotted path of a `Host` that a test declares at module level."""
    return f"{kind.__module__}.{kind.__qualname__}"


def _sheets() -> Any:
    return apps.get_model(conf.load().attendance_model)


def _clock(value: Any) -> str:
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = value.astimezone(ZONE)
    return f"{value:%H:%M:%S}" if value else ""


def days(count: int, first: date = MONDAY) -> list[date]:
    """So many dates in a row."""
    return [first + timedelta(days=number) for number in range(count)]
