"""From a fact of a day to the value that a column of the CRM takes, by the class of the column; and its one text form.

Durations become hours in a Decimal or Float column, whole minutes in an Integer column, ``HH:MM`` in a text column.
Instants become the time of day, the date, or a naive time where the column asks for that: by the clock that `on_clock`
is given, else by ``TIME_ZONE``.
A Boolean column is told whether there is anything: an instant, a duration above zero.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from functools import singledispatch
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from attendance_devices.hosts.schema.fields import AnyField, makes_its_default

WITH_DATE, WITH_SECONDS = len("2026-01-31 09:00:00"), len("09:00:00")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class Unmappable(ValueError):
    """A fact that has no place in a column of this class."""


def fit(field: AnyField, value: Any) -> Any:
    """The Python value for `field`. Raises `Unmappable`."""
    if value is None or value == "":
        return nothing(field)
    try:
        return convert(field, value)
    except (ValidationError, ArithmeticError) as error:
        message = f"{field.name} cannot hold {value!r}"
        raise Unmappable(message) from error


def nothing(field: AnyField) -> Any:
    """How `field` says "empty". Raises `Unmappable` where it cannot."""
    if field.null:
        return None
    if isinstance(field, models.CharField | models.TextField):
        return ""
    if isinstance(field, models.BooleanField):
        return False
    if field.has_default() and not makes_its_default(field):
        # A default that is made anew (now, today) would be a time that nobody punched.
        return field.get_default()
    message = f"{field.name} may not be empty, and this day has no value for it"
    raise Unmappable(message)


def default_text(field: AnyField) -> str:
    """Return what a new row of the CRM holds in `field`, as text; empty where that is made anew, or is nothing."""
    if not field.has_default() or makes_its_default(field):
        return ""
    try:
        return as_text(fit(field, field.get_default()))
    except Unmappable:
        return as_text(field.get_default())


@singledispatch
def convert(field: AnyField, value: Any) -> Any:
    """By the class of the column; a subclass is treated as its nearest base."""
    return _refuse(field, value)


@convert.register(models.DateTimeField)
def _(field: Any, value: Any) -> Any:
    if isinstance(value, datetime):
        return _instant(field, value)
    if isinstance(value, date):
        return _instant(field, day_start(value))
    return _refuse(field, value)


@convert.register(models.DateField)
def _(field: Any, value: Any) -> Any:
    if isinstance(value, datetime):
        return local(value).date()
    return value if isinstance(value, date) else _refuse(field, value)


@convert.register(models.TimeField)
def _(field: Any, value: Any) -> Any:
    if isinstance(value, datetime):
        return local(value).time().replace(microsecond=0, fold=0)
    return value if isinstance(value, time) else _refuse(field, value)


@convert.register(models.DurationField)
def _(field: Any, value: Any) -> Any:
    return value if isinstance(value, timedelta) else _refuse(field, value)


@convert.register(models.BooleanField)
def _(field: Any, value: Any) -> Any:
    if isinstance(value, timedelta):
        return value > timedelta(0)
    if isinstance(value, date | time):
        return True
    return field.to_python(value)


@convert.register(models.IntegerField)
def _(field: Any, value: Any) -> Any:
    if isinstance(value, timedelta):
        return int(value // MINUTE)
    return _refuse(field, value) if isinstance(value, date | time) else field.to_python(value)


@convert.register(models.FloatField)
def _(field: Any, value: Any) -> Any:
    if isinstance(value, timedelta):
        return round(value / HOUR, 4)
    return _refuse(field, value) if isinstance(value, date | time) else field.to_python(value)


@convert.register(models.DecimalField)
def _(field: Any, value: Any) -> Any:
    if isinstance(value, date | time):
        return _refuse(field, value)
    given = Decimal(int(value.total_seconds())) / 3600 if isinstance(value, timedelta) else field.to_python(value)
    return given.quantize(Decimal(1).scaleb(-(field.decimal_places or 0)), rounding=ROUND_HALF_UP)


@convert.register(models.CharField)
def _(field: Any, value: Any) -> Any:
    text = _words(value, room=field.max_length)
    if field.choices:
        return text
    return text[: field.max_length]


@convert.register(models.TextField)
def _(field: Any, value: Any) -> Any:
    del field
    return _words(value, room=None)


@convert.register(models.UUIDField)
def _(field: Any, value: Any) -> Any:
    return field.to_python(value)


@convert.register(models.ForeignKey)
def _(field: Any, value: Any) -> Any:
    if isinstance(value, date | time | timedelta):
        return _refuse(field, value)
    return field.target_field.to_python(value)


def as_text(value: Any) -> str:
    """The one text of a column's value, the same before it is saved and after it is read."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        aware = value if timezone.is_aware(value) else timezone.make_aware(value, timezone.get_default_timezone())
        return aware.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, time):
        return value.isoformat(timespec="seconds")
    if isinstance(value, timedelta):
        return str(timedelta(seconds=int(value.total_seconds())))
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def holds_zone(field: AnyField) -> bool:
    """Does the column keep instants? Every other one keeps what some clock shows, if anything."""
    # A column that keeps aware instants whatever USE_TZ says tells so by this attribute on its class.
    return isinstance(field, models.DateTimeField) and (
        settings.USE_TZ or getattr(type(field), "holds_instants", False)
    )


def on_clock(field: AnyField, value: Any, zone: tzinfo) -> Any:
    """Return an instant as the naive time that clocks in `zone` show, for a column that holds no zone.

    Any other value, and an instant for a column that holds instants, stays as it is.
    """
    if not isinstance(value, datetime) or timezone.is_naive(value) or holds_zone(field):
        return value
    return value.astimezone(zone).replace(tzinfo=None)


def local(value: datetime, zone: tzinfo | None = None) -> datetime:
    """Return `value` on the clock of `zone`, or of ``TIME_ZONE``; a naive one as it is."""
    return value.astimezone(zone or timezone.get_default_timezone()) if timezone.is_aware(value) else value


def day_start(day: date, zone: tzinfo | None = None) -> datetime:
    """Return the aware instant at which `day` begins in `zone`, or in ``TIME_ZONE``."""
    return datetime.combine(day, time(0), tzinfo=zone or timezone.get_default_timezone())


def _instant(field: AnyField, value: datetime) -> datetime:
    return value if holds_zone(field) else local(value).replace(tzinfo=None)


def _words(value: Any, room: int | None) -> str:
    if isinstance(value, datetime):
        shown = local(value)
        if room is None or room >= WITH_DATE:
            return f"{shown:%Y-%m-%d %H:%M:%S}"
        return f"{shown:%H:%M:%S}" if room >= WITH_SECONDS else f"{shown:%H:%M}"
    if isinstance(value, timedelta):
        hours, minutes = divmod(int(value // MINUTE), 60)
        return f"{hours:02}:{minutes:02}"
    return as_text(value)


def _refuse(field: AnyField, value: Any) -> NoReturn:
    message = f"{field.name} is a {type(field).__name__} and cannot hold a {type(value).__name__}"
    raise Unmappable(message)
