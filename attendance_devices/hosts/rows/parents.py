"""The row above the attendance row, found or made: one department and day, say."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models

from attendance_devices.exceptions import HostError
from attendance_devices.hosts.rows.table import ParentTable
from attendance_devices.hosts.schema.conversion import as_text
from attendance_devices.hosts.schema.fields import chunks, restore_given
from attendance_devices.hosts.schema.savepoint import is_clash, savepoint

Key = tuple[str, ...]


class Parents:
    """Parent rows of one batch: read together, made one by one when missing."""

    def __init__(self, parent: ParentTable, using: str) -> None:
        """:param using: the database that rows are written to."""
        self._parent = parent
        self._using = using
        self._found: dict[Key, Any] = {}

    def load(self, wanted: Sequence[Mapping[str, Any]]) -> None:
        """Read those that exist, a query for each 500."""
        for part in chunks(wanted):
            names = list(part[0])
            condition = {f"{name}__in": {values[name] for values in part} - {None} for name in names}
            rows = self._query().filter(**{name: given for name, given in condition.items() if given})
            for *values, pk in rows.order_by("-pk").values_list(*names, "pk"):
                self._found[tuple(as_text(value) for value in values)] = pk

    def key_of(self, values: Mapping[str, Any]) -> Any:
        """The primary key of the row with these values. Raises `HostError`, and then made nothing."""
        key = tuple(as_text(value) for value in values.values())
        if key not in self._found:
            self._found[key] = self._make(values)
        return self._found[key]

    def forget(self) -> None:
        """After a savepoint was rolled back: rows that were made in it are gone."""
        self._found.clear()

    def _make(self, values: Mapping[str, Any]) -> Any:
        found = self._first(values)
        if found is not None:
            return found
        shown = ", ".join(f"{name}={as_text(value)}" for name, value in values.items())
        row = self._parent.model(**values)
        try:
            with savepoint(f"{self._parent.model._meta.label}({shown})", using=self._using):
                row.save()
        except HostError as error:
            # Another worker may have made it between our look and our save.
            found = self._first(values) if is_clash(error) else None
            if found is None:
                raise
            return found
        restore_given(row, values, using=self._using)
        return row.pk

    def _first(self, values: Mapping[str, Any]) -> Any:
        return self._query().filter(**values).order_by("pk").values_list("pk", flat=True).first()

    def _query(self) -> models.QuerySet[models.Model]:
        return self._parent.model._base_manager.using(self._using)
