"""The way to a database that a storm cuts, proven by itself."""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.builders.shared_database import until
from tests.clockwork.proxy import proxy

MANY = 1_100
"""More descriptors than select() knows."""


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says what it hears."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer(client: socket.socket) -> None:
            with client, contextlib.suppress(OSError):
                while piece := client.recv(1024):
                    client.sendall(piece)

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def said(port: int, words: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(words)
        return client.recv(1024)


def answered(port: int) -> bytes | None:
    """None: it is refused."""
    try:
        return said(port, b"hello")
    except ConnectionRefusedError:
        return None
    except ConnectionError:
        return b""


def test_it_carries_both_ways_also_where_a_process_holds_many_descriptors(echo: int) -> None:
    with contextlib.ExitStack() as stack:
        held = [os.open(os.devnull, os.O_RDONLY) for _ in range(MANY)]
        stack.callback(lambda: [os.close(one) for one in held])
        way = stack.enter_context(proxy(echo))

        assert said(way.port, b"hello") == b"hello"


def test_a_cut_breaks_what_is_open_refuses_for_a_while_and_ends(echo: int) -> None:
    with proxy(echo) as way, socket.create_connection(("127.0.0.1", way.port), timeout=10) as client:
        client.sendall(b"hello")
        assert client.recv(1024) == b"hello"

        way.cut(0.5)

        with contextlib.suppress(ConnectionError):
            assert client.recv(1024) == b""
        until(lambda: answered(way.port) is None, "it refuses")
        until(lambda: answered(way.port) == b"hello", "it lets through again")
