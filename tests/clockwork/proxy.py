"""A way to a server on this machine that can be cut: a database restarts, and nobody's database is restarted."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

PIECE = 1 << 16


class Proxy:
    """Listens on loopback, and carries bytes to a port of this machine and back, as long as it is let."""

    def __init__(self, target: int) -> None:
        self._target = ("127.0.0.1", target)
        self._listener = self._listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self._refuses_until = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._accept, name="proxy", daemon=True)
        self._thread.start()

    def cut(self, seconds: float) -> None:
        """Break every connection, as a server does that ends, and refuse new ones for so long."""
        with self._lock:
            self._refuses_until = time.monotonic() + seconds
            for pair in self._pairs:
                for end in pair:
                    with contextlib.suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Close everything."""
        self._ended.set()
        self._thread.join()
        self.cut(0)
        self._listener.close()

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        listener.settimeout(0.1)
        return listener

    def _accept(self) -> None:
        while not self._ended.is_set():
            if time.monotonic() < self._refuses_until:
                self._refuse()
                continue
            with contextlib.suppress(TimeoutError):
                client, _ = self._listener.accept()
                client.settimeout(None)
                if time.monotonic() < self._refuses_until:
                    client.close()
                    continue
                server = socket.create_connection(self._target)
                with self._lock:
                    self._pairs.add((client, server))
                threading.Thread(target=self._carry, args=(client, server), daemon=True).start()

    def _refuse(self) -> None:
        """Nothing listens meanwhile, so that a client is told at once, as by a machine without the server."""
        self._listener.close()
        time.sleep(max(0.0, self._refuses_until - time.monotonic()))
        self._listener = self._listen(self.port)

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        """Both ways, until one end closes. No select(): it knows only the first 1 024 descriptors of a process."""
        back = threading.Thread(target=_pump, args=(server, client), daemon=True)
        back.start()
        _pump(client, server)
        back.join()
        with self._lock:
            self._pairs.discard((client, server))
            client.close()
            server.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(PIECE):
            target.sendall(piece)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def proxy(target: int) -> Iterator[Proxy]:
    """One for the length of a block."""
    found = Proxy(target)
    try:
        yield found
    finally:
        found.end()
