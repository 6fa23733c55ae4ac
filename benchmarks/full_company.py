"""A company of years: a thousand people, whose rows the database multiplies by days itself."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

PEOPLE, DEVICES, OFFICES, STRANGERS, OUTLIERS = 1_000, 20, 10, 100, 2_000
LOG_DAYS, DERIVED_DAYS = 500, 365
CLOCKS = ("08:55", "12:30", "13:10", "18:05")
ONE_DAY = timedelta(days=1)


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
        days = table_of("ProcessedAttendance")
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
    from attendance_devices.services.devices.local_time import today

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
    from attendance_devices.domain.posting.host_row import PostAction
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
    from attendance_devices.services.devices.local_time import today

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


def table_of(name: str) -> str:
    from django.apps import apps

    return str(apps.get_model("attendance_devices", name)._meta.db_table)


def users_table() -> str:
    from django.contrib.auth import get_user_model

    return str(get_user_model()._meta.db_table)
