"""What can go wrong with a simulated terminal, declared by data, and what makes it happen."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields

# Long enough for the peer to see two segments, short enough for a fast test.
SEGMENT_GAP = 0.003


@dataclass(frozen=True, kw_only=True, slots=True)
class Faults:
    """What goes wrong. Every default is "nothing"; replaceable while the terminal runs."""

    close_after_bytes: int | None = None
    """Close the TCP connection after so many bytes sent, counted over each connection."""
    reset_after_bytes: int | None = None
    """The same with a reset (RST) instead of an orderly end."""
    stall_after_bytes: int | None = None
    """Send nothing more after so many bytes, but keep the connection open."""
    drip: tuple[int, float] | None = None
    """(bytes, seconds): send everything on TCP in pieces of so many bytes with a pause between them."""
    split_headers: bool = False
    """Send each TCP frame's first five bytes as a segment of their own."""
    join_frames: bool = False
    """Send all frames of one answer as one write, so that TCP joins them."""
    join_events: bool = False
    """Hold live events for a moment, so that those close together share a segment."""
    events_before: int | None = None
    """Hold live events until the next answer to this command, and send them in front of it."""
    events_inside: int | None = None
    """The same, behind its first frame: in a burst, in the middle of the data."""
    log_lag: float | None = None
    """Seconds between a live event and the record in the log, as on firmware that writes its log afterwards."""
    late_answer: float | None = None
    """Seconds every answer is late; later requests on the connection wait behind it, as on real ones."""
    late_command: int | None = None
    """Only answers to this command are late."""
    lose_datagrams: frozenset[int] = frozenset()
    """Outgoing UDP datagrams that never leave; indices from 0, counted over the terminal's life."""
    double_datagrams: frozenset[int] = frozenset()
    """Outgoing UDP datagrams that leave twice."""
    swap_datagrams: frozenset[int] = frozenset()
    """Outgoing UDP datagrams that leave after the next one."""
    punch_during_read: int = 0
    """So many punches are added between a session's first GET_FREE_SIZES and its reading of the log."""
    busy: int = 0
    """The next so many PREPARE_BUFFER requests are answered ACK_ERROR, over all connections."""
    refuse: frozenset[int] = frozenset()
    """Commands answered ACK_UNKNOWN."""
    deny: frozenset[int] = frozenset()
    """Commands answered ACK_ERROR, and not carried out."""
    pretend: frozenset[int] = frozenset()
    """Commands answered ACK_OK, and not carried out: some models take DISABLEDEVICE so (pyzk issues 243, 263)."""
    cut_before: frozenset[int] = frozenset()
    """The connection is closed when one of these arrives, and it is not carried out. By UDP it is lost."""
    cut_after: frozenset[int] = frozenset()
    """These are carried out, and the connection is closed instead of an answer. By UDP the answer is lost."""
    wrong_count: int | None = None
    """GET_FREE_SIZES reports this number of records."""
    wrong_announced: int = 0
    """PREPARE_BUFFER announces that many bytes more than are delivered."""
    limited: int | None = None
    """Only so many connections suffer, counted from when the faults were set; a connection counts when it
    sends its first packet. None: all of them."""


NO_FAULTS = Faults()


def _number_set(text: str) -> frozenset[int]:
    return frozenset(int(part) for part in text.split(","))


def _drip(text: str) -> tuple[int, float]:
    chunk, _, seconds = text.partition(":")
    return max(int(chunk), 1), float(seconds or 0)


def _yes_or_no(text: str) -> bool:
    return {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}[text.lower()]


EXAMPLES = "busy=2, late_answer=0.5, drip=10:0.01, refuse=50,1503, join_frames=yes"

_READERS: dict[str, Callable[[str], object]] = {
    "drip": _drip,
    "split_headers": _yes_or_no,
    "join_frames": _yes_or_no,
    "join_events": _yes_or_no,
    "late_answer": float,
    "log_lag": float,
    "lose_datagrams": _number_set,
    "double_datagrams": _number_set,
    "swap_datagrams": _number_set,
    "refuse": _number_set,
    "deny": _number_set,
    "pretend": _number_set,
    "cut_before": _number_set,
    "cut_after": _number_set,
}


def parse_faults(pairs: Iterable[str]) -> Faults:
    """Faults from texts such as "close_after_bytes=5000", "drip=10:0.01", "refuse=50,1503", "join_frames".

    Raises ValueError with the names that exist, or the form that is expected.
    """
    names = [field.name for field in fields(Faults)]
    found: dict[str, object] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if name not in names:
            message = f"No fault is called {name!r}. Choose from: {', '.join(names)}."
            raise ValueError(message)
        try:
            found[name] = _READERS.get(name, int)(text if equals else "yes")
        except (ValueError, KeyError) as err:
            message = f"{pair!r} cannot be read. Write it like one of: {EXAMPLES}."
            raise ValueError(message) from err
    return Faults(**found)  # type: ignore[arg-type]


def segments(frames: Sequence[bytes], faults: Faults, pacing: float) -> Iterator[tuple[bytes, float]]:
    """Cut one answer's TCP frames into (bytes to write at once, seconds to wait before the next)."""
    units = [b"".join(frames)] if faults.join_frames else frames
    for unit in units:
        if faults.drip is not None:
            size, pause = faults.drip
            for start in range(0, len(unit), size):
                yield unit[start : start + size], pause
        elif faults.split_headers:
            yield unit[:5], SEGMENT_GAP
            yield unit[5:], max(pacing, SEGMENT_GAP)
        else:
            yield unit, pacing


def bytes_allowed(faults: Faults) -> int | None:
    """After how many bytes of a connection something happens to it; None for never."""
    limits = (faults.close_after_bytes, faults.reset_after_bytes, faults.stall_after_bytes)
    return min((limit for limit in limits if limit is not None), default=None)


class FaultPlan:
    """The faults in force, what is left of them, and whom they strike. Thread-safe."""

    def __init__(self, faults: Faults) -> None:
        self._lock = threading.Lock()
        self._datagrams = 0
        self._held: dict[object, list[bytes]] = {}
        self.replace(faults)

    def replace(self, faults: Faults) -> None:
        """Put other faults in force, counting anew."""
        with self._lock:
            self.declared = faults
            self._busy_left = faults.busy
            self._struck: set[int] = set()

    def strikes(self, link: int) -> Faults:
        """The faults for this connection, by its number."""
        with self._lock:
            limit = self.declared.limited
            if limit is not None and link not in self._struck:
                if len(self._struck) >= limit:
                    return NO_FAULTS
                self._struck.add(link)
            return self.declared

    def take_busy(self, faults: Faults) -> bool:
        """Is the terminal busy for this request? Counts down."""
        with self._lock:
            if faults.busy == 0 or self._busy_left <= 0:
                return False
            self._busy_left -= 1
            return True

    @property
    def datagrams(self) -> int:
        """How many datagrams were numbered so far: the index of the next one."""
        with self._lock:
            return self._datagrams

    def post(self, datagram: bytes, peer: object, faults: Faults) -> list[bytes]:
        """What really leaves for the peer when the terminal sends this datagram."""
        with self._lock:
            index = self._datagrams
            self._datagrams += 1
            if index in faults.swap_datagrams:
                self._held.setdefault(peer, []).append(datagram)
                return []
            held = self._held.pop(peer, [])
            if index in faults.lose_datagrams:
                return held
            return [datagram] * (2 if index in faults.double_datagrams else 1) + held
