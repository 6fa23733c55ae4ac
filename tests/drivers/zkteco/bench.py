"""A simulated terminal, and a driver's session with it, in a line."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from attendance_devices.domain.devices.device import DeviceAddress, Transport
from attendance_devices.domain.punches.punch import Batch, Cursor
from attendance_devices.drivers.zkteco.driver import ZKTecoDriver, ZKTecoSession
from attendance_devices.simulators.zkteco import Profile, SimulatedPunch, SimulatedUser, Terminal
from tests.drivers.contract import Reading, Told

DRIVER = ZKTecoDriver()
START = datetime(2026, 1, 5, 9)
LAYOUTS = ("40", "49", "16", "8", "8prime")
USERS = tuple(SimulatedUser(user_id=str(100 + i), uid=i + 1, name=f"Person {i}") for i in range(7))
READING_COMMANDS = frozenset({11, 50, 201, 500, 1000, 1001, 1100, 1102, 1502, 1503, 1504})
"""Options, sizes, clock, events, connect, exit, version, auth, free, prepare, read: none of them changes a terminal."""


def simulated(log: Sequence[Told]) -> list[SimulatedPunch]:
    return [SimulatedPunch(user_id=who, at=at) for who, at in log]


def punches(count: int, *, first: int = 0) -> list[SimulatedPunch]:
    return [
        SimulatedPunch(user_id=str(100 + i % 7), at=START + timedelta(minutes=i)) for i in range(first, first + count)
    ]


def told(recorded: Sequence[SimulatedPunch]) -> list[Told]:
    return [Told(punch.user_id, punch.at) for punch in recorded if punch.at is not None]


def terminal(layout: Any = "40", *, log: Sequence[SimulatedPunch] = (), **profile: Any) -> Terminal:
    return Terminal(profile=Profile(record_layout=layout, **profile), users=USERS, punches=log)


def address_of(served: tuple[str, int], *, udp: bool = False, **more: Any) -> DeviceAddress:
    host, port = served
    transport = Transport.UDP if udp else Transport.TCP
    return DeviceAddress(host=host, port=port, transport=transport, **{"answer_seconds": 3.0, **more})


@contextmanager
def session_with(made: Terminal, *, udp: bool = False, **more: Any) -> Iterator[ZKTecoSession]:
    with made.serve() as served, DRIVER.session(address_of(served, udp=udp, **more)) as session:
        yield session


def read(address: DeviceAddress, cursor: Cursor | None = None, *, zone: tzinfo = UTC, whole: bool = False) -> Reading:
    with DRIVER.session(address) as session:
        return Reading(list(session.batches(cursor or {}, zone, whole=whole)))


def read_once(made: Terminal, *, udp: bool = False, zone: tzinfo = UTC, **more: Any) -> Reading:
    with made.serve() as served:
        return read(address_of(served, udp=udp, **more), zone=zone)


def read_until_it_fails(address: DeviceAddress, cursor: Cursor) -> tuple[list[Batch], Exception | None]:
    """The batches that were yielded, and the error that ended them."""
    batches: list[Batch] = []
    try:
        with DRIVER.session(address) as session:
            for batch in session.batches(cursor, UTC):
                batches.append(batch)
    except Exception as error:  # noqa: BLE001 - the test judges which
        return batches, error
    return batches, None
