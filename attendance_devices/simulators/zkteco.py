"""A ZKTeco terminal on real sockets: declare what it holds, serve it, make it fail.

::

    terminal = Terminal(users=[SimulatedUser(user_id="7", uid=7, name="Priya Nair")])
    with terminal.serve() as (host, port):
        terminal.punch("7")
        terminal.faults = Faults(close_after_bytes=100)
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from attendance_devices.simulators.zk_faults import NO_FAULTS, FaultPlan, Faults, parse_faults
from attendance_devices.simulators.zk_profile import Profile, RecordLayout, SimulatedPunch, SimulatedUser
from attendance_devices.simulators.zk_records import encode_event
from attendance_devices.simulators.zk_server import Server
from attendance_devices.simulators.zk_state import Clock, Machine, Memory, wall_clock

__all__ = [
    "Faults",
    "Profile",
    "RecordLayout",
    "SimulatedPunch",
    "SimulatedUser",
    "Terminal",
    "parse_faults",
]


class Terminal:
    """One simulated terminal. Every method may be called from any thread while it is served."""

    def __init__(
        self,
        *,
        profile: Profile | None = None,
        users: Iterable[SimulatedUser] = (),
        punches: Iterable[SimulatedPunch] = (),
        raw_log: bytes = b"",
        faults: Faults = NO_FAULTS,
        clock: Clock | None = None,
    ) -> None:
        """:param raw_log: encoded records, put before `punches`: the fast way to a log of 500 000.
        :param clock: returns the terminal's naive wall clock; by default this machine's.
        """
        self.profile = profile or Profile()
        self._memory = Memory(self.profile, clock or wall_clock)
        self._memory.set_users(users)
        self._memory.replace_log(raw_log)
        self._memory.append(punches)
        self._machine = Machine(self._memory, FaultPlan(faults))
        self._server = Server(self._machine)

    # Serving

    def start(self, host: str = "127.0.0.1", port: int = 0, *, udp: bool = True) -> tuple[str, int]:
        """Serve TCP, and UDP on the same port; returns (host, port). Raises OSError if it cannot be had."""
        return self._server.start(host, port, udp=udp)

    def stop(self) -> None:
        """Close every socket and end the thread. What the terminal holds stays; it may start again."""
        self._server.stop()

    @contextlib.contextmanager
    def serve(self, host: str = "127.0.0.1", port: int = 0, *, udp: bool = True) -> Iterator[tuple[str, int]]:
        """Serve inside a `with` block, which gets (host, port)."""
        address = self.start(host, port, udp=udp)
        try:
            yield address
        finally:
            self.stop()

    # What it holds

    def punch(
        self, user_id: str, at: datetime | None = None, *, verify: int = 1, state: int = 0, work_code: int = 0
    ) -> bool:
        """Someone punches at `at` (naive wall clock; None: the terminal's own time); listeners hear of it.

        False while it is disabled: nothing is taken.
        """
        if self.disabled:
            return False
        at = at or self._memory.now
        punch = SimulatedPunch(user_id=user_id, at=at, verify=verify, state=state, work_code=work_code)
        event = encode_event(punch, self.profile.event_size, self._memory.uid_of(punch))
        lag = self.faults.log_lag
        if lag is None:
            self._memory.append([punch])
        self._server.tell(event)
        if lag is not None:
            self._server.later(lag, lambda: self._memory.append([punch]))
        return True

    def tell_raw(self, event: bytes) -> None:
        """Listeners get these bytes as a live event, whatever they are; the log gets nothing."""
        self._server.tell(event)

    def append_raw(self, record: bytes) -> None:
        """Record bytes as they are, whatever they are; no listener hears of it."""
        self._memory.append_raw(record)

    def set_punches(self, punches: Iterable[SimulatedPunch]) -> None:
        """The log holds these and no others."""
        with self._memory.lock:
            self._memory.replace_log()
            self._memory.append(punches)

    def clear_log(self) -> None:
        """Delete every record."""
        self._memory.replace_log()

    def delete_oldest(self, count: int) -> None:
        """Delete the oldest records, as a full terminal does."""
        self._memory.delete_oldest(count)

    def log_bytes(self) -> bytes:
        """The encoded log as it stands, without length and sentinel."""
        return self._memory.log_bytes()

    @property
    def record_count(self) -> int:
        """Whole records in the log."""
        return self._memory.record_count

    @property
    def users(self) -> tuple[SimulatedUser, ...]:
        """The people the terminal knows; assign to change them."""
        return self._memory.users

    @users.setter
    def users(self, users: Iterable[SimulatedUser]) -> None:
        self._memory.set_users(users)

    @property
    def now(self) -> datetime:
        """The terminal's naive wall clock; assign to make it jump."""
        return self._memory.now

    @now.setter
    def now(self, at: datetime) -> None:
        self._memory.now = at

    # What goes wrong

    @property
    def faults(self) -> Faults:
        """The faults in force; assign others at any time, which starts their counts anew."""
        return self._machine.plan.declared

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._machine.plan.replace(faults)

    # What happened

    @property
    def journal(self) -> list[tuple[int, bytes]]:
        """(command, data) of every request with a right checksum: the proof of what a reader did."""
        return self._machine.ledger.journal

    @property
    def disabled(self) -> bool:
        """Has a client locked the keypad and not unlocked it?"""
        return self._memory.disabled

    @property
    def listeners(self) -> int:
        """Clients that are told of punches at this moment."""
        return self._server.listeners

    @property
    def acknowledged(self) -> int:
        """Live events that clients said they got."""
        return self._machine.ledger.acknowledged

    @property
    def restarts(self) -> int:
        """How often a client restarted it."""
        return self._memory.restarts

    @property
    def on_request(self) -> Callable[[int], None] | None:
        """Called with each command before it is carried out, in the terminal's thread; assign to watch or meddle."""
        return self._machine.on_request

    @on_request.setter
    def on_request(self, told: Callable[[int], None] | None) -> None:
        self._machine.on_request = told

    @property
    def bytes_sent(self) -> int:
        """Bytes that left the terminal, TCP tops and doubled datagrams included."""
        return self._machine.ledger.bytes_sent

    @property
    def connections(self) -> int:
        """TCP connections accepted (empty probes too) plus UDP clients, over the terminal's life."""
        return self._machine.ledger.connections

    @property
    def peak_sessions(self) -> int:
        """The most sessions ever open at once."""
        return self._machine.ledger.peak_sessions

    @property
    def bad_checksums(self) -> int:
        """Packets dropped for a wrong checksum or form."""
        return self._machine.ledger.bad_checksums

    @property
    def datagrams_sent(self) -> int:
        """UDP datagrams numbered so far: the index the next one will have in `Faults`."""
        return self._machine.plan.datagrams
