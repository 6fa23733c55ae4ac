"""The ``ATTENDANCE_DEVICES`` setting, read late and in one place. `problems` judges it, the checks print that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import time
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from attendance_devices.conf.converters import CONVERTERS, text
from attendance_devices.conf.tables import LeaveSettings, ParentSettings

__all__ = ["KEYS", "SECRETS", "SETTING", "LeaveSettings", "ParentSettings", "Settings", "load", "problems"]
SETTING = "ATTENDANCE_DEVICES"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The setting as typed values. Each field is the key of the same name in capitals."""

    base_template: str = "attendance_devices/base.html"
    """What our pages extend; it needs the blocks ``title`` and ``content``."""
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
    column_time_zone: str = "device"
    """By which clock a column without a zone gets times: the terminal's (``device``), or ``TIME_ZONE`` (``site``)."""
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
    visible: str = "everybody"
    """Whom somebody sees who is no superuser: ``everybody``, or the people of the same ``office`` or ``department``."""
    joined_lookup: str = ""
    """Lookup to the first day of employment; nobody is absent before it."""
    left_lookup: str = ""
    """Lookup to the last day of employment."""
    leave: LeaveSettings | None = None
    """Where the CRM keeps its leaves."""
    work_start_time: time | None = None
    work_end_time: time | None = None
    work_days: frozenset[int] | None = None
    """Weekdays of these hours, Monday is 0. None: not said, so these hours call no day a working day or a day off."""
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
    poll_minutes: float = 5
    """How often a terminal is read that says nothing else."""
    backoff_minutes: float = 60
    """The longest wait before a terminal that fails again and again is tried again."""
    post_days: float = 31
    """How many days back the clock tells the CRM of; all are stored."""
    answer_seconds: float = 10
    session_seconds: float = 300
    outlier_email_notifications: bool = False
    """Mail outliers as they are derived, and the digest of what waits for a person?"""
    outlier_email_recipients: Sequence[str] = ()
    device_email_recipients: Sequence[str] | None = None
    """Who hears of incidents; None: Django's ADMINS, empty: nobody."""
    device_down_failures: float = 3
    """So many failed reads in a row are an incident."""
    device_silent_minutes: float = 60
    """So long without an answer is one too; 0: however long."""
    nearly_full_percent: float = 90
    clock_tolerance_seconds: float = 60
    health_token: str = field(default="", repr=False)
    """What a monitor shows to ``healthz``; empty: only users with the permission see it."""

    run_history_days: int = 90
    """How long it is kept what runs did; the last run of each device always is. 0 is for ever."""
    keep_punches_days: int = 0
    """How long raw punches are kept; 0 is for ever."""


KEYS = {item.name.upper(): item.name for item in fields(Settings)}
SECRETS = frozenset({"HEALTH_TOKEN", "NEW_USER_PASSWORD"})
"""Their values are in no message."""


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
                shown = type(value).__name__ if key in SECRETS else repr(value)
                found.append(f"{SETTING}[{key!r}] cannot be {shown}: {error}.")
    return found


def _raw() -> Mapping[str, Any]:
    raw: Mapping[str, Any] = getattr(settings, SETTING, {})
    return raw


def _convert(key: str, value: Any) -> Any:
    convert: Callable[[Any], Any] = CONVERTERS.get(key, text)
    return convert(value)
