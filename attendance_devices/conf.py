"""The ``ATTENDANCE_DEVICES`` setting, read late and in one place. `problems` judges it, the checks print that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import time
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SETTING = "ATTENDANCE_DEVICES"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentSettings:
    """A row above the attendance row (one a department and day, say) that is found or made first."""

    model: str
    """``app_label.Model``."""
    field: str
    """The foreign key of the attendance model that points to it."""
    keys: Mapping[str, str]
    """Field of the parent -> fact of the row (``date``, ``person.department``…)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveSettings:
    """The CRM's table of leaves: one row for a stretch of days, or for one day."""

    model: str
    """``app_label.Model``."""
    user: str
    """Lookup from the leave to the user (``user``, ``employee__user``)."""
    first: str
    """The field of the first day."""
    last: str
    """The field of the last day; the same as `first` where a row is one day."""
    name: str = ""
    """Lookup to what the leave is called; empty: "leave"."""
    where: Mapping[str, Any] = field(default_factory=dict)
    """Which rows count (``{"status": "approved"}``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The setting as typed values. Each field is the key of the same name in capitals."""

    host: str = "attendance_devices.hosts.declared.DeclaredHost"
    """Dotted path of the `Host` that knows the CRM."""
    attendance_model: str = ""
    """``app_label.Model`` of the CRM's own attendance; empty means record only."""
    person_path: str = ""
    """How to reach, from a user, what the attendance row points to: ``""`` (the user) or ``"employee"``…"""
    person_field: str = "user"
    date_field: str = "date"
    check_in_field: str = "check_in"
    check_out_field: str = "check_out"
    status_field: str = ""
    status_values: Mapping[str, Any] = field(default_factory=dict)
    """Our status (present, late, missing_check_out) -> the CRM's spelling."""
    extra_fields: Mapping[str, str] = field(default_factory=dict)
    """Field of the CRM -> fact: check_in, check_out, worked, late, early, overtime, device, office, shift."""
    constants: Mapping[str, Any] = field(default_factory=dict)
    """Field of the CRM -> a value that is always the same; for a foreign key the primary key."""
    from_person: Mapping[str, str] = field(default_factory=dict)
    """Field of the CRM -> attribute path on the person (``department``, ``employee.company``)."""
    parent: ParentSettings | None = None
    on_existing: str = "fill_empty"
    """``keep``, ``fill_empty`` or ``overwrite`` rows that were in the CRM before us; see `OnExisting`."""
    employee_lookups: Mapping[str, str] = field(
        default_factory=lambda: {"biometric_id": "biometric_id", "employee_id": "employee_id", "username": "username"}
    )
    """Name of a key -> lookup from the user model that holds it, in order of preference."""
    create_users: bool = False
    new_user: Mapping[str, Any] = field(default_factory=dict)
    """Field of the user model -> value of created accounts; text may hold {device_user_id} {name} {office} {device}."""
    new_user_password: str = field(default="", repr=False)
    """Empty: created accounts get an unusable password."""
    office_lookup: str = ""
    """Lookup from the user model to the office (``office``, ``employee__branch__code``); empty: not known."""
    department_lookup: str = ""
    joined_lookup: str = ""
    """Lookup to the first day of employment; nobody is absent before it."""
    left_lookup: str = ""
    """Lookup to the last day of employment."""
    leave: LeaveSettings | None = None
    """Where the CRM keeps its leaves."""
    work_start_time: time | None = None
    work_end_time: time | None = None
    overnight_shift: bool = False
    """Do these hours run into the next day? Then punches belong to it for so many hours after its end:"""
    overnight_shift_buffer_hours: float = 4
    day_boundary: time = time(0)
    """Where the day of a person without a shift begins."""
    late_grace_minutes: float = 0
    double_tap_seconds: float = 60
    future_tolerance_minutes: float = 10
    """How far ahead of ours a terminal's clock may run before its punches wait for a person."""
    reconcile_hours: float = 24
    """How often the whole log is read again and compared."""
    answer_seconds: float = 10
    session_seconds: float = 300
    run_history_days: int = 90
    """How long it is kept what runs did; the last run of each device always is. 0 is for ever."""
    keep_punches_days: int = 0
    """How long raw punches are kept; 0 is for ever."""


KEYS = {item.name.upper(): item.name for item in fields(Settings)}
MOST_DAYS = 36_500
ON_EXISTING = ("keep", "fill_empty", "overwrite")


