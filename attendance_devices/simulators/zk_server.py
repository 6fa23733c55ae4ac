"""Serve a simulated ZKTeco terminal on TCP and UDP sockets from one background thread."""

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future

from attendance_devices.simulators.zk_faults import Faults
from attendance_devices.simulators.zk_frames import BadFrameError, Command, Packet, pack, unpack
from attendance_devices.simulators.zk_links import Link, TcpLink, UdpLink
from attendance_devices.simulators.zk_session import EF_ATTLOG, TerminalSession
from attendance_devices.simulators.zk_state import Machine

logger = logging.getLogger(__name__)

# How long events are held that shall share a segment.
EVENTS_HELD = 0.03
PORT_TRIES = 20


def bind(host: str, port: int, *, udp: bool, tries: int = PORT_TRIES) -> tuple[socket.socket, socket.socket | None]:
    """A TCP and a UDP socket on the same port of an IPv4 address; port 0 finds one free for both."""
    try:
        return _bind_once(host, port, udp=udp)
    except OSError:
        if port or tries == 1:
            raise
        return bind(host, port, udp=udp, tries=tries - 1)


def _bind_once(host: str, port: int, *, udp: bool) -> tuple[socket.socket, socket.socket | None]:
    with contextlib.ExitStack() as undo:
        # Named as TCP, or asyncio leaves Nagle's algorithm on, and frames written apart would be joined.
        tcp = undo.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP))
        # A terminal that was switched off and on again comes back on its port at once.
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.bind((host, port))
        datagrams = None
        if udp:
            datagrams = undo.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            datagrams.bind(tcp.getsockname())
        tcp.listen()
        undo.pop_all()
        return tcp, datagrams


