"""A peer that answers what a test tells it to, for answers that no terminal of the simulator gives."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.simulators.wire import packet

CONNECT, EXIT, OPTIONS, SIZES, PREPARE, READ, FREE = 1000, 1001, 11, 50, 1503, 1504, 1502
OK, ERROR, UNAUTH, UNKNOWN, DATA, PREPARE_DATA = 2000, 2001, 2005, 0xFFFF, 1501, 1500
Answers = list[tuple[int, int, bytes]]
"""(command, session field, data) of each packet of an answer."""
NOBODY = "127.0.0.77"
"""An address of loopback on which no test serves anything, so that a free port stays free."""
Script = Callable[[int, bytes], "Answers | bytes"]


def sizes(users: int = 0, records: int = 0) -> bytes:
    table = [0] * 20
    table[4], table[8] = users, records
    return struct.pack("<20i", *table)


def prepared(size: int) -> bytes:
    return struct.pack("<bIII", 0, size, size, 0)


def framed(raw: bytes) -> bytes:
    return b"PP\x82}" + struct.pack("<I", len(raw)) + raw


def polite(special: dict[int, "Answers | bytes"]) -> Script:
    """Acknowledges everything but what is special."""

    def answer(command: int, _: bytes) -> "Answers | bytes":
        return special.get(command, [(OK, 0x1001, b"")])

    return answer


@contextmanager
def tcp_peer(script: Script) -> Iterator[tuple[str, int]]:
    """Serves one connection after another by the script; raw bytes are sent as they are."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client, suppress(OSError):
                while frame := _frame(client):
                    command, _, _, reply_id = struct.unpack_from("<4H", frame)
                    answer = script(command, frame[8:])
                    if isinstance(answer, list):
                        answer = b"".join(framed(packet(code, field, reply_id, data)) for code, field, data in answer)
                    client.sendall(answer)

    with _running(serve, listener):
        yield listener.getsockname()


@contextmanager
def udp_peer(script: Script) -> Iterator[tuple[str, int]]:
    """The same by datagrams; raw bytes are one datagram."""
    plug = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    plug.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                raw, peer = plug.recvfrom(65536)
            except OSError:
                return
            if raw == b"stop":
                return
            command, _, _, reply_id = struct.unpack_from("<4H", raw)
            answer = script(command, raw[8:])
            datagrams = (
                [packet(code, field, reply_id, data) for code, field, data in answer]
                if isinstance(answer, list)
                else [answer]
            )
            for datagram in datagrams:
                plug.sendto(datagram, peer)

    with _running(serve, plug, by_datagram=True):
        yield plug.getsockname()


@contextmanager
def _running(serve: Callable[[], None], plug: socket.socket, *, by_datagram: bool = False) -> Iterator[None]:
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        if by_datagram:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"stop", plug.getsockname())
        else:
            with suppress(OSError):
                plug.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        plug.close()
        assert not thread.is_alive()


@contextmanager
def mute_peer(greeting: bytes = b"") -> Iterator[tuple[str, int]]:
    """Accepts, says its greeting if it has one, and nothing more."""
    listener = socket.create_server(("127.0.0.1", 0))
    taken: list[socket.socket] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                taken.append(client)
                client.sendall(greeting)

    try:
        with _running(serve, listener):
            yield listener.getsockname()
    finally:
        for client in taken:
            client.close()


def _frame(client: socket.socket) -> bytes:
    top = _exactly(client, 8)
    return _exactly(client, struct.unpack_from("<I", top, 4)[0]) if top else b""


def _exactly(client: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        part = client.recv(size - len(got))
        if not part:
            return b""
        got += part
    return got


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """A port of `NOBODY` on which nothing listens."""
    with socket.socket(socket.AF_INET, kind) as plug:
        plug.bind((NOBODY, 0))
        return int(plug.getsockname()[1])
