"""From what stands in the setting to typed values. Each raises TypeError or ValueError with what is expected."""

from collections.abc import Callable, Mapping, Sequence, Set
from datetime import time
from typing import Any

from attendance_devices.conf.tables import LeaveSettings, ParentSettings

MOST_DAYS = 36_500
VISIBLE = ("everybody", "office", "department")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
COLUMN_TIME_ZONE = ("device", "site")
ON_EXISTING = ("keep", "fill_empty", "overwrite")


def text(value: Any) -> str:
    """What most keys take."""
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


def _positive(value: Any) -> float:
    if _number(value) == 0:
        message = "a number above zero is expected"
        raise ValueError(message)
    return float(value)


def _days(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_DAYS:
        message = f"a whole number of days, 0 to {MOST_DAYS}, is expected"
        raise TypeError(message)
    return value


def _weekdays(value: Any) -> frozenset[int] | None:
    """Names alone: some count weekdays from Sunday, some from Monday, some from 1."""
    if value is None:
        return None
    if isinstance(value, str) or not isinstance(value, Sequence | Set):
        message = f"a list of weekdays is expected, each one of {', '.join(WEEKDAYS)}"
        raise TypeError(message)
    unknown = [day for day in value if not isinstance(day, str) or day.lower()[:3] not in WEEKDAYS]
    if unknown or not value:
        message = f"{unknown[0]!r} is no weekday" if unknown else "no weekday is named"
        raise ValueError(f"{message}; each is one of {', '.join(WEEKDAYS)}")
    return frozenset(WEEKDAYS.index(day.lower()[:3]) for day in value)


def _one_of(*known: str) -> Callable[[Any], str]:
    def convert(value: Any) -> str:
        if value not in known:
            message = f"one of {', '.join(known)} is expected"
            raise ValueError(message)
        return str(value)

    return convert


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        message = "True or False is expected"
        raise TypeError(message)
    return value


def _addresses(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        message = "a list of mail addresses is expected"
        raise TypeError(message)
    for address in value:
        if not isinstance(address, str) or "@" not in address or not address.isprintable():
            message = f"{address!r} is no mail address"
            raise ValueError(message)
    return tuple(value)


def _optional_addresses(value: Any) -> tuple[str, ...] | None:
    return None if value is None else _addresses(value)


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
        **{key.lower(): text(given[key]) for key in ("MODEL", "USER", "FIRST", "LAST")},
        name=text(given.get("NAME", "")),
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
    "ON_EXISTING": _one_of(*ON_EXISTING),
    "COLUMN_TIME_ZONE": _one_of(*COLUMN_TIME_ZONE),
    "VISIBLE": _one_of(*VISIBLE),
    "EMPLOYEE_LOOKUPS": _mapping,
    "CREATE_USERS": _flag,
    "NEW_USER": _mapping,
    "LEAVE": _leave,
    "WORK_START_TIME": _optional_clock,
    "WORK_END_TIME": _optional_clock,
    "WORK_DAYS": _weekdays,
    "OVERNIGHT_SHIFT": _flag,
    "OVERNIGHT_SHIFT_BUFFER_HOURS": _number,
    "DAY_BOUNDARY": _clock,
    "LATE_GRACE_MINUTES": _number,
    "DOUBLE_TAP_SECONDS": _number,
    "FUTURE_TOLERANCE_MINUTES": _number,
    "RECONCILE_HOURS": _number,
    "POLL_MINUTES": _positive,
    "BACKOFF_MINUTES": _positive,
    "POST_DAYS": _positive,
    "ANSWER_SECONDS": _number,
    "SESSION_SECONDS": _number,
    "OUTLIER_EMAIL_NOTIFICATIONS": _flag,
    "OUTLIER_EMAIL_RECIPIENTS": _addresses,
    "DEVICE_EMAIL_RECIPIENTS": _optional_addresses,
    "DEVICE_DOWN_FAILURES": _number,
    "DEVICE_SILENT_MINUTES": _number,
    "NEARLY_FULL_PERCENT": _number,
    "CLOCK_TOLERANCE_SECONDS": _number,
    "RUN_HISTORY_DAYS": _days,
    "KEEP_PUNCHES_DAYS": _days,
}
"""What is not here is a text."""
