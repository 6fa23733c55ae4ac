"""What a client changes in the terminal, and every way in which it says no or the line goes dead at that."""

import struct
from datetime import datetime, timedelta

import pytest

from attendance_devices.simulators.zkteco import Faults, Profile, SimulatedPunch, SimulatedUser, Terminal
from tests.builders.failing_terminal import failing
from tests.simulators.wire import ERROR, EXIT, OK, UNKNOWN, Wire

SET_TIME, CLEAR, ENABLE, DISABLE, RESTART = 202, 15, 1002, 1003, 1004
NINE = datetime(2026, 1, 5, 9)
NOON = struct.pack("<I", ((26 * 12) * 31 + 4) * 86400 + 12 * 3600)
"""2026-01-05 12:00, by the formula of the protocol."""
WRITES = [(SET_TIME, NOON), (CLEAR, b""), (DISABLE, b""), (RESTART, b"")]
NAMES = ["set time", "clear", "disable", "restart"]


def as_it_was(terminal: Terminal) -> bool:
    """Nothing was carried out."""
    return (terminal.now, terminal.record_count, terminal.disabled, terminal.restarts) == (NINE, 100, False, 0)


def test_while_it_is_disabled_it_takes_no_punch_also_after_the_client_is_gone() -> None:
    terminal = Terminal(clock=lambda: NINE)
    with terminal.serve() as address:
        with Wire(address) as client:
            client.connect()
            assert client.ask(DISABLE).command == OK
            assert terminal.punch("7") is False
            client.ask(EXIT)
        assert terminal.disabled
        assert terminal.punch("7") is False
        assert terminal.record_count == 0
        with Wire(address) as client:
            client.connect()
            assert client.ask(ENABLE).command == OK
        assert terminal.punch("7") is True
    assert terminal.record_count == 1


def test_a_kinder_make_enables_itself_when_the_client_that_disabled_it_is_gone() -> None:
    terminal = Terminal(profile=Profile(enables_itself=True))
    with terminal.serve() as address, Wire(address) as one, Wire(address) as two:
        one.connect()
        two.connect()
        one.ask(DISABLE)
        two.ask(EXIT)
        assert two.socket.recv(1) == b""
        assert terminal.disabled, "the other client is still there"
        one.ask(EXIT)
        assert one.socket.recv(1) == b""
        assert not terminal.disabled


def test_a_restart_is_counted_ends_the_stillness_and_keeps_the_rest() -> None:
    terminal = Terminal(
        profile=Profile(silent_restart=False),
        users=[SimulatedUser(user_id="7", uid=7)],
        punches=[SimulatedPunch(user_id="7", at=NINE)],
    )
    with terminal.serve() as address, Wire(address) as client:
        client.connect()
        client.ask(DISABLE)
        assert client.ask(RESTART).command == OK
    assert (terminal.restarts, terminal.disabled) == (1, False)
    assert (terminal.record_count, len(terminal.users)) == (1, 1)


@pytest.mark.parametrize(("command", "data"), WRITES, ids=NAMES)
@pytest.mark.parametrize(
    ("fault", "code"), [("deny", ERROR), ("refuse", UNKNOWN), ("pretend", OK)], ids=["denied", "unknown", "pretended"]
)
def test_a_write_that_is_not_carried_out(fault: str, code: int, command: int, data: bytes) -> None:
    faults = Faults(**{fault: frozenset({command})})  # type: ignore[arg-type]
    with failing(faults) as (terminal, client):
        assert client.ask(command, data).command == code
        assert as_it_was(terminal)
        assert client.ask(201).command == OK, "the session goes on"


@pytest.mark.parametrize(("command", "data"), WRITES, ids=NAMES)
@pytest.mark.parametrize("when", ["cut_before", "cut_after"])
@pytest.mark.parametrize("udp", [False, True], ids=["tcp", "udp"])
def test_the_line_goes_dead_before_or_after_it_is_carried_out(when: str, udp: bool, command: int, data: bytes) -> None:
    faults = Faults(**{when: frozenset({command})})  # type: ignore[arg-type]
    with failing(faults, udp=udp) as (terminal, client):
        client.send(command, data)
        if udp:
            assert client.ask(201).command in {OK, 2005}, "no other answer came before"
        else:
            with pytest.raises((EOFError, ConnectionResetError)):
                client.receive()
        assert as_it_was(terminal) is (when == "cut_before")


def test_whoever_watches_hears_each_command_before_it_is_carried_out() -> None:
    terminal = Terminal(punches=[SimulatedPunch(user_id="7", at=NINE)])
    heard: list[tuple[int, int]] = []
    terminal.on_request = lambda command: heard.append((command, terminal.record_count))
    with terminal.serve() as address, Wire(address) as client:
        client.connect()
        client.ask(CLEAR)
        client.ask(201)
    assert heard == [(1000, 1), (CLEAR, 1), (201, 0)]
    assert terminal.on_request is not None


def test_a_clock_that_was_set_runs_on() -> None:
    ticks = [NINE]
    terminal = Terminal(clock=lambda: ticks[0])
    with terminal.serve() as address, Wire(address) as client:
        client.connect()
        client.ask(SET_TIME, NOON)
        ticks[0] += timedelta(minutes=5)
    assert terminal.now == datetime(2026, 1, 5, 12, 5)
