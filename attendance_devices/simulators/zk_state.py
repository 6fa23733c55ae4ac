"""What a simulated ZKTeco terminal remembers (people, log, clock) and what happened to it."""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from attendance_devices.simulators.zk_faults import FaultPlan
from attendance_devices.simulators.zk_profile import Profile, SimulatedPunch, SimulatedUser
from attendance_devices.simulators.zk_records import (
    RECORD_SIZES,
    SENTINEL,
    TIME_OFFSETS,
    encode_punch,
    encode_user,
)

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """This machine's naive wall clock: what a terminal on this wall would show."""
    return datetime.now()  # noqa: DTZ005 - terminals know no zone


class Memory:
    """Users, log, options and clock. Thread-safe; the log is kept encoded, so that serving it is cheap."""

    def __init__(self, profile: Profile, clock: Clock = wall_clock) -> None:
        self.profile = profile
        self.lock = threading.RLock()
        self.disabled = False
        self.written_options: dict[str, str] = {}
        self._clock = clock
        self._offset = timedelta(0)
        self._users: tuple[SimulatedUser, ...] = ()
        self._uids: dict[str, int] = {}
        self._log = bytearray()

    @property
    def record_size(self) -> int:
        """Bytes of one attendance record."""
        return RECORD_SIZES[self.profile.record_layout]

    @property
    def users(self) -> tuple[SimulatedUser, ...]:
        """The people the terminal knows."""
        return self._users

    def set_users(self, users: Iterable[SimulatedUser]) -> None:
        """Know these people and no others."""
        with self.lock:
            self._users = tuple(users)
            self._uids = {user.user_id: user.uid for user in self._users}

    def put_user(self, user: SimulatedUser) -> None:
        """Write a person into a slot, over whoever had it."""
        with self.lock:
            self.set_users([*(known for known in self._users if known.uid != user.uid), user])

    def delete_user(self, uid: int) -> bool:
        """Empty a slot; False when it was empty."""
        with self.lock:
            left = [user for user in self._users if user.uid != uid]
            found = len(left) < len(self._users)
            self.set_users(left)
            return found

    def uid_of(self, punch: SimulatedPunch) -> int:
        """The slot a punch is stored under: given, looked up, or the number the person typed."""
        if punch.uid is not None:
            return punch.uid
        typed = int(punch.user_id) & 0xFFFF if punch.user_id.isdecimal() else 0
        return self._uids.get(punch.user_id, typed)

    @property
    def now(self) -> datetime:
        """The terminal's naive wall clock."""
        return self._clock() + self._offset

    @now.setter
    def now(self, at: datetime) -> None:
        self._offset = at - self._clock()

    @property
    def record_count(self) -> int:
        """Whole records in the log."""
        return len(self._log) // self.record_size

    def append(self, punches: Iterable[SimulatedPunch]) -> None:
        """Record punches in the order given; a full log first loses its oldest `rollover` records."""
        with self.lock:
            for punch in punches:
                self.append_raw(encode_punch(punch, self.profile.record_layout, self.uid_of(punch)))

    def append_raw(self, record: bytes) -> None:
        """Record bytes as they are, whatever they are."""
        with self.lock:
            if self.record_count >= self.profile.log_capacity:
                self.delete_oldest(max(self.profile.rollover, 1))
            self._log += record

    def delete_oldest(self, count: int) -> None:
        """Delete the oldest records, as a terminal does whose log is full."""
        with self.lock:
            del self._log[: count * self.record_size]

    def replace_log(self, raw: bytes = b"") -> None:
        """The log holds these encoded records and no others."""
        with self.lock:
            self._log = bytearray(raw)

    def log_bytes(self) -> bytes:
        """A snapshot of the encoded log."""
        with self.lock:
            return bytes(self._log)

    def log_block(self) -> bytes:
        """The log as bulk reads carry it: behind the sentinel, if this firmware has one."""
        return self._sentinel + self.log_bytes()

    def log_between(self, first: int, last: int) -> bytes:
        """The records whose encoded time lies between two encoded times, both included."""
        log, size, offset = self.log_bytes(), self.record_size, TIME_OFFSETS[self.profile.record_layout]
        chosen = (
            log[start : start + size]
            for start in range(0, len(log), size)
            if first <= int.from_bytes(log[start + offset : start + offset + 4], "little") <= last
        )
        return self._sentinel + b"".join(chosen)

    def user_block(self) -> bytes:
        """All users, encoded."""
        profile = self.profile
        return b"".join(encode_user(user, profile.user_size, profile.encoding) for user in self._users)

    @property
    def _sentinel(self) -> bytes:
        return SENTINEL if self.profile.sentinel else b""


class Ledger:
    """What clients did to the terminal. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._journal: list[tuple[int, bytes]] = []
        self._open: set[int] = set()
        self._gone: dict[int, Callable[[], bool]] = {}
        self.bytes_sent = 0
        self.connections = 0
        self.peak_sessions = 0
        self.bad_checksums = 0

    @property
    def journal(self) -> list[tuple[int, bytes]]:
        """(command, data) of every request that was understood, in order of arrival; a copy."""
        with self._lock:
            return list(self._journal)

    def note(self, command: int, data: bytes) -> None:
        """A request was understood."""
        with self._lock:
            self._journal.append((command, data))

    def connected(self, is_gone: Callable[[], bool]) -> int:
        """A client connected; its number, from 1. `is_gone` tells whether it has hung up."""
        with self._lock:
            self.connections += 1
            self._gone[self.connections] = is_gone
            return self.connections

    def opened(self, link: int) -> None:
        """The client has a session."""
        with self._lock:
            self._open.add(link)
            # A late answer may still be due to a client that was killed: that is not a second one.
            there = sum(not self._gone[number]() for number in self._open)
            self.peak_sessions = max(self.peak_sessions, there)

    def closed(self, link: int) -> None:
        """The client has no session any more."""
        with self._lock:
            self._open.discard(link)

    def disconnected(self, link: int) -> None:
        """The connection is no more."""
        with self._lock:
            del self._gone[link]

    def sent(self, count: int) -> None:
        """So many bytes left the terminal."""
        with self._lock:
            self.bytes_sent += count

    def bad_packet(self) -> None:
        """A packet was dropped for its checksum or form."""
        with self._lock:
            self.bad_checksums += 1


class Machine:
    """Everything the sessions of one terminal share."""

    def __init__(self, memory: Memory, plan: FaultPlan) -> None:
        self.memory = memory
        self.plan = plan
        self.ledger = Ledger()
        self._sessions = 0x1000

    def new_session(self) -> int:
        """The next session id: a counter, as on real terminals, and never 0."""
        self._sessions = self._sessions % 0xFFFE + 1
        return self._sessions
