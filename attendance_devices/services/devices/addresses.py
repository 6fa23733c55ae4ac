"""How a stored device is reached."""

from dataclasses import dataclass
from zoneinfo import ZoneInfoNotFoundError

from attendance_devices import conf
from attendance_devices.domain.devices.device import DeviceAddress, Transport
from attendance_devices.drivers.registry import DRIVERS
from attendance_devices.exceptions import AddressInvalid, SecretUnreadable, Unauthorised
from attendance_devices.models import Device
from attendance_devices.redaction import know

CIPHERTEXT = "gAAAA"
"""How a Fernet token starts; the field hands it out as it is when no key opens it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimits:
    """How long somebody is ready to wait for a terminal, where that is less than the settings allow."""

    connect_seconds: float
    session_seconds: float


def address_of(device: Device, patience: TimeLimits | None = None) -> DeviceAddress:
    """The address of a device, secrets included. Raises the `DeviceError` of whatever cannot be used as stored."""
    settings = conf.load()
    asked = patience or TimeLimits(connect_seconds=settings.answer_seconds, session_seconds=settings.session_seconds)
    _check(device)
    return DeviceAddress(
        host=device.address,
        port=device.port,
        transport=Transport(device.transport),
        comm_key=_comm_key(device),
        username=_secret(device, "username"),
        password=_secret(device, "password"),
        encoding=device.encoding,
        record_size=device.record_size,
        serial_number=device.serial_number,
        connect_seconds=asked.connect_seconds,
        answer_seconds=settings.answer_seconds,
        session_seconds=min(asked.session_seconds, settings.session_seconds),
    )


def _check(device: Device) -> None:
    """What a form refuses, an import or a fixture may still have stored."""
    if device.vendor not in DRIVERS:
        raise AddressInvalid(device.name, f"no driver is called {device.vendor!r}", next_step="Correct its vendor.")
    if device.transport not in set(Transport):
        raise AddressInvalid(device.name, f"its transport is {device.transport!r}", next_step="Set it to TCP or UDP.")
    try:
        _ = device.zone
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        happened = f"its time zone {device.timezone!r} is unknown"
        raise AddressInvalid(device.name, happened, next_step="Write the time zone as Asia/Karachi.") from error


def _secret(device: Device, field: str) -> str:
    value = getattr(device, field) or ""
    if value.startswith(CIPHERTEXT):
        raise SecretUnreadable(device.name, f"its stored {field.replace('_', ' ')} cannot be decrypted")
    know(value)
    return str(value)


def _comm_key(device: Device) -> int:
    text = _secret(device, "comm_key").strip() or "0"
    if not (text.isascii() and text.isdigit()) or int(text) > 0xFFFFFFFF:
        raise Unauthorised(device.name, "its stored comm key is not a number")
    return int(text)
