"""A client that knows nothing of the simulator's code: bytes out, bytes in."""

import socket
import struct
from typing import NamedTuple, Self

CONNECT, EXIT, AUTH = 1000, 1001, 1102
PREPARE_BUFFER, READ_BUFFER, FREE_DATA = 1503, 1504, 1502
PREPARE_DATA, DATA = 1500, 1501
OK, ERROR, UNAUTH, UNKNOWN = 2000, 2001, 2005, 0xFFFF
SIZES = 50
READ_LOG = struct.pack("<bHII", 1, 13, 0, 0)
READ_USERS = struct.pack("<bHII", 1, 9, 5, 0)


class Answer(NamedTuple):
    """One frame of the terminal."""

    command: int
    session: int
    reply_id: int
    data: bytes


def slow_checksum(packet: bytes) -> int:
    """RFC 1071 over little-endian words, word by word."""
    padded = packet + b"\0" * (len(packet) % 2)
    total = 0
    for (word,) in struct.iter_unpack("<H", padded):
        total += word
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packet(command: int, session: int = 0, reply_id: int = 0, data: bytes = b"") -> bytes:
    """A packed request."""
    blank = struct.pack("<HHHH", command, 0, session, reply_id) + data
    return blank[:2] + struct.pack("<H", slow_checksum(blank)) + blank[4:]


def read(raw: bytes) -> Answer:
    """A packed answer; its checksum must hold."""
    command, claimed, session, reply_id = struct.unpack_from("<HHHH", raw)
    assert claimed == slow_checksum(raw[:2] + b"\0\0" + raw[4:])
    return Answer(command, session, reply_id, raw[8:])


class Wire:
    """One TCP or UDP conversation."""

    def __init__(self, address: tuple[str, int], *, udp: bool = False, timeout: float = 2) -> None:
        self.udp = udp
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(address)
        self.session = 0
        self.replies = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, command: int, data: bytes = b"") -> None:
        self.replies += 1
        raw = packet(command, self.session, self.replies, data)
        self.socket.sendall(raw if self.udp else b"PP\x82}" + struct.pack("<I", len(raw)) + raw)

    def exactly(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            part = self.socket.recv(size - len(got))
            if not part:
                raise EOFError(f"{len(got)} of {size} bytes")
            got += part
        return got

    def receive(self) -> Answer:
        if self.udp:
            return read(self.socket.recv(4096))
        top = self.exactly(8)
        assert top[:4] == b"PP\x82}"
        return read(self.exactly(struct.unpack("<I", top[4:])[0]))

    def ask(self, command: int, data: bytes = b"") -> Answer:
        self.send(command, data)
        return self.receive()

    def connect(self) -> Answer:
        answer = self.ask(CONNECT)
        self.session = answer.session
        return answer

    def burst(self) -> list[Answer]:
        """Frames up to and including the one that ends a burst."""
        frames = [self.receive()]
        while frames[-1].command in {PREPARE_DATA, DATA}:
            frames.append(self.receive())
        return frames

    def log(self, request: bytes = READ_LOG) -> bytes:
        """The whole data set a PREPARE_BUFFER means, its four bytes of length included."""
        answer = self.ask(PREPARE_BUFFER, request)
        if answer.command == DATA:
            return answer.data
        assert answer.command == OK
        size = struct.unpack_from("<I", answer.data, 1)[0]
        got = b""
        while len(got) < size:
            self.send(READ_BUFFER, struct.pack("<II", len(got), min(size - len(got), 0xFFC0)))
            frames = self.burst()
            assert frames[-1].command == OK
            got += b"".join(frame.data for frame in frames if frame.command == DATA)
        return got

    def silence(self, seconds: float = 0.05) -> bool:
        """Does nothing come for so long?"""
        self.socket.settimeout(seconds)
        try:
            self.socket.recv(1)
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(2)
        return False
