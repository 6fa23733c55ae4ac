"""A simulated terminal that fails on demand."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from attendance_devices.simulators.zkteco import Faults, Profile, SimulatedPunch, SimulatedUser, Terminal
from tests.simulators.wire import Wire

START = datetime(2026, 1, 5, 9)


PRIYA = SimulatedUser(user_id="107", uid=7, name="Priya Nair")


PUNCHES = [SimulatedPunch(user_id="107", at=START + timedelta(minutes=i)) for i in range(100)]


@contextmanager
def failing(faults: Faults, *, udp: bool = False, profile: Profile | None = None) -> Iterator[tuple[Terminal, Wire]]:
    """A terminal with faults, and a client that is connected before they begin."""
    terminal = Terminal(profile=profile, users=[PRIYA], punches=PUNCHES, clock=lambda: START)
    with terminal.serve() as address, Wire(address, udp=udp) as client:
        client.connect()
        terminal.faults = faults
        yield terminal, client
