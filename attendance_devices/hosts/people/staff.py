"""What the CRM knows of its staff besides attendance: where they belong, since when, and when they are on leave."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings as project
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured, ValidationError
from django.db import models
from django.utils import timezone

from attendance_devices.conf import LeaveSettings, Settings
from attendance_devices.domain.days.absences import Employment
from attendance_devices.domain.shifts.assignments import Unit
from attendance_devices.hosts.schema.conversion import local
from attendance_devices.hosts.schema.fields import AnyModel, chunks, walk

LOOKUPS = ("office_lookup", "department_lookup", "joined_lookup", "left_lookup")
DATES = ("joined_lookup", "left_lookup")


def units(settings: Settings, employees: Collection[str]) -> dict[str, Unit]:
    """Key -> office and department, in one query for each 500; nobody where no lookup is set."""
    found = _values(settings, ("office_lookup", "department_lookup"), employees)
    return {key: Unit(office=_text(office), department=_text(department)) for key, (office, department) in found}


def employment(settings: Settings, employees: Collection[str]) -> dict[str, Employment]:
    """Key -> first and last day of employment, in one query for each 500."""
    found = _values(settings, ("joined_lookup", "left_lookup"), employees)
    return {key: Employment(joined=_day(joined), left=_day(left)) for key, (joined, left) in found}


def leaves(settings: Settings, employees: Collection[str], days: Collection[date]) -> dict[tuple[str, date], str]:
    """Who is on leave when, by the CRM's own table; one query for each 500 people."""
    given = settings.leave
    if given is None or not days:
        return {}
    by_user: dict[str, list[tuple[date, date, str]]] = defaultdict(list)
    for user, first, last, name in _leave_rows(given, employees, days):
        by_user[str(user)].append((_day(first) or date.min, _day(last) or date.max, str(name or "leave")))
    spans = ((user, span) for user, rows in by_user.items() for span in rows)
    return {(user, day): name for user, (first, last, name) in spans for day in days if first <= day <= last}


def _leave_rows(given: LeaveSettings, employees: Collection[str], days: Collection[date]) -> Iterator[Any]:
    model = leave_model(given)
    names = [given.user, given.first, given.last, *([given.name] if given.name else [])]
    # A column of instants is compared by a day more at either end; the dates decide.
    until = _bound(model, given.first, max(days) + timedelta(days=2))
    since = _bound(model, given.last, min(days) - timedelta(days=1))
    for part in chunks(_keys(employees)):
        rows = model._base_manager.filter(
            _not_over(given.last, since), **{f"{given.user}__in": part, f"{given.first}__lt": until}, **given.where
        )
        for row in rows.order_by("pk").values_list(*names):
            yield (*row, *([] if given.name else [""]))


def leave_model(given: LeaveSettings) -> AnyModel:
    """The CRM's table of leaves, each lookup proven. Raises `ImproperlyConfigured`."""
    try:
        model: AnyModel = apps.get_model(given.model)
    except (LookupError, ValueError) as error:
        message = f"ATTENDANCE_DEVICES['LEAVE']['MODEL'] is {given.model!r}: {error}."
        raise ImproperlyConfigured(message) from error
    _proven_user(model, given.user)
    _proven_date(model, given.first, "'LEAVE']['FIRST'")
    _proven_date(model, given.last, "'LEAVE']['LAST'")
    if given.name:
        _proven(model, given.name, "'LEAVE']['NAME'")
    return model


def proven_lookups(settings: Settings) -> dict[str, str]:
    """Name of the setting -> lookup, for those that are set. Raises `ImproperlyConfigured`."""
    given = {name: getattr(settings, name) for name in LOOKUPS if getattr(settings, name)}
    for name, path in given.items():
        prove = _proven_date if name in DATES else _proven
        steps = prove(get_user_model(), path, repr(name.upper()))
        if any(step.one_to_many or step.many_to_many for step in steps):
            raise _wrong(repr(name.upper()), path, "leads to more than one row")
    return given


def _proven(model: AnyModel, path: str, key: str) -> list[Any]:
    """The fields along the path."""
    try:
        return walk(model, path)
    except FieldDoesNotExist as error:
        raise _wrong(key, path, f"leads nowhere from {model._meta.label}") from error


def _proven_date(model: AnyModel, path: str, key: str) -> list[Any]:
    steps = _proven(model, path, key)
    if not isinstance(steps[-1], models.DateField):
        raise _wrong(key, path, f"is no column of dates: {type(steps[-1]).__name__}")
    return steps


def _proven_user(model: AnyModel, path: str) -> None:
    """Another table's keys would be taken for those of users, and give the leaves to somebody else."""
    end, user = _proven(model, path, "'LEAVE']['USER'")[-1], get_user_model()
    if end.is_relation and end.related_model is not user:
        raise _wrong("'LEAVE']['USER'", path, f"leads to {end.related_model._meta.label} and not to {user._meta.label}")


def _wrong(key: str, path: str, why: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"ATTENDANCE_DEVICES[{key}] is {path!r}, which {why}.")


def _values(settings: Settings, names: tuple[str, str], employees: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Key -> what lies at the end of both lookups; None for one that is not set."""
    given = proven_lookups(settings)
    wanted = [given.get(name) for name in names]
    paths = sorted({path for path in wanted if path})
    if not paths:
        return
    for part in chunks(_keys(employees)):
        for row in get_user_model()._base_manager.filter(pk__in=part).order_by().values("pk", *paths):
            yield str(row["pk"]), tuple(row[path] if path else None for path in wanted)


def _keys(employees: Collection[str]) -> list[Any]:
    keys, own = [], get_user_model()._meta.pk
    for employee in sorted(employees):
        try:
            keys.append(own.to_python(employee))
        except (ValidationError, ValueError):
            continue
    return keys


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _day(value: Any) -> date | None:
    return local(value).date() if isinstance(value, datetime) else value


def _bound(model: AnyModel, path: str, day: date) -> date:
    """A day as the column compares it."""
    if not isinstance(walk(model, path)[-1], models.DateTimeField):
        return day
    start = datetime.combine(day, time(0))
    return timezone.make_aware(start) if project.USE_TZ else start


def _not_over(last: str, since: date) -> models.Q:
    """A leave without a last day is not over."""
    return models.Q(**{f"{last}__gte": since}) | models.Q(**{f"{last}__isnull": True})
