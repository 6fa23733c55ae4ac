"""What we would write for each day: values in the classes of the CRM's columns, or the reason why there are none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo
from typing import Any

from django.db import models

from attendance_devices.domain.days.status import NEAREST, DayStatus
from attendance_devices.domain.posting.host_row import HostRow
from attendance_devices.hosts.rows.table import PERSON, HostColumn, HostTable
from attendance_devices.hosts.schema import natural_keys
from attendance_devices.hosts.schema.conversion import Unmappable, as_text, fit, on_clock
from attendance_devices.hosts.schema.fields import AnyField
from attendance_devices.hosts.schema.person_path import attribute, person, person_model, related_part, users

Spellings = Mapping[tuple[str, str], Any]
"""Column and text -> the key of the row that the text names."""
WhyUntold = Callable[[HostRow], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDraft:
    """One day, ready to be compared and written."""

    row: HostRow
    person: Any = None
    """What the row's foreign key to the person stores."""
    who: models.Model | None = None
    """The person, or the user who has none."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Column -> value: compared with a row that exists."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Column -> value given once, when the row is made: the department of that day stays the department of that day."""
    parent: Mapping[str, Any] = field(default_factory=dict)
    """Column of the parent row -> value."""
    problem: str = ""
    zone: tzinfo | None = None
    """By whose clock the day of a row of the CRM is told, where an instant of it holds the day."""
    untold: str = ""
    """Why the CRM is not told of this day; then there are no values."""

    @property
    def key(self) -> tuple[str, date]:
        """Whose day it is."""
        return as_text(self.person), self.row.date

    @property
    def name(self) -> str:
        """The person in words; only asked for when something is to be told, because the CRM may query for it."""
        return str(self.who)

    @property
    def wanted(self) -> dict[str, str]:
        """`values` as text."""
        return {name: as_text(value) for name, value in self.values.items()}


def draft_rows(shape: HostTable, rows: Sequence[HostRow], untold: WhyUntold) -> list[RowDraft]:
    """A draft for each row, in order, in a constant number of queries."""
    people = users({row.employee for row in rows}, _fetch_along(shape))
    why = [untold(row) for row in rows]
    spellings = _spellings(shape, [row for row, reason in zip(rows, why, strict=True) if not reason])
    return [
        replace(_draft(shape, row, people.get(row.employee), None), untold=reason)
        if reason
        else _draft(shape, row, people.get(row.employee), spellings)
        for row, reason in zip(rows, why, strict=True)
    ]


def _draft(shape: HostTable, row: HostRow, user: models.Model | None, spellings: Spellings | None) -> RowDraft:
    """Without `spellings` only whose day it is."""
    if user is None:
        problem = f"no user has the key {row.employee!r} any more; map the terminal's user to an employee again"
        return RowDraft(row=row, problem=problem)
    found = person(user, shape.person_path)
    if found is None:
        problem = f"user {user} has no {shape.person_path} (PERSON_PATH); create it in the CRM, then post the day again"
        return RowDraft(row=row, who=user, problem=problem)
    key, zone = getattr(found, shape.person.target_field.attname), shape.day_clock(row)
    if spellings is None:
        return RowDraft(row=row, person=key, who=found, zone=zone)
    problem = _two_dates(shape, row)
    if problem:
        return RowDraft(row=row, who=found, problem=problem)
    try:
        return RowDraft(
            row=row,
            person=key,
            who=found,
            zone=zone,
            values={column.field.attname: _value(shape, column, row, spellings) for column in shape.columns},
            fixed=_fixed(shape, row, found),
            parent=_parent(shape, row, found),
        )
    except Unmappable as error:
        return RowDraft(row=row, who=found, problem=str(error))


def _two_dates(shape: HostTable, row: HostRow) -> str:
    """Why times by ``TIME_ZONE`` would not be of the date of the day; empty where they are."""
    own, site = row.zone, shape.clock(row)
    ends = [at for at in (row.check_in, row.check_out) if at is not None]
    if own is None or all(at.astimezone(own).date() == at.astimezone(site).date() for at in ends):
        return ""
    return (
        f"by TIME_ZONE ({site}) the times of {row.date} are of another date than by the terminal's clock ({own}); "
        "leave COLUMN_TIME_ZONE out of ATTENDANCE_DEVICES, or set it to 'device'"
    )


