"""Carry packets between a client and its session, over TCP or UDP, with the faults in force."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Sequence
from typing import Protocol

from attendance_devices.simulators.zk_faults import Faults, bytes_allowed, segments
from attendance_devices.simulators.zk_frames import TCP_TOP_SIZE, length_behind, wrap_tcp
from attendance_devices.simulators.zk_state import Machine

UDP_FRAME_SIZE = 1024
# A receive buffer of the usual 208 KB holds some ninety datagrams: let the reader breathe before that.
DATAGRAMS_AT_ONCE = 32


class Link(Protocol):
    """A way to one client."""

    number: int
    frame_size: int

    async def receive(self) -> bytes | None:
        """The next packet's bytes; None when the client is gone."""

    async def send(self, packets: Sequence[bytes], faults: Faults) -> None:
        """Send one answer; raises ConnectionError when the connection is no more."""


class TcpLink:
    """One TCP connection. asyncio sets TCP_NODELAY, so what is written apart leaves apart."""

    def __init__(self, machine: Machine, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.number = machine.ledger.connected(self._is_gone)
        self.frame_size = machine.memory.profile.frame_size
        self._machine = machine
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()
        self._sent = 0
        self._stalled = False

    def _is_gone(self) -> bool:
        return self._reader.at_eof() or self._reader.exception() is not None

    async def receive(self) -> bytes | None:
        """The next packet, whole; raises `BadFrameError` when the stream has lost its framing."""
        try:
            top = await self._reader.readexactly(TCP_TOP_SIZE)
            return await self._reader.readexactly(length_behind(top))
        except asyncio.IncompleteReadError:
            return None

    async def send(self, packets: Sequence[bytes], faults: Faults) -> None:
        """Send the frames of one answer, cut into segments as profile and faults will have it."""
        frames = [wrap_tcp(packet) for packet in packets]
        async with self._turn:
            for segment, pause in segments(frames, faults, self._machine.memory.profile.pacing):
                await self._write(segment, faults)
                # Even without a pause the others get a turn, and the frame leaves by itself.
                await asyncio.sleep(pause)

    async def _write(self, segment: bytes, faults: Faults) -> None:
        if self._stalled:
            return
        limit = bytes_allowed(faults)
        left = len(segment) if limit is None else max(limit - self._sent, 0)
        allowed = segment[:left]
        if allowed:
            self._writer.write(allowed)
            self._sent += len(allowed)
            self._machine.ledger.sent(len(allowed))
            await self._writer.drain()
        if limit is not None and self._sent >= limit:
            self._strike(faults, limit)

    def _strike(self, faults: Faults, limit: int) -> None:
        """So many bytes have left: stall, reset or close."""
        if faults.stall_after_bytes == limit:
            self._stalled = True
            return
        if faults.reset_after_bytes == limit:
            # Linger for 0 seconds: the kernel ends the connection with RST.
            with contextlib.suppress(OSError):
                linger = struct.pack("ii", 1, 0)
                self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self._writer.transport.abort()
        message = f"cut after {limit} bytes, as declared"
        raise ConnectionAbortedError(message)


class UdpLink:
    """One client's address; its datagrams wait here for their turn."""

    def __init__(self, machine: Machine, transport: asyncio.DatagramTransport, peer: tuple[str, int]) -> None:
        self.number = machine.ledger.connected(lambda: False)
        self.frame_size = UDP_FRAME_SIZE
        self.waiting: asyncio.Queue[bytes] = asyncio.Queue()
        self._machine = machine
        self._transport = transport
        self._peer = peer
        self._turn = asyncio.Lock()
        self._sent = 0

    async def receive(self) -> bytes | None:
        """The next datagram; waits for ever, for UDP has no end."""
        return await self.waiting.get()

    async def send(self, packets: Sequence[bytes], faults: Faults) -> None:
        """Send one answer, a datagram per packet; faults lose, double and swap some."""
        pacing = self._machine.memory.profile.pacing
        async with self._turn:
            for count, packet in enumerate(packets, start=1):
                for datagram in self._machine.plan.post(packet, self._peer, faults):
                    self._post(datagram, faults)
                await asyncio.sleep(pacing or (0 if count % DATAGRAMS_AT_ONCE else 0.001))

    def _post(self, datagram: bytes, faults: Faults) -> None:
        if faults.stall_after_bytes is not None and self._sent + len(datagram) > faults.stall_after_bytes:
            return
        self._sent += len(datagram)
        self._machine.ledger.sent(len(datagram))
        self._transport.sendto(datagram, self._peer)
