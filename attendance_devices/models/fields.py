"""Fields that keep what they are given: instants whatever USE_TZ says, wall clocks without a zone, ids to the byte."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone
from django.utils.dateparse import parse_datetime


class InstantField(models.DateTimeField):  # type: ignore[type-arg]
    """An aware instant. In a host with ``USE_TZ = False`` Django would refuse it, or lose the repeated hour."""

    holds_instants = True
    """For those who convert by a field's class: hand over aware values whatever USE_TZ says."""

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002
        value = self.to_python(value)
        if value is None:
            return None
        if isinstance(value, datetime) and settings.USE_TZ and timezone.is_aware(value):
            # What is left of Django's own way, which asks all this twice more: a fifth of the time of writing a row.
            return connection.ops.adapt_datetimefield_value(value)
        if isinstance(value, datetime) and not settings.USE_TZ:
            aware = value if timezone.is_aware(value) else timezone.make_aware(value)
            if connection.vendor != "postgresql":
                return connection.ops.adapt_datetimefield_value(aware.astimezone(UTC).replace(tzinfo=None))
            return aware
        return super().get_db_prep_value(value, connection, prepared)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, datetime) and not settings.USE_TZ:
            return value
        return super().get_prep_value(value)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        """PostgreSQL answers in the connection's zone, the others in UTC."""
        del expression
        if not isinstance(value, datetime) or timezone.is_aware(value):
            return value
        if connection.vendor == "postgresql":
            # In UTC, because two times of one zone are subtracted by the wall, the repeated hour and all.
            return value.replace(tzinfo=timezone.get_default_timezone()).astimezone(UTC)
        return value.replace(tzinfo=UTC)


class WallTimeField(models.Field):  # type: ignore[type-arg]
    """What a clock showed: a naive datetime, stored as it is, never converted."""

    description = "Naive wall-clock time"
    empty_strings_allowed = False

    def get_internal_type(self) -> str:
        """A kind that every backend leaves alone; PostgreSQL inserts in bulk only kinds that it knows."""
        return "TextField"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """A column type without a zone."""
        return {"postgresql": "timestamp", "mysql": "datetime(6)"}.get(connection.vendor, "datetime")

    def to_python(self, value: Any) -> datetime | None:
        """Text in ISO form or a datetime; a zone is an error."""
        found = parse_datetime(value) if isinstance(value, str) else value
        if found is not None and (not isinstance(found, datetime) or found.tzinfo is not None):
            message = f"{self.name}: a naive datetime is expected, not {value!r}"
            raise ValueError(message)
        return found

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002
        del prepared
        value = self.to_python(value)
        return str(value) if value is not None and connection.vendor in ("sqlite", "mysql") else value

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> datetime | None:
        """SQLite may hand text back where a function hid the column's type."""
        del expression, connection
        return self.to_python(value)

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else value.isoformat(sep=" ")


class SecondsField(models.DurationField):  # type: ignore[type-arg]
    """A duration, cut to whole seconds."""

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002
        if isinstance(value, timedelta) and value.microseconds:
            value = timedelta(seconds=int(value.total_seconds()))
        return super().get_db_prep_value(value, connection, prepared)


class IdField(models.CharField):  # type: ignore[type-arg]
    """A key of somebody else's: "7", "7 " and "07" are three, and so are "a" and "A", on every database."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        """MySQL and MariaDB compare text without case and trailing blanks unless told otherwise."""
        found = super().db_parameters(connection)
        if connection.vendor == "mysql":
            is_mariadb = getattr(connection, "mysql_is_mariadb", False)
            found["collation"] = "utf8mb4_nopad_bin" if is_mariadb else "utf8mb4_0900_bin"
        return found