def _value(shape: HostTable, column: HostColumn, row: HostRow, spellings: Spellings) -> Any:
    given = spelled(shape.status_values, column, row)
    if isinstance(column.field, models.ForeignKey) and isinstance(given, str) and given:
        if (column.field.attname, given) not in spellings:
            target = column.field.remote_field.model._meta.label
            message = f"{column.field.name}: no {target} is called {given!r}; create it in the CRM"
            raise Unmappable(message)
        return spellings[column.field.attname, given]
    return _fit(shape, column.field, given, row)


def _fit(shape: HostTable, target: AnyField, given: Any, row: HostRow) -> Any:
    return fit(target, on_clock(target, given, shape.clock(row)))


def spelled(status_values: Mapping[str, Any], column: HostColumn, row: HostRow) -> Any:
    """The fact of `column`; a status in the CRM's spelling."""
    given = getattr(row, column.fact)
    if column.fact != "status":
        return given
    return _status(status_values, column.field, given)


def _status(status_values: Mapping[str, Any], target: AnyField, given: str) -> Any:
    """A CRM that has no word of its own for a status is given the nearest that it has."""
    if given in status_values:
        return status_values[given]
    nearest = NEAREST.get(DayStatus(given), DayStatus(given)).value if given else given
    if isinstance(target, models.BooleanField):
        # Whoever has a status was there: that is what a Boolean column without spellings asks.
        return False if given == DayStatus.ABSENT else status_values.get(nearest, bool(given))
    if nearest in status_values:
        return status_values[nearest]
    choices = [value for value, _ in target.flatchoices]
    is_known = not status_values and not target.is_relation and (not choices or given in choices)
    return given if is_known else nearest


def _fixed(shape: HostTable, row: HostRow, found: models.Model) -> dict[str, Any]:
    fixed: dict[str, Any] = {}
    for name, value in shape.constants.items():
        constant = shape.model._meta.get_field(name)
        fixed[constant.attname] = value.pk if isinstance(value, models.Model) else value  # type: ignore[union-attr]
    for name, path in shape.from_person.items():
        target: Any = shape.model._meta.get_field(name)
        fixed[target.attname] = from_person(target, found, path)
    if shape.day_column is not None:
        fixed[shape.day_column.attname] = fit(shape.day_column, row.date)
    return fixed


def _parent(shape: HostTable, row: HostRow, found: models.Model) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column in shape.parent.keys if shape.parent else ():
        first, _, path = column.fact.partition(".")
        if first == PERSON:
            values[column.field.attname] = from_person(column.field, found, path)
        else:
            given = spelled(shape.status_values, column, row)
            values[column.field.attname] = _fit(shape, column.field, given, row)
    return values


def from_person(target: AnyField, found: models.Model, path: str) -> Any:
    """What lies along `path` on the person (the person itself for an empty path), for the column `target`."""
    try:
        value = attribute(found, path) if path else found
        if isinstance(value, models.Model):
            is_link = isinstance(target, models.ForeignKey) and isinstance(value, target.remote_field.model)
            value = getattr(value, target.target_field.attname) if is_link else str(value)  # type: ignore[attr-defined]
        return fit(target, value)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        message = f"{target.name} is taken from {PERSON}.{path} of {found}: {error}; fill it in the CRM"
        raise Unmappable(message) from error


def _fetch_along(shape: HostTable) -> set[str]:
    paths = list(shape.from_person.values())
    if shape.parent is not None:
        paths += [column.fact.partition(".")[2] for column in shape.parent.keys if column.fact.startswith(f"{PERSON}.")]
    model = person_model(shape.person_path)
    parts = [related_part(model, path.split(".")) for path in paths]
    return {"__".join(filter(None, (shape.person_path, part))) for part in ("", *parts)}


def _spellings(shape: HostTable, rows: Sequence[HostRow]) -> Spellings:
    found: dict[tuple[str, str], Any] = {}
    for column in shape.columns:
        if isinstance(column.field, models.ForeignKey):
            texts = {text for row in rows if isinstance(text := spelled(shape.status_values, column, row), str)}
            named = natural_keys.find(column.field, texts)
            found |= {(column.field.attname, text): key for text, key in named.items()}
    return found
