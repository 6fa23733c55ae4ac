"""The driver contract, kept for ZKTeco and eSSL terminals."""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, tzinfo

from attendance_devices.domain.devices.device import DeviceAddress, DeviceIdentity, DeviceStatus, Enrolment
from attendance_devices.domain.punches.punch import Batch, Cursor, Hint
from attendance_devices.drivers.base import Driver, Ear, LogFile
from attendance_devices.drivers.zkteco import people
from attendance_devices.drivers.zkteco.attendance import clock
from attendance_devices.drivers.zkteco.attlog import Attlog
from attendance_devices.drivers.zkteco.events import hint
from attendance_devices.drivers.zkteco.log import LENGTH_FIELD, LogReader
from attendance_devices.drivers.zkteco.session import (
    ACK_OK,
    GET_FREE_SIZES,
    GET_TIME,
    GET_VERSION,
    OPTIONS_RRQ,
    STEP,
    USERS_OF_USERTEMP,
    USERTEMP_RRQ,
    Connection,
    Prepared,
)
from attendance_devices.drivers.zkteco.writing import WritingSession
from attendance_devices.exceptions import ProtocolError, ShortTransfer, UnknownLayout, Unsupported, WrongDevice

USERS, RECORDS, USER_CAPACITY, RECORD_CAPACITY = 4, 8, 15, 16
"""Places in the table of sizes, which has 20 numbers or more (captured; vendor manual)."""
TABLE_NUMBERS = 20
ENCODING_ADVICE = "Enter an encoding that Python knows, such as utf-8, gbk, cp1256 or cp1252."


class ZKTecoSession(WritingSession):
    """One conversation with one terminal. What is here only asks; what writes is in `WritingSession`."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.address = connection.address

    def identity(self) -> DeviceIdentity:
        code, version = self.connection.ask(GET_VERSION)
        return DeviceIdentity(
            serial_number=self._option("~SerialNumber"),
            model=self._option("~DeviceName"),
            firmware=_text(version) if code == ACK_OK else "",
            platform=self._option("~Platform"),
            mac=self._option("MAC"),
        )

    def check_serial(self) -> None:
        """Raises `WrongDevice` if the stored serial number is another one."""
        stored = self.address.serial_number
        found = self._option("~SerialNumber") if stored else ""
        if found != stored:
            happened = f"the terminal with serial number {found or 'unknown'} answers, {stored} was expected"
            raise WrongDevice(self.connection.subject, happened)

    def status(self) -> DeviceStatus:
        sizes = self._sizes()
        return DeviceStatus(
            clock=self.clock(),
            users=sizes.get(USERS),
            records=sizes.get(RECORDS),
            user_capacity=sizes.get(USER_CAPACITY),
            record_capacity=sizes.get(RECORD_CAPACITY),
        )

    def clock(self) -> datetime | None:
        code, data = self.connection.ask(GET_TIME)
        return clock(data) if code == ACK_OK else None

    def enrolments(self) -> Sequence[Enrolment]:
        if not people.can_decode(self.address.encoding):
            happened = f"names in the encoding {self.address.encoding!r} cannot be read"
            raise Unsupported(self.connection.subject, happened, next_step=ENCODING_ADVICE)
        before = self._sizes().get(USERS)
        prepared = self.connection.prepare(USERTEMP_RRQ, USERS_OF_USERTEMP)
        counts = [count for count in (before, self._sizes().get(USERS)) if count]
        body = prepared.size - LENGTH_FIELD
        if body <= 0:
            self.connection.free()
            return []
        sizes = people.user_sizes(body, min(counts, default=0), max(counts, default=body))
        raw = self._data_set(prepared) if sizes else b""
        self.connection.free()
        size = people.user_size(raw, sizes)
        if size is None:
            raise UnknownLayout(self.connection.subject, f"its {body} bytes for {counts} people fit no known record")
        return list(people.enrolments(raw, size, self.address.encoding))

    def batches(self, cursor: Cursor, zone: tzinfo, *, whole: bool = False) -> Iterator[Batch]:
        reader = LogReader(self.connection, zone, self._slots)
        return reader.batches(cursor, lambda: self._sizes().get(RECORDS), whole=whole)

    @contextmanager
    def listen(self) -> Iterator[Ear]:
        self.connection.register()
        try:
            yield ZKTecoEar(self.connection)
        finally:
            self.connection.unregister()

    def _data_set(self, prepared: Prepared) -> bytes:
        """All of a small data set, without the length in front of it. Raises `ShortTransfer`."""
        step = STEP[self.address.transport]
        starts = range(0, prepared.size, step)
        raw = b"".join(self.connection.read(prepared, at, min(step, prepared.size - at)) for at in starts)
        body, announced = prepared.size - LENGTH_FIELD, int.from_bytes(raw[:LENGTH_FIELD], "little")
        if announced != body:
            raise ShortTransfer(self.connection.subject, f"it announced {body} bytes of people, and then {announced}")
        return raw[LENGTH_FIELD:]

    def _slots(self) -> Mapping[bytes | int, str]:
        return {person.uid: person.device_user_id for person in self.enrolments() if person.uid is not None}

    def _sizes(self) -> dict[int, int]:
        code, data = self.connection.ask(GET_FREE_SIZES)
        if code != ACK_OK or len(data) < TABLE_NUMBERS * 4:
            return {}
        table = enumerate(struct.unpack_from(f"<{TABLE_NUMBERS}i", data))
        return {place: number for place, number in table if number >= 0}

    def _option(self, name: str) -> str:
        """The value of an option; empty where the firmware does not know it."""
        code, data = self.connection.ask(OPTIONS_RRQ, name.encode() + b"\0")
        if code != ACK_OK:
            return ""
        key, _, value = _text(data).partition("=")
        if key.lstrip("~") != name.lstrip("~"):
            raise ProtocolError(self.connection.subject, f"asked for {name}, it answered {key!r}")
        return value


class ZKTecoEar(Ear):
    """Hears the events of one registered session."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def wait(self, seconds: float, *, then: float = 60.0) -> Sequence[Hint]:
        self.connection.hear(seconds, then=then)
        events = self.connection.events
        return [hint(events.popleft()) for _ in range(len(events))]


class ZKTecoDriver(Driver):
    """ZKTeco and eSSL, by TCP or UDP."""

    label = "ZKTeco / eSSL"
    default_port = 4370
    supports_udp = True
    supports_live = True
    supports_set_clock = True
    supports_clear_log = True
    supports_restart = True
    supports_files = True

    @contextmanager
    def session(self, address: DeviceAddress) -> Iterator[ZKTecoSession]:
        connection = Connection(address)
        try:
            connection.open()
            session = ZKTecoSession(connection)
            session.check_serial()
            yield session
        finally:
            connection.close()

    def log_file(self, chunks: Iterable[bytes], *, name: str, zone: tzinfo, encoding: str = "") -> LogFile:
        return Attlog(chunks, name, zone, encoding)


def _text(data: bytes) -> str:
    return data.split(b"\0", 1)[0].decode("utf-8", errors="replace").strip()
