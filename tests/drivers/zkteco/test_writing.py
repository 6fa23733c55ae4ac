"""Orders to a ZK terminal: the bytes, and every kind of no."""

import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from attendance_devices.drivers.zkteco.attendance import decoded_time, encoded_time
from attendance_devices.drivers.zkteco.driver import ZKTecoSession
from attendance_devices.exceptions import DeviceError, ProtocolError, Unsupported, WriteRejected
from attendance_devices.simulators.zkteco import Faults
from tests.drivers.zkteco.bench import DRIVER, READING_COMMANDS, address_of, session_with, terminal
from tests.drivers.zkteco.scripted import polite, tcp_peer

SET_TIME, CLEAR, ENABLE, DISABLE, RESTART, REFRESH = 202, 15, 1002, 1003, 1004, 1013
Order = Callable[[ZKTecoSession], object]
ORDERS: list[tuple[str, int, Order]] = [
    ("set its clock", SET_TIME, lambda session: session.set_clock(datetime(2026, 1, 5, 9))),
    ("clear its log", CLEAR, lambda session: session.clear_log()),
    ("take no more punches", DISABLE, lambda session: session.disable()),
    ("take punches again", ENABLE, lambda session: session.enable()),
    ("restart", RESTART, lambda session: session.restart()),
]
EACH = pytest.mark.parametrize(("what", "command", "order"), ORDERS, ids=[order[0] for order in ORDERS])


def test_a_time_is_encoded_as_captured() -> None:
    # Captured: the record of 2018-06-25 17:50:35 holds 6bb36823.
    assert struct.pack("<I", encoded_time(datetime(2018, 6, 25, 17, 50, 35))).hex() == "6bb36823"
    for moment in (datetime(2000, 1, 1), datetime(2024, 2, 29, 23, 59, 59), datetime(2099, 12, 31, 23, 59, 59)):
        assert decoded_time(encoded_time(moment)) == moment


@EACH
def test_an_order_is_one_command_and_only_the_refresh_after_a_clearing_besides(
    what: str, command: int, order: Order
) -> None:
    made = terminal(silent_restart=False)
    with session_with(made) as session:
        order(session)
    told = [asked for asked, _ in made.journal if asked not in READING_COMMANDS]
    assert told == ([command, REFRESH] if command == CLEAR else [command])


@EACH
@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [("deny", WriteRejected, "it refused to"), ("refuse", Unsupported, "its firmware has no command to")],
    ids=["it refuses", "it does not know the command"],
)
def test_a_no_is_typed_and_the_session_goes_on(
    what: str, command: int, order: Order, fault: str, error: type[DeviceError], said: str
) -> None:
    made = terminal()
    made.faults = Faults(**{fault: frozenset({command})})  # type: ignore[arg-type]
    with session_with(made) as session:
        with pytest.raises(error, match=f"{said} {what}"):
            order(session)
        assert session.status().records == 0
    assert not made.disabled


@EACH
def test_an_answer_of_another_kind_ends_the_session(what: str, command: int, order: Order) -> None:
    script = polite({command: [(1501, 0x1001, b"")]})
    with tcp_peer(script) as served, DRIVER.session(address_of(served)) as session:
        with pytest.raises(ProtocolError, match=f"it answered 1501 to the order to {what}"):
            order(session)
        with pytest.raises(ProtocolError):
            session.status()


@pytest.mark.parametrize("year", [1999, 2100])
def test_a_year_that_its_clock_cannot_show_is_refused_before_it_is_sent(year: int) -> None:
    made = terminal()
    with session_with(made) as session, pytest.raises(WriteRejected, match=f"cannot show the year {year}"):
        session.set_clock(datetime(year, 6, 1))
    assert SET_TIME not in {command for command, _ in made.journal}


def test_a_terminal_that_restarts_without_a_word_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attendance_devices.drivers.zkteco.writing.RESTART_SECONDS", 0.2)
    made = terminal()
    with made.serve() as served:
        address = replace(address_of(served), answer_seconds=600.0, session_seconds=900.0)
        with DRIVER.session(address) as session:
            assert session.restart() is False
    assert made.restarts == 1


def test_a_terminal_that_takes_its_time_to_clear_is_waited_for() -> None:
    made = terminal()
    with session_with(made) as session:
        usual = session.connection.wire.address
        made.faults = Faults(late_answer=0.3, late_command=CLEAR)
        session.connection.wire.address = replace(usual, answer_seconds=0.1)
        session.clear_log()
        assert session.connection.wire.address.answer_seconds == 0.1, "and for everything else as long as usual"
        session.connection.wire.address = usual