class Server:
    """The terminal's network side: a thread with an event loop, a conversation per client."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._talks: dict[int, tuple[Link, TerminalSession]] = {}
        self._held: dict[int, list[bytes]] = {}
        self._udp_links: dict[tuple[str, int], UdpLink] = {}

    def start(self, host: str, port: int, *, udp: bool) -> tuple[str, int]:
        """Bind and serve; the address. Raises OSError when the address cannot be had."""
        if self._thread is not None:
            message = "This terminal is serving already: stop() it first."
            raise RuntimeError(message)
        tcp, datagrams = bind(host, port, udp=udp)
        address = tcp.getsockname()
        ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(tcp, datagrams, ready), name="zk-terminal", daemon=True)
        self._thread.start()
        ready.result()
        return str(address[0]), int(address[1])

    def stop(self) -> None:
        """Close every socket and end the thread; harmless when nothing is served."""
        if self._thread is None or self._loop is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = self._loop = None

    def tell(self, event: bytes) -> None:
        """Send a punch to every client that listens; from any thread."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop closed a moment ago
                loop.call_soon_threadsafe(self._tell, event)

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Do this after so many seconds, if the terminal is still served then."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop closed a moment ago
                loop.call_soon_threadsafe(loop.call_later, seconds, act)

    @property
    def listeners(self) -> int:
        """Clients that are told of punches."""
        return sum(session.live for _, session in list(self._talks.values()))

    def _run(self, tcp: socket.socket, datagrams: socket.socket | None, ready: "Future[None]") -> None:
        try:
            asyncio.run(self._serve(tcp, datagrams, ready))
        finally:
            if not ready.done():
                ready.set_exception(RuntimeError("The terminal's event loop did not start."))

    async def _serve(self, tcp: socket.socket, datagrams: socket.socket | None, ready: "Future[None]") -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        server = await asyncio.start_server(self._on_tcp, sock=tcp)
        transport: asyncio.DatagramTransport | None = None
        if datagrams is not None:
            transport, _ = await self._loop.create_datagram_endpoint(lambda: _Mailbox(self), sock=datagrams)
        ready.set_result(None)
        await self._stopping.wait()
        server.close()
        if transport is not None:
            transport.abort()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._udp_links.clear()
        # The aborted transports close their sockets in the next turns of the loop.
        for _ in range(3):
            await asyncio.sleep(0)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _on_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._spawn(self._talk_tcp(reader, writer))

    async def _talk_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(TcpLink(self._machine, reader, writer))
            writer.close()
            await writer.wait_closed()
        except ConnectionError as err:
            logger.debug("A connection ended: %s", err)
        finally:
            writer.transport.abort()

    def take_datagram(self, raw: bytes, transport: asyncio.DatagramTransport, peer: tuple[str, int]) -> None:
        """A datagram came: hand it to its client's conversation, which begins with the first."""
        link = self._udp_links.get(peer)
        if link is None:
            link = self._udp_links[peer] = UdpLink(self._machine, transport, peer)
            self._spawn(self._talk_udp(link, peer))
        link.waiting.put_nowait(raw)

    async def _talk_udp(self, link: UdpLink, peer: tuple[str, int]) -> None:
        try:
            await self._talk(link)
        finally:
            self._udp_links.pop(peer, None)

    async def _talk(self, link: Link) -> None:
        session = TerminalSession(self._machine, link.number, frame_size=link.frame_size)
        self._talks[link.number] = link, session
        try:
            while not session.over and (raw := await link.receive()) is not None:
                await self._respond(link, session, raw)
        except BadFrameError as err:
            self._machine.ledger.bad_packet()
            logger.warning("A client lost its framing and is cut off: %s", err)
        finally:
            session.close()
            self._machine.ledger.disconnected(link.number)
            self._talks.pop(link.number, None)
            self._held.pop(link.number, None)

    async def _respond(self, link: Link, session: TerminalSession, raw: bytes) -> None:
        try:
            request = unpack(raw)
        except BadFrameError as err:
            self._machine.ledger.bad_packet()
            logger.warning("A packet is dropped: %s", err)
            return
        faults = self._machine.plan.strikes(link.number)
        if request.command in faults.cut_before:
            link.cut()
            return
        answer = [pack(packet) for packet in session.answer(request, faults)]
        if request.command in faults.cut_after:
            link.cut()
            return
        if faults.late_answer is not None and faults.late_command in {None, request.command}:
            await asyncio.sleep(faults.late_answer)
        await link.send(self._with_events(link, answer, request.command, faults), faults)

    def _with_events(self, link: Link, answer: list[bytes], command: int, faults: Faults) -> list[bytes]:
        """The answer, with the events that were held for it: at the wrong moment, as declared."""
        if command not in {faults.events_before, faults.events_inside}:
            return answer
        place = 0 if command == faults.events_before else 1
        return [*answer[:place], *self._held.pop(link.number, []), *answer[place:]]

    def _tell(self, event: bytes) -> None:
        """Send an event to the listeners now, or hold it until others have come."""
        raw = pack(Packet(command=Command.REG_EVENT, session=EF_ATTLOG, data=event))
        for link, session in list(self._talks.values()):
            if not session.live:
                continue
            faults = self._machine.plan.strikes(link.number)
            waits_for_answer = faults.events_before is not None or faults.events_inside is not None
            if not (faults.join_events or waits_for_answer):
                self._spawn(self._send_events(link, [raw], faults))
            elif link.number in self._held:
                self._held[link.number].append(raw)
            else:
                self._held[link.number] = [raw]
                if not waits_for_answer:
                    self._spawn(self._send_held(link, faults))

    async def _send_held(self, link: Link, faults: Faults) -> None:
        await asyncio.sleep(EVENTS_HELD)
        held = self._held.pop(link.number, [])
        joined = Faults(join_frames=True) if faults.drip is None else faults
        await self._send_events(link, held, joined)

    async def _send_events(self, link: Link, events: list[bytes], faults: Faults) -> None:
        with contextlib.suppress(ConnectionError):
            await link.send(events, faults)


class _Mailbox(asyncio.DatagramProtocol):
    """The terminal's UDP socket."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._transport is not None:
            self._server.take_datagram(data, self._transport, addr)

    def error_received(self, exc: Exception) -> None:
        """A client went away before its answer: nothing to do."""
