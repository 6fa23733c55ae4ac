"""How a terminal is reached, who it says it is, how it is, and whom it knows."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Transport(StrEnum):
    """How bytes reach a terminal."""

    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAddress:
    """Everything a driver needs to open a session with one terminal."""

    host: str
    """IP address or host name; checked by the driver before use."""
    port: int = 4370
    transport: Transport = Transport.TCP
    comm_key: int = field(default=0, repr=False)
    """The numeric password of a ZK session; 0 is "none"."""
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    encoding: str = "utf-8"
    """Encoding of the names stored in the terminal."""
    record_size: int | None = None
    """Bytes of one log record, for firmware that miscounts its log; None lets the driver find out."""
    serial_number: str = ""
    """The stored serial number; a terminal with another one is refused. Empty accepts any."""
    connect_seconds: float = 10.0
    """The longest wait for the connection itself (by UDP: the first answer), if `answer_seconds` is not shorter."""
    answer_seconds: float = 10.0
    """The longest wait for one answer."""
    session_seconds: float = 300.0
    """The longest a whole session may take, by the wall."""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceIdentity:
    """Who answered. Empty text where the firmware does not say."""

    serial_number: str
    model: str = ""
    firmware: str = ""
    platform: str = ""
    mac: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """How a terminal is at this moment. None where the firmware does not say."""

    clock: datetime | None = None
    """Naive: what its clock shows."""
    users: int | None = None
    records: int | None = None
    user_capacity: int | None = None
    record_capacity: int | None = None


class Privilege(StrEnum):
    """What a person may do at the terminal's own menu."""

    USER = "user"
    ENROLLER = "enroller"
    ADMIN = "admin"
    SUPER_ADMIN = "super_admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A user as the terminal lists it. The terminal's password for the person never gets this far."""

    device_user_id: str
    name: str = ""
    uid: int | None = None
    """The slot in the terminal; reused after a deletion, so never a key."""
    privilege: Privilege = Privilege.USER
    card: str = ""
    enabled: bool = True
