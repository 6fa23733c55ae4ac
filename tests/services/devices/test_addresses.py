"""How a stored device is reached, and what is said when what is stored cannot be used."""

import pytest

from attendance_devices.domain.devices.device import Transport
from attendance_devices.exceptions import AddressInvalid, DeviceError, SecretUnreadable, Unauthorised
from attendance_devices.models import Device
from attendance_devices.services.devices.addresses import address_of
from tests.builders.crm import device, setting

pytestmark = pytest.mark.django_db


def test_everything_that_a_session_needs_is_there(settings: pytest.FixtureRequest) -> None:
    settings.ATTENDANCE_DEVICES = setting(ANSWER_SECONDS=3, SESSION_SECONDS=60)  # type: ignore[attr-defined]
    stored = device(
        address="gate.example",
        port=4371,
        transport="udp",
        comm_key="1234",
        username="admin",
        password="secret",
        encoding="gb2312",
        record_size=16,
        serial_number="X1",
    )

    found = address_of(Device.objects.get(pk=stored.pk))

    assert (found.host, found.port, found.transport, found.comm_key) == ("gate.example", 4371, Transport.UDP, 1234)
    assert (found.username, found.password, found.encoding) == ("admin", "secret", "gb2312")
    assert (found.record_size, found.serial_number, found.answer_seconds, found.session_seconds) == (16, "X1", 3, 60)
    assert "secret" not in repr(found)
    assert "1234" not in repr(found)


@pytest.mark.parametrize("nothing", [None, "", " "])
def test_no_comm_key_is_zero(nothing: str | None) -> None:
    assert address_of(device(comm_key=nothing)).comm_key == 0


@pytest.mark.parametrize(
    ("facts", "kind", "says"),
    [
        ({"comm_key": "abc"}, Unauthorised, "comm key is not a number"),
        ({"comm_key": "-1"}, Unauthorised, "comm key is not a number"),
        ({"comm_key": "٣"}, Unauthorised, "comm key is not a number"),
        ({"comm_key": str(1 << 32)}, Unauthorised, "comm key is not a number"),
        ({"password": "gAAAAunreadable"}, SecretUnreadable, "Restore SECRET_KEY"),
        ({"timezone": "Mars/Olympus"}, AddressInvalid, "time zone 'Mars/Olympus' is unknown. Write"),
        ({"timezone": "../etc/passwd"}, AddressInvalid, "is unknown"),
        ({"timezone": ""}, AddressInvalid, "is unknown"),
        ({"transport": "ip"}, AddressInvalid, "Set it to TCP or UDP"),
        ({"vendor": "acme"}, AddressInvalid, "no driver is called 'acme'. Correct its vendor"),
    ],
)
def test_what_cannot_be_used_as_stored_says_what_to_do(
    facts: dict[str, str], kind: type[DeviceError], says: str
) -> None:
    with pytest.raises(kind) as caught:
        address_of(device(**facts))

    assert says in str(caught.value)
    assert str(caught.value).startswith("Gate: ")
