"""Who a terminal is and whom it knows: values that keep a secret."""

from dataclasses import FrozenInstanceError, fields

import pytest

from attendance_devices.domain.devices.device import DeviceAddress, DeviceStatus, Enrolment, Privilege, Transport

ADDRESS = DeviceAddress(host="10.0.0.9", comm_key=983039, username="root-user", password="hunter22")


@pytest.mark.parametrize("written", [repr(ADDRESS), str(ADDRESS), f"{ADDRESS}"], ids=["repr", "str", "format"])
def test_secrets_are_never_written(written: str) -> None:
    assert not any(secret in written for secret in ("983039", "root-user", "hunter22"))


def test_an_address_is_named_by_host_and_port() -> None:
    assert str(ADDRESS) == "10.0.0.9:4370"


def test_an_address_is_tcp_with_no_key_unless_it_says_otherwise() -> None:
    address = DeviceAddress(host="gate")

    assert (address.transport, address.comm_key, address.record_size) == (Transport.TCP, 0, None)


def test_an_address_never_changes() -> None:
    with pytest.raises(FrozenInstanceError):
        ADDRESS.host = "other"  # type: ignore[misc]


def test_an_enrolment_has_no_room_for_a_password() -> None:
    assert not [field.name for field in fields(Enrolment) if "pass" in field.name]


def test_a_status_says_nothing_that_the_firmware_did_not() -> None:
    assert all(getattr(DeviceStatus(), field.name) is None for field in fields(DeviceStatus))


def test_an_enrolled_person_is_a_user_and_enabled_by_default() -> None:
    person = Enrolment(device_user_id="7")

    assert (person.privilege, person.enabled) == (Privilege.USER, True)
