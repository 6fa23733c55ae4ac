"""A mistake in the settings as a plain value, with its cure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

from attendance_devices.hosts.schema.fields import AnyModel, field_names

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One finding. `code` is stable: people silence it by name."""

    code: str
    """``E…`` stops the project, ``W…`` does not."""
    message: str
    hint: str
    """A line to paste, or a command."""


def line_to_paste(key: str, value: str) -> str:
    """A line for the settings module."""
    return f'ATTENDANCE_DEVICES["{key}"] = {value}'


def columns_hint(key: str, model: AnyModel) -> str:
    """Which names a setting may hold."""
    return f"Use one of its columns: {line_to_paste(key, ' | '.join(repr(name) for name in field_names(model)))}"


def attempt(code: str, hint: str, act: Callable[[], Answer]) -> tuple[Answer | None, list[Fault]]:
    """What `act` answers, or the fault that it raised as `ImproperlyConfigured`."""
    try:
        return act(), []
    except ImproperlyConfigured as error:
        return None, [Fault(code=code, message=str(error), hint=hint)]
