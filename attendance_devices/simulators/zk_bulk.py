"""Bulk reads: a prepared snapshot, read in parts, each part a burst of frames."""

import struct
from collections.abc import Iterator

from attendance_devices.simulators.zk_faults import Faults
from attendance_devices.simulators.zk_frames import Command, Packet
from attendance_devices.simulators.zk_state import Memory

# Captured: 7 users (508 bytes) came inline, 70 (5 044 bytes) did not.
LARGEST_INLINE = 1024
# One frame stays below 65 536 bytes with its headers: clients ask for 0xFFC0 at most.
LARGEST_FRAME_DATA = 0xFFC0
PREPARE_FORM = struct.Struct("<bHII")
FINGER_TEMPLATES = 7

Answer = tuple[int, bytes, int | None]
"""(command, data, what stands in the session field, None for the session)."""


class BulkReads:
    """What one session has asked the terminal to prepare, and the answers to its bulk requests."""

    def __init__(self, memory: Memory, frame_size: int) -> None:
        self._memory = memory
        self._frame_size = frame_size
        self._prepared: bytes | None = None

    def prepare(self, request: Packet, faults: Faults) -> list[Answer]:
        """PREPARE_BUFFER: a snapshot; small ones are sent at once in a single DATA, large ones announced."""
        if len(request.data) != PREPARE_FORM.size:
            return [(Command.ACK_ERROR, b"", None)]
        _, command, first, second = PREPARE_FORM.unpack(request.data)
        block = self._block(command, first, second)
        if block is None:
            return [(Command.ACK_UNKNOWN, b"", None)]
        self._prepared = struct.pack("<I", len(block)) + block
        if len(self._prepared) <= LARGEST_INLINE and not faults.wrong_announced:
            return [(Command.DATA, self._prepared, 0)]
        size = len(self._prepared) + faults.wrong_announced
        # Captured: 00, the size twice, four bytes of unknown meaning.
        return [(Command.ACK_OK, struct.pack("<bIII", 0, size, size, 0), None)]

    def read(self, request: Packet) -> list[Answer]:
        """READ_BUFFER: the part from an offset, as a burst."""
        if self._prepared is None or len(request.data) != 8:
            return [(Command.ACK_ERROR, b"", None)]
        start, size = struct.unpack("<II", request.data)
        part = self._prepared[start : start + size]
        return list(self._burst(part)) if part else [(Command.ACK_ERROR, b"", None)]

    def direct(self, request: Packet) -> list[Answer]:
        """ATTLOG_RRQ and USERTEMP_RRQ as old clients send them: the whole data set as one burst."""
        kind = request.data[0] if request.data else 0
        block = self._block(request.command, kind, 0)
        if block is None:
            return [(Command.ACK_ERROR, b"", None)]
        return list(self._burst(struct.pack("<I", len(block)) + block))

    def free(self) -> None:
        """Forget the snapshot."""
        self._prepared = None

    def _block(self, command: int, first: int, second: int) -> bytes | None:
        """The encoded records a command means; None when this terminal does not know it."""
        if command == Command.ATTLOG_RRQ:
            return self._memory.log_block()
        if command == Command.USERTEMP_RRQ:
            return self._memory.user_block()
        if command == FINGER_TEMPLATES:
            return b""
        if command == Command.ATTLOG_TIME_RRQ and self._memory.profile.time_range_reads:
            return self._memory.log_between(first, second)
        return None

    def _burst(self, part: bytes) -> Iterator[Answer]:
        """PREPARE_DATA, numbered DATA frames, ACK_OK with the last number in the session field (captured)."""
        yield Command.PREPARE_DATA, struct.pack("<II", len(part), self._frame_size), None
        step = min(self._frame_size, LARGEST_FRAME_DATA)
        last = 0
        for last, start in enumerate(range(0, len(part), step)):
            yield Command.DATA, part[start : start + step], last
        yield Command.ACK_OK, b"", last
