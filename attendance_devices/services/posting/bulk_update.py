"""What we remember of posted days, written beside them: some columns of many stored rows at once."""

import json
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper

from attendance_devices.hosts.schema.fields import AnyField, concrete_field
from attendance_devices.models import ProcessedAttendance

ROWS_PER_STATEMENT = 500


def update_posted(days: Sequence[Any], names: Sequence[str]) -> None:
    """Save these columns of days whose rows the caller's transaction has locked, so that none of them can be gone.

    :param days: our rows, or anything else with a ``pk`` and a value for each of `names`.

    `bulk_update` would build a CASE with a branch for every value, and an insert that meets its own key has to carry
    every column of ours. PostgreSQL and MySQL join the table to the new values instead; measured, half to a tenth
    of the time. Every other database, SQLite above all, is given one plain UPDATE and the values of many rows.
    """
    using = router.db_for_write(ProcessedAttendance)
    connection = connections[using]
    columns = [concrete_field(ProcessedAttendance, name) for name in names]
    write = JOINED.get(connection.vendor, _one_by_one)
    for start in range(0, len(days), ROWS_PER_STATEMENT):
        write(connection, columns, days[start : start + ROWS_PER_STATEMENT])


def _as_parameters(
    connection: BaseDatabaseWrapper, columns: Sequence[AnyField], days: Sequence[Any]
) -> list[list[Any]]:
    """As the database takes them; the key is the last. Most values are the same for many days: converted once."""
    known: list[dict[Any, Any]] = [{} for _ in columns]
    rows = []
    for day in days:
        values = [getattr(day, column.attname) for column in columns]
        rows.append([*map(_value, repeat(connection), columns, known, values), day.pk])
    return rows


def _value(connection: BaseDatabaseWrapper, column: AnyField, known: dict[Any, Any], value: Any) -> Any:
    if isinstance(value, dict):
        return column.get_db_prep_save(value, connection)
    if value not in known:
        known[value] = column.get_db_prep_save(value, connection)
    return known[value]


def _one_by_one(connection: BaseDatabaseWrapper, columns: Sequence[AnyField], days: Sequence[Any]) -> None:
    table, key, names = _quoted(connection, columns)
    changes = ", ".join(f"{name} = %s" for name in names)
    sql = f"UPDATE {table} SET {changes} WHERE {key} = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(sql, _as_parameters(connection, columns, days))


def _postgresql(connection: BaseDatabaseWrapper, columns: Sequence[AnyField], days: Sequence[Any]) -> None:
    """One document instead of thousands of parameters, which take the client longer than the UPDATE takes the server.

    What JSON has no word for (an instant) is a text with its zone, which the column's own type reads.
    """
    table, key, names = _quoted(connection, columns)
    kinds = [f"{name} {column.db_type(connection)}" for name, column in zip(names, columns, strict=True)]
    told = f"json_to_recordset(%s) AS told({', '.join(kinds)}, {key} bigint)"
    changes = ", ".join(f"{name} = told.{name}" for name in names)
    fields = [(column.column or "", column.attname) for column in columns]
    fields.append((ProcessedAttendance._meta.pk.column or "", "pk"))
    document = json.dumps([{name: getattr(day, value) for name, value in fields} for day in days], default=str)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {changes} FROM {told} WHERE {table}.{key} = told.{key}", [document])  # noqa: S608


def _mysql(connection: BaseDatabaseWrapper, columns: Sequence[AnyField], days: Sequence[Any]) -> None:
    """Rows of values are spelled otherwise by MySQL than by MariaDB; a union of selects is not."""
    table, key, names = _quoted(connection, columns)
    changes = ", ".join(f"{table}.{name} = told.{name}" for name in names)
    first = ", ".join(f"%s AS {name}" for name in [*names, key])
    other = f" UNION ALL SELECT {', '.join(['%s'] * (len(names) + 1))}"
    told = f"(SELECT {first}{other * (len(days) - 1)}) AS told"
    sql = f"UPDATE {table} JOIN {told} ON {table}.{key} = told.{key} SET {changes}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for row in _as_parameters(connection, columns, days) for value in row])


def _quoted(connection: BaseDatabaseWrapper, columns: Sequence[AnyField]) -> tuple[str, str, list[str]]:
    """Table, key and columns: all that the statements are built of; values are parameters."""
    quote, meta = connection.ops.quote_name, ProcessedAttendance._meta
    return quote(meta.db_table), quote(meta.pk.column or ""), [quote(column.column or "") for column in columns]


Write = Callable[[BaseDatabaseWrapper, Sequence[AnyField], Sequence[Any]], None]
JOINED: dict[str, Write] = {"postgresql": _postgresql, "mysql": _mysql}
"""Databases whose clients send an UPDATE of many rows one by one, and what they are given instead."""
