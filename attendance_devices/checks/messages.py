"""Faults as Django shows them."""

from collections.abc import Iterable

from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's name for it

from attendance_devices.hosts.checks.faults import Fault


def messages(faults: Iterable[Fault]) -> list[CheckMessage]:
    """Errors and warnings with their stable ids."""
    kinds = {"E": Error, "W": Warning}
    return [
        kinds[fault.code[0]](fault.message, hint=fault.hint, id=f"attendance_devices.{fault.code}") for fault in faults
    ]