def load() -> Settings:
    """The settings now. Raises `ImproperlyConfigured`, naming every key that is wrong."""
    wrong = problems()
    if wrong:
        raise ImproperlyConfigured(" ".join(wrong))
    return Settings(**{KEYS[key]: _convert(key, value) for key, value in _raw().items()})


def problems() -> list[str]:
    """What is wrong with the setting by itself, a sentence each; empty when it can be loaded."""
    raw = getattr(settings, SETTING, {})
    if not isinstance(raw, Mapping):
        return [f"{SETTING} must be a dict, not {type(raw).__name__}."]
    found = [f"{SETTING}[{key!r}] is not a setting of this app." for key in raw if key not in KEYS]
    for key, value in raw.items():
        if key in KEYS:
            try:
                _convert(key, value)
            except (TypeError, ValueError, KeyError) as error:
                found.append(f"{SETTING}[{key!r}] cannot be {value!r}: {error}.")
    return found


def _raw() -> Mapping[str, Any]:
    raw: Mapping[str, Any] = getattr(settings, SETTING, {})
    return raw


def _convert(key: str, value: Any) -> Any:
    convert: Callable[[Any], Any] = CONVERTERS.get(key, _text)
    return convert(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        message = "a text is expected"
        raise TypeError(message)
    return value


def _clock(value: Any) -> time:
    return value if isinstance(value, time) else time.fromisoformat(value)


def _optional_clock(value: Any) -> time | None:
    return None if value is None else _clock(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        message = "a dict with texts as keys is expected"
        raise TypeError(message)
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        message = "a number, zero or more, is expected"
        raise TypeError(message)
    return float(value)


def _days(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_DAYS:
        message = f"a whole number of days, 0 to {MOST_DAYS}, is expected"
        raise TypeError(message)
    return value


def _on_existing(value: Any) -> str:
    if value not in ON_EXISTING:
        message = f"one of {', '.join(ON_EXISTING)} is expected"
        raise ValueError(message)
    return str(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        message = "True or False is expected"
        raise TypeError(message)
    return value


def _leave(value: Any) -> LeaveSettings | None:
    if value is None:
        return None
    given = _mapping(value)
    missing = {"MODEL", "USER", "FIRST", "LAST"} - set(given)
    unknown = set(given) - {"MODEL", "USER", "FIRST", "LAST", "NAME", "WHERE"}
    if missing or unknown:
        message = "the keys MODEL, USER, FIRST and LAST are expected, and perhaps NAME and WHERE"
        raise ValueError(message)
    return LeaveSettings(
        **{key.lower(): _text(given[key]) for key in ("MODEL", "USER", "FIRST", "LAST")},
        name=_text(given.get("NAME", "")),
        where=_mapping(given.get("WHERE", {})),
    )


def _parent(value: Any) -> ParentSettings | None:
    if value is None:
        return None
    given = _mapping(value)
    if set(given) != {"MODEL", "FIELD", "KEYS"}:
        message = "the keys MODEL, FIELD and KEYS are expected"
        raise ValueError(message)
    return ParentSettings(model=str(given["MODEL"]), field=str(given["FIELD"]), keys=_mapping(given["KEYS"]))


CONVERTERS: Mapping[str, Callable[[Any], Any]] = {
    "STATUS_VALUES": _mapping,
    "EXTRA_FIELDS": _mapping,
    "CONSTANTS": _mapping,
    "FROM_PERSON": _mapping,
    "PARENT": _parent,
    "ON_EXISTING": _on_existing,
    "EMPLOYEE_LOOKUPS": _mapping,
    "CREATE_USERS": _flag,
    "NEW_USER": _mapping,
    "LEAVE": _leave,
    "WORK_START_TIME": _optional_clock,
    "WORK_END_TIME": _optional_clock,
    "OVERNIGHT_SHIFT": _flag,
    "OVERNIGHT_SHIFT_BUFFER_HOURS": _number,
    "DAY_BOUNDARY": _clock,
    "LATE_GRACE_MINUTES": _number,
    "DOUBLE_TAP_SECONDS": _number,
    "FUTURE_TOLERANCE_MINUTES": _number,
    "RECONCILE_HOURS": _number,
    "ANSWER_SECONDS": _number,
    "SESSION_SECONDS": _number,
    "RUN_HISTORY_DAYS": _days,
    "KEEP_PUNCHES_DAYS": _days,
}
"""What is not here is a text."""
